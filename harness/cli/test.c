/* The verb `test`: runs scenarios against a program and reports. */
#include "base/mem.h"
#include "base/output.h"
#include "cli/reports.h"
#include "cli/test_settings.h"
#include "report/console.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the progress of a run is told to. */
struct watching {
    const struct test_plan *plan;
    struct console *console; /* NULL: quiet, or standard output belongs to another format */
    bool begun, gone;        /* gone: who read standard output */
};

static void tell_progress(void *data, size_t done, size_t total, const struct result *result)
{
    struct watching *w = data;
    if (!w->console)
        return;
    const struct run_options *o = &w->plan->run;
    if (console_error(w->console) == EPIPE && !w->gone) {
        w->gone = true; /* nobody reads any more: as if the user had ended it, but for what goes to files */
        if (!reports_to_files(&w->plan->settings->reports))
            raise(SIGTERM);
    }
    if (!w->begun)
        console_begin(w->console, o->profile ? o->profile->name : NULL, o->subject_name, total, o->engine.seed, NULL);
    w->begun = true;
    if (!result) {
        console_tick(w->console);
        return;
    }
    if (w->plan->settings->verbose)
        printf("%-5s %s (%.3f s)\n", verdict_name(result->verdict), result->name, result->seconds);
    console_result(w->console, done, total, result);
}

/* What only the rules know: where a sentence comes from and why it matters. */
static void add_sources(const struct test_plan *p, struct run *run)
{
    for (size_t i = 0; p->rules && i < run->count; i++) {
        struct result *r = &run->results[i];
        const struct scn_rule *rule = r->rule ? scn_rules_find(p->rules, r->rule) : NULL;
        if (rule && !r->source)
            r->source = mem_dup(rule->source);
        if (rule && !r->why)
            r->why = mem_dup(rule->why);
        /* Passes keep no more than their names, until somebody will read the sentence. */
        if (rule && !r->sentence && reports_any(&p->settings->reports))
            r->sentence = mem_dup(rule->text);
    }
}

/* The subject file's known failures, then the user's baseline: what a person wrote for this run comes last
 * and wins. */
static int load_baselines(const struct test_plan *p, struct baseline *known, struct baseline *own)
{
    struct err e = {0};
    struct buf text = {0};
    for (size_t i = 0; p->subject && i < p->subject->known_count; i++)
        buf_printf(&text, "%s  %s\n", p->subject->known[i].name, p->subject->known[i].reason);
    int rc = text.len ? baseline_parse(known, p->subject_word->text, text.data, text.len, &e) : 0;
    buf_free(&text);
    if (rc < 0)
        return test_plan_refuse(p, p->subject_word, NULL, "%s", e.text);
    const struct word *file = &p->settings->baseline;
    if (file->text && baseline_load(own, file->text, &e) < 0)
        return test_plan_refuse(p, file, NULL, "%s", e.text);
    return 0;
}

/* Captures that could not be kept, and why the first of them. Returns 0, or -1 where there are any. */
static int tell_lost(const struct run *run)
{
    const char *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        if (run->results[i].lost && count++ == 0)
            first = run->results[i].lost;
    if (first)
        tell_trouble("test", "%zu capture%s lost: %s", count, count == 1 ? " is" : "s are", first);
    return first ? -1 : 0;
}

static int finish(const struct test_plan *p, struct watching *w, struct run *run, struct baseline *known,
                  struct baseline *own)
{
    const struct test_settings *s = p->settings;
    struct err e = {0};
    add_sources(p, run);
    baseline_apply(known, run);
    baseline_apply(own, run);
    int rc = tell_lost(run);
    if (run->notice)
        tell_trouble("test", "%s", run->notice);
    if (s->write_baseline.text &&
        baseline_save(s->write_baseline.text, run, own->file ? own : NULL, s->strict, &e) < 0) {
        tell_trouble("test", "%s", e.text);
        rc = -1;
    }
    if (w->console) {
        console_end(w->console, run, own->file ? own : known->file ? known : NULL);
        if (console_told(w->console, "test") < 0)
            rc = -1;
    }
    if (reports_write(&s->reports, run, NULL, 1, s->strict, p->line->argv[1]) < 0)
        rc = -1;
    enum exit_code code = run_exit_code(run, s->strict);
    return rc < 0 && code == EXIT_CODE_OK ? EXIT_CODE_UNTESTED : code;
}

