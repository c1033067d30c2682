/*
 * Fuzz target: the scenario language. The input is a scenario file, word for word. It is read with a profile,
 * rules and facts, or without, as the digest of the input has it; one input in 16, and each that is replayed,
 * is read both ways and twice each, and all its messages are printed.
 */
#include "fuzz/fuzz.h"
#include "source_check.h"

#include <stdlib.h>
#include <string.h>

#define THOROUGH_ONE_IN 16
/* load.h promises it. */
#define CASES_MOST 1000

/* What came of one reading, in a form that compares. */
struct reading {
    bool taken;
    size_t messages;
    size_t cases, steps;
    uint64_t digest;
};

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
    r.messages = messages.count;
    r.digest = check_messages(&messages, source, digest, all);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source;
    if (!source_take(&source, data, size))
        return 0;
    const uint64_t digest = fuzz_digest(FUZZ_DIGEST, data, size);
    if (FUZZ_CHOSEN(digest, THOROUGH_ONE_IN)) {
        same_reading(read_scenario(&source, NULL, digest, true), read_scenario(&source, NULL, digest, true));
        same_reading(read_in_context(&source, digest, true), read_in_context(&source, digest, true));
    } else if (digest & 1) {
        read_scenario(&source, NULL, digest >> 1, false);
    } else {
        read_in_context(&source, digest >> 1, false);
    }
    source_done(&source);
    return 0;
}
