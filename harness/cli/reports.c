#include "cli/reports.h"

#include "base/output.h"
#include "cli/verb.h"
#include "report/formats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_standard(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

bool reports_take_output(const struct reports *wanted)
{
    return wanted->tap || is_standard(wanted->junit) || is_standard(wanted->json) || is_standard(wanted->html) ||
           is_standard(wanted->markdown);
}

bool reports_to_files(const struct reports *wanted)
{
    const char *const paths[] = {wanted->junit, wanted->json, wanted->html, wanted->markdown};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (paths[i] && !is_standard(paths[i]))
            return true;
    return false;
}

int reports_check(const struct reports *wanted, const char *verb)
{
    const char *const paths[] = {wanted->junit, wanted->json, wanted->html, wanted->markdown};
    struct err e = {0};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        if (paths[i] && !is_standard(paths[i]) && output_check(paths[i], &e) < 0) {
            tell_trouble(verb, "%s", e.text);
            return -1;
        }
    return 0;
}

int reports_save(const char *path, const char *verb, reports_writer *write, const void *data)
{
    char *text = NULL;
    size_t len = 0;
    struct err e = {0};
    bool standard = is_standard(path);
    FILE *out = standard ? stdout : open_memstream(&text, &len);
    int rc = out ? write(out, data) : -1;
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

struct one_report {
    const struct report_format *format;
    const struct reports *wanted;
    const struct run *run;
};

static int write_one(FILE *out, const void *data)
{
    const struct one_report *one = data;
    return one->format->write(out, one->run, one->wanted->strict);
}

int reports_write(const struct reports *wanted, const struct run *run, const char *verb)
{
    const struct {
        const char *format, *path;
    } all[] = {
        {"tap", wanted->tap ? "-" : NULL},
        {"junit", wanted->junit},
        {"json", wanted->json},
        {"html", wanted->html},
        {"markdown", wanted->markdown},
        {"github", wanted->github ? "-" : NULL},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const struct one_report one = {report_format_find(all[i].format), wanted, run};
        if (all[i].path && reports_save(all[i].path, verb, write_one, &one) < 0)
            rc = -1;
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
