/*
 * The verb `proxy`: the link by itself, between any client and any server.
 */
#include "cli/catalogue.h"
#include "cli/verb.h"

#include "base/mem.h"
#include "base/output.h"
#include "fault/link.h"
#include "scenario/load.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* Events are collected up to here before they are written: one write for many. */
#define LOG_FLUSH 16384

struct proxy_settings {
    struct word log;
    bool json, allow_remote;
    uint64_t seed;
};

#define AT(field) offsetof(struct proxy_settings, field)

static const struct option rows[] = {
    {OPTION_TEXT, 0, "log", "FILE", "What happens, one event a line, added to FILE; - is standard output",
     .at = AT(log)},
    {OPTION_FLAG, 0, "json", NULL, "Events as JSON, one object a line (on standard output without --log)",
     .at = AT(json)},
    {OPTION_SEED, 0, "seed", "S", "Chance of jitter that can be repeated (0)", .at = AT(seed)},
    {OPTION_FLAG, 0, "allow-remote", NULL, "Let LISTEN and TARGET name hosts outside of loopback",
     .at = AT(allow_remote)},
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

struct proxy {
    const struct line *line;
    struct proxy_settings settings;
    struct ev_loop *loop;
    struct link *link;
    struct link_place listen, target;
    struct ev_signal signals[2];
    struct ev_prepare before_sleep;
    int log_fd; /* -1: none */
    struct buf log;
    bool log_failed;
};

/* --- the command line ----------------------------------------------------------------------------------- */

static int read_place(struct proxy *p, const struct word *w, struct link_place *out)
{
    struct buf error = {0};
    struct err e = {0};
    int rc = 0;
    if (link_place_parse(out, w->text, &e) != 0)
        rc = usage_error(&error, p->line, w, "HOST:PORT, [V6]:PORT, udp:HOST:PORT or unix:PATH", "%s", e.text);
    else if (!p->settings.allow_remote && !link_place_is_local(out))
        rc = usage_error(&error, p->line, w, "--allow-remote permits it", "%s is not on this machine's loopback",
                         w->text);
    if (rc < 0)
        tell_error(&error);
    return rc;
}

static int read_fault(struct proxy *p, const struct word *w)
{
    struct arena arena = {0};
    struct scn_messages messages = {0};
    struct scn_link read;
    struct buf error = {0};
    struct err e = {0};
    int rc = -1;
    if (!scn_link_parse(w->text, "fault", &arena, &read, &messages)) {
        print_messages(&messages);
        goto out;
    }
    const struct link_fault f = {.kind = read.kind,
                                 .up = read.up,
                                 .down = read.down,
                                 .amount = read.amount.value,
                                 .connection = read.connection.set ? (uint64_t)read.connection.value : 0};
    rc = link_add(p->link, &f, &e) < 0 ? -1 : 0;
    if (rc < 0) {
        usage_error(&error, p->line, w, NULL, "%s", e.text);
        tell_error(&error);
    }
out:
    arena_free(&arena);
    return rc;
}

static int missing(const struct proxy *p)
{
    struct buf error = {0};
    usage_error(&error, p->line, NULL, "sockspec proxy 127.0.0.1:9000 127.0.0.1:80 'down slice 1'",
                "where to listen and where to lead to is missing");
    tell_error(&error);
    return -1;
}

/* --- events --------------------------------------------------------------------------------------------- */

static void flush_log(struct proxy *p)
{
    if (!p->log_failed && output_write(p->log_fd, p->log.data, p->log.len) < 0) {
        tell_trouble("proxy", "cannot write the log: %s", strerror(errno));
        p->log_failed = true;
    }
    buf_clear(&p->log);
}

static void on_event(const struct link_event *e, void *data)
{
    struct proxy *p = data;
    if (e->kind == LINK_EVENT_TROUBLE && p->log_fd < 0)
        tell_trouble("proxy", "cannot accept for now: %s", strerror(e->error));
    if (p->log_fd < 0 || p->log_failed)
        return;
    if (p->settings.json)
        link_event_json(e, &p->log);
    else
        link_event_text(e, &p->log);
    buf_putc(&p->log, '\n');
    if (p->log.len >= LOG_FLUSH)
        flush_log(p);
}

/* Whoever reads the log must not wait for more traffic to see what there was. */
static void before_sleep(struct ev_loop *loop, struct ev_prepare *w, int revents)
{
    struct proxy *p = w->data;
    (void)loop;
    (void)revents;
    if (p->log.len)
        flush_log(p);
}

static int open_log(struct proxy *p)
{
    const char *path = p->settings.log.text;
    p->log_fd = -1;
    if (!path && !p->settings.json)
        return 0;
    if (!path || strcmp(path, "-") == 0) {
        p->log_fd = STDOUT_FILENO;
        return 0;
    }
    struct err e = {0};
    p->log_fd = output_append(path, &e);
    if (p->log_fd < 0)
        tell_trouble("proxy", "%s", e.text);
    return p->log_fd < 0 ? -1 : 0;
}

/* --- the run -------------------------------------------------------------------------------------------- */

static void on_signal(struct ev_loop *loop, struct ev_signal *w, int revents)
{
    (void)w;
    (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* Two descriptors a connection: as many as the kernel allows us. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void start_watching(struct proxy *p)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        ev_signal_init(&p->signals[i], on_signal, numbers[i]);
        ev_signal_start(p->loop, &p->signals[i]);
    }
    ev_prepare_init(&p->before_sleep, before_sleep);
    p->before_sleep.data = p;
    ev_prepare_start(p->loop, &p->before_sleep);
}

/* The line that scripts wait for. */
static int tell_place(struct proxy *p)
{
    struct buf out = {0};
    buf_puts(&out, "listening on ");
    link_place_text(link_door(p->link, 0), &out);
    buf_putc(&out, '\n');
    return tell_output(&out);
}

/* What a run without a log has to say at its end. */
static void tell_sum(const struct proxy *p)
{
    struct buf out = {0};
    const struct link_fault *f;
    for (int i = 0; (f = link_fault_at(p->link, i)); i++) {
        if (link_reached(p->link, i))
            continue;
        buf_puts(&out, "sockspec proxy: never reached: ");
        link_fault_text(f, &out);
        buf_putc(&out, '\n');
    }
    tell_error(&out);
}

static int set_up(struct proxy *p, const struct operands *operands)
{
    const struct words *words = &operands->words;
    struct err e = {0};
    if (operands->command || words->count < 2)
        return missing(p) < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    if (read_place(p, &words->items[0], &p->listen) < 0 || read_place(p, &words->items[1], &p->target) < 0)
        return EXIT_CODE_USAGE;
    struct link_options options = {.seed = p->settings.seed, .patience = 1, .on_event = on_event, .data = p};
    if (open_log(p) < 0)
        return EXIT_CODE_USAGE;
    p->link = link_new(p->loop, &options, &e);
    if (!p->link || link_open(p->link, &p->listen, &p->target, &e) < 0) {
        tell_trouble("proxy", "%s", e.text);
        return e.code == EPROTOTYPE ? EXIT_CODE_USAGE : EXIT_CODE_UNTESTED;
    }
    for (size_t i = 2; i < words->count; i++)
        if (read_fault(p, &words->items[i]) < 0)
            return EXIT_CODE_USAGE;
    return EXIT_CODE_OK;
}

static int run_proxy(const struct verb *verb, const struct line *line)
{
    struct proxy p = {.line = line, .log_fd = -1};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &p.settings, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    signal(SIGPIPE, SIG_IGN);
    raise_limit();
    p.loop = ev_loop_new(EVFLAG_AUTO);
    int code = set_up(&p, &operands);
    if (code == EXIT_CODE_OK) {
        start_watching(&p);
        code = tell_place(&p) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
    }
    if (code == EXIT_CODE_OK) {
        ev_run(p.loop, 0);
        flush_log(&p);
        tell_sum(&p);
        code = p.log_failed ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
    }
    link_free(p.link);
    if (p.log_fd > STDERR_FILENO)
        close(p.log_fd);
    buf_free(&p.log);
    ev_loop_destroy(p.loop);
    free(operands.words.items);
    return code;
}

const struct verb verb_proxy = {
    .name = "proxy",
    .synopsis = "sockspec proxy LISTEN TARGET ['FAULT'...] [OPTION...]",
    .purpose = "forward connections or datagrams and do to them what networks do",
    .about =
        "LISTEN and TARGET are HOST:PORT, [V6]:PORT, udp:HOST:PORT, unix:PATH, unix-dgram:PATH or "
        "unix-seqpacket:PATH;\n"
        "port 0 lets the kernel choose. FAULT is a step of a scenario's link ('sockspec explain slice'):\n"
        "  [up|down] delay T | jitter T | rate R | slice N | reset after N bytes | close after N bytes |\n"
        "            silent after N bytes   [on connection N]\n"
        "up is from client to server; without a direction both are meant. Half-close is kept, a RST passed on, and a\n"
        "target that cannot be reached is seen as a RST. A direction holds 1 MiB at most, then the sender must wait.\n"
        "Prints 'listening on PLACE' when it is ready, and runs until SIGINT or SIGTERM.",
    .examples = "sockspec proxy 127.0.0.1:9000 127.0.0.1:80 'down reset after 1000 bytes on connection 2'\n"
                "sockspec proxy [::1]:0 unix:/run/app.sock 'delay 20ms' 'jitter 5ms' --seed 42 --log -\n"
                "sockspec proxy udp:127.0.0.1:5353 udp:127.0.0.1:53 'up delay 100ms'",
    .options = &table,
    .exit_codes = "  0  ended by SIGINT or SIGTERM\n"
                  "  2  the command line is wrong\n"
                  "  3  could not listen, or not write all of the log\n",
    .run = run_proxy,
};
