/* Deaths of the subject: whose doing one was, which may have been noticed in the middle of another case. */
#include "base/clock.h"
#include "base/mem.h"
#include "run/blame.h"
#include "run/worker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A search that takes longer than this, in seconds, ends with what it has. */
#define SEARCH_SECONDS 60.0
/* Cases that are named where none alone did it, the last ones. */
#define LISTED_MAX 20
/* Behind a worker's last case its instance is watched for so long, in seconds: nobody comes who would notice an end. */
#define LAST_SECONDS 0.35
/* How often a replay looks up from waiting for a death, in seconds: it is told by an event. */
#define LOOK_SECONDS 0.05

/* A search for the case that ended the subject. */
struct search {
    struct worker *w;
    bool any;                   /* ends that may be in order count as well: a case was broken by it */
    uint64_t until_us;          /* it must be over */
    struct subject_death death; /* the one of the last replay */
    struct buf how;             /* in words */
    char *output;               /* what its instance had written */
    uint64_t delay_us;          /* behind the end of the last case that had ended */
};

/* Seconds: what had ended so long before a death counts among what may have caused it. */
static double worker_window(const struct worker *w)
{
    return w->blame_window > BLAME_WINDOW ? w->blame_window : BLAME_WINDOW;
}

/* --- noticing ------------------------------------------------------------------------------------------- */

/* The first death of the instance that counts. */
static bool noticed(struct worker *w, bool any, struct subject_death *out)
{
    const struct subject_death *deaths;
    size_t count = w->instance.subject ? subject_deaths(w->instance.subject, &deaths) : 0;
    for (size_t i = 0; i < count; i++)
        if (deaths[i].is_crash || (any && !deaths[i].is_main)) {
            *out = deaths[i];
            return true;
        }
    return false;
}

/* What failed while the subject lived is judged: an end behind it that no fault of its own made may come of ours, who
 * close what is open. */
static bool is_consequence(const struct result *r, const struct subject_death *d)
{
    return confirm_is_broken(r) && r->survived && !subject_death_is_fault(d);
}

/* "exit status 7", "its process 12 (worker) was killed by SIGSEGV" */
static void tell(const struct worker *w, const struct subject_death *d, struct buf *out)
{
    if (!d->is_main) {
        subject_death_describe(d, out);
        return;
    }
    buf_puts(out, "it ended, ");
    subject_describe(w->instance.subject, out);
}

/* --- replaying ------------------------------------------------------------------------------------------ */

static void note_death(struct search *s, const struct subject_death *d, uint64_t last_end_us)
{
    s->death = *d;
    buf_clear(&s->how);
    tell(s->w, d, &s->how);
    free(s->output);
    s->output = instance_output(s->w->instance.subject);
    s->delay_us = last_end_us && d->us > last_end_us ? d->us - last_end_us : 0;
}

/* For struct blame_runner. */
static enum blame_replay replay(void *data, const uint32_t *cases, size_t count, double wait, struct blame_death *death)
{
    struct search *s = data;
    struct worker *w = s->w;
    struct result ignored = {0};
    struct subject_death d;
    if (w->interrupted || clock_us() > s->until_us)
        return BLAME_UNKNOWN;
    bool ready = worker_instance(w, count ? cases[0] : 0, true, &ignored);
    result_clear(&ignored);
    if (!ready)
        return BLAME_UNKNOWN;
    uint64_t begin = clock_us(), end = 0;
    size_t begun = 0;
    bool died = false;
    while (begun < count && !died && !w->interrupted && instance_lives(&w->instance)) {
        result_clear(&w->blamed);
        worker_play(w, cases[begun++], &w->blamed);
        died = noticed(w, s->any, &d);
        end = died ? end : clock_us();
    }
    uint64_t until = clock_us() + (uint64_t)(wait * 1e6);
    while (!(died = noticed(w, s->any, &d)) && clock_us() < until && !w->interrupted)
        worker_pause(w, LOOK_SECONDS);
    if (w->interrupted)
        return BLAME_UNKNOWN;
    if (!died)
        return BLAME_LIVED;
    *death = (struct blame_death){begun, (double)(d.us - begin) / 1e6, (double)(d.us - w->instance.ready_us) / 1e6};
    note_death(s, &d, end);
    return BLAME_DIED;
}

/* --- telling -------------------------------------------------------------------------------------------- */

static void set_text(char **to, char *text)
{
    free(*to);
    *to = text;
}

