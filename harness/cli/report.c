/* The verb `report`: a run that was written as JSON, told again. */
#include "cli/reports.h"
#include "cli/verb.h"
#include "report/console.h"
#include "report/json_read.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct report_settings {
    bool tap, strict;
    struct word junit, baseline;
    int colour;
};

/* In the order of console_colour_words. */
static const char *const colour_words[] = {"auto", "always", "never", NULL};

#define AT(field) offsetof(struct report_settings, field)

static const struct option rows[] = {
    {OPTION_FLAG, 0, "tap", NULL, "TAP 14 in place of the console's report", .at = AT(tap)},
    {OPTION_TEXT, 0, "junit", "FILE", "JUnit XML as well; - is standard output", .at = AT(junit)},
    {OPTION_TEXT, 0, "baseline", "FILE", "Known failures with reasons: only new ones count",
     .at = AT(baseline)},
    {OPTION_FLAG, 0, "strict", NULL, "A broken SHOULD counts as broken", .at = AT(strict)},
    {OPTION_CHOICE, 0, "colour", "WHEN", "auto, always or never (auto)", .at = AT(colour),
     .choices = colour_words},
    {OPTION_CHOICE, 0, "color", "WHEN", NULL, .at = AT(colour), .choices = colour_words},
};

static int tell(const struct report_settings *s, struct run *run, const char *verb)
{
    struct reports wanted = {s->tap, s->junit.text, NULL, s->strict};
    struct baseline baseline = {0};
    struct console_options o;
    struct err e = {0};
    if (s->baseline.text && baseline_load(&baseline, s->baseline.text, &e) < 0) {
        fprintf(stderr, "sockspec %s: %s\n", verb, e.text);
        return EXIT_CODE_USAGE;
    }
    baseline_apply(&baseline, run);
    if (!reports_take_output(&wanted) &&
        console_options_init(&o, stdout, console_colour_words[s->colour]) == 0) {
        struct console *c = console_new(stdout, &o);
        console_end(c, run, baseline.file ? &baseline : NULL);
        console_free(c);
    }
    int code = run_exit_code(run, s->strict);
    if (reports_write(&wanted, run, verb) < 0 && code == EXIT_CODE_OK)
        code = EXIT_CODE_UNTESTED;
    baseline_free(&baseline);
    return code;
}

static int run_report(const struct verb *verb, const struct line *line)
{
    struct report_settings settings = {0};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    int code = EXIT_CODE_USAGE;
    struct err e = {0};
    struct run run = {0};
    if (operands.words.count != 1 || operands.command) {
        struct buf error = {0};
        usage_error(&error, line, operands.words.count > 1 ? &operands.words.items[1] : NULL,
                    "sockspec report results.json",
                    "takes one file, as written by sockspec test --json FILE");
        tell_error(&error);
    } else if (json_read_file(operands.words.items[0].text, &run, &e) < 0) {
        fprintf(stderr, "sockspec report: %s\n", e.text);
    } else {
        code = tell(&settings, &run, verb->name);
        json_read_free(&run);
    }
    free(operands.words.items);
    return code;
}

const struct verb verb_report = {
    .name = "report",
    .synopsis = "sockspec report FILE [OPTION...]",
    .purpose = "tell a run again that was written with --json",
    .about = "FILE is what 'sockspec test --json FILE' wrote; - is standard input. The exit code is that of "
             "the run.",
    .examples = "sockspec report results.json\n"
                "sockspec report results.json --tap",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .run = run_report,
};
