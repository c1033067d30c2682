/*
 * Fuzz target: results.json, which may come from anywhere. The input is the file, word for word. What is read is
 * written and read again, and both writings are the same bytes; it is told in every form that a person, a terminal, a
 * browser or a CI may read, and none of them may hold what these would obey.
 */
#include "fuzz/fuzz.h"
#include "report/console.h"
#include "report/ending.h"
#include "report/formats.h"
#include "report/json_read.h"
#include "report/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MOST      (64 * 1024)
#define THOROUGH_ONE_IN 32

typedef int writer(FILE *out, const struct run *r, bool strict);

static char *written(writer *write, const struct run *r, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    FUZZ_CHECK(out && write(out, r, true) == 0);
    fclose(out);
    return text;
}

/* Nothing that moves a cursor, changes a colour or rings; and it is UTF-8. */
static void check_harmless(const char *text, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        uint32_t c = 0;
        n = text_utf8(text + i, len - i, &c);
        FUZZ_CHECK(n > 0);
        FUZZ_CHECK(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)));
    }
}

static size_t times(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

static int console_write(FILE *out, const struct run *r, bool strict)
{
    const struct look look = {0};
    (void)strict;
    ending_write(out, &look, r, NULL, r->count, false);
    return 0;
}

/* The page's own script, and nothing that is one. */
static void check_page(char *page, const char *empty)
{
    FUZZ_CHECK(times(page, "<script") == times(empty, "<script") && times(page, "href=\"javascript:") == 0);
    free(page);
}

/* Several runs side by side have writers of their own. */
static char *beside_itself(const struct report_format *format, const struct run *r, size_t *len)
{
    const struct run runs[] = {*r, *r};
    const char *const names[] = {"a.json", "b.json"};
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    FUZZ_CHECK(out && format->write_runs(out, runs, names, 2) == 0);
    fclose(out);
    check_harmless(text, *len);
    FUZZ_CHECK(times(text, "##[") == 0);
    return text;
}

static void check_forms(const struct run *r)
{
    size_t len;
    for (size_t i = 0; i <= REPORT_FORMAT_COUNT; i++) {
        char *text = written(i < REPORT_FORMAT_COUNT ? report_formats[i]->write : console_write, r, &len);
        check_harmless(text, len);
        FUZZ_CHECK(times(text, "##[") == 0); /* a command to GitHub's runner wherever it stands in a line */
        free(text);
    }
    const struct run none = {.profile = r->profile};
    size_t none_len;
    char *empty = written(html_format.write, &none, &none_len);
    check_page(written(html_format.write, r, &len), empty);
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
        if (!report_formats[i]->write_runs)
            continue;
        char *text = beside_itself(report_formats[i], r, &len);
        if (report_formats[i] == &html_format)
            check_page(text, empty);
        else
            free(text);
    }
    free(empty);
}

static void check_again(const struct run *r)
{
    struct run again;
    struct err e = {0};
    size_t len, len_again;
    char *text = written(json_format.write, r, &len);
    FUZZ_CHECK(json_read("again", text, len, &again, &e) == 0);
    char *text_again = written(json_format.write, &again, &len_again);
    FUZZ_CHECK(len == len_again && memcmp(text, text_again, len) == 0);
    FUZZ_CHECK(run_exit_code(r, true) == run_exit_code(&again, true));
    free(text);
    free(text_again);
    json_read_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run;
    struct err e = {0};
    if (size > INPUT_MOST)
        return 0;
    char *text = fuzz_scratch(0, size); /* nothing behind it may be read */
    if (size > 0)
        memcpy(text, data, size);
    int rc = json_read("results.json", text, size, &run, &e);
    FUZZ_CHECK((rc == 0) == !e.text[0]);
    if (rc < 0)
        return 0;
    for (size_t i = 0; i < run.count; i++)
        FUZZ_CHECK(run.results[i].name && run.results[i].name[0] && run.results[i].seconds >= 0);
    if (FUZZ_CHOSEN(fuzz_digest(FUZZ_DIGEST, data, size), THOROUGH_ONE_IN)) {
        check_again(&run);
        check_forms(&run);
    }
    json_read_free(&run);
    return 0;
}
