#include "cli/reports.h"

#include "report/formats.h"

#include <errno.h>
#include <stdio.h>
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

static int write_one(const char *path, const char *format, const struct reports *wanted, const struct run *run,
                     const char *verb)
{
    const struct report_format *f = report_format_find(format);
    FILE *out = is_standard(path) ? stdout : fopen(path, "we");
    int rc = out && f ? f->write(out, run, wanted->strict) : -1;
    int code = errno;
    if (out && (out == stdout ? fflush(out) : fclose(out)) != 0) {
        code = errno;
        rc = -1;
    }
    if (rc < 0)
        fprintf(stderr, "sockspec %s: cannot write %s: %s\n", verb, is_standard(path) ? "standard output" : path,
                strerror(code));
    return rc;
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
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].path && write_one(all[i].path, all[i].format, wanted, run, verb) < 0)
            rc = -1;
    return rc;
}
