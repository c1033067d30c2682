/* The page around the cases: overview, rules by level, filters. */
#include "report/formats.h"
#include "report/html.h"
#include "report/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fact(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "<dt>%s</dt><dd>", name);
    html_text(out, text && *text ? text : "–");
    buf_puts(out, "</dd>\n");
}

static void overview(struct buf *out, const struct run *r)
{
    char text[64];
    struct summary s = run_summary(r);
    buf_puts(out, "<dl class=\"facts\">\n");
    fact(out, "Profile", r->profile);
    fact(out, "Subject", r->subject);
    snprintf(text, sizeof text, "%.*f s", r->seconds < 10 ? 2 : 0, r->seconds);
    fact(out, "Duration", text);
    fact(out, "Machine", r->machine);
    snprintf(text, sizeof text, "%llu", (unsigned long long)r->seed);
    fact(out, "Seed", text);
    if (r->interrupted)
        fact(out, "Interrupted", "the run was ended before its end");
    if (r->stopped)
        fact(out, "Stopped", r->stopped);
    buf_puts(out, "</dl>\n<ul class=\"counts\">\n");
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        enum verdict v = verdict_worst_first(i);
        buf_printf(out, "<li class=\"%s\"><b>%zu</b>%s %s</li>\n", s.count[v] ? verdict_name(v) : "", s.count[v],
                   verdict_sign(v), verdict_name(v));
    }
    buf_printf(out, "<li><b>%zu</b>cases</li></ul>\n", r->count);
}

/* --- rules by level --- */

static void square(struct buf *out, const struct result *r, const char *prefix, size_t index)
{
    buf_printf(out, "<a class=\"q %s\" href=\"#%s%zu\" title=\"", verdict_name(r->verdict), prefix, index);
    html_text(out, r->name);
    buf_printf(out, ": %s\"><span aria-hidden=\"true\">%s</span><span class=\"sr\">", verdict_name(r->verdict),
               verdict_sign(r->verdict));
    html_text(out, r->name);
    buf_printf(out, ": %s</span></a>", verdict_name(r->verdict));
}

static void rule_row(struct buf *out, const struct run *r, size_t first, const char *prefix)
{
    const struct result *one = &r->results[first];
    buf_puts(out, "<tr><th scope=\"row\" class=\"rule\">");
    html_text(out, one->rule);
    buf_puts(out, "</th><td class=\"s\">");
    html_text(out, one->sentence);
    buf_puts(out, "</td><td>");
    for (size_t i = first; i < r->count; i++)
        if (r->results[i].rule && strcmp(r->results[i].rule, one->rule) == 0)
            square(out, &r->results[i], prefix, i);
    buf_puts(out, "</td></tr>\n");
}

/* Whether some case of the rule did not pass: such rules come first. */
static bool is_broken(const struct run *r, const char *rule)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->results[i].rule && strcmp(r->results[i].rule, rule) == 0 && r->results[i].verdict != VERDICT_PASS &&
            r->results[i].verdict != VERDICT_SKIP)
            return true;
    return false;
}

static bool of_level(const struct result *r, const char *level)
{
    return r->rule && r->level && strcmp(r->level, level) == 0;
}

static void rules(struct buf *out, const struct run *r, const char *prefix)
{
    for (size_t l = 0; result_levels[l]; l++) {
        bool any = false;
        for (size_t i = 0; i < 2 * r->count; i++) {
            size_t at = i % r->count;
            const struct result *one = &r->results[at];
            bool broken_first = i < r->count;
            if (!of_level(one, result_levels[l]) || !matrix_is_first(r, at) || is_broken(r, one->rule) != broken_first)
                continue;
            if (!any)
                buf_printf(out,
                           "<h2>%s</h2><table><thead><tr><th scope=\"col\">Rule</th><th scope=\"col\">Sentence</th>"
                           "<th scope=\"col\">Cases</th></tr></thead><tbody>\n",
                           result_levels[l]);
            any = true;
            rule_row(out, r, at, prefix);
        }
        buf_puts(out, any ? "</tbody></table>\n" : "");
    }
}

/* --- cases --- */

static void bar(struct buf *out)
{
    buf_puts(out, "<h2 id=\"cases\">Cases</h2>\n<div class=\"bar\" role=\"search\">");
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        const char *verdict = verdict_name(verdict_worst_first(i));
        buf_printf(out, "<label><input type=\"checkbox\" checked value=\"%s\"> %s</label>", verdict, verdict);
    }
    buf_puts(
        out,
        "<input type=\"search\" id=\"search\" placeholder=\"Name, rule or message ( / )\" aria-label=\"Search cases\">"
        "<button type=\"button\" id=\"open\">Expand all</button><button type=\"button\" id=\"close\">Collapse "
        "all</button>"
        "<span id=\"told\" role=\"status\" class=\"dim\"></span></div>\n");
}

