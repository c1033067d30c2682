/*
 * A case from its scenario to its result: all its cuts, one run after the other.
 */
#include "engine/engine.h"
#include "engine/case.h"
#include "engine/core/gauge.h"
#include "engine/core/timeline.h"
#include "engine/core/wake.h"
#include "engine/means/means.h"

#include "evidence/queues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Up to here every cut is tried; beyond, all line boundaries and so many seeded offsets. */
#define EVERY_CUT_MAX 4096
#define SEEDED_CUTS   256

const char *const delivery_words[] = {"whole", "bytes", "everywhere", "delayed", "random", NULL};
const char *const capture_words[] = {"never", "failed", "always", NULL};

struct engine *engine_new(struct ev_loop *loop, const struct engine_options *options)
{
    struct engine *e = mem_new(1, sizeof(*e));
    e->loop = loop;
    e->options = *options;
    e->netlink = queues_open();
    e->happened = timeline_new();
    tick_open(e);
    gauge_open(e);
    means_open(e);
    return e;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    means_close(e);
    gauge_close(e);
    tick_close(e);
    if (e->netlink >= 0)
        close(e->netlink);
    free(e->happened);
    free(e);
}

void engine_interrupt(struct engine *e)
{
    if (e->run)
        e->run->interrupted = true;
    ev_break(e->loop, EVBREAK_ONE);
}

/* --- cuts ----------------------------------------------------------------------------------------------- */

/* Where the bytes of a cuttable send are to be cut, in turn. Begins with the run that learns how
 * many bytes there are. */
struct cuts {
    long *offsets;
    size_t count;
};

static int by_offset(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static struct cuts cuts_plan(const struct case_run *first)
{
    struct cuts c = {0};
    size_t total = first->cut_total;
    if (total < 2)
        return c;
    if (total <= EVERY_CUT_MAX) {
        c.offsets = mem_new(total, sizeof(*c.offsets));
        for (size_t i = 1; i < total; i++)
            c.offsets[c.count++] = (long)i;
        return c;
    }
    c.offsets = mem_new(first->line_end_count + SEEDED_CUTS, sizeof(*c.offsets));
    for (size_t i = 0; i < first->line_end_count; i++)
        c.offsets[c.count++] = (long)first->line_ends[i];
    struct rng r = {first->seed};
    for (int i = 0; i < SEEDED_CUTS; i++)
        c.offsets[c.count++] = 1 + (long)rng_below(&r, total - 1);
    qsort(c.offsets, c.count, sizeof(*c.offsets), by_offset);
    size_t kept = 0;
    for (size_t i = 0; i < c.count; i++)
        if (i == 0 || c.offsets[i] != c.offsets[i - 1])
            c.offsets[kept++] = c.offsets[i];
    c.count = kept;
    return c;
}

/* --- a case --------------------------------------------------------------------------------------------- */

void engine_describe(const struct scn_scenario *s, size_t index, struct result *out)
{
    out->name = scn_case_name(s, index);
    out->scenario = mem_dup(s->name);
    out->title = mem_dup(s->title);
    out->rule = mem_dup(s->rule.id);
    out->level = mem_dup(scn_level_name(s->rule.level));
    out->sentence = mem_dup(s->rule.sentence);
    out->why = mem_dup(s->why);
    out->file = mem_dup(s->file);
    out->line = s->rule.at.line;
}

static void run_once(struct engine *e, struct case_run *run, const struct case_run *like, long cut)
{
    *run = *like;
    run->engine = e;
    run->cut = cut;
    run->rng.state = run->seed;
    case_execute(run);
}

/* Names the cut in the message of a run that did not pass. */
static void tell_cut(struct result *out, long cut, size_t total)
{
    char *message =
        mem_printf("with the bytes cut after the first %ld of %zu: %s", cut, total, out->message ? out->message : "");
    free(out->message);
    out->message = message;
}

void engine_run(struct engine *e, const struct scn_scenario *scenario, size_t index, const struct scn_facts *facts,
                const struct engine_subject *subject, struct result *out)
{
    uint64_t began = clock_us();
    engine_describe(scenario, index, out);
    out->verdict = VERDICT_PASS;
    struct case_run like = {
        .scenario = scenario,
        .index = index,
        .facts = facts,
        .where = subject,
        .subject = subject->instance,
        .result = out,
        .seed = rng_seed(e->options.seed, out->name),
    };
    struct case_run run;
    run_once(e, &run, &like, -1);
    if (out->verdict == VERDICT_PASS && run.cut_total > 1) {
        struct cuts cuts = cuts_plan(&run);
        size_t total = run.cut_total;
        free(run.line_ends);
        run.line_ends = NULL;
        for (size_t i = 0; i < cuts.count && out->verdict == VERDICT_PASS; i++) {
            run_once(e, &run, &like, cuts.offsets[i]);
            free(run.line_ends);
            run.line_ends = NULL;
            if (out->verdict != VERDICT_PASS && out->verdict != VERDICT_SKIP)
                tell_cut(out, cuts.offsets[i], total);
        }
        free(cuts.offsets);
    }
    free(run.line_ends);
    out->seconds = (double)(clock_us() - began) / 1e6;
}
