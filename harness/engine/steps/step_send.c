/*
 * send: all at once or piece by piece, each piece leaving when the one before has been taken.
 *
 *   what the step sends    G E T   / ...
 *   piece 1                G             -> queue of the peer: 1 byte ... 0 bytes: taken
 *   piece 2                  E           -> only now, or the kernel would hand "GE" to one recv()
 */
#include "engine/core/conn.h"
#include "engine/core/payload.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/streams.h"
#include "engine/steps/step.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* --delivery delayed: lines leave one by one with this pause. Long enough to be two reads on any machine. */
#define DELAYED_PAUSE_S 0.005
/* --delivery cuts the first bytes of a connection only: heads and short messages are in there, and megabytes byte by
 * byte take for ever. */
#define DELIVERY_CUTS 4096
/* A piece that the peer has not taken by then is left alone; the rest follows without proof.
 * Seconds, times patience. */
#define TAKEN_PATIENCE_S 1.0
/* Where the peer's queue cannot be seen, a piece leaves this long after the one before. Seconds, times patience. */
#define BLIND_PIECE_S 0.002
/* send until blocked: a peer that takes more than any kernel's buffers together (tens of MB) reads on and will not
 * block. */
#define UNTIL_BLOCKED_MAX (256 * 1000 * 1000)
/* The same: bytes that one call offers, and calls before the loop has its turn. */
#define FILL          ((size_t)64 * 1024)
#define CALLS_AT_ONCE 16
/* An address of loopback that is not the actors' own. */
#define OTHER_LOOPBACK (INADDR_LOOPBACK + 1)

/* How the bytes of this step leave: as the scenario says, else as --delivery says. */
enum how { HOW_WHOLE, HOW_PIECES, HOW_AT, HOW_ONE_CUT, HOW_LINES, HOW_RANDOM };

static bool cuttable(const struct actor *a, const struct scn_manner *m)
{
    if (!scn_transport_is_stream(a->conn->transport) || m->until_blocked || m->held)
        return false;
    if (m->cut == SCN_CUT_EVERYWHERE)
        return true;
    return m->cut == SCN_CUT_NONE && a->run->engine->options.delivery == DELIVERY_EVERYWHERE;
}

static enum how how_to_send(const struct actor *a, const struct scn_manner *m)
{
    static const enum how by_delivery[] = {
        [DELIVERY_WHOLE] = HOW_WHOLE,   [DELIVERY_BYTES] = HOW_PIECES,  [DELIVERY_EVERYWHERE] = HOW_ONE_CUT,
        [DELIVERY_DELAYED] = HOW_LINES, [DELIVERY_RANDOM] = HOW_RANDOM,
    };
    if (!scn_transport_is_stream(a->conn->transport) || m->until_blocked || m->held)
        return HOW_WHOLE;
    switch (m->cut) {
    case SCN_CUT_PIECES:
        return HOW_PIECES;
    case SCN_CUT_AT:
        return HOW_AT;
    case SCN_CUT_EVERYWHERE:
        return HOW_ONE_CUT;
    case SCN_CUT_NONE:
        break;
    }
    if (m->rate.set || (a->conn->sent >= DELIVERY_CUTS && a->run->engine->options.delivery != DELIVERY_EVERYWHERE))
        return HOW_WHOLE;
    return by_delivery[a->run->engine->options.delivery];
}

/* End of the piece that begins at `from` when offsets are named: negative ones count from the end. */
static size_t next_offset(struct actor *a, const struct scn_manner *m, size_t from, size_t len)
{
    size_t best = len;
    for (size_t i = 0; i < m->offset_count; i++) {
        double at = number_of(a->run, a, &m->offsets[i], 0);
        double absolute = at < 0 ? (double)len + at : at;
        if (absolute > (double)from && absolute < (double)best)
            best = (size_t)absolute;
    }
    return best;
}