static void cases(struct buf *out, const struct run *r, const char *prefix)
{
    for (size_t o = 0; o < VERDICT_COUNT; o++) {
        for (size_t i = 0; i < r->count; i++) {
            char id[64];
            if (r->results[i].verdict != verdict_worst_first(o))
                continue;
            snprintf(id, sizeof id, "%s%zu", prefix, i);
            html_case(out, &r->results[i], id);
        }
    }
}

/* --- side by side: rules by runs --- */

static void matrix_row(struct buf *out, const struct run *runs, size_t count, const struct result *one)
{
    buf_puts(out, "<tr><th scope=\"row\" class=\"rule\">");
    html_text(out, one->rule);
    buf_puts(out, " <span class=\"level\">");
    html_text(out, one->level ? one->level : "");
    buf_puts(out, "</span></th><td class=\"s\">");
    html_text(out, one->sentence);
    buf_puts(out, "</td>");
    for (size_t i = 0; i < count; i++) {
        size_t index;
        char prefix[32];
        enum verdict v = matrix_worst(&runs[i], one->rule, &index);
        snprintf(prefix, sizeof prefix, "r%zuc", i);
        buf_puts(out, "<td>");
        if (v != VERDICT_COUNT)
            square(out, &runs[i].results[index], prefix, index);
        buf_puts(out, "</td>");
    }
    buf_puts(out, "</tr>\n");
}

static void matrix(struct buf *out, const struct run *runs, const char *const *names, size_t count)
{
    buf_puts(out, "<h2>Side by side</h2><p class=\"dim\">The worst verdict of each rule's cases.</p><div "
                  "class=\"scroll\" tabindex=\"0\"><table>"
                  "<thead><tr><th scope=\"col\">Rule</th><th scope=\"col\">Sentence</th>");
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, "<th scope=\"col\">");
        html_text(out, names[i]);
        buf_puts(out, "</th>");
    }
    buf_puts(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < runs[i].count; k++)
            if (matrix_starts_row(runs, i, k))
                matrix_row(out, runs, count, &runs[i].results[k]);
    buf_puts(out, "</tbody></table></div>\n");
}

/* --- the page --- */

static void begin(struct buf *out, const char *title)
{
    buf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width,initial-scale=1\"><title>");
    html_text(out, title);
    buf_printf(
        out,
        "</title>\n<style>\n%s.sr{position:absolute;clip-path:inset(50%%);width:1px;height:1px;overflow:hidden}</"
        "style></head>\n<body>\n",
        html_style);
}

static int finish(FILE *out, struct buf *page)
{
    buf_printf(page,
               "</main>\n<footer>Written by sockspec %s. This page needs no network and no other "
               "file.</footer>\n<script>\n%s</script>\n"
               "</body></html>\n",
               SOCKSPEC_VERSION, html_script);
    return report_put(out, page);
}

static int html_write(FILE *out, const struct run *r, bool strict)
{
    struct buf page = {0}, title = {0};
    (void)strict; /* facts only: what counts as a failure is the reader's to say */
    buf_printf(&title, "sockspec: %s", r->profile ? r->profile : "report");
    begin(&page, buf_text(&title));
    buf_puts(&page, "<header><h1>");
    html_text(&page, buf_text(&title));
    buf_puts(&page, "</h1>\n");
    overview(&page, r);
    buf_puts(&page, "</header>\n<main>\n");
    rules(&page, r, "c");
    bar(&page);
    cases(&page, r, "c");
    buf_free(&title);
    return finish(out, &page);
}

static int html_write_runs(FILE *out, const struct run *runs, const char *const *names, size_t count)
{
    struct buf page = {0};
    begin(&page, "sockspec: side by side");
    buf_puts(&page, "<header><h1>sockspec: side by side</h1></header>\n<main>\n");
    matrix(&page, runs, names, count);
    bar(&page);
    for (size_t i = 0; i < count; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "r%zuc", i);
        buf_puts(&page, "<h2>");
        html_text(&page, names[i]);
        buf_puts(&page, "</h2>\n");
        overview(&page, &runs[i]);
        cases(&page, &runs[i], prefix);
    }
    return finish(out, &page);
}

const struct report_format html_format = {
    .name = "html",
    .letter = 'o',
    .place = REPORT_FILE,
    .retells = true,
    .purpose = "One page for a browser, offline: rules, failures, sequence diagrams",
    .write = html_write,
    .write_runs = html_write_runs,
};
