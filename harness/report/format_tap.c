/* TAP 14 (testanything.org): YAML diagnostics, skips as SKIP, known failures as TODO. */
#include "report/failure.h"
#include "report/formats.h"

#include <math.h>
#include <string.h>

/* A description: `#` would begin a directive and a backslash an escape (TAP 14, "Escaping"). */
static void add_description(struct buf *out, const char *text)
{
    struct buf safe = {0};
    text_line(&safe, text);
    for (const char *p = buf_text(&safe); *p; p++) {
        if (*p == '#' || *p == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *p);
    }
    buf_free(&safe);
}

/* A double-quoted YAML scalar: any text, made safe first so that a terminal may show it. */
static void add_quoted(struct buf *out, const char *text, size_t len)
{
    struct buf safe = {0};
    text_safe(&safe, text, len);
    buf_putc(out, '"');
    for (const char *p = buf_text(&safe); *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *p);
    }
    buf_putc(out, '"');
    buf_free(&safe);
}

static void add_field(struct buf *out, const char *key, const char *text)
{
    if (!text)
        return;
    buf_printf(out, "  %s: ", key);
    add_quoted(out, text, strlen(text));
    buf_putc(out, '\n');
}

/* A text of several lines as a list of lines. */
static void add_lines(struct buf *out, const char *key, const char *text)
{
    if (!text || !*text)
        return;
    buf_printf(out, "  %s:\n", key);
    const char *at = text, *end = text + strlen(text), *line;
    size_t len;
    while (text_next_line(&at, end, &line, &len)) {
        buf_puts(out, "    - ");
        add_quoted(out, line, len);
        buf_putc(out, '\n');
    }
}

/* Graph, timeline and output just as the console shows them. */
static void add_evidence(struct buf *out, const struct result *r)
{
    const struct look plain = {0};
    struct buf text = {0};
    for (size_t i = 0; i < r->graph_count; i++) {
        text_line(&text, r->graph[i]);
        buf_putc(&text, '\n');
    }
    add_lines(out, "graph", buf_text(&text));
    buf_clear(&text);
    timeline_add(&text, &plain, 2, r);
    add_lines(out, "timeline", buf_text(&text));
    buf_clear(&text);
    if (r->output)
        output_add(&text, &plain, 0, r);
    add_lines(out, "output", buf_text(&text));
    buf_clear(&text);
    for (size_t i = 0; i < r->depend_count; i++) {
        text_line(&text, r->depends[i]);
        buf_putc(&text, '\n');
    }
    add_lines(out, "depends", buf_text(&text));
    buf_free(&text);
}

static void add_diagnostics(struct buf *out, const struct result *r)
{
    buf_puts(out, "  ---\n");
    buf_printf(out, "  verdict: %s\n", verdict_name(r->verdict));
    if (r->diagnosis != DIAGNOSIS_NONE)
        buf_printf(out, "  diagnosis: %s\n", diagnosis_name(r->diagnosis));
    add_field(out, "message", r->message);
    add_field(out, "rule", r->rule);
    add_field(out, "level", r->level);
    add_field(out, "sentence", r->sentence);
    add_field(out, "source", r->source);
    if (r->file) {
        struct buf at = {0};
        buf_puts(&at, r->file);
        if (r->line > 0)
            buf_printf(&at, ":%d", r->line);
        if (r->line > 0 && r->col > 0)
            buf_printf(&at, ":%d", r->col);
        add_field(out, "at", buf_text(&at));
        buf_free(&at);
    }
    add_field(out, "step", r->line_text);
    add_lines(out, "expected", r->expected);
    add_lines(out, "received", r->received);
    add_evidence(out, r);
    add_field(out, "exit", r->exit);
    if (r->unconfirmed)
        buf_puts(out, "  unconfirmed: true\n");
    if (r->best_effort)
        buf_puts(out, "  best_effort: true\n");
    if (r->seconds > 0 && isfinite(r->seconds))
        buf_printf(out, "  seconds: %.6f\n", r->seconds);
    add_field(out, "capture", r->capture);
    add_field(out, "repeat", r->repeat);
    buf_puts(out, "  ...\n");
}

static void add_case(struct buf *out, size_t number, const struct result *r, bool strict)
{
    enum verdict v = r->verdict;
    bool ok = v != VERDICT_ERROR && !result_is_broken(r, strict) && (v != VERDICT_INCONCLUSIVE || !strict);
    buf_printf(out, "%s %zu - ", ok ? "ok" : "not ok", number);
    add_description(out, r->name ? r->name : "(no name)");
    if (v == VERDICT_SKIP) {
        buf_puts(out, " # SKIP ");
        add_description(out, r->message);
    } else if (v == VERDICT_INCONCLUSIVE && ok) {
        buf_puts(out, " # SKIP inconclusive: ");
        add_description(out, r->message);
    } else if (r->known && v != VERDICT_ERROR) {
        buf_puts(out, " # TODO ");
        add_description(out, r->known);
    }
    buf_putc(out, '\n');
    if (v != VERDICT_PASS && v != VERDICT_SKIP)
        add_diagnostics(out, r);
}

static int tap_write(FILE *out, const struct run *r, bool strict)
{
    struct buf text = {0};
    fprintf(out, "TAP version 14\n1..%zu%s\n", r->count, r->count ? "" : " # SKIP no case was run");
    for (size_t i = 0; i < r->count; i++) {
        buf_clear(&text);
        add_case(&text, i + 1, &r->results[i], strict);
        fwrite(text.data, 1, text.len, out);
    }
    if (r->stopped)
        fprintf(out, "Bail out! %s\n", r->stopped);
    else if (r->interrupted)
        fputs("Bail out! interrupted: the cases above are what was run until then\n", out);
    buf_free(&text);
    return fflush(out) || ferror(out) ? -1 : 0;
}

const struct report_format tap_format = {
    .name = "tap",
    .place = REPORT_ALONE,
    .purpose = "TAP 14 on standard output, in place of the console's report",
    .write = tap_write,
};
