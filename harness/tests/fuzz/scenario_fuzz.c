/*
 * Fuzz target: the scenario language. The input is a scenario file, word for word. It is read with a profile,
 * rules and facts, or without, as the digest of the input has it; one input in 16, and each that is replayed,
 * is read both ways and twice each, and all its messages are printed.
 */
#include "fuzz/fuzz.h"
#include "scenario/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Longer inputs repeat what shorter ones show. */
#define INPUT_MOST (256 * 1024)
/* Reading is linear: so much processor time for any input, and for each of its bytes, is far beyond it, sanitizers
 * and a tool like valgrind included; what is quadratic in a long input passes it. */
#define BASE_US         5000000
#define US_PER_BYTE     100
#define THOROUGH_ONE_IN 16
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

/* A source and where its lines begin. */
struct source {
    const char *text;
    size_t len;
    const size_t *lines;
    size_t line_count;
};

/* The length of a line of the source, from 1; SIZE_MAX where there is no such line. */
static size_t line_length(const struct source *s, int line)
{
    if (line < 1 || (size_t)line > s->line_count)
        return SIZE_MAX;
    size_t from = s->lines[line - 1];
    return (size_t)line == s->line_count ? s->len - from : s->lines[line] - 1 - from;
}

/* A place in the source: a line that is there, a column in it or just behind it. */
static void check_place(const struct scn_at *at, const struct source *source)
{
    FUZZ_CHECK(at->line >= 1 && at->col >= 1 && at->len >= 0);
    size_t width = line_length(source, at->line);
    FUZZ_CHECK(width != SIZE_MAX);
    FUZZ_CHECK((size_t)at->col <= width + 1);
}

/* Prints one of the messages, or all. */
static void check_messages(const struct scn_messages *messages, const struct source *source, uint64_t digest, bool all,
                           struct reading *r)
{
    struct buf out = {0};
    FUZZ_CHECK(messages->count <= MESSAGES_MOST);
    for (size_t i = 0; i < messages->count; i++) {
        const struct scn_message *m = &messages->items[i];
        FUZZ_CHECK(m->text != NULL && m->text[0] != '\0');
        if (m->at.line != 0)
            check_place(&m->at, source);
        if (all || digest % messages->count == i)
            scn_message_print(&out, m, i % 2 == 1);
    }
    r->messages = messages->count;
    r->digest = fuzz_digest(r->digest, buf_text(&out), out.len);
    buf_free(&out);
}

static size_t check_steps(const struct scn_block *block, const struct source *source, int depth)
{
    size_t all = block->count;
    FUZZ_CHECK(depth <= SCN_DEPTH_MAX);
    for (size_t i = 0; i < block->count; i++) {
        const struct scn_step *step = &block->steps[i];
        check_place(&step->at, source);
        FUZZ_CHECK(scn_step_name(step->kind) != NULL);
        if (step->kind == SCN_STEP_REPEAT)
            all += check_steps(&step->u.repeat.body, source, depth + 1);
    }
    return all;
}

static void check_scenario(const struct scn_scenario *s, const struct source *source, struct reading *r)
{
    r->cases = scn_case_count(s);
    FUZZ_CHECK(r->cases >= 1 && r->cases <= CASES_MOST);
    FUZZ_CHECK(s->source_len == source->len && memcmp(s->source, source->text, source->len) == 0);
    for (size_t i = 0; i < s->actor_count; i++)
        r->steps += check_steps(&s->actors[i].body, source, 0);
    for (size_t i = 0; i<r->cases; i += r->cases> 1 ? r->cases - 1 : 1) { /* the first and the last */
        char *name = scn_case_name(s, i);
        r->digest = fuzz_digest(r->digest, name, strlen(name));
        free(name);
    }
}

static struct reading read_scenario(const struct source *source, const struct scn_context *context, uint64_t digest,
                                    bool all)
{
    struct reading r = {.digest = FUZZ_DIGEST};
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_parse("p/x", "x.scn", source->text, source->len, context, &messages);
    r.taken = s != NULL;
    FUZZ_CHECK(r.taken == (messages.count == 0)); /* refused with a reason, or taken without one */
    check_messages(&messages, source, digest, all, &r);
    if (s != NULL)
        check_scenario(s, source, &r);
    scn_messages_free(&messages);
    scn_free(s);
    return r;
}

/* A small profile of a server, with rules and facts, so that the checks against them run. */
static struct reading read_in_context(const struct source *source, uint64_t digest, bool all)
{
    struct scn_fact_def defined[] = {{"path", "/", "a path"}, {"large", NULL, "another"}, {"count", "12", "n"}};
    struct scn_rule known[] = {{.id = "SOCK-STREAM-BOUNDARY", .source = "s", .text = "t", .why = "w", .wrong = "x"}};
    struct scn_fact given[] = {{"concurrency", "2", NULL}, {"large", "/large", NULL}};
    struct scn_profile profile = {
        .name = "p", .title = "t", .role = SCN_ROLE_SERVER, .transport = SCN_TCP, .facts = defined, .fact_count = 3};
    struct scn_rules rules = {.items = known, .count = 1};
    struct scn_facts facts = {.items = given, .count = 2};
    const struct scn_context context = {.profile = &profile, .rules = &rules, .facts = &facts};
    return read_scenario(source, &context, digest, all);
}

static void same_reading(const struct reading a, const struct reading b)
{
    FUZZ_CHECK(a.taken == b.taken && a.messages == b.messages && a.digest == b.digest);
    FUZZ_CHECK(a.cases == b.cases && a.steps == b.steps);
}

static void find_lines(struct source *s, size_t *lines)
{
    lines[s->line_count++] = 0;
    for (size_t i = 0; i < s->len; i++) {
        if (s->text[i] == '\n')
            lines[s->line_count++] = i + 1;
    }
    s->lines = lines;
}

/* Not by the clock on the wall: a campaign in the background may wait for a processor longer than any reading takes. */
static uint64_t used_us(void)
{
    struct timespec t;
    FUZZ_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MOST)
        return 0;
    char *text = fuzz_scratch(0, size); /* nothing behind it may be read */
    if (size > 0)
        memcpy(text, data, size);
    struct source source = {.text = text, .len = size};
    size_t *lines = malloc((size + 1) * sizeof *lines);
    if (lines == NULL)
        return 0;
    find_lines(&source, lines);
    const uint64_t from = used_us(), digest = fuzz_digest(FUZZ_DIGEST, data, size);
    if (FUZZ_CHOSEN(digest, THOROUGH_ONE_IN)) {
        same_reading(read_scenario(&source, NULL, digest, true), read_scenario(&source, NULL, digest, true));
        same_reading(read_in_context(&source, digest, true), read_in_context(&source, digest, true));
    } else if (digest & 1) {
        read_scenario(&source, NULL, digest >> 1, false);
    } else {
        read_in_context(&source, digest >> 1, false);
    }
    FUZZ_CHECK(used_us() - from < BASE_US + US_PER_BYTE * (uint64_t)size);
    free(lines);
    return 0;
}
