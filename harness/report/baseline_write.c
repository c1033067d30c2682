#include "base/mem.h"
#include "report/baseline.h"
#include "report/failure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reasons begin in the same column as far as names allow. */
#define REASON_COLUMN 48

/* A new reason is one line to be read over, not the whole story. */
#define REASON_BYTES 200

/* A case's name so that the parser reads it back as that one name. */
static void add_escaped(struct buf *out, const char *name)
{
    for (const char *p = name; *p; p++) {
        if (*p == '*' || *p == '\\' || (p == name && *p == '#') || (*p == ' ' && (p == name || p[-1] == ' ' || !p[1])))
            buf_putc(out, '\\');
        if (*p == '\t' || *p == '\n')
            buf_puts(out, *p == '\t' ? "\\t" : "\\n");
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            buf_putc(out, '*'); /* cannot stand in a text file; the rest of the name still tells the case */
        else
            buf_putc(out, *p);
    }
}

static void write_entry(FILE *out, const char *name, const char *reason)
{
    fprintf(out, "%-*s  %s\n", REASON_COLUMN, name, reason);
}

static void write_new(FILE *out, const struct result *r)
{
    struct buf name = {0}, reason = {0};
    add_escaped(&name, r->name);
    failure_message(&reason, r);
    if (!reason.len)
        buf_puts(&reason, verdict_name(r->verdict));
    if (reason.len > REASON_BYTES)
        reason.data[text_cut(reason.data, reason.len, REASON_BYTES)] = '\0';
    write_entry(out, buf_text(&name), buf_text(&reason));
    buf_free(&name);
    buf_free(&reason);
}

int baseline_write(FILE *out, const struct run *r, const struct baseline *old, bool strict)
{
    bool has_old = old && old->count;
    if (!(old && old->tail) && (!has_old || !old->entries[0].comment)) /* else the user's own words stand there */
        fputs("# Failures that are known: case, two spaces or a tab, reason. `*` in a name stands for "
              "anything.\n",
              out);
    for (size_t i = 0; has_old && i < old->count; i++) {
        const struct baseline_entry *entry = &old->entries[i];
        if (entry->comment)
            fputs(entry->comment, out);
        if (!baseline_passes_now(entry))
            write_entry(out, entry->name, entry->reason);
    }
    for (size_t i = 0; i < r->count; i++) {
        const struct result *result = &r->results[i];
        if (result_is_broken(result, strict) && !result->known && result->name && *result->name)
            write_new(out, result);
    }
    if (old && old->tail)
        fputs(old->tail, out);
    return fflush(out) || ferror(out) ? -1 : 0;
}

int baseline_save(const char *file, const struct run *r, const struct baseline *old, bool strict, struct err *e)
{
    char *fresh = mem_printf("%s.new.%ld", file, (long)getpid());
    FILE *out = fopen(fresh, "wxe");
    int rc = out ? 0 : err_errno(e, errno, "cannot write %s", fresh);
    if (out) {
        rc = baseline_write(out, r, old, strict);
        int code = errno;
        if (fclose(out) && !rc) {
            code = errno;
            rc = -1;
        }
        if (rc)
            err_errno(e, code, "cannot write %s", fresh);
        else if ((rc = rename(fresh, file)))
            err_errno(e, errno, "cannot replace %s", file);
        if (rc)
            unlink(fresh);
    }
    free(fresh);
    return rc;
}
