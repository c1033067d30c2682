/*
 * A run with one result of each kind, and comparing with golden files: for the report tests.
 */
#ifndef REPORT_SAMPLE_H
#define REPORT_SAMPLE_H

#include "base/mem.h"
#include "report/formats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLE_CASES 9

/* A subject that tries to own the reader's terminal: SGR, a window title, C1 CSI in UTF-8, a direction
 * override, broken UTF-8. */
#define HOSTILE                                                                                                        \
    "\x1b[31mred\x1b]0;title\x07 \xc2\x9b"                                                                             \
    "2J \xe2\x80\xae"                                                                                                  \
    "evil \xff\xfe <&\">]]> end"

static inline void sample_failure(struct result *r)
{
    r->title = mem_dup("A request without Host is refused");
    r->rule = mem_dup("RFC9112-3.2-HOST");
    r->level = mem_dup("MUST");
    r->sentence = mem_dup("A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request "
                          "message that lacks a Host header field");
    r->source = mem_dup("RFC 9112, section 3.2");
    r->why = mem_dup("Without it a server of several sites cannot know which one is meant.");
    r->message = mem_dup("the response is 200, not 400");
    r->diagnosis = DIAGNOSIS_MISMATCH;
    r->actor = mem_dup("client");
    r->file = mem_dup("scenarios/http-server/host-missing.scn");
    r->line = 10;
    r->col = 5;
    r->width = 19;
    r->line_text = mem_dup("    expect response 400 within 1s");
    r->expected = mem_dup("HTTP/1.1 400 Bad Request\\r\\nServer: x\\r\\n\\r\\n");
    r->received = mem_dup("HTTP/1.1 200 OK\\r\\nServer: x\\r\\nX-Bytes: \\x00\\xff\\r\\n\\r\\n");
    result_event(r, 112, "client", 5, "connects to 127.0.0.1:34567");
    result_event(r, 160, "client", 6, "sends 35 bytes \"GET / HTTP/1.1\\r\\n\"...");
    result_event(r, 1480, "subject", 0, "writes " HOSTILE);
    result_event(r, 1502, "client", 10, "received 61 bytes");
    result_event(r, 12001600, "client", 0, "RST received");
    result_graph(r, "client (line 10) waits for %s", "the subject");
    r->output = mem_dup("first line\n" HOSTILE "\nlast line\n");
    r->output_total = 70000;
    r->exit = mem_dup("killed by SIGSEGV");
    r->repeat = mem_dup("sockspec test http-server --filter http-server/host-missing -- ./server {port}");
    r->unconfirmed = r->best_effort = true;
    r->depends = mem_new(1, sizeof(*r->depends));
    r->depends[r->depend_count++] = mem_dup("http-server/keep-alive");
}

static inline struct run sample_run(void)
{
    static const struct {
        const char *name;
        enum verdict verdict;
        const char *message;
    } cases[SAMPLE_CASES] = {
        {"http-server/get", VERDICT_PASS, NULL},
        {"http-server/host-missing[value=\"a  b\"]", VERDICT_FAIL, NULL},
        {"http-server/host-twice", VERDICT_FAIL, "the response is 200, not 400"},
        {"http-server/date", VERDICT_WARN, "the response has no header field Date"},
        {"http-server/silent-peer", VERDICT_SKIP, "the subject serves one peer at a time # concurrency 1"},
        {"tcp-server/crowd", VERDICT_SKIP, "the subject serves one peer at a time # concurrency 1"},
        {"tcp-server/reset", VERDICT_FLAKY, "nothing came within 1 s"},
        {"tcp-server/start", VERDICT_ERROR, "the subject did not start: " HOSTILE},
        {"tcp-server/fixed", VERDICT_PASS, NULL},
    };
    struct run r = {.profile = "http-server", .subject = "./server {port} " HOSTILE, .seed = 42, .seconds = 2.5};
    r.machine = mem_dup("Linux 6.1.0 x86_64, 2 cores");
    r.results = mem_new(SAMPLE_CASES, sizeof(*r.results));
    r.count = SAMPLE_CASES;
    for (size_t i = 0; i < SAMPLE_CASES; i++) {
        struct result *result = &r.results[i];
        result->name = mem_dup(cases[i].name);
        result->scenario = mem_printf("%.*s", (int)strcspn(cases[i].name, "["), cases[i].name);
        result->verdict = cases[i].verdict;
        result->message = mem_dup(cases[i].message);
        result->seconds = 0.25 + (double)i / 1024;
    }
    sample_failure(&r.results[1]);
    r.results[6].diagnosis = DIAGNOSIS_TIMEOUT;
    return r;
}

static inline void sample_free(struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        result_clear(&r->results[i]);
    free(r->results);
    free(r->machine);
}

/* Compares with harness/tests/data/report/NAME; with SOCKSPEC_GOLDEN=write in the environment it is written
 * instead, to be read over. */
static inline void assert_golden(const char *name, const char *text, size_t len)
{
    char path[512], *want = NULL;
    size_t want_len = 0;
    const char *mode = getenv("SOCKSPEC_GOLDEN");
    snprintf(path, sizeof(path), "%s/harness/tests/data/report/%s", SOURCE_DIR, name);
    if (mode && strcmp(mode, "write") == 0) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        assert_int_equal(fwrite(text, 1, len, out), len);
        assert_int_equal(fclose(out), 0);
        return;
    }
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s is missing: SOCKSPEC_GOLDEN=write before this test writes it; read it, then keep it", path);
    want = mem_new(1 << 20, 1);
    want_len = fread(want, 1, (1 << 20) - 1, in);
    fclose(in);
    size_t at = 0, line = 1;
    while (at < len && at < want_len && want[at] == text[at])
        line += want[at++] == '\n';
    if (at != len || at != want_len)
        fail_msg("%s:%zu: differs from here on:\nwanted: %.200s\ngot:    %.200s", path, line, want + at, text + at);
    free(want);
}

/* No byte that a terminal would obey, the harness's own SGR (ESC [ digits and ; then m) apart where `sgr`. */
static inline void assert_harmless(const char *text, size_t len, bool sgr)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == 0x1b && sgr) {
            i++;
            assert_int_equal(text[i], '[');
            i += 1 + strspn(text + i + 1, "0123456789;");
            assert_int_equal(text[i], 'm');
            continue;
        }
        if ((c < 0x20 && c != '\n') || c == 0x7f || c == 0xff || c == 0xfe || c == 0x9b)
            fail_msg("byte 0x%02x at offset %zu", c, i);
    }
}

/* The run in the format of that name; free the result. */
static inline struct buf written(const char *format, const struct run *r, bool strict)
{
    const struct report_format *f = report_format_find(format);
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    assert_non_null(f);
    assert_non_null(out);
    assert_int_equal(f->write(out, r, strict), 0);
    assert_int_equal(fclose(out), 0);
    return (struct buf){.data = data, .len = len, .cap = len + 1};
}

/* The sample with a baseline applied: a failure that is known, and a pass that was one. */
static inline struct run marked_run(void)
{
    struct run r = sample_run();
    r.results[2].known = mem_dup("upstream bug #12");
    r.results[8].known = mem_dup("was broken");
    return r;
}

#endif