static size_t piece_end(struct actor *a, const struct scn_manner *m, size_t from)
{
    const struct bytes *b = a->st.payload;
    double size;
    switch (how_to_send(a, m)) {
    case HOW_PIECES:
        size = number_of(a->run, a, &m->piece, 1);
        return size >= 1 && from + (size_t)size < b->len ? from + (size_t)size : b->len;
    case HOW_AT:
        return next_offset(a, m, from, b->len);
    case HOW_ONE_CUT: {
        if (a->run->cut < 0 || a != a->run->cut_actor)
            return b->len;
        size_t cut = (size_t)a->run->cut;
        size_t base = a->st.cut_base;
        return cut > base + from && cut < base + b->len ? cut - base : b->len;
    }
    case HOW_LINES: {
        const char *lf = memchr(b->data + from, '\n', b->len - from);
        return lf ? (size_t)(lf - b->data) + 1 : b->len;
    }
    case HOW_RANDOM:
        size = (double)(1 + rng_below(&a->run->rng, b->len - from));
        return from + (size_t)size;
    case HOW_WHOLE:
        break;
    }
    return b->len;
}

/* --- cuts are counted over all cuttable sends of one actor ---------------------------------------------- */

static void count_cuttable(struct actor *a)
{
    struct case_run *run = a->run;
    const struct bytes *b = a->st.payload;
    if (!run->cut_actor)
        run->cut_actor = a;
    if (run->cut_actor != a)
        return;
    a->st.cut_base = a->cuttable;
    if (run->cut < 0) {
        for (size_t i = 0; i < b->len; i++) {
            if (b->data[i] != '\n')
                continue;
            run->line_ends = mem_realloc(run->line_ends, (run->line_end_count + 1) * sizeof(size_t));
            run->line_ends[run->line_end_count++] = a->cuttable + i + 1;
        }
    }
    a->cuttable += b->len;
    run->cut_total = a->cuttable;
}

/* --- the step ------------------------------------------------------------------------------------------- */

static enum step_result begin(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    a->st.payload = payload_in_slices(a, &s->u.send.payload, &e);
    if (!a->st.payload)
        return e.text[0] ? case_error(a->run, a, "%s", e.text) : STEP_WAIT;
    if (cuttable(a, &s->u.send.manner))
        count_cuttable(a);
    /* No proof is possible of bytes that the scenario itself keeps the subject from taking. */
    a->st.piece_end = a->st.payload->len ? piece_end(a, &s->u.send.manner, 0) : 0;
    return STEP_DONE;
}

/* Whether the next piece may leave. Sets a timer or a probe otherwise. */
static bool piece_taken(struct actor *a)
{
    struct case_run *run = a->run;
    double patience = run->engine->options.patience, now = ev_now(run->engine->loop);
    struct conn *c = a->conn;
    if (a->st.give_up_proof || c->eof || c->reset || c->error)
        return true;
    if (!a->st.blind) {
        int took = conn_peer_took_all(c);
        /* A recv() that has emptied the queue and not yet returned would take what arrives meanwhile along: it gets one
         * tick to return. */
        if (took == 1 && a->st.seen_taken)
            return true;
        if (took == 1) {
            a->st.seen_taken = true;
            actor_probe(a);
            return false;
        }
        if (took == 0 && now - a->st.piece_sent < TAKEN_PATIENCE_S * patience * run->kernel_lag + run->held_up) {
            actor_probe(a);
            return false;
        }
        run->result->best_effort = true;
        if (took == 0) { /* it does not read on: what is left cannot be kept apart */
            a->st.give_up_proof = true;
            return true;
        }
        a->st.blind = true;
        actor_timer(a, BLIND_PIECE_S * patience);
        return false;
    }
    if (!a->timer_fired)
        return false;
    a->st.blind = false;
    return true;
}

