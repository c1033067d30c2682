/*
 * Connections: non-blocking, read ahead by a bounded intake, honest about FIN and RST.
 */
#include "engine/core/conn.h"
#include "engine/core/requests.h"
#include "engine/core/timeline.h"
#include "engine/core/wake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One read: large enough for bulk, small enough that ten thousand connections share the stack's copy only. */
#define READ_SIZE 65536
/* Reads in a row from one connection before the others get their turn. */
#define READS_AT_ONCE 8
/* What an actor takes in beyond what its current step can use (scenarios/README.md: 64 KiB, `set intake`). */
#define INTAKE_DEFAULT 65536
/* A rate is served in slices of this length: fine enough to look steady, coarse enough to cost nothing. */
#define RATE_SLICE_S 0.01

static bool is_stream(const struct conn *c)
{
    return scn_transport_is_stream(c->transport);
}

static void moved(struct conn *c)
{
    c->owner->moved_us = c->run->moved_us = clock_us();
}

static void saw_reset(struct conn *c)
{
    if (c->reset)
        return;
    c->reset = true;
    c->ended_us = clock_us();
    moved(c);
    happened(c->run, c->owner, HAPPENED_RST_RECEIVED, 0, NULL, 0);
}

static void saw_error(struct conn *c, int error)
{
    if (error == ECONNRESET || error == EPIPE) {
        saw_reset(c);
    } else if (error == ECONNREFUSED) {
        if (!c->refused)
            happened(c->run, c->owner, HAPPENED_REFUSED, 0, NULL, 0);
        c->refused = true;
    } else if (!c->error) {
        c->error = error;
        happened_text(c->run, c->owner, NULL, "error on the connection: %s", strerror(error));
    }
}

static bool dead(const struct conn *c)
{
    return c->reset || c->refused || c->error;
}

const char *conn_ended(const struct conn *c)
{
    return c->reset     ? "a RST came"
           : c->eof     ? "the peer closed (FIN)"
           : c->refused ? "the connection was refused"
           : c->error   ? "the connection failed"
                        : NULL;
}

static bool wants_read(const struct conn *c)
{
    if (c->fd < 0 || c->connecting || c->stopped || c->eof || dead(c))
        return false;
    if (c->rate > 0 && c->rate_credit < 1)
        return false;
    return c->in.len < c->want;
}

void conn_update(struct conn *c)
{
    struct ev_loop *loop = c->run->engine->loop;
    if (wants_read(c)) {
        if (!ev_is_active(&c->reader))
            ev_io_start(loop, &c->reader);
    } else if (ev_is_active(&c->reader)) {
        ev_io_stop(loop, &c->reader);
    }
    if (c->rate > 0 && !c->eof && !dead(c)) {
        if (!ev_is_active(&c->rate_timer))
            ev_timer_again(loop, &c->rate_timer);
    } else if (ev_is_active(&c->rate_timer)) {
        ev_timer_stop(loop, &c->rate_timer);
    }
}

/* One recv. Returns whether another one may bring more. */
static bool read_once(struct conn *c)
{
    char chunk[READ_SIZE];
    size_t room = c->want - c->in.len;
    if (!is_stream(c) || room > sizeof(chunk))
        room = sizeof(chunk);
    if (c->rate > 0 && (double)room > c->rate_credit)
        room = (size_t)c->rate_credit;
    struct address from = {.len = sizeof(from.u.storage)};
    bool unconnected = !is_stream(c) && c->owner->listener && c->fd == c->owner->listener->fd;
    ssize_t n = unconnected ? recvfrom(c->fd, chunk, room, 0, &from.u.any, &from.len) : recv(c->fd, chunk, room, 0);
    if (n < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return false;
        saw_error(c, errno);
        return false;
    }
    moved(c);
    if (n == 0 && c->reset_told) {
        saw_reset(c);
        return false;
    }
    if (n == 0 && (is_stream(c) || c->transport == SCN_UNIX_SEQPACKET)) {
        c->eof = true;
        c->ended_us = clock_us();
        happened(c->run, c->owner, HAPPENED_FIN_RECEIVED, 0, NULL, 0);
        return false;
    }
    if (!is_stream(c)) {
        uint32_t len = (uint32_t)n;
        buf_add(&c->datagrams, &len, sizeof(len));
    }
    if (unconnected) {
        c->peer = from;
        c->peer_known = true;
    }
    buf_add(&c->in, chunk, (size_t)n);
    c->received += (uint64_t)n;
    c->heard_us = clock_us();
    c->rate_credit -= (double)n;
    happened(c->run, c->owner, HAPPENED_RECEIVED, (uint64_t)n, chunk, (size_t)n);
    return is_stream(c) ? (size_t)n == room : true;
}

void conn_read_now(struct conn *c)
{
    for (int i = 0; i < READS_AT_ONCE && wants_read(c); i++)
        if (!read_once(c))
            break;
    conn_update(c);
}

static void on_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct conn *c = w->data;
    (void)loop;
    (void)revents;
    conn_read_now(c);
    actor_wake(c->owner);
}

/* connect() has come to an end. */
static void finish_connect(struct conn *c)
{
    int error = 0;
    socklen_t len = sizeof(error);
    c->connecting = false;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    moved(c);
    if (error && error != ECONNRESET) {
        saw_error(c, error);
        return;
    }
    happened(c->run, c->owner, HAPPENED_CONNECTED, 0, NULL, 0);
    /* It stood, and was reset before we looked: what came before the RST is still there to be read. SO_ERROR has taken
     * the error away, so that the end will look like a FIN. */
    c->reset_told = error == ECONNRESET;
}