static struct console *open_console(const struct test_plan *p)
{
    const struct test_settings *s = p->settings;
    struct console_options o;
    if (s->quiet || reports_take_output(&s->reports))
        return NULL;
    console_options_init(&o, stdout, (enum colour)s->colour);
    o.partial = s->filter.count || s->shard.text || s->tags.count || p->files.count;
    if (s->verbose) /* each case has a line of its own, which a line redrawn in place would tear */
        o.terminal = false;
    return console_new(stdout, &o);
}

/* What will be written at the end is tried at the beginning: an hour's results must have a place to go. */
static int check_outputs(const struct test_plan *p)
{
    const struct test_settings *s = p->settings;
    const char *dir = s->capture_dir.text ? s->capture_dir.text : ".";
    struct err e = {0};
    if (reports_check(&s->reports, "test") < 0)
        return -1;
    if ((!s->write_baseline.text || output_check(s->write_baseline.text, &e) == 0) &&
        (s->capture == CAPTURE_NEVER || output_check_folder(dir, &e) == 0))
        return 0;
    tell_trouble("test", "%s", e.text);
    return -1;
}

/* A run that ended before it began: its one result is all there is to tell. */
static void tell_stopped(struct watching *w, const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        tell_progress(w, i + 1, run->count, &run->results[i]);
}

static int execute(struct test_plan *p)
{
    struct baseline known = {0}, own = {0};
    struct run run = {0};
    struct err e = {0};
    int code = load_baselines(p, &known, &own);
    if (code == 0 && check_outputs(p) < 0)
        code = EXIT_CODE_UNTESTED;
    if (code == 0)
        code = test_premises(p, &run);
    if (code == 0) {
        struct watching w = {.plan = p, .console = open_console(p)};
        int rc = 0;
        if (run.stopped)
            tell_stopped(&w, &run);
        else
            rc = run_execute(&p->run, tell_progress, &w, &run, &e);
        if (rc == 0)
            code = finish(p, &w, &run, &known, &own);
        if (w.console)
            console_free(w.console);
        if (rc < 0) {
            tell_trouble("test", "%s", e.text);
            /* Without an errno behind it, it was the user's words that were wrong. */
            code = e.code == 0 || e.code == EINVAL ? EXIT_CODE_USAGE : EXIT_CODE_UNTESTED;
        }
    }
    run_free(&run);
    baseline_free(&known);
    baseline_free(&own);
    return code;
}

static int run_test(const struct verb *verb, const struct line *line)
{
    struct test_settings settings = test_settings_default();
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0) {
        test_settings_free(&settings);
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    }
    struct test_plan plan = {.line = line, .settings = &settings, .operands = &operands};
    int code = test_plan_make(&plan);
    if (code == 0)
        code = execute(&plan);
    test_plan_free(&plan);
    test_settings_free(&settings);
    free(operands.words.items);
    return code;
}

const struct verb verb_test = {
    .name = "test",
    .synopsis = "sockspec test PROFILE [OPTION...] -- COMMAND...\n"
                "sockspec test PROFILE [OPTION...] --at HOST:PORT | --listen HOST:PORT\n"
                "sockspec test SUBJECT-FILE [PROFILE] [OPTION...]\n"
                "sockspec test FILE.scn... [OPTION...] [-- COMMAND...]",
    .purpose = "run scenarios against a program and say which rules it breaks",
    .about = "COMMAND starts the program under test; in its words {host}, {port}, {url}, {socket}, {root} (a "
             "folder\n"
             "with index.html, small.txt, empty.txt and large.bin of 50 MB) and every fact are put in. A "
             "scenario\n"
             "whose sides are all played by sockspec needs no command. 'sockspec list profiles' tells which\n"
             "profiles there are.",
    .examples = "sockspec test http-server -- python3 -m http.server -p HTTP/1.1 --bind 127.0.0.1 {port}\n"
                "sockspec test http-server --filter '*host*' -- busybox httpd -f -p {port} -h {root}\n"
                "sockspec test echo-client -- ./my-client {host} {port}\n"
                "sockspec test echo-server --at 127.0.0.1:7\n"
                "sockspec test my.scn --profile echo-server -- ./my-server {port}",
    .options = &test_options,
    .run = run_test,
};
