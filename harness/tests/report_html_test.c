/* The page, the Markdown summary and the annotations: nothing of a subject becomes markup, and everything is there. */
#include "base/clock.h"
#include "report/formats.h"
#include "report/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/report/sample.h"

static char *text_of(const struct report_format *f, const struct run *r)
{
    struct buf text = written(f->name, r, false);
    return text.data;
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)) != NULL; p += strlen(part))
        n++;
    return n;
}

/* Each tag that is opened is closed again, in order: text of the subject that became markup would break this. */
static void assert_balanced(const char *page)
{
    static const char *const empty[] = {"meta", "input", "path", "rect", "circle", "!doctype"};
    char open[64][16];
    size_t depth = 0;
    for (const char *p = page; (p = strchr(p, '<')) != NULL; p++) {
        char name[16] = "";
        bool closing = p[1] == '/';
        size_t n = strcspn(p + 1 + closing, " >\n/");
        assert_in_range(n, 1, sizeof name - 1);
        memcpy(name, p + 1 + closing, n);
        bool none = false;
        for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
            none = none || strcmp(name, empty[i]) == 0;
        if (none)
            continue;
        if (closing) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else {
            assert_true(depth < 64);
            strcpy(open[depth++], name);
            if (strcmp(name, "script") == 0 || strcmp(name, "style") == 0)
                p = strstr(p, "</") - 1;
        }
    }
    assert_int_equal(depth, 0);
}

static void everything_is_in_the_page(void **state)
{
    (void)state;
    struct run r = sample_run();
    char *page = text_of(&html_format, &r);
    assert_balanced(page);
    assert_harmless(page, strlen(page), false);
    assert_int_equal(count_of(page, "<details class=\"case "), SAMPLE_CASES);
    assert_int_equal(count_of(page, "data-verdict=\"fail\""), 2);
    assert_int_equal(count_of(page, "<svg "), 1);
    assert_non_null(strstr(page, "sends 35 bytes"));
    assert_non_null(strstr(page, "RST received"));
    assert_non_null(strstr(page, "http-server/keep-alive"));
    /* No network: nothing is loaded from anywhere. */
    assert_null(strstr(page, "src="));
    assert_null(strstr(page, "http://"));
    assert_null(strstr(page, "https://"));
    assert_null(strstr(page, "@import"));
    free(page);
    sample_free(&r);
}