static void on_writable(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct conn *c = w->data;
    (void)revents;
    ev_io_stop(loop, w);
    if (c->connecting)
        finish_connect(c);
    conn_update(c);
    actor_wake(c->owner);
}

static void on_rate(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct conn *c = w->data;
    (void)loop;
    (void)revents;
    double slice = c->rate * RATE_SLICE_S;
    c->rate_credit += slice;
    /* What was not used is not saved up, but a slow rate must come to a whole byte some time. */
    if (c->rate_credit > slice + 1)
        c->rate_credit = slice + 1;
    conn_update(c);
}

struct conn *conn_new(struct actor *a, int fd, enum scn_transport t, bool connecting)
{
    struct conn *c = mem_new(1, sizeof(*c));
    c->run = a->run;
    c->owner = a;
    c->fd = fd;
    c->transport = t;
    c->connecting = connecting;
    c->requests = requests_new(a);
    c->intake = c->want = INTAKE_DEFAULT;
    ev_io_init(&c->reader, on_readable, fd, EV_READ);
    ev_io_init(&c->writer, on_writable, fd, EV_WRITE);
    ev_timer_init(&c->rate_timer, on_rate, RATE_SLICE_S, RATE_SLICE_S);
    c->reader.data = c->writer.data = c->rate_timer.data = c;
    for (int i = 0; i < a->option_count; i++) {
        if (a->options[i].option == SCN_SET_INTAKE)
            c->intake = c->want = (size_t)a->options[i].value;
    }
    if (connecting)
        ev_io_start(a->run->engine->loop, &c->writer);
    conn_update(c);
    return c;
}

void conn_want_write(struct conn *c)
{
    if (!ev_is_active(&c->writer))
        ev_io_start(c->run->engine->loop, &c->writer);
}

ssize_t conn_send(struct conn *c, const void *data, size_t len, int flags)
{
    if (c->reset || c->refused || c->error || c->write_shut)
        return -1;
    ssize_t n;
    if (c->peer_known)
        n = sendto(c->fd, data, len, flags | MSG_NOSIGNAL, &c->peer.u.any, c->peer.len);
    else
        n = send(c->fd, data, len, flags | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)) {
        conn_want_write(c);
        return 0;
    }
    if (n < 0) {
        int error = errno;
        /* What had come in before the reset stays readable: take it before the flag says that nothing follows. No FIN
         * is behind it, though the end will look like one: where a FIN had come first, the RST makes of it an EPIPE. */
        c->reset_told = c->reset_told || error == ECONNRESET;
        if (error == ECONNRESET || error == EPIPE)
            while (wants_read(c) && read_once(c))
                ;
        saw_error(c, error);
        conn_update(c);
        return -1;
    }
    c->sent += (uint64_t)n;
    moved(c);
    happened(c->run, c->owner, HAPPENED_SENT, (uint64_t)n, data, (size_t)n);
    if (c->requests)
        requests_sent(c->requests, data, (size_t)n);
    return n;
}

void conn_take(struct conn *c, size_t count)
{
    buf_consume(&c->in, count);
    if (c->in.len == 0 && c->in.cap > INTAKE_DEFAULT)
        buf_free(&c->in);
    c->want = c->intake;
    conn_update(c);
}

ssize_t conn_datagram(const struct conn *c)
{
    uint32_t len;
    if (c->datagrams.len < sizeof(len))
        return -1;
    memcpy(&len, c->datagrams.data, sizeof(len));
    return (ssize_t)len;
}

void conn_take_datagram(struct conn *c)
{
    ssize_t len = conn_datagram(c);
    if (len < 0)
        return;
    buf_consume(&c->datagrams, sizeof(uint32_t));
    conn_take(c, (size_t)len);
}

void conn_shutdown(struct conn *c, bool read, bool write)
{
    shutdown(c->fd, read && write ? SHUT_RDWR : write ? SHUT_WR : SHUT_RD);
    if (write && !c->write_shut) {
        c->write_shut = true;
        if (!dead(c))
            happened(c->run, c->owner, HAPPENED_FIN_SENT, 0, NULL, 0);
    }
}

static void release(struct conn *c)
{
    struct ev_loop *loop = c->run->engine->loop;
    ev_io_stop(loop, &c->reader);
    ev_io_stop(loop, &c->writer);
    ev_timer_stop(loop, &c->rate_timer);
    requests_free(c->requests);
    buf_free(&c->in);
    buf_free(&c->datagrams);
    if (c->owner->conn == c)
        c->owner->conn = NULL;
    free(c);
}

/* A datagram server's connection is its bound socket, which belongs to the listener. */
static bool borrowed(const struct conn *c)
{
    return c->owner->listener && c->owner->listener->fd == c->fd;
}

void conn_reset(struct conn *c)
{
    happened(c->run, c->owner, HAPPENED_RST_SENT, 0, NULL, 0);
    if (!borrowed(c))
        net_reset(c->fd);
    release(c);
}

void conn_close(struct conn *c)
{
    happened(c->run, c->owner, HAPPENED_CLOSED, 0, NULL, 0);
    if (!borrowed(c))
        close(c->fd);
    release(c);
}

void conn_close_all(struct actor *a)
{
    while (a->others) {
        struct conn *c = a->others;
        a->others = c->next;
        conn_close(c);
    }
    if (a->conn)
        conn_close(a->conn);
}
