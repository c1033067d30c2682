/* The verb `report`: a run that was written as JSON, told again. */
#include "base/mem.h"
#include "cli/reports.h"
#include "cli/verb.h"
#include "report/console.h"
#include "report/json_read.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct report_settings {
    struct reports reports;
    bool strict;
    struct word baseline;
    int colour;
};

#define AT(field) offsetof(struct report_settings, field)

static const struct option rows[] = {
    REPORT_OPTIONS(AT(reports)),
    {OPTION_TEXT, 0, "baseline", "FILE", "Known failures with reasons: only new ones count", .at = AT(baseline)},
    {OPTION_FLAG, 0, "strict", NULL, "A broken SHOULD counts as broken", .at = AT(strict)},
    COLOUR_OPTION(AT(colour)),
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

static int tell(const struct report_settings *s, struct run *run, const char *verb)
{
    struct baseline baseline = {0};
    struct console_options o;
    struct err e = {0};
    int rc = 0;
    if (s->baseline.text && baseline_load(&baseline, s->baseline.text, &e) < 0) {
        tell_trouble(verb, "%s", e.text);
        return EXIT_CODE_USAGE;
    }
    if (reports_check(&s->reports, verb) < 0) {
        baseline_free(&baseline);
        return EXIT_CODE_UNTESTED;
    }
    baseline_apply(&baseline, run);
    if (!reports_retell(&s->reports) && !reports_take_output(&s->reports)) {
        console_options_init(&o, stdout, (enum colour)s->colour);
        struct console *c = console_new(stdout, &o);
        console_end(c, run, baseline.file ? &baseline : NULL);
        rc = console_told(c, verb);
        console_free(c);
    }
    enum exit_code code = run_exit_code(run, s->strict);
    if (reports_write(&s->reports, run, NULL, 1, s->strict, verb) < 0)
        rc = -1;
    if (rc < 0 && code == EXIT_CODE_OK)
        code = EXIT_CODE_UNTESTED;
    baseline_free(&baseline);
    return code;
}

static int tell_several(const struct report_settings *s, const struct run *runs, const char *const *names, size_t count,
                        const char *verb)
{
    if (reports_write(&s->reports, runs, names, count, s->strict, verb) < 0)
        return EXIT_CODE_UNTESTED;
    int worst = EXIT_CODE_OK;
    for (size_t i = 0; i < count; i++) {
        int code = run_exit_code(&runs[i], s->strict);
        worst = worst == EXIT_CODE_OK || code == EXIT_CODE_BROKEN ? code : worst;
    }
    return worst;
}

/* Reads all the files, then tells them. */
static int read_and_tell(const struct report_settings *s, const struct operands *files, const char *verb)
{
    size_t count = files->words.count, read = 0;
    struct run *runs = mem_new(count, sizeof *runs);
    const char **names = mem_new(count, sizeof *names);
    struct err e = {0};
    int code = EXIT_CODE_USAGE;
    while (read < count && json_read_file(files->words.items[read].text, &runs[read], &e) == 0) {
        names[read] = files->words.items[read].text;
        read++;
    }
    if (read < count)
        tell_trouble("report", "%s", e.text);
    else if (count == 1)
        code = tell(s, &runs[0], verb);
    else
        code = tell_several(s, runs, names, count, verb);
    for (size_t i = 0; i < read; i++)
        json_read_free(&runs[i]);
    free(runs);
    free(names);
    return code;
}

/* Several files are told side by side: by the formats that can, and by no other. Returns 0, or -1 when it has told. */
static int check_files(const struct report_settings *s, const struct operands *operands, const struct line *line)
{
    struct buf error = {0};
    char *able = reports_side_by_side();
    int rc = 0;
    if (operands->words.count == 0 || operands->command)
        rc = usage_error(&error, line, NULL, "sockspec report results.json",
                         "takes files as written by sockspec test --json FILE");
    else if (operands->words.count > 1 && !reports_any(&s->reports))
        rc = usage_error(&error, line, &operands->words.items[1], "sockspec report a.json b.json -o report.html",
                         "several files are told side by side: say where to with %s", able);
    else if (operands->words.count > 1 && reports_of_one(&s->reports))
        rc =
            usage_error(&error, line, &operands->words.items[1], NULL,
                        "--%s tells one run; several are told side by side with %s", reports_of_one(&s->reports), able);
    if (rc < 0)
        tell_error(&error);
    free(able);
    return rc;
}

static int run_report(const struct verb *verb, const struct line *line)
{
    struct report_settings settings = {0};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    int code = EXIT_CODE_USAGE;
    if (check_files(&settings, &operands, line) == 0)
        code = read_and_tell(&settings, &operands, verb->name);
    free(operands.words.items);
    return code;
}

const struct verb verb_report = {
    .name = "report",
    .synopsis = "sockspec report FILE... [OPTION...]",
    .purpose = "tell a run again that was written with `--json`; several side by side",
    .about = "FILE is what 'sockspec test --json FILE' wrote; - is standard input. The exit code is that of the\n"
             "run. Several files are put side by side, in a page or in Markdown: rules by subjects. A FILE of an\n"
             "option is standard output when it is -; a page then takes the console's place, as TAP does.",
    .examples = "sockspec report results.json\n"
                "sockspec report results.json -o report.html\n"
                "sockspec report nginx.json lighttpd.json -o both.html",
    .options = &table,
    .run = run_report,
};
