/*
 * Fuzz target: subject files. The input is the file, word for word. One input in 16, and each that is replayed, is read
 * twice and must say the same.
 */
#include "fuzz/fuzz.h"
#include "source_check.h"

#include <string.h>

#define THOROUGH_ONE_IN 16

static uint64_t text_digest(uint64_t digest, const struct scn_text *t)
{
    for (size_t i = 0; i < t->count; i++)
        digest = fuzz_digest(digest, t->parts[i].bytes, t->parts[i].len);
    return digest;
}

static uint64_t check_subject(const struct scn_subject_file *f)
{
    uint64_t digest = fuzz_digest(FUZZ_DIGEST, f->title, strlen(f->title));
    FUZZ_CHECK(f->argc > 0 && f->profile_count > 0);
    for (size_t i = 0; i < f->argc; i++)
        digest = text_digest(digest, &f->argv[i]);
    for (size_t i = 0; i < f->file_count; i++) {
        const char *name = f->files[i].name; /* it is made in a folder of ours, and must stay there */
        FUZZ_CHECK(name[0] && name[0] != '.' && !strchr(name, '/'));
        digest = text_digest(digest, &f->files[i].text);
    }
    for (size_t i = 0; i < f->known_count; i++)
        FUZZ_CHECK(f->known[i].name && f->known[i].reason);
    for (size_t i = 0; i < f->facts.count && i < 50; i++)
        FUZZ_CHECK(scn_facts_get(&f->facts, f->facts.items[i].name) == f->facts.items[i].value);
    return digest;
}

static uint64_t read_subject(const struct source *s, uint64_t digest, bool all)
{
    struct scn_messages messages = {0};
    struct scn_subject_file *f = scn_subject_file_parse("x.subject", s->text, s->len, &messages);
    FUZZ_CHECK((f != NULL) == (messages.count == 0)); /* refused with a reason, or taken without one */
    uint64_t said = check_messages(&messages, s, digest, all);
    if (f)
        said ^= check_subject(f);
    scn_messages_free(&messages);
    scn_subject_file_free(f);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source;
    const uint64_t digest = fuzz_digest(FUZZ_DIGEST, data, size);
    if (!source_take(&source, data, size))
        return 0;
    bool thorough = FUZZ_CHOSEN(digest, THOROUGH_ONE_IN);
    uint64_t said = read_subject(&source, digest, thorough);
    if (thorough)
        FUZZ_CHECK(read_subject(&source, digest, true) == said);
    source_done(&source);
    return 0;
}