/* Pauses that the scenario or the delivery asks for between pieces. Returns whether it has passed. */
static bool pause_passed(struct actor *a, const struct scn_manner *m)
{
    double pause = number_of(a->run, a, &m->every, 0);
    if (!m->every.set && how_to_send(a, m) == HOW_LINES)
        pause = DELAYED_PAUSE_S;
    if (pause <= 0)
        return true;
    if (!a->st.measuring) {
        a->st.measuring = true;
        actor_timer(a, pause);
        return false;
    }
    if (!a->timer_fired)
        return false;
    a->st.measuring = false;
    a->timer_fired = false;
    return true;
}

/* How many bytes may leave now at the rate asked for; sets a timer when none. */
static size_t rate_room(struct actor *a, const struct scn_manner *m, size_t want)
{
    double rate = number_of(a->run, a, &m->rate, 0);
    if (rate <= 0)
        return want;
    double spent = ev_now(a->run->engine->loop) - a->step_started;
    double due = rate * spent + 1 - (double)a->st.offset;
    if (due >= 1)
        return due < (double)want ? (size_t)due : want;
    actor_timer(a, (1 - due) / rate > 0.001 ? (1 - due) / rate : 0.001);
    return 0;
}

static int flags_at(const struct actor *a, const struct scn_manner *m, size_t room)
{
    if (m->held)
        return MSG_MORE;
    return m->urgent && a->st.offset + room == a->st.payload->len ? MSG_OOB : 0;
}

/* Gives `fd` the port of the actor's own socket, at another address of loopback (127/8 is all ours). */
static int take_own_port(const struct conn *c, int fd)
{
    struct address own = {.len = sizeof(own.u.storage)};
    if (getsockname(c->fd, &own.u.any, &own.len) != 0)
        return -1;
    if (own.u.any.sa_family != AF_INET) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    own.u.in.sin_addr.s_addr = htonl(OTHER_LOOPBACK);
    return bind(fd, &own.u.any, own.len);
}

/* A datagram from a socket that the peer has never heard of. */
static enum step_result send_from_elsewhere(struct actor *a, enum scn_from from)
{
    struct conn *c = a->conn;
    struct address to = c->peer;
    int fd = net_socket(c->transport);
    if (fd < 0)
        return case_error(a->run, a, "no socket: %s", strerror(errno));
    if (from == SCN_FROM_OTHER_ADDRESS && take_own_port(c, fd) != 0) {
        enum step_result rc = case_error(a->run, a, "cannot send from another address: %s", strerror(errno));
        close(fd);
        return rc;
    }
    if (!c->peer_known) {
        to.len = sizeof(to.u.storage);
        if (getpeername(c->fd, &to.u.any, &to.len) != 0)
            to.len = 0;
    }
    ssize_t n = to.len ? sendto(fd, a->st.payload->data, a->st.payload->len, MSG_NOSIGNAL, &to.u.any, to.len) : -1;
    close(fd);
    if (n < 0)
        return case_error(a->run, a, "cannot send from elsewhere: there is no peer yet");
    happened(a->run, a, HAPPENED_SENT, (uint64_t)n, a->st.payload->data, (size_t)n);
    return STEP_DONE;
}

/* A few bytes, sent again and again, are millions of calls: as many copies as a call is worth. */
static void fill_a_call(struct actor *a)
{
    struct bytes *once = a->st.payload;
    size_t copies = once->len ? FILL / once->len : 0;
    if (copies < 2 || !scn_transport_is_stream(a->conn->transport))
        return;
    a->st.payload = bytes_new(NULL, copies * once->len);
    for (size_t i = 0; i < copies; i++)
        memcpy(a->st.payload->data + i * once->len, once->data, once->len);
    bytes_drop(once);
}

/* until blocked: the same bytes again and again, until the kernel has taken none for a while. Between a few calls the
 * loop has its turn: others move, and time is looked at. */
