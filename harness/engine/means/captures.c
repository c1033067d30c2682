/*
 * A capture a case: the packets of its connections and no others, each that a step caused with a comment that names
 * actor and line.
 *
 * The worker's namespace holds nobody but the subject and the actors, and runs one case at a time; what is left of
 * earlier cases (a FIN that comes late) belongs to connections whose SYN was not seen, and is left out. In a namespace
 * that others use too, only the ports of this case count.
 */
#include "engine/means/captures.h"

#include "engine/core/conn.h"
#include "engine/core/timeline.h"
#include "engine/core/wake.h"
#include "engine/means/captures_made.h"
#include "engine/means/row.h"

#include "base/output.h"
#include "evidence/capture.h"
#include "evidence/pcapng.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

/* What steps did, kept for comments. */
#define NOTES_MAX 4096
/* A packet is stamped before the call that sent it returns; the clocks are read one after the other. Microseconds. */
#define CLOCK_SLACK_US 200
/* Of a file's name: 255 is what file systems take, and something stands before and behind. */
#define NAME_BYTES 200

struct note {
    uint64_t us; /* since 1970 */
    const struct actor *actor;
    enum happening kind;
    uint64_t amount;
    int line, copy;
    const char *name; /* the actor's, as written */
    uint16_t local, remote;
};

struct captures {
    struct capture *live;
    struct ev_io io;
    struct made *made; /* in place of a live one */
    struct note *notes;
    size_t count;
    uint64_t epoch_us; /* since 1970, when clock_us was 0 */
    char reason[256];  /* why there is none; empty: there is */
};

static void on_packets(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct captures *c = w->data;
    (void)loop;
    (void)revents;
    capture_take(c->live);
}

static void open_captures(struct engine *e)
{
    if (e->options.capture == CAPTURE_NEVER)
        return;
    struct captures *c = mem_new(1, sizeof *c);
    struct err err = {0};
    e->captures = c;
    c->live = capture_open(&err);
    if (!c->live) {
        c->made = made_new();
        snprintf(c->reason, sizeof c->reason, "%.*s", (int)sizeof c->reason - 1, err.text);
        return;
    }
    c->notes = mem_new(NOTES_MAX, sizeof *c->notes);
    ev_io_init(&c->io, on_packets, capture_fd(c->live), EV_READ);
    c->io.data = c;
    ev_io_start(e->loop, &c->io);
}

static void close_captures(struct engine *e)
{
    struct captures *c = e->captures;
    if (!c)
        return;
    if (c->live)
        ev_io_stop(e->loop, &c->io);
    capture_close(c->live);
    made_free(c->made);
    free(c->notes);
    free(c);
}

static bool wanted(const struct case_run *run)
{
    return run->engine->captures;
}

static void start(struct case_run *run)
{
    struct captures *c = run->engine->captures;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    c->epoch_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 - clock_us();
    c->count = 0;
    if (c->live)
        capture_begin(c->live);
    else
        made_begin(c->made);
}

/* --- notes --- */

static uint16_t port_of(const struct address *a)
{
    return a->u.any.sa_family == AF_INET    ? ntohs(a->u.in.sin_port)
           : a->u.any.sa_family == AF_INET6 ? ntohs(a->u.in6.sin6_port)
                                            : 0;
}

static bool read_ports(int fd, struct note *n)
{
    struct address local = {.len = sizeof(local.u.storage)}, remote = {.len = sizeof(remote.u.storage)};
    if (fd < 0 || getsockname(fd, &local.u.any, &local.len) != 0)
        return false;
    n->local = port_of(&local);
    if (getpeername(fd, &remote.u.any, &remote.len) == 0)
        n->remote = port_of(&remote);
    return n->local != 0;
}

/* A connection that is closed or reset had the ports of its last event. */
static bool find_ports(const struct captures *c, struct note *n)
{
    for (size_t i = c->count; i > 0; i--)
        if (c->notes[i - 1].actor == n->actor) {
            n->local = c->notes[i - 1].local;
            n->remote = c->notes[i - 1].remote;
            return true;
        }
    return false;
}