/* Makes a result say that this case has ended the subject. What was judged while that lived stays the diagnosis. */
static void make_crash(struct result *r, const struct search *s)
{
    char when[48] = "in it or right behind it";
    if (s->delay_us)
        snprintf(when, sizeof(when), "%.3g ms behind it", (double)s->delay_us / 1e3);
    bool broken = confirm_is_broken(r);
    r->verdict = VERDICT_FAIL;
    if (broken && r->survived) {
        set_text(&r->message, mem_printf("%s; behind the case the subject ended: %s", r->message, buf_text(&s->how)));
    } else {
        r->diagnosis = DIAGNOSIS_CRASH;
        set_text(&r->message,
                 broken && r->message
                     ? mem_printf("the subject ended in the middle of the case: %s; %s", buf_text(&s->how), r->message)
                     : mem_printf("the case ends the subject, %s: %s", when, buf_text(&s->how)));
    }
    set_text(&r->exit, mem_dup(buf_text(&s->how)));
    set_text(&r->output, mem_dup(s->output));
    r->output_total = s->output ? strlen(s->output) : 0;
}

/* Names the cases in the result, but the one that it is of: the last ones. */
static void list(const struct worker *w, struct result *r, uint32_t index, const uint32_t *cases, size_t count)
{
    if (count > LISTED_MAX) {
        cases += count - LISTED_MAX;
        count = LISTED_MAX;
    }
    r->depends = mem_new(count, sizeof(*r->depends));
    for (size_t i = 0; i < count; i++)
        if (cases[i] != index) {
            const struct plan_case *c = &w->setup->plan->cases[cases[i]];
            r->depends[r->depend_count++] = scn_case_name(c->scenario, c->index);
        }
}

/* Of a death that no case alone has caused: nobody is named, who may have done it is listed. */
static void make_unnamed(struct worker *w, struct result *r, uint32_t index, const struct search *s,
                         const uint32_t *cases, const struct blame *b)
{
    result_clear(r);
    worker_describe(w, index, r);
    r->verdict = b->repeats && !b->by_itself ? VERDICT_FAIL : VERDICT_FLAKY;
    r->diagnosis = DIAGNOSIS_CRASH;
    r->message = mem_printf(
        "the subject ended while or soon after this case ran, and it need not be its doing: %s; %s", buf_text(&s->how),
        b->by_itself ? "it ends so without any case as well"
        : b->repeats ? "it does so again behind all of the cases below, and behind none of them alone"
                     : "it did not do so again behind the cases that had just ended");
    r->exit = mem_dup(buf_text(&s->how));
    r->output = mem_dup(s->output);
    r->output_total = s->output ? strlen(s->output) : 0;
    list(w, r, index, cases + b->first, b->count);
}

/* --- searching ------------------------------------------------------------------------------------------ */

/* The cases that had ended within the window before the death, the last one in any case, and `index` (NULL: none)
 * behind them; free it. */
static uint32_t *suspects(const struct worker *w, uint64_t death_us, const uint32_t *index, size_t *count)
{
    const struct instance *in = &w->instance;
    uint64_t window = (uint64_t)(w->blame_window * 1e6);
    uint32_t *cases = mem_new(in->log_count + 1, sizeof(*cases));
    *count = 0;
    for (size_t i = 0; i < in->log_count; i++)
        if (in->log[i].ended_us + window >= death_us || i + 1 == in->log_count)
            cases[(*count)++] = in->log[i].index;
    if (index)
        cases[(*count)++] = *index;
    return cases;
}

/* A death as that one, of which nobody was named: another search would end as well. */
static bool is_known(const struct worker *w, const struct subject_death *d)
{
    const struct subject_death *u = &w->unnamed;
    return u->us && u->is_main == d->is_main && u->status_known == d->status_known && u->status == d->status;
}

/*
 * Finds out who has caused `d`. Another case than `here` is amended at once; what is to be said of `here` is put into
 * `out`, which else stays.
 */
static void search(struct worker *w, struct search *s, const struct subject_death *d, const uint32_t *cases,
                   size_t count, uint32_t here, struct result *out)
{
    const struct blame_runner runner = {s, replay};
    const struct blame b = blame_find(&runner, cases, count, w->blame_window);
    if (w->interrupted)
        return;
    if (!b.repeats || b.count > 1 || b.by_itself) {
        struct result r = {0};
        w->unnamed = *d;
        make_unnamed(w, &r, here, s, cases, &b);
        result_clear(out);
        *out = r;
        return;
    }
    if ((double)s->delay_us * 2e-6 > w->blame_window)
        w->blame_window = (double)s->delay_us * 2e-6;
    if (is_consequence(&w->blamed, &s->death))
        return; /* and has been judged */
    make_crash(&w->blamed, s);
    if (cases[b.first] == here) {
        result_clear(out);
        *out = w->blamed;
        w->blamed = (struct result){0};
    } else {
        worker_amend(w, cases[b.first], &w->blamed);
    }
}

