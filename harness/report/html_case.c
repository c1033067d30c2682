/* One case of the page. */
#include "report/diff.h"
#include "report/failure.h"
#include "report/html.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a scenario's file, what is shown around the step that failed; and the longest file that is read. */
#define SOURCE_AROUND 12
#define SOURCE_MAX    65536

static void field(struct buf *out, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    buf_printf(out, "<dt>%s</dt><dd>", name);
    html_text(out, text);
    buf_puts(out, "</dd>\n");
}

static void block(struct buf *out, const char *title, const char *class, const struct buf *text)
{
    if (!text->len)
        return;
    buf_printf(out, "<h4>%s</h4><pre class=\"%s\" tabindex=\"0\">", title, class);
    html_lines(out, buf_text(text));
    buf_puts(out, "</pre>\n");
}

/* A path as a URL that is a path and nothing else: no scheme, no host, whoever has written it. */
static void add_path(struct buf *out, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    if (path[0] == '/')
        path += strspn(path, "/") - 1;
    for (; *path; path++) {
        if (strchr(plain, *path))
            buf_putc(out, *path);
        else
            buf_printf(out, "%%%02X", (unsigned char)*path);
    }
}

/* A scenario's file. The path may be anybody's, who has written the results: nothing but scenarios is shown, and
 * nothing but a file is opened. */