static void tell(const struct note *n, struct buf *out)
{
    static const char *const words[] = {
        [HAPPENED_CONNECTED] = "connect",
        [HAPPENED_REFUSED] = "connection refused",
        [HAPPENED_ACCEPTED] = "connection accepted",
        [HAPPENED_SENT] = "sent",
        [HAPPENED_RECEIVED] = "received",
        [HAPPENED_FIN_SENT] = "FIN sent",
        [HAPPENED_FIN_RECEIVED] = "FIN received",
        [HAPPENED_RST_SENT] = "RST sent",
        [HAPPENED_RST_RECEIVED] = "RST received",
        [HAPPENED_CLOSED] = "closed",
    };
    buf_printf(out, "%s%s", out->len ? "; " : "", n->name);
    if (n->copy)
        buf_printf(out, " %d", n->copy);
    if (n->line)
        buf_printf(out, ", line %d", n->line);
    buf_printf(out, ": %s", words[n->kind]);
    if (n->kind == HAPPENED_SENT || n->kind == HAPPENED_RECEIVED)
        buf_printf(out, " %llu bytes", (unsigned long long)n->amount);
}

/* Remembers what a step did, for the comment of its packet. */
static void saw(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
                size_t len)
{
    struct captures *c = run->engine->captures;
    if (!a || kind == HAPPENED_TEXT || kind == HAPPENED_SIGNAL)
        return;
    const struct scn_step *s = actor_step(a);
    struct note n = {.us = c->epoch_us + clock_us(),
                     .actor = a,
                     .kind = kind,
                     .amount = amount,
                     .line = s ? s->at.line : 0,
                     .copy = a->copy,
                     .name = a->spec->name};
    if (c->made) {
        struct buf comment = {0};
        tell(&n, &comment);
        made_saw(c->made, a, kind, n.us, bytes, len, buf_text(&comment));
        buf_free(&comment);
    } else if (c->count < NOTES_MAX && (read_ports(a->conn ? a->conn->fd : -1, &n) || find_ports(c, &n))) {
        c->notes[c->count++] = n;
    }
}

/* --- which packet is meant --- */

static bool outgoing(enum happening kind)
{
    return kind == HAPPENED_CONNECTED || kind == HAPPENED_SENT || kind == HAPPENED_FIN_SENT ||
           kind == HAPPENED_RST_SENT;
}

static bool is_meant(const struct note *n, const struct captured *p)
{
    bool out = outgoing(n->kind);
    if (p->us > n->us + CLOCK_SLACK_US || (out ? p->from : p->to) != n->local)
        return false;
    if (n->remote && (out ? p->to : p->from) != n->remote) /* refused: it never had a peer */
        return false;
    switch (n->kind) {
    case HAPPENED_CONNECTED:
    case HAPPENED_ACCEPTED:
        return p->syn && !p->ack;
    case HAPPENED_SENT:
    case HAPPENED_RECEIVED:
        return p->payload > 0;
    case HAPPENED_FIN_SENT:
    case HAPPENED_FIN_RECEIVED:
        return p->fin;
    case HAPPENED_RST_SENT:
    case HAPPENED_RST_RECEIVED:
    case HAPPENED_REFUSED:
        return p->rst;
    default:
        return false;
    }
}

/* The last packet of its kind up to the note's time; where it has a comment already, this one stands behind it. */
static void attach(const struct captures *c, const struct note *n, size_t count, struct buf *comments)
{
    for (size_t i = count; i > 0; i--) {
        struct captured p;
        capture_packet(c->live, i - 1, &p);
        if (is_meant(n, &p)) {
            tell(n, &comments[i - 1]);
            return;
        }
    }
}

/* --- which packets are this case's --- */

struct flow {
    uint16_t low, high;
    bool ours;
};

struct flows {
    struct flow *items;
    size_t count;
};

static bool port_is_ours(const struct case_run *run, uint16_t port)
{
    const struct captures *c = run->engine->captures;
    for (size_t i = 0; i < c->count; i++)
        if (c->notes[i].local == port)
            return true;
    for (size_t i = 0; i < run->listener_count; i++)
        if (run->listeners[i].port == port)
            return true;
    return false;
}

static bool is_ours(const struct case_run *run, struct flows *f, const struct captured *p)
{
    bool shared = run->engine->options.host_net || run->engine->options.isolation == ISOLATION_PROCESS;
    bool own_port = !shared || port_is_ours(run, p->from) || port_is_ours(run, p->to);
    uint16_t low = p->from < p->to ? p->from : p->to, high = p->from < p->to ? p->to : p->from;
    if (!p->tcp)
        return p->udp ? own_port : !shared;
    for (size_t i = f->count; i > 0; i--)
        if (f->items[i - 1].low == low && f->items[i - 1].high == high && !(p->syn && !p->ack))
            return f->items[i - 1].ours;
    f->items = mem_realloc(f->items, (f->count + 1) * sizeof *f->items);
    f->items[f->count++] = (struct flow){low, high, own_port && p->syn && !p->ack};
    return f->items[f->count - 1].ours;
}

