/*
 * Fuzz target: the file `rules` of a folder of scenarios. The input is the file, word for word. One input in 16, and
 * each that is replayed, is read twice and must say the same.
 */
#include "fuzz/fuzz.h"
#include "source_check.h"

#include <string.h>

#define THOROUGH_ONE_IN 16

static uint64_t check_rules(const struct scn_rules *rules, const struct source *s)
{
    uint64_t digest = FUZZ_DIGEST;
    for (size_t i = 0; i < rules->count; i++) {
        const struct scn_rule *r = &rules->items[i];
        FUZZ_CHECK(r->id && r->id[0] && r->source && r->text);
        check_place(&r->at, s);
        if (i < 50)
            FUZZ_CHECK(scn_rules_find(rules, r->id) == r); /* each id once */
        const char *const texts[] = {r->id, r->source, r->text, r->why, r->wrong};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (texts[k])
                digest = fuzz_digest(digest, texts[k], strlen(texts[k]) + 1);
    }
    return digest;
}

static uint64_t read_rules(const struct source *s, uint64_t digest, bool all)
{
    struct scn_messages messages = {0};
    struct scn_rules *rules = scn_rules_parse("rules", s->text, s->len, &messages);
    FUZZ_CHECK((rules != NULL) == (messages.count == 0)); /* refused with a reason, or taken without one */
    uint64_t said = check_messages(&messages, s, digest, all);
    if (rules)
        said ^= check_rules(rules, s);
    scn_messages_free(&messages);
    scn_rules_free(rules);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source;
    const uint64_t digest = fuzz_digest(FUZZ_DIGEST, data, size);
    if (!source_take(&source, data, size))
        return 0;
    bool thorough = FUZZ_CHOSEN(digest, THOROUGH_ONE_IN);
    uint64_t said = read_rules(&source, digest, thorough);
    if (thorough)
        FUZZ_CHECK(read_rules(&source, digest, true) == said);
    source_done(&source);
    return 0;
}
