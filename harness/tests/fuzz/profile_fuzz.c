/*
 * Fuzz target: the file `profile` of a folder of scenarios. The input is the file, word for word. One input in 16, and
 * each that is replayed, is read twice and must say the same.
 */
#include "fuzz/fuzz.h"
#include "source_check.h"

#include <string.h>

#define THOROUGH_ONE_IN 16

static uint64_t text_digest(uint64_t digest, const char *text)
{
    return text ? fuzz_digest(digest, text, strlen(text) + 1) : digest;
}

static uint64_t check_profile(const struct scn_profile *p)
{
    uint64_t digest = text_digest(FUZZ_DIGEST, p->title);
    FUZZ_CHECK(p->title && strcmp(p->name, "p") == 0);
    FUZZ_CHECK(p->role == SCN_ROLE_SERVER || p->role == SCN_ROLE_CLIENT || p->role == SCN_ROLE_NONE);
    for (size_t i = 0; i < p->fact_count; i++) {
        FUZZ_CHECK(p->facts[i].name && p->facts[i].name[0] && p->facts[i].meaning);
        digest = text_digest(text_digest(digest, p->facts[i].name), p->facts[i].value);
        for (size_t k = 0; k < i && i < 50; k++) /* a second one of the same name would be found by nobody */
            FUZZ_CHECK(strcmp(p->facts[k].name, p->facts[i].name) != 0);
    }
    for (size_t i = 0; i < p->extend_count; i++)
        FUZZ_CHECK(p->extends[i] && strcmp(p->extends[i], p->name) != 0);
    for (size_t i = 0; i < p->premise_count; i++)
        FUZZ_CHECK(p->premises[i].scenario && p->premises[i].scenario[0] &&
                   !p->premises[i].fact == !!p->premises[i].assumes); /* one of them says what it stands for */
    return digest;
}

static uint64_t read_profile(const struct source *s, uint64_t digest, bool all)
{
    struct scn_messages messages = {0};
    struct scn_profile *p = scn_profile_parse("p", "profile", s->text, s->len, &messages);
    FUZZ_CHECK((p != NULL) == (messages.count == 0)); /* refused with a reason, or taken without one */
    uint64_t said = check_messages(&messages, s, digest, all);
    if (p)
        said ^= check_profile(p);
    scn_messages_free(&messages);
    scn_profile_free(p);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source;
    const uint64_t digest = fuzz_digest(FUZZ_DIGEST, data, size);
    if (!source_take(&source, data, size))
        return 0;
    bool thorough = FUZZ_CHOSEN(digest, THOROUGH_ONE_IN);
    uint64_t said = read_profile(&source, digest, thorough);
    if (thorough)
        FUZZ_CHECK(read_profile(&source, digest, true) == said);
    source_done(&source);
    return 0;
}
