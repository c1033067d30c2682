/* The verb `report`: a run that was written as JSON, told again. */
#include "base/mem.h"
#include "cli/reports.h"
#include "cli/verb.h"
#include "report/console.h"
#include "report/html.h"
#include "report/json_read.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_settings {
    bool tap, strict, github;
    struct word junit, html, markdown, baseline;
    int colour;
};

/* In the order of console_colour_words. */
static const char *const colour_words[] = {"auto", "always", "never", NULL};

#define AT(field) offsetof(struct report_settings, field)

static const struct option rows[] = {
    {OPTION_FLAG, 0, "tap", NULL, "TAP 14 in place of the console's report", .at = AT(tap)},
    {OPTION_TEXT, 0, "junit", "FILE", "JUnit XML as well; - is standard output", .at = AT(junit)},
    {OPTION_TEXT, 'o', "html", "FILE", "One page for a browser in place of the console's report", .at = AT(html)},
    {OPTION_TEXT, 0, "markdown", "FILE", "A summary in Markdown as well", .at = AT(markdown)},
    {OPTION_FLAG, 0, "github", NULL, "Annotations for GitHub Actions as well", .at = AT(github)},
    {OPTION_TEXT, 0, "baseline", "FILE", "Known failures with reasons: only new ones count", .at = AT(baseline)},
    {OPTION_FLAG, 0, "strict", NULL, "A broken SHOULD counts as broken", .at = AT(strict)},
    {OPTION_CHOICE, 0, "colour", "WHEN", "auto, always or never (auto)", .at = AT(colour), .choices = colour_words},
    {OPTION_CHOICE, 0, "color", "WHEN", NULL, .at = AT(colour), .choices = colour_words},
};

static int tell(const struct report_settings *s, struct run *run, const char *verb)
{
    const struct reports wanted = {.tap = s->tap,
                                   .github = s->github,
                                   .junit = s->junit.text,
                                   .html = s->html.text,
                                   .markdown = s->markdown.text,
                                   .strict = s->strict};
    struct baseline baseline = {0};
    struct console_options o;
    struct err e = {0};
    int rc = 0;
    if (s->baseline.text && baseline_load(&baseline, s->baseline.text, &e) < 0) {
        tell_trouble(verb, "%s", e.text);
        return EXIT_CODE_USAGE;
    }
    if (reports_check(&wanted, verb) < 0) {
        baseline_free(&baseline);
        return EXIT_CODE_UNTESTED;
    }
    baseline_apply(&baseline, run);
    if (!s->html.text && !reports_take_output(&wanted) &&
        console_options_init(&o, stdout, console_colour_words[s->colour]) == 0) {
        struct console *c = console_new(stdout, &o);
        console_end(c, run, baseline.file ? &baseline : NULL);
        rc = console_told(c, verb);
        console_free(c);
    }
    int code = run_exit_code(run, s->strict);
    if (reports_write(&wanted, run, verb) < 0)
        rc = -1;
    if (rc < 0 && code == EXIT_CODE_OK)
        code = EXIT_CODE_UNTESTED;
    baseline_free(&baseline);
    return code;
}

/* What is told of several runs. */
struct side_by_side {
    int (*write)(FILE *out, const struct run *runs, const char *const *names, size_t count);
    const struct run *runs;
    const char *const *names;
    size_t count;
};

static int write_several(FILE *out, const void *data)
{
    const struct side_by_side *all = data;
    return all->write(out, all->runs, all->names, all->count);
}

/* Several runs side by side: a page and Markdown are the forms that show them. */
static int tell_several(const struct report_settings *s, const struct run *runs, const char *const *names, size_t count)
{
    const struct side_by_side page = {html_write_runs, runs, names, count},
                              summary = {markdown_write_runs, runs, names, count};
    if ((s->html.text && reports_save(s->html.text, "report", write_several, &page) < 0) ||
        (s->markdown.text && reports_save(s->markdown.text, "report", write_several, &summary) < 0))
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
        code = tell_several(s, runs, names, count);
    for (size_t i = 0; i < read; i++)
        json_read_free(&runs[i]);
    free(runs);
    free(names);
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
    struct buf error = {0};
    if (operands.words.count == 0 || operands.command) {
        usage_error(&error, line, NULL, "sockspec report results.json",
                    "takes files as written by sockspec test --json FILE");
        tell_error(&error);
    } else if (operands.words.count > 1 && !settings.html.text && !settings.markdown.text) {
        usage_error(&error, line, &operands.words.items[1], "sockspec report a.json b.json -o report.html",
                    "several files are told side by side in a page or in Markdown: say where to with -o FILE or "
                    "--markdown FILE");
        tell_error(&error);
    } else {
        code = read_and_tell(&settings, &operands, verb->name);
    }
    free(operands.words.items);
    return code;
}

const struct verb verb_report = {
    .name = "report",
    .synopsis = "sockspec report FILE... [OPTION...]",
    .purpose = "tell a run again that was written with --json",
    .about = "FILE is what 'sockspec test --json FILE' wrote; - is standard input. The exit code is that of "
             "the run. Several files are put side by side, in a page or in Markdown: rules by subjects.",
    .examples = "sockspec report results.json\n"
                "sockspec report results.json -o report.html\n"
                "sockspec report nginx.json lighttpd.json -o both.html",
    .options = {rows, sizeof(rows) / sizeof(rows[0])},
    .run = run_report,
};