static char *read_source(const char *path)
{
    static const char suffix[] = ".scn";
    size_t len = path ? strlen(path) : 0;
    if (len < sizeof suffix || strcmp(path + len - (sizeof suffix - 1), suffix) != 0)
        return NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    FILE *in = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
    char *text = in ? calloc(1, SOURCE_MAX + 1) : NULL;
    if (text && fread(text, 1, SOURCE_MAX, in) == 0) {
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    else if (fd >= 0)
        close(fd);
    return text;
}

static void source_line(struct buf *out, int number, const char *line, size_t len, bool here)
{
    char *copy = strndup(line, len);
    buf_printf(out, "<span class=\"l%s\"><i>%d</i> ", here ? " here" : "", number);
    html_text(out, copy);
    buf_puts(out, here ? "  <b>&lt;&lt; here</b></span>" : "</span>"); /* a line each by its style */
    free(copy);
}

/* The scenario around the step; only that line where the file is no longer there, or no longer the same. */
static void source(struct buf *out, const struct result *r)
{
    char *text = r->line > 0 ? read_source(r->file) : NULL;
    if (!text && !r->line_text)
        return;
    buf_puts(out, "<h4>Scenario</h4><pre class=\"source\" tabindex=\"0\">");
    int number = 0;
    bool shown = false;
    const char *at = text, *end = text ? strchr(text, '\0') : NULL;
    while (text && at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        number++;
        bool same =
            number == r->line && (!r->line_text || (strlen(r->line_text) == len && memcmp(r->line_text, at, len) == 0));
        shown = shown || same;
        if (number >= r->line - SOURCE_AROUND && number <= r->line + SOURCE_AROUND)
            source_line(out, number, at, len, same);
        at += len + (stop != NULL);
    }
    if (!shown && r->line_text)
        source_line(out, r->line, r->line_text, strlen(r->line_text), true);
    buf_puts(out, "</pre>\n");
    free(text);
}

static void compared(struct buf *out, const struct result *r)
{
    if (!r->expected && !r->received)
        return;
    buf_puts(out, "<div class=\"pair\"><div><h4>Expected</h4><pre tabindex=\"0\">");
    html_lines(out, r->expected);
    buf_puts(out, "</pre></div><div><h4>Received</h4><pre tabindex=\"0\">");
    html_lines(out, r->received);
    buf_puts(out, "</pre></div></div>\n");
}

static void graph(struct buf *out, const struct result *r)
{
    if (!r->graph_count)
        return;
    buf_puts(out, "<h4>Who waits for what</h4><ul class=\"graph\">\n");
    for (size_t i = 0; i < r->graph_count; i++) {
        buf_puts(out, "<li>");
        html_text(out, r->graph[i]);
        buf_puts(out, "</li>\n");
    }
    buf_puts(out, "</ul>\n");
}

static void conversation(struct buf *out, const struct result *r, const char *id)
{
    const struct look plain = {0};
    struct buf text = {0};
    if (!r->event_count)
        return;
    buf_puts(out, "<h4>Conversation</h4>\n");
    html_diagram(out, r, id);
    timeline_add(&text, &plain, 2, r);
    buf_puts(out, "<details class=\"words\"><summary>Timeline in words</summary><pre tabindex=\"0\">");
    html_lines(out, buf_text(&text));
    buf_puts(out, "</pre></details>\n");
    buf_free(&text);
}

static void output(struct buf *out, const struct result *r)
{
    struct buf text = {0}, title = {0};
    buf_puts(&title, "Subject: ");
    html_text(&title, r->exit ? r->exit : "unknown");
    if (r->output)
        buf_puts(&text, r->output);
    if (text.len)
        block(out, buf_text(&title), "output", &text);
    else if (r->exit)
        buf_printf(out, "<h4>%s</h4><p class=\"dim\">It wrote nothing.</p>\n", buf_text(&title));
    buf_free(&text);
    buf_free(&title);
}

static void notes(struct buf *out, const struct result *r)
{
    if (r->known) {
        buf_puts(out, "<p class=\"note\">Known: ");
        html_text(out, r->known);
        buf_puts(out, "</p>\n");
    }
    if (r->unconfirmed)
        buf_puts(out, "<p class=\"note\">Not confirmed: there was no fresh instance to try it again on.</p>\n");
    if (r->best_effort)
        buf_puts(out, "<p class=\"note\">Best effort: a piece left by time, without proof that the one before had been "
                      "taken.</p>\n");
    for (size_t i = 0; i < r->depend_count; i++) {
        buf_puts(out, i == 0 ? "<p class=\"note\">It fails only after: " : ", ");
        html_text(out, r->depends[i]);
    }
    buf_puts(out, r->depend_count ? "</p>\n" : "");
}

static void evidence(struct buf *out, const struct result *r, const char *id)
{
    source(out, r);
    compared(out, r);
    graph(out, r);
    conversation(out, r, id);
    output(out, r);
}

void html_case(struct buf *out, const struct result *r, const char *id)
{
    const char *verdict = verdict_name(r->verdict);
    struct buf message = {0};
    failure_message(&message, r);
    buf_printf(out,
               "<details class=\"case %s\" id=\"%s\" data-verdict=\"%s\"><summary><span class=\"badge %s\">%s "
               "%s</span> <span class=\"n\">",
               verdict, id, verdict, verdict, verdict_sign(r->verdict), verdict);
    html_text(out, r->name);
    buf_puts(out, "</span> <span class=\"msg\">");
    html_text(out, r->verdict == VERDICT_PASS ? r->title : buf_text(&message));
    buf_puts(out, "</span></summary>\n<div class=\"in\">\n");
    if (r->verdict != VERDICT_PASS && message.len) {
        buf_puts(out, "<p class=\"what\">");
        html_text(out, buf_text(&message));
        buf_puts(out, "</p>\n");
    }
    buf_puts(out, "<dl>\n");
    field(out, "Scenario", r->title);
    if (r->rule) {
        buf_puts(out, "<dt>Rule</dt><dd><b>");
        html_text(out, r->rule);
        buf_puts(out, "</b> <span class=\"level\">");
        html_text(out, r->level ? r->level : "");
        buf_puts(out, "</span>");
        if (r->sentence) {
            buf_puts(out, "<q>");
            html_text(out, r->sentence);
            buf_puts(out, "</q>");
        }
        buf_puts(out, "</dd>\n");
    }
    field(out, "Source", r->source);
    field(out, "Why", r->why);
    buf_puts(out, "</dl>\n");
    notes(out, r);
    if (r->verdict != VERDICT_PASS)
        evidence(out, r, id);
    if (r->capture) {
        buf_puts(out, "<h4>Capture</h4><p><a href=\"");
        add_path(out, r->capture);
        buf_puts(out, "\">");
        html_text(out, r->capture);
        buf_puts(out, "</a></p>\n");
    }
    if (r->repeat) {
        buf_puts(out, "<h4>Repeat</h4><div class=\"repeat\"><code>");
        html_text(out, r->repeat);
        buf_puts(out, "</code><button type=\"button\" class=\"copy\">Copy</button></div>\n");
    }
    buf_puts(out, "</div></details>\n");
    buf_free(&message);
}
