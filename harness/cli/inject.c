/*
 * The verb `inject`: any program under socket faults, without a scenario.
 *
 * This process itself becomes the program, under the eyes of a tracer that is nobody's child: so its PID, exit status,
 * signals, terminal and job control are the program's own, with nobody in between to hand them through.
 */
#include "cli/verb.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/output.h"
#include "cli/catalogue.h"
#include "fault/inject.h"
#include "scenario/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct inject_settings {
    struct word log;
    bool json, quiet, unpinned;
    uint64_t seed;
};

#define AT(field) offsetof(struct inject_settings, field)

static const struct option rows[] = {
    {OPTION_TEXT, 0, "log", "FILE", "A receipt for each injection, one a line; - is standard error", .at = AT(log)},
    {OPTION_FLAG, 0, "json", NULL, "Receipts as JSON, one object a line", .at = AT(json)},
    {OPTION_SEED, 0, "seed", "N", "What 'with probability' draws from (a fresh one)", .at = AT(seed)},
    {OPTION_FLAG, 0, "quiet", NULL, "Say nothing of faults that were never hit", .at = AT(quiet)},
    {OPTION_FLAG, 0, "unpinned", NULL,
     "Leave the program on all processors: each injection costs some four times as much", .at = AT(unpinned)},
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

/* Nothing has a name on the command line: the value stands there. */
static double plain_number(void *data, const struct scn_number *n)
{
    (void)data;
    return n->value;
}

static int parse_clause(const struct word *w, struct arena *arena, struct inject_clause *out)
{
    struct scn_messages messages = {0};
    struct scn_fault fault;
    struct err e = {0};
    if (!scn_fault_parse(w->text, "fault", arena, &fault, &messages)) {
        print_messages(&messages);
        return -1;
    }
    if (inject_clause_from(out, &fault, -1, plain_number, NULL, &e) < 0) {
        tell_trouble("inject", "%s", e.text);
        return -1;
    }
    return 0;
}

static int parse_clauses(const struct line *line, const struct operands *operands, struct inject_clause *out)
{
    struct buf error = {0};
    struct arena arena = {0};
    int rc = 0;
    if (operands->words.count == 0)
        rc = usage_error(&error, line, NULL, "sockspec inject 'send short 1' -- ./my-server 8080", "what fault?");
    else if (operands->words.count > INJECT_CLAUSES_MAX)
        rc = usage_error(&error, line, &operands->words.items[INJECT_CLAUSES_MAX], NULL, "%d faults at most",
                         INJECT_CLAUSES_MAX);
    else if (operands->command == 0 || operands->command >= line->argc)
        rc = usage_error(&error, line, NULL, "sockspec inject 'send short 1' -- ./my-server 8080",
                         "the program's command is missing behind --");
    if (rc < 0)
        tell_error(&error);
    for (size_t i = 0; rc == 0 && i < operands->words.count; i++)
        rc = parse_clause(&operands->words.items[i], &arena, &out[i]);
    arena_free(&arena);
    return rc;
}

/* The log's descriptor, or -1. Appends to what is there, so that several programs can share a log. */
static int open_log(const struct inject_settings *s, struct inject_spec *spec, struct err *e)
{
    if (!s->log.text && !s->json)
        return 0;
    spec->log = s->json ? INJECT_LOG_JSON : INJECT_LOG_TEXT;
    if (!s->log.text || strcmp(s->log.text, "-") == 0) {
        spec->log_fd = STDERR_FILENO;
        return 0;
    }
    spec->log_fd = output_append(s->log.text, e);
    return spec->log_fd < 0 ? -1 : 0;
}

/* Becomes the program. Returns only when the injector cannot take hold of it. */
static int become(const struct inject_spec *spec, char *const *command, struct err *e)
{
    struct inject *in = inject_start(spec, e);
    if (!in)
        return -1;
    int code = inject_hook(in, inject_hook_fd(in));
    if (code)
        return err_errno(e, code, "the injector cannot take hold of the program");
    putenv(inject_environment()); /* it is the environment's from now on */
    execvp(command[0], command);
    tell_trouble("inject", "cannot start %s: %s", command[0], strerror(errno));
    _exit(EXIT_CODE_UNTESTED); /* what is left of us is traced: there is nothing to go on with */
}

static int run_inject(const struct verb *verb, const struct line *line)
{
    struct inject_settings settings = {0};
    struct operands operands = {0};
    struct inject_clause clauses[INJECT_CLAUSES_MAX];
    struct err e = {0};
    if (getrandom(&settings.seed, sizeof settings.seed, 0) < 0)
        settings.seed = clock_us();
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    int code = EXIT_CODE_USAGE;
    struct inject_spec spec = {.clauses = clauses,
                               .count = operands.words.count,
                               .seed = settings.seed,
                               .armed = true,
                               .unpinned = settings.unpinned,
                               .detached = true,
                               .log_fd = -1,
                               .note_fd = settings.quiet ? -1 : STDERR_FILENO};
    if (parse_clauses(line, &operands, clauses) == 0) {
        code = EXIT_CODE_UNTESTED;
        const char *lacking = inject_lacking();
        if (lacking)
            tell_trouble("inject", "%s", lacking);
        else if (open_log(&settings, &spec, &e) < 0 || become(&spec, line->argv + operands.command, &e) < 0)
            tell_trouble("inject", "%s", e.text);
    }
    free(operands.words.items);
    return code;
}

const struct verb verb_inject = {
    .name = "inject",
    .synopsis = "sockspec inject 'FAULT'... [OPTION...] -- COMMAND...",
    .purpose = "run any program with its socket calls short, failing or late",
    .about =
        "FAULT is what stands behind `fault` in a scenario ('sockspec explain fault'): CALL, what becomes of it, and "
        "when.\n"
        "  CALL    send recv accept connect socket bind listen poll close shutdown setsockopt, by meaning: send is\n"
        "          write, writev, sendmsg, sendfile and more too, on sockets only\n"
        "  becomes short N | error ERRNO | delay T\n"
        "  when    every N, times N, after N calls, after byte N, with probability P, on the listening socket\n"
        "Threads, forks and execs of the program are followed. Its exit status, signals and terminal are its own.\n"
        "What the kernel never does is not done: EAGAIN to a call that blocks, a cut datagram, a short MSG_WAITALL, "
        "EINTR in a\n"
        "program that catches no signal.",
    .examples =
        "sockspec inject 'send short 1' -- ./my-server 8080\n"
        "sockspec inject 'recv error EINTR every 3' 'accept error EMFILE times 5' --log receipts -- ./my-server 8080\n"
        "sockspec inject 'send short 100 after byte 5000' --log - --json -- curl -sS http://127.0.0.1:8080/",
    .exit_codes =
        "  The program's own; before it runs: 2, the command line is wrong; 3, it or the injector cannot be started\n",
    .options = &table,
    .becomes_program = true,
    .run = run_inject,
};
