/* A summary in GitHub-flavoured Markdown: for a job's summary, a comment, a bug report. */
#include "report/failure.h"
#include "report/formats.h"
#include "report/matrix.h"

#include <string.h>

/* Cases told in full; the others have their row in the table. */
#define TOLD_MAX 50

/* Prose: nothing of it may be taken for markup, nor end a table's cell. */
static void add_prose(struct buf *out, const char *text)
{
    struct buf safe = {0};
    text_line(&safe, text);
    for (const char *p = buf_text(&safe); *p; p++) {
        if (*p == '<')
            buf_puts(out, "&lt;");
        else if (*p == '&')
            buf_puts(out, "&amp;");
        else if (strchr("\\`*_[]|#~>", *p))
            buf_printf(out, "\\%c", *p);
        else
            buf_putc(out, *p);
    }
    buf_free(&safe);
}

/* A code block, fenced by more backticks than stand in it. */
static void add_block(struct buf *out, const char *text)
{
    size_t longest = 2, run = 0;
    for (const char *p = text; *p; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i <= longest; i++)
            buf_putc(out, '`');
        buf_puts(out, side == 0 ? "text\n" : "\n");
        if (side == 0)
            buf_puts(out, text);
    }
}

static bool is_told(const struct result *r)
{
    return r->verdict != VERDICT_PASS && r->verdict != VERDICT_SKIP;
}

static void add_counts(struct buf *out, const struct run *r)
{
    struct summary s = run_summary(r);
    buf_puts(out, "| cases |");
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        buf_printf(out, " %s |", verdict_name(v));
    buf_puts(out, "\n| --: |");
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        buf_puts(out, " --: |");
    buf_printf(out, "\n| %zu |", r->count);
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        buf_printf(out, " %zu |", s.count[v]);
    buf_puts(out, "\n\n");
}

static void add_row(struct buf *out, const struct result *r)
{
    struct buf message = {0};
    failure_message(&message, r);
    buf_printf(out, "| %s%s | ", verdict_name(r->verdict), r->known ? " (known)" : "");
    add_prose(out, r->name);
    buf_puts(out, " | ");
    add_prose(out, r->rule);
    buf_puts(out, " | ");
    add_prose(out, buf_text(&message));
    buf_puts(out, " |\n");
    buf_free(&message);
}

static void add_case(struct buf *out, const struct result *r)
{
    const struct look plain = {0};
    struct buf body = {0};
    failure_body(&body, &plain, r, DETAIL_FULL);
    buf_puts(out, "<details><summary>");
    add_prose(out, r->name);
    buf_puts(out, "</summary>\n\n");
    add_block(out, buf_text(&body));
    buf_puts(out, "\n</details>\n\n");
    buf_free(&body);
}

static int markdown_write(FILE *out, const struct run *r, bool strict)
{
    struct buf text = {0};
    size_t told = 0;
    (void)strict; /* facts only */
    buf_puts(&text, "## sockspec: ");
    add_prose(&text, r->profile);
    buf_puts(&text, "\n\nSubject: ");
    add_prose(&text, r->subject);
    buf_printf(&text, "; seed %llu; %.1f s\n\n", (unsigned long long)r->seed, r->seconds);
    if (r->stopped) {
        add_prose(&text, r->stopped);
        buf_puts(&text, "\n\n");
    }
    add_counts(&text, r);
    for (size_t i = 0; i < r->count; i++) {
        if (!is_told(&r->results[i]))
            continue;
        if (told++ == 0)
            buf_puts(&text, "| verdict | case | rule | what |\n| --- | --- | --- | --- |\n");
        add_row(&text, &r->results[i]);
    }
    buf_puts(&text, told ? "\n" : "");
    told = 0;
    for (size_t i = 0; i < r->count && told < TOLD_MAX; i++)
        if (is_told(&r->results[i]) && ++told)
            add_case(&text, &r->results[i]);
    return report_put(out, &text);
}

/* --- side by side --- */

static size_t known_failures(const struct run *r)
{
    size_t known = 0;
    for (size_t i = 0; i < r->count; i++)
        known += r->results[i].verdict == VERDICT_FAIL && r->results[i].known;
    return known;
}

static void add_runs(struct buf *out, const struct run *runs, const char *const *names, size_t count)
{
    buf_puts(out, "| run | subject | profile | cases |");
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        buf_printf(out, " %s |%s", verdict_name(v), v == VERDICT_FAIL ? " of them known |" : "");
    buf_puts(out, " seconds |\n| --- | --- | --- | --: |");
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        buf_puts(out, v == VERDICT_FAIL ? " --: | --: |" : " --: |");
    buf_puts(out, " --: |\n");
    for (size_t i = 0; i < count; i++) {
        struct summary s = run_summary(&runs[i]);
        buf_puts(out, "| ");
        add_prose(out, names[i]);
        buf_puts(out, " | ");
        add_prose(out, runs[i].subject);
        buf_puts(out, " | ");
        add_prose(out, runs[i].profile);
        buf_printf(out, " | %zu |", runs[i].count);
        for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
            buf_printf(out, " %zu |", s.count[v]);
            if (v == VERDICT_FAIL)
                buf_printf(out, " %zu |", known_failures(&runs[i]));
        }
        buf_printf(out, " %.1f |\n", runs[i].seconds);
    }
}

static void add_rule(struct buf *out, const struct run *runs, size_t count, const struct result *one)
{
    buf_puts(out, "| ");
    add_prose(out, one->rule);
    buf_putc(out, ' ');
    add_prose(out, one->level ? one->level : "");
    buf_puts(out, " |");
    for (size_t i = 0; i < count; i++) {
        size_t index;
        enum verdict v = matrix_worst(&runs[i], one->rule, &index);
        buf_printf(out, " %s%s |", v == VERDICT_COUNT ? "" : verdict_sign(v),
                   v != VERDICT_COUNT && runs[i].results[index].known ? " known" : "");
    }
    buf_puts(out, "\n");
}

static int markdown_write_runs(FILE *out, const struct run *runs, const char *const *names, size_t count)
{
    struct buf text = {0};
    buf_puts(&text, "## sockspec: side by side\n\n");
    add_runs(&text, runs, names, count);
    buf_puts(&text, "\nThe worst verdict of each rule's cases:");
    for (size_t o = 0; o < VERDICT_COUNT; o++)
        buf_printf(&text, "%s %s %s", o ? "," : "", verdict_sign(verdict_worst_first(o)),
                   verdict_name(verdict_worst_first(o)));
    buf_puts(&text, "; empty: no case.\n\n| rule |");
    for (size_t i = 0; i < count; i++) {
        buf_puts(&text, " ");
        add_prose(&text, names[i]);
        buf_puts(&text, " |");
    }
    buf_puts(&text, "\n| --- |");
    for (size_t i = 0; i < count; i++)
        buf_puts(&text, " :-: |");
    buf_puts(&text, "\n");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < runs[i].count; k++)
            if (matrix_starts_row(runs, i, k))
                add_rule(&text, runs, count, &runs[i].results[k]);
    return report_put(out, &text);
}

const struct report_format markdown_format = {
    .name = "markdown",
    .place = REPORT_FILE,
    .purpose = "A summary in Markdown",
    .write = markdown_write,
    .write_runs = markdown_write_runs,
};
