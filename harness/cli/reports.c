#include "cli/reports.h"

#include "base/output.h"
#include "cli/verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool reports_option(size_t index, struct option *out)
{
    if (index >= REPORT_FORMAT_COUNT)
        return false;
    const struct report_format *f = report_formats[index];
    bool to_file = f->place == REPORT_FILE;
    size_t at = offsetof(struct reports, wishes) + index * sizeof(struct report_wish);
    *out = (struct option){
        .kind = to_file ? OPTION_TEXT : OPTION_FLAG,
        .letter = f->letter,
        .name = f->name,
        .value = to_file ? "FILE" : NULL,
        .purpose = f->purpose,
        .at = at + (to_file ? offsetof(struct report_wish, file) : offsetof(struct report_wish, wanted)),
    };
    return true;
}

static bool is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Where format `i` goes; NULL: nowhere. */
static const char *path_of(const struct reports *wanted, size_t i)
{
    const struct report_wish *wish = &wanted->wishes[i];
    return wish->wanted ? "-" : wish->file.text;
}

bool reports_any(const struct reports *wanted)
{
    bool any = false;
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        any = any || path_of(wanted, i);
    return any;
}

bool reports_take_output(const struct reports *wanted)
{
    bool taken = false;
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        taken = taken || (is_standard(path_of(wanted, i)) && report_formats[i]->place != REPORT_BEHIND);
    return taken;
}

bool reports_retell(const struct reports *wanted)
{
    bool told = false;
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        told = told || (path_of(wanted, i) && report_formats[i]->retells);
    return told;
}

char *reports_side_by_side(void)
{
    struct buf out = {0};
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        if (report_formats[i]->write_runs)
            buf_printf(&out, "%s--%s FILE", out.len ? " or " : "", report_formats[i]->name);
    return buf_take(&out);
}

const char *reports_of_one(const struct reports *wanted)
{
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        if (path_of(wanted, i) && !report_formats[i]->write_runs)
            return report_formats[i]->name;
    return NULL;
}

bool reports_to_files(const struct reports *wanted)
{
    bool any = false;
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        any = any || (path_of(wanted, i) && !is_standard(path_of(wanted, i)));
    return any;
}

int reports_check(const struct reports *wanted, const char *verb)
{
    struct err e = {0};
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
        const char *path = path_of(wanted, i);
        if (path && !is_standard(path) && output_check(path, &e) < 0) {
            tell_trouble(verb, "%s", e.text);
            return -1;
        }
    }
    return 0;
}

/* What is told: one run, or several with their names. */
struct told {
    const struct run *runs;
    const char *const *names;
    size_t count;
    bool strict;
};

static int write_one(const struct report_format *f, const char *path, const struct told *told, const char *verb)
{
    char *text = NULL;
    size_t len = 0;
    struct err e = {0};
    bool standard = is_standard(path);
    FILE *out = standard ? stdout : open_memstream(&text, &len);
    int rc = -1;
    if (out)
        rc = told->count == 1 ? f->write(out, told->runs, told->strict)
                              : f->write_runs(out, told->runs, told->names, told->count);
    if (out && (standard ? fflush(out) : fclose(out)) != 0)
        rc = -1;
    if (rc < 0)
        err_errno(&e, errno, "cannot write %s", standard ? "standard output" : path);
    else if (!standard)
        rc = output_save(path, text, len, &e);
    if (rc < 0)
        tell_trouble(verb, "%s", e.text);
    free(text);
    return rc;
}

int reports_write(const struct reports *wanted, const struct run *runs, const char *const *names, size_t count,
                  bool strict, const char *verb)
{
    const struct told told = {runs, names, count, strict};
    int rc = 0;
    for (int behind = 0; behind < 2; behind++) { /* what goes behind others on standard output is written last */
        for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
            const char *path = path_of(wanted, i);
            if (path && (report_formats[i]->place == REPORT_BEHIND) == (behind == 1) &&
                write_one(report_formats[i], path, &told, verb) < 0)
                rc = -1;
        }
    }
    return rc;
}

int console_told(const struct console *c, const char *verb)
{
    int code = console_error(c);
    if (code)
        tell_trouble(verb, "cannot write to standard output: %s", strerror(code));
    return code ? -1 : 0;
}