static void search_begin(struct search *s, struct worker *w, bool any, const struct subject_death *d)
{
    *s = (struct search){.w = w, .any = any, .until_us = clock_us() + (uint64_t)(SEARCH_SECONDS * 1e6)};
    w->blame_window = worker_window(w);
    note_death(s, d, 0);
}

static void search_end(struct search *s)
{
    buf_free(&s->how);
    free(s->output);
}

/*
 * The case alone, on a fresh instance: what comes of that is what is to be said of it. Returns whether it has ended the
 * subject again; *known is cleared where it could not be tried.
 */
static bool does_it_alone(struct search *s, uint32_t index, double wait, struct result *out, bool *known)
{
    struct blame_death death;
    enum blame_replay got = replay(s, &index, 1, wait, &death);
    *known = got != BLAME_UNKNOWN;
    if (!*known)
        return false;
    result_clear(out);
    *out = s->w->blamed;
    s->w->blamed = (struct result){0};
    /* Refused, reset, closed: one diagnosis where the process is dead that held the connection. */
    if (got == BLAME_DIED && out->diagnosis != DIAGNOSIS_CRASH && !is_consequence(out, &s->death))
        make_crash(out, s);
    return got == BLAME_DIED;
}

bool worker_death(struct worker *w, uint32_t index, struct result *out)
{
    struct subject_death d;
    struct search s;
    bool broken = confirm_is_broken(out), known;
    size_t count;
    uint64_t now = clock_us();
    if (!noticed(w, broken, &d) || is_consequence(out, &d))
        return false;
    search_begin(&s, w, broken, &d);
    uint32_t *cases = suspects(w, d.us, &index, &count);
    struct result first = *out;
    *out = (struct result){0};
    double wait = 0.1 + (d.us < now ? 0 : (double)(d.us - now) / 1e6);
    if (does_it_alone(&s, index, wait, out, &known)) {
        /* Its own doing, and shown twice. */
    } else if (!known) {
        *out = first;
        first = (struct result){0};
        out->unconfirmed = true;
    } else if (count > 1 && !is_known(w, &d) && (d.is_crash || !confirm_is_broken(out))) {
        search(w, &s, &d, cases, count, index, out);
    } else if (count == 1 && !confirm_is_broken(out)) {
        result_clear(out);
        *out = first;
        first = (struct result){0};
        make_crash(out, &s);
        out->verdict = VERDICT_FLAKY;
    }
    result_clear(&first);
    search_end(&s);
    free(cases);
    return true;
}

void worker_list_suspects(struct worker *w, uint32_t index, struct result *out)
{
    size_t count;
    w->blame_window = worker_window(w);
    uint32_t *cases = suspects(w, clock_us(), NULL, &count);
    if (out->depend_count == 0) {
        free(out->depends);
        list(w, out, index, cases, count);
    }
    free(cases);
}

void worker_death_between(struct worker *w)
{
    struct subject_death d;
    struct search s;
    struct result out = {0};
    size_t count;
    if (!w->instance.subject || w->interrupted || w->instance.log_count == 0)
        return;
    ev_run(w->loop, EVRUN_NOWAIT);
    if (!noticed(w, false, &d))
        return;
    uint32_t last = w->instance.log[w->instance.log_count - 1].index;
    search_begin(&s, w, false, &d);
    uint32_t *cases = suspects(w, d.us, NULL, &count);
    if (count > 0 && !is_known(w, &d))
        search(w, &s, &d, cases, count, last, &out);
    if (out.name)
        worker_amend(w, last, &out);
    search_end(&s);
    free(cases);
    instance_stop(&w->instance);
}

void worker_death_last(struct worker *w)
{
    const struct instance *in = &w->instance;
    struct subject_death d;
    if (!in->subject || in->log_count == 0)
        return;
    uint64_t until = in->log[in->log_count - 1].ended_us + (uint64_t)(LAST_SECONDS * 1e6);
    while (!w->interrupted && !noticed(w, false, &d) && clock_us() < until)
        worker_pause(w, LOOK_SECONDS);
    worker_death_between(w);
}
