#include "base/mem.h"
#include "base/output.h"
#include "report/baseline.h"
#include "report/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/* --- into a file that others may be writing too --- */

/* Holds others that write in that folder off, as long as the descriptor is open; -1 where that cannot be had: then one
 * of two that write at the same time may be lost, and no more than that. */
static int lock_folder_of(const char *file)
{
    char *path = realpath(file, NULL), *of = path ? path : mem_dup(file), *slash = strrchr(of, '/');
    if (slash)
        slash[slash == of] = '\0';
    int fd = open(slash ? of : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX) < 0)
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    free(of);
    return fd;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool names(const struct baseline *b, const char *name)
{
    for (size_t i = 0; b && i < b->count; i++)
        if (strcmp(b->entries[i].name, name) == 0)
            return true;
    return false;
}

static void add_entries(struct buf *text, const struct baseline *b, const struct baseline *but)
{
    for (size_t i = 0; i < b->count; i++) {
        if (names(but, b->entries[i].name))
            continue;
        buf_puts(text, b->entries[i].comment ? b->entries[i].comment : "");
        buf_printf(text, "%s  %s\n", b->entries[i].name, b->entries[i].reason);
    }
    buf_puts(text, b->tail ? b->tail : "");
}

/* What stands in the file now, and in `old` where that is another file. Returns 0, or -1 with `e`. */
static int merge(struct baseline *out, const char *file, const struct baseline *old, struct err *e)
{
    struct baseline now = {0};
    struct stat st;
    struct buf text = {0};
    *out = (struct baseline){0};
    if (stat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && baseline_load(&now, file, e) < 0) {
        struct err why = *e;
        return err_set(e, why.code, "cannot write %s: what stands there is no baseline: %s", file, why.text);
    }
    if (old && !(now.file && old->file && is_same_file(old->file, file)))
        add_entries(&text, old, NULL);
    else
        old = NULL;
    if (now.file)
        add_entries(&text, &now, old);
    int rc = baseline_parse(out, file, buf_text(&text), text.len, e);
    baseline_free(&now);
    buf_free(&text);
    return rc;
}

/* A run with the same cases, for a baseline to be applied to: what is written for the next run is not what this one was
 * told. */
static struct run copy_of(const struct run *r)
{
    struct run copy = {.results = mem_new(r->count, sizeof(*copy.results)), .count = r->count};
    for (size_t i = 0; i < r->count; i++)
        copy.results[i] = (struct result){.name = r->results[i].name,
                                          .verdict = r->results[i].verdict,
                                          .diagnosis = r->results[i].diagnosis,
                                          .message = r->results[i].message,
                                          .known = mem_dup(r->results[i].known)};
    return copy;
}

static void copy_free(struct run *copy)
{
    for (size_t i = 0; i < copy->count; i++)
        free(copy->results[i].known);
    free(copy->results);
}

int baseline_save(const char *file, const struct run *r, const struct baseline *old, bool strict, struct err *e)
{
    struct baseline merged;
    char *text = NULL;
    size_t len = 0;
    int lock = lock_folder_of(file), rc = merge(&merged, file, old, e);
    if (rc == 0) {
        struct run copy = copy_of(r);
        baseline_apply(&merged, &copy);
        FILE *out = open_memstream(&text, &len);
        if (!out || baseline_write(out, &copy, merged.count || merged.tail ? &merged : NULL, strict) < 0)
            rc = err_errno(e, errno, "cannot write %s", file);
        if (out && fclose(out) != 0 && rc == 0)
            rc = err_errno(e, errno, "cannot write %s", file);
        if (rc == 0)
            rc = output_save(file, text, len, e);
        copy_free(&copy);
        baseline_free(&merged);
    }
    if (lock >= 0)
        close(lock);
    free(text);
    return rc;
}
