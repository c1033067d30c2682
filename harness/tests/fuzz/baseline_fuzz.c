/*
 * Fuzz target: baselines. The input is the file, word for word. What is read is put to a run whose cases bear its
 * names, written again for a run that says nothing of it, and read again: the same entries, reasons and comments.
 */
#include "fuzz/fuzz.h"
#include "report/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MOST      (64 * 1024)
#define THOROUGH_ONE_IN 16
#define CASES           6

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_entries(const struct baseline *b)
{
    size_t literal = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct baseline_entry *e = &b->entries[i];
        FUZZ_CHECK(e->name && e->name[0] && e->reason && e->line >= 1);
        FUZZ_CHECK(i == 0 || e->line > b->entries[i - 1].line);
        literal += e->literal != NULL;
    }
    FUZZ_CHECK(b->sorted_count == literal);
}

/* Failing and passing cases of the names that it knows, and others: what it says of them adds up. */
static void check_apply(struct baseline *b)
{
    struct result results[CASES] = {0};
    struct run run = {.results = results, .count = CASES};
    for (size_t i = 0; i < CASES; i++) {
        const char *name = b->count ? b->entries[i % b->count].literal : NULL;
        results[i].name = (char *)(uintptr_t)(name && i != 1 ? name : "p/other");
        results[i].verdict = i % 3 == 0 ? VERDICT_FAIL : i % 3 == 1 ? VERDICT_PASS : VERDICT_ERROR;
    }
    baseline_apply(b, &run);
    for (size_t i = 0; i < CASES; i++) {
        if (results[i].verdict == VERDICT_ERROR)
            FUZZ_CHECK(!results[i].known); /* that nothing could be tried is never a known failure */
        if (results[i].verdict == VERDICT_FAIL && b->count && b->entries[i % b->count].literal && i != 1)
            FUZZ_CHECK(results[i].known);
        free(results[i].known);
    }
}

static char *write_again(const struct baseline *b, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    const struct run nothing = {0};
    FUZZ_CHECK(out && baseline_write(out, &nothing, b, false) == 0);
    fclose(out);
    return text;
}

static void check_again(const struct baseline *b)
{
    struct baseline again;
    struct err e = {0};
    size_t len = 0, len_again = 0;
    char *text = write_again(b, &len);
    FUZZ_CHECK(baseline_parse(&again, "again", text, len, &e) == 0);
    FUZZ_CHECK(again.count == b->count);
    for (size_t i = 0; i < b->count; i++) {
        FUZZ_CHECK(strcmp(again.entries[i].name, b->entries[i].name) == 0);
        FUZZ_CHECK(strcmp(again.entries[i].reason, b->entries[i].reason) == 0);
        FUZZ_CHECK(same_text(again.entries[i].literal, b->entries[i].literal));
    }
    char *text_again = write_again(&again, &len_again);
    FUZZ_CHECK(len == len_again && memcmp(text, text_again, len) == 0);
    baseline_free(&again);
    free(text);
    free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct baseline b;
    struct err e = {0};
    if (size > INPUT_MOST)
        return 0;
    char *text = fuzz_scratch(0, size); /* nothing behind it may be read */
    if (size > 0)
        memcpy(text, data, size);
    int rc = baseline_parse(&b, "baseline", text, size, &e);
    FUZZ_CHECK((rc == 0) == !e.text[0]);
    if (rc < 0)
        return 0;
    check_entries(&b);
    if (FUZZ_CHOSEN(fuzz_digest(FUZZ_DIGEST, data, size), THOROUGH_ONE_IN))
        check_again(&b);
    check_apply(&b);
    baseline_free(&b);
    return 0;
}
