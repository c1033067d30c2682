/* Annotations as GitHub Actions reads them from a log ("Workflow commands": error, warning, notice). */
#include "report/failure.h"
#include "report/formats.h"

#include <stdlib.h>

/* In a message %, CR and LF are escaped; in a property : and , as well. */
static void add_escaped(struct buf *out, const char *text, bool property)
{
    struct buf safe = {0};
    text_line(&safe, text);
    for (const char *p = buf_text(&safe); *p; p++) {
        if (*p == '%' || (property && (*p == ':' || *p == ',')))
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
        else
            buf_putc(out, *p);
    }
    buf_free(&safe);
}

static const char *command_of(const struct result *r, bool strict)
{
    switch (r->verdict) {
    case VERDICT_FAIL:
    case VERDICT_FLAKY:
    case VERDICT_WARN:
        return r->known ? "notice" : result_is_broken(r, strict) ? "error" : "warning";
    case VERDICT_ERROR:
        return "error";
    case VERDICT_INCONCLUSIVE:
        return strict ? "error" : "warning";
    default:
        return NULL;
    }
}

static void annotation(struct buf *out, const struct result *r, const char *command)
{
    struct buf message = {0};
    buf_printf(out, "::%s ", command);
    if (r->file && r->line > 0) {
        buf_puts(out, "file=");
        add_escaped(out, r->file, true);
        buf_printf(out, ",line=%d", r->line);
        if (r->col > 0)
            buf_printf(out, ",col=%d", r->col);
        buf_putc(out, ',');
    }
    buf_puts(out, "title=");
    add_escaped(out, r->name, true);
    buf_puts(out, "::");
    failure_message(&message, r);
    if (r->rule)
        buf_printf(&message, " [%s %s]", r->rule, r->level ? r->level : "");
    if (r->repeat)
        buf_printf(&message, " Repeat: %s", r->repeat);
    add_escaped(out, buf_text(&message), false);
    buf_putc(out, '\n');
    buf_free(&message);
}

static int github_write(FILE *out, const struct run *r, bool strict)
{
    struct buf text = {0};
    for (size_t i = 0; i < r->count; i++) {
        const char *command = command_of(&r->results[i], strict);
        if (command)
            annotation(&text, &r->results[i], command);
    }
    if (r->stopped) {
        buf_puts(&text, "::error title=sockspec::");
        add_escaped(&text, r->stopped, false);
        buf_putc(&text, '\n');
    }
    return report_put(out, &text);
}

const struct report_format github_format = {
    .name = "github",
    .place = REPORT_BEHIND,
    .purpose = "Annotations for GitHub Actions on standard output, behind the console's report",
    .write = github_write,
};