static enum step_result send_until_blocked(struct actor *a)
{
    fill_a_call(a);
    const struct bytes *b = a->st.payload;
    double now = ev_now(a->run->engine->loop),
           quiet = BLOCKED_S * a->run->engine->options.patience * a->run->kernel_lag + a->run->held_up;
    for (int calls = 0;; calls++) {
        if (calls == CALLS_AT_ONCE) {
            conn_want_write(a->conn);
            return STEP_WAIT;
        }
        ssize_t n = conn_send(a->conn, b->data + a->st.offset, b->len - a->st.offset, 0);
        if (n < 0)
            return STEP_DONE;
        if (n == 0)
            break;
        a->st.total += (uint64_t)n;
        a->st.offset = (a->st.offset + (size_t)n) % b->len;
        a->st.queue_since = now;
        if (a->st.total >= UNTIL_BLOCKED_MAX)
            return case_fail(a->run, a, DIAGNOSIS_MISMATCH, "the peer took %llu bytes and never blocked",
                             (unsigned long long)a->st.total);
    }
    if (now - a->st.queue_since >= quiet)
        return STEP_DONE;
    if (!ev_is_active(&a->timer))
        actor_timer(a, quiet);
    return STEP_WAIT;
}

static enum step_result send_pieces(struct actor *a, const struct scn_manner *m)
{
    const struct bytes *b = a->st.payload;
    while (a->st.offset < b->len) {
        if (a->st.offset == a->st.piece_end) {
            if (!a->st.measuring && !piece_taken(a))
                return STEP_WAIT;
            if (!pause_passed(a, m))
                return STEP_WAIT;
            a->st.piece_end = piece_end(a, m, a->st.offset);
            a->st.seen_taken = false;
        }
        size_t room = rate_room(a, m, a->st.piece_end - a->st.offset);
        if (!room)
            return STEP_WAIT;
        /* The byte out of band leaves by itself: what stands before it is ordinary data. */
        int flags = flags_at(a, m, room);
        if (flags == MSG_OOB && room > 1) {
            room--;
            flags = 0;
        }
        ssize_t n = conn_send(a->conn, b->data + a->st.offset, room, flags);
        if (n < 0) /* the peer is gone: what it sent and how it went is for the next expect to judge */
            return STEP_DONE;
        if (n == 0)
            return STEP_WAIT;
        a->st.offset += (size_t)n;
        a->st.piece_sent = ev_now(a->run->engine->loop);
    }
    return STEP_DONE;
}

enum step_result step_send(struct actor *a, const struct scn_step *s)
{
    const struct scn_manner *m = &s->u.send.manner;
    if (!a->conn && !bound_conn(a) && a->listener && subject_is_gone(a->run))
        return STEP_DONE; /* the expect before has taken that for an end */
    if (!a->conn && !bound_conn(a))
        return case_error(a->run, a, "there is no connection to send on");
    enum step_result begun = a->st.payload ? STEP_DONE : begin(a, s);
    if (begun != STEP_DONE)
        return begun;
    if (m->from != SCN_FROM_OWN)
        return send_from_elsewhere(a, m->from);
    if (a->st.payload->len == 0 && scn_transport_is_stream(a->conn->transport))
        return STEP_DONE;
    if (a->st.payload->len == 0) {
        ssize_t n = conn_send(a->conn, "", 0, 0);
        (void)n; /* an empty datagram: taken or not, there is nothing to repeat */
        return STEP_DONE;
    }
    if (m->until_blocked)
        return send_until_blocked(a);
    return send_pieces(a, m);
}

void step_send_leave(struct actor *a, const struct scn_step *s)
{
    if (s->u.send.manner.until_blocked && a->st.payload)
        happened_text(a->run, a, NULL, "blocked after %llu bytes", (unsigned long long)a->st.total);
    if (a->conn && ev_is_active(&a->conn->writer))
        ev_io_stop(a->run->engine->loop, &a->conn->writer);
}

void step_send_waiting(struct actor *a, const struct scn_step *s, struct buf *out)
{
    (void)s;
    if (a->st.payload)
        buf_printf(out, "the peer to take %zu of %zu bytes", a->st.payload->len - a->st.offset, a->st.payload->len);
}