/* Two runs side by side. */
static char *text_of_runs(const struct report_format *format, const struct run *runs, const char *const *names)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(format->write_runs(out, runs, names, 2), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void hostile_page(char *page)
{
    assert_balanced(page);
    assert_int_equal(count_of(page, "<script"), 1);
    assert_null(strstr(page, "<img"));
    free(page);
}

/* Text that would be markup, script or a way out of an attribute. */
static void hostile_text_stays_text(void **state)
{
    (void)state;
    static const char evil[] = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;";
    struct run r = {.profile = evil, .subject = evil, .seconds = 1};
    struct result result = {.verdict = VERDICT_FAIL, .diagnosis = DIAGNOSIS_MISMATCH, .line = 3};
#define EVIL(field) result.field = mem_dup(evil);
    RESULT_TEXTS(EVIL)
#undef EVIL
    result_graph(&result, "%s", evil);
    for (int k = 0; k < EVENT_KIND_COUNT; k++) {
        result_event(&result, (uint64_t)k * 300000, k % 2 ? evil : "subject", 3, evil);
        result_event_is(&result, (enum event_kind)k, 5);
    }
    r.results = &result;
    r.count = 1;
    hostile_page(text_of(&html_format, &r));
    free(result.level); /* one of ours, which has a table of its rules */
    result.level = mem_dup("MUST");
    hostile_page(text_of(&html_format, &r));
    const struct run runs[2] = {r, r};
    const char *const names[] = {evil, evil};
    hostile_page(text_of_runs(&html_format, runs, names));
    char *markdown = text_of(&markdown_format, &r);
    const char *code = strstr(markdown, "```");
    assert_non_null(code);
    for (const char *p = markdown; p < code; p++)
        if (*p == '<')
            assert_true(strncmp(p, "<details><summary>", 18) == 0 || strncmp(p, "<summary>", 9) == 0 ||
                        strncmp(p, "</summary>", 10) == 0);
    free(markdown);
    result_clear(&result);
}

static void several_runs_side_by_side(void **state)
{
    (void)state;
    struct run runs[2] = {sample_run(), sample_run()};
    static const char *const names[] = {"a.json", "b.json"};
    char *page = text_of_runs(&html_format, runs, names);
    assert_balanced(page);
    assert_non_null(strstr(page, "<th scope=\"col\">a.json</th><th scope=\"col\">b.json</th>"));
    assert_non_null(strstr(page, "href=\"#r0c1\""));
    assert_non_null(strstr(page, "href=\"#r1c1\""));
    assert_non_null(strstr(page, "id=\"r1c1\""));
    free(page);
    page = text_of_runs(&markdown_format, runs, names);
    assert_int_equal(count_of(page, "| a.json | "), 2); /* its counts, and the head of its column */
    assert_non_null(strstr(page, "| rule | a.json | b.json |\n| --- | :-: | :-: |\n"));
    char *row = strstr(page, "| :-: |\n");
    assert_non_null(row);
    for (row = strchr(row, '\n') + 1; *row; row = strchr(row, '\n') + 1) { /* each rule once, its two cells alike */
        char *cells[4];
        char *copy = strndup(row, strcspn(row, "\n")), *at = copy;
        for (int i = 0; i < 4; i++)
            assert_non_null(cells[i] = strsep(&at, "|"));
        assert_string_equal(cells[2], cells[3]);
        assert_true(strlen(cells[2]) > 1);
        assert_null(strstr(row + strlen(cells[1]), cells[1]));
        free(copy);
    }
    free(page);
    sample_free(&runs[0]);
    sample_free(&runs[1]);
}

static void annotations_are_escaped(void **state)
{
    (void)state;
    struct result results[] = {
        {.verdict = VERDICT_FAIL,
         .name = (char *)"a/b[x=1,2:3]",
         .file = (char *)"scenarios/a/b.scn",
         .line = 7,
         .col = 5,
         .message = (char *)"100% wrong\nand more",
         .diagnosis = DIAGNOSIS_MISMATCH,
         .rule = (char *)"RFC1-2",
         .level = (char *)"MUST"},
        {.verdict = VERDICT_WARN, .name = (char *)"a/c", .message = (char *)"odd"},
        {.verdict = VERDICT_FAIL, .name = (char *)"a/d", .message = (char *)"old", .known = (char *)"reason"},
        {.verdict = VERDICT_PASS, .name = (char *)"a/e"},
    };
    const struct run r = {.results = results, .count = 4};
    char *text = text_of(&github_format, &r);
    assert_string_equal(text, "::error file=scenarios/a/b.scn,line=7,col=5,title=a/b[x=1%2C2%3A3]::mismatch: 100%25 "
                              "wrong\\nand more [RFC1-2 MUST]\n"
                              "::warning title=a/c::odd\n"
                              "::notice title=a/d::old\n");
    free(text);
}

static void summary_in_markdown(void **state)
{
    (void)state;
    struct run r = sample_run();
    char *text = text_of(&markdown_format, &r);
    assert_non_null(strstr(text, "| 9 | 2 | 2 | 1 | 1 | 1 | 0 | 2 |"));
    assert_int_equal(count_of(text, "<details>"), 5);
    assert_int_equal(count_of(text, "</details>"), 5);
    assert_harmless(text, strlen(text), false);
    free(text);
    sample_free(&r);
}

/* A crowd shares a column, and a long stretch is folded: the picture stays one that can be looked at. */
static void diagram_stays_small(void **state)
{
    (void)state;
    struct result r = {.verdict = VERDICT_FAIL};
    struct buf svg = {0};
    char name[16];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "crowd %d", i);
        result_event(&r, (uint64_t)i, name, 2, "connected");
        result_event_is(&r, EVENT_CONNECTED, 0);
    }
    for (int i = 0; i < 100; i++) {
        result_event(&r, 100, "crowd 0", 3, "sent 10 bytes");
        result_event_is(&r, EVENT_SENT, 10);
    }
    html_diagram(&svg, &r, "x");
    assert_int_equal(count_of(buf_text(&svg), "class=\"name\""), 7);
    assert_non_null(strstr(buf_text(&svg), "94 more: 940 bytes sent, 0 received"));
    assert_non_null(strstr(buf_text(&svg), ">others<"));
    buf_free(&svg);
    result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_in_the_page), cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(several_runs_side_by_side), cmocka_unit_test(annotations_are_escaped),
        cmocka_unit_test(summary_in_markdown),       cmocka_unit_test(diagram_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