/* --- the file --- */

/*
 * The case's name as a file name: what a path or a shell would take amiss becomes '_'. Where that, or the length,
 * leaves more than one name alike, a number made of the name tells them apart; where another run writes into the same
 * folder now, the suffix does.
 */
static char *path_of(const struct engine_options *o, const struct result *r)
{
    struct buf path = {0};
    bool alike = false;
    buf_printf(&path, "%s/", o->capture_dir ? o->capture_dir : ".");
    size_t begin = path.len;
    for (const char *p = r->name; *p; p++) {
        bool plain = isalnum((unsigned char)*p) || strchr("-_.=+,[]", *p);
        buf_putc(&path, plain ? *p : *p == '/' ? '.' : '_');
        alike |= !plain && *p != '/';
    }
    if (path.len - begin > NAME_BYTES) {
        path.len = begin + NAME_BYTES;
        alike = true;
    }
    if (alike)
        buf_printf(&path, "-%08x", (unsigned)(rng_seed(0, r->name) >> 32));
    buf_printf(&path, "%s.pcapng", o->capture_suffix ? o->capture_suffix : "");
    return buf_take(&path);
}

static void about(const struct case_run *run, struct buf *out)
{
    const struct result *r = run->result;
    buf_printf(out, "%s: %s", r->name, verdict_name(r->verdict));
    if (r->message)
        buf_printf(out, ": %s", r->message);
    if (r->rule)
        buf_printf(out, "\n%s %s: %s", r->rule, r->level, r->sentence ? r->sentence : "");
}

static void build(const struct case_run *run, size_t count, const struct buf *comments, struct buf *text,
                  struct buf *out)
{
    const struct captures *c = run->engine->captures;
    struct flows flows = {0};
    if (capture_missed(c->live))
        buf_printf(text, "\n%llu packets are missing here: there was no room for them",
                   (unsigned long long)capture_missed(c->live));
    pcapng_begin(out, PCAPNG_ETHERNET, "lo", buf_text(text));
    for (size_t i = 0; i < count; i++) {
        struct captured p;
        capture_packet(c->live, i, &p);
        if (is_ours(run, &flows, &p))
            pcapng_packet(out, p.us, p.data, p.len, p.whole, comments[i].len ? buf_text(&comments[i]) : NULL);
    }
    free(flows.items);
}

/* All that came, with the comments where they belong. */
static void build_live(const struct case_run *run, struct buf *text, struct buf *out)
{
    struct captures *c = run->engine->captures;
    size_t count = capture_end(c->live);
    struct buf *comments = mem_new(count + 1, sizeof *comments);
    for (size_t i = 0; i < c->count; i++)
        attach(c, &c->notes[i], count, comments);
    build(run, count, comments, text, out);
    for (size_t i = 0; i < count; i++)
        buf_free(&comments[i]);
    free(comments);
}

static void save(struct case_run *run, const struct buf *file)
{
    struct result *r = run->result;
    char *path = path_of(&run->engine->options, r);
    struct err e = {0};
    free(r->capture);
    free(r->lost);
    r->capture = r->lost = NULL;
    if (output_save(path, file->data, file->len, &e) == 0) {
        r->capture = path;
        return;
    }
    happened_text(run, NULL, "harness", "no capture: %s", e.text);
    r->lost = mem_dup(e.text);
    free(path);
}

static bool file_wanted(const struct case_run *run)
{
    enum verdict v = run->result->verdict;
    return run->engine->options.capture == CAPTURE_ALWAYS || (v != VERDICT_PASS && v != VERDICT_SKIP);
}

/* All sockets are closed: writes the file and names it in the result, when its verdict asks for one. */
static void behind(struct case_run *run)
{
    struct captures *c = run->engine->captures;
    struct buf text = {0}, file = {0};
    if (!file_wanted(run))
        return;
    about(run, &text);
    if (c->live)
        build_live(run, &text, &file);
    else
        made_file(c->made, buf_text(&text), c->reason, &file);
    save(run, &file);
    buf_free(&text);
    buf_free(&file);
}

const struct means captures_means = {
    .wanted = wanted, .open = open_captures, .close = close_captures, .start = start, .saw = saw, .behind = behind};
