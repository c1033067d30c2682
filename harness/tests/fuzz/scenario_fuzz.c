/*
 * Fuzz target: the scenario language. The input is a scenario file, word for word; it is read twice without a
 * context, and once with a profile, rules and facts.
 */
#include "base/clock.h"
#include "fuzz/fuzz.h"
#include "scenario/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer inputs repeat what shorter ones show. */
#define INPUT_MOST (256 * 1024)
/* Reading is linear: so much for any input, and for each of its bytes, is far beyond it, sanitizers, a loaded
 * machine and a tool like valgrind included; what is quadratic in a long input passes it. */
#define BASE_US     5000000
#define US_PER_BYTE 100
/* load.h promises it. */
#define MESSAGES_MOST 20
#define CASES_MOST    1000

/* What came of one reading, in a form that compares. */
struct reading {
    bool taken;
    size_t messages;
    size_t cases, steps;
    uint64_t digest;
};

/* The length of a line of the source, from 1; SIZE_MAX where there is no such line. */
static size_t line_length(const char *source, size_t len, int line)
{
    size_t at = 0;
    for (int i = 1; i < line; i++) {
        const char *lf = at < len ? memchr(source + at, '\n', len - at) : NULL;
        if (lf == NULL)
            return SIZE_MAX;
        at = (size_t)(lf - source) + 1;
    }
    const char *lf = at < len ? memchr(source + at, '\n', len - at) : NULL;
    return lf == NULL ? len - at : (size_t)(lf - source) - at;
}

/* A place in the source: a line that is there, a column in it or just behind it. */
static void check_place(const struct scn_at *at, const char *source, size_t len)
{
    FUZZ_CHECK(at->line >= 1 && at->col >= 1 && at->len >= 0);
    size_t width = line_length(source, len, at->line);
    FUZZ_CHECK(width != SIZE_MAX);
    FUZZ_CHECK((size_t)at->col <= width + 1);
}

static void check_messages(const struct scn_messages *messages, const char *source, size_t len,
                           struct reading *r)
{
    struct buf out = {0};
    FUZZ_CHECK(messages->count <= MESSAGES_MOST);
    for (size_t i = 0; i < messages->count; i++) {
        const struct scn_message *m = &messages->items[i];
        FUZZ_CHECK(m->text != NULL && m->text[0] != '\0');
        if (m->at.line != 0)
            check_place(&m->at, source, len);
        scn_message_print(&out, m, i % 2 == 1);
    }
    r->messages = messages->count;
    r->digest = fuzz_digest(r->digest, buf_text(&out), out.len);
    buf_free(&out);
}

static size_t check_steps(const struct scn_block *block, const char *source, size_t len, int depth)
{
    size_t all = block->count;
    FUZZ_CHECK(depth <= SCN_DEPTH_MAX);
    for (size_t i = 0; i < block->count; i++) {
        const struct scn_step *step = &block->steps[i];
        check_place(&step->at, source, len);
        FUZZ_CHECK(scn_step_name(step->kind) != NULL);
        if (step->kind == SCN_STEP_REPEAT)
            all += check_steps(&step->u.repeat.body, source, len, depth + 1);
    }
    return all;
}

static void check_scenario(const struct scn_scenario *s, const char *source, size_t len, struct reading *r)
{
    r->cases = scn_case_count(s);
    FUZZ_CHECK(r->cases >= 1 && r->cases <= CASES_MOST);
    FUZZ_CHECK(s->source_len == len && memcmp(s->source, source, len) == 0);
    for (size_t i = 0; i < s->actor_count; i++)
        r->steps += check_steps(&s->actors[i].body, source, len, 0);
    for (size_t i = 0; i<r->cases; i += r->cases> 1 ? r->cases - 1 : 1) { /* the first and the last */
        char *name = scn_case_name(s, i);
        r->digest = fuzz_digest(r->digest, name, strlen(name));
        free(name);
    }
}

static struct reading read_scenario(const char *source, size_t len, const struct scn_context *context)
{
    struct reading r = {.digest = FUZZ_DIGEST};
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_parse("p/x", "x.scn", source, len, context, &messages);
    r.taken = s != NULL;
    FUZZ_CHECK(r.taken == (messages.count == 0)); /* refused with a reason, or taken without one */
    check_messages(&messages, source, len, &r);
    if (s != NULL)
        check_scenario(s, source, len, &r);
    scn_messages_free(&messages);
    scn_free(s);
    return r;
}

/* A small profile of a server, with rules and facts, so that the checks against them run. */
static struct reading read_in_context(const char *source, size_t len)
{
    struct scn_fact_def defined[] = {
        {"path", "/", "a path"}, {"large", NULL, "another"}, {"count", "12", "n"}};
    struct scn_rule known[] = {
        {.id = "SOCK-STREAM-BOUNDARY", .source = "s", .text = "t", .why = "w", .wrong = "x"}};
    struct scn_fact given[] = {{"concurrency", "2"}, {"large", "/large"}};
    struct scn_profile profile = {.name = "p",
                                  .title = "t",
                                  .role = SCN_ROLE_SERVER,
                                  .transport = SCN_TCP,
                                  .facts = defined,
                                  .fact_count = 3};
    struct scn_rules rules = {.items = known, .count = 1};
    struct scn_facts facts = {.items = given, .count = 2};
    const struct scn_context context = {.profile = &profile, .rules = &rules, .facts = &facts};
    return read_scenario(source, len, &context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MOST)
        return 0;
    char *source = malloc(size > 0 ? size : 1); /* exactly, so that a read past the end is seen */
    if (source == NULL)
        return 0;
    if (size > 0)
        memcpy(source, data, size);
    uint64_t from = clock_us();
    const struct reading a = read_scenario(source, size, NULL);
    const struct reading b = read_scenario(source, size, NULL);
    FUZZ_CHECK(a.taken == b.taken && a.messages == b.messages && a.digest == b.digest);
    FUZZ_CHECK(a.cases == b.cases && a.steps == b.steps);
    read_in_context(source, size);
    FUZZ_CHECK(clock_us() - from < BASE_US + US_PER_BYTE * (uint64_t)size);
    free(source);
    return 0;
}
