/*
 * Steps that make and end connections: connect, accept, shutdown, reset, close, hold.
 */
#include "engine/core/arrival.h"
#include "engine/core/conn.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/faults.h"
#include "engine/steps/step.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Options that `set` asked for before the socket was there. */
static void apply_options(struct actor *a, int fd, enum scn_transport t)
{
    for (int i = 0; i < a->option_count; i++)
        if (a->options[i].option != SCN_SET_INTAKE)
            net_set(fd, t, a->options[i].option, a->options[i].value);
}

static const struct listener *server_named(const struct case_run *run, const char *name)
{
    for (size_t i = 0; i < run->listener_count; i++)
        if (!name || strcmp(run->listeners[i].actor->name, name) == 0)
            return &run->listeners[i];
    return NULL;
}

/* Where a client goes: the server actor named, else the subject (its own port or `port`), else the only server. */
static int destination(struct actor *a, const struct scn_step *s, enum scn_transport t, int port, struct address *to,
                       struct err *e)
{
    struct case_run *run = a->run;
    const struct engine_subject *where = run->where;
    bool subject_serves = where->at || (run->subject && !run->own_subject);
    if (port && !subject_serves)
        return err_set(e, EINVAL, "there is no server under test whose port %d could be", port);
    if (s->u.connect.to || !subject_serves) {
        const struct listener *l = server_named(run, s->u.connect.to);
        if (!l)
            return err_set(e, EINVAL, "there is no server to connect to");
        if (l->fd < 0)
            return err_set(e, EINVAL, "the server '%s' is closed", l->actor->name);
        *to = l->found_at;
        return 0;
    }
    if (net_address(to, t, where->host, port ? port : where->port, where->socket_path, e) != 0)
        return -1;
    return run->door ? run->door(run, t, to, e) : 0;
}

/* AF_UNIX datagram sockets need a name of their own, or nobody can answer them; at a door, every one, to be told
 * apart. */
static bool needs_name(const struct actor *a, enum scn_transport t)
{
    bool connects = t == SCN_UNIX_STREAM || t == SCN_UNIX_SEQPACKET;
    return t == SCN_UNIX_DGRAM || (connects && a->run->door);
}

static int bind_own_name(struct actor *a, int fd)
{
    (void)a;
    sa_family_t family = AF_UNIX; /* autobind: the kernel picks an abstract name */
    return bind(fd, (struct sockaddr *)&family, sizeof(family));
}

/* The port that the step names; 0: none. Returns whether it is one: it may be what the peer has told. */
static bool port_named(struct actor *a, const struct scn_step *s, int *port)
{
    struct err e = {0};
    double value;
    if (number_read(a->run, a, &s->u.connect.port, 0, &value, &e) < 0) {
        case_fail(a->run, a, DIAGNOSIS_MISMATCH, "this is no port: %s", e.text);
        return false;
    }
    *port = (int)value;
    return true;
}

static enum step_result begin_connect(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct address to;
    struct err e = {0};
    enum scn_transport t = transport_of(run, s->u.connect.transport, a->spec->transport);
    int port = 0;
    if (!port_named(a, s, &port))
        return STEP_FAILED;
    if (destination(a, s, t, port, &to, &e) != 0)
        return case_error(run, a, "%s", e.text);
    int fd = net_socket(t);
    if (fd < 0)
        return case_error(run, a, "no socket: %s", strerror(errno));
    apply_options(a, fd, t);
    if (needs_name(a, t) && bind_own_name(a, fd) != 0) {
        close(fd);
        return case_error(run, a, "cannot name the socket: %s", strerror(errno));
    }
    if (faults_name_peer(a, fd) != 0) {
        close(fd);
        return case_error(run, a, "cannot name the socket: %s", strerror(errno));
    }
    int rc = connect(fd, &to.u.any, to.len);
    int error = rc == 0 ? 0 : errno;
    if (error == EAGAIN) { /* AF_UNIX: the backlog is full; nothing tells when it no longer is */
        close(fd);
        actor_probe(a);
        return STEP_WAIT;
    }
    if (a->conn)
        conn_close(a->conn);
    a->conn = conn_new(a, fd, t, error == EINPROGRESS);
    if (error == EINPROGRESS)
        return STEP_WAIT;
    if (error == ECONNREFUSED || error == ENOENT) {
        a->conn->refused = true;
        happened(run, a, HAPPENED_REFUSED, 0, NULL, 0);
    } else if (error) {
        return case_error(run, a, "cannot connect: %s", strerror(error));
    } else {
        happened(run, a, HAPPENED_CONNECTED, 0, NULL, 0);
    }
    return STEP_DONE;
}

/* Whether the step that follows reads `expect ... refused`: then a refusal is for that step to judge. */
static bool refusal_expected(const struct actor *a)
{
    const struct frame *f = &a->frames[a->depth - 1];
    if (f->index + 1 >= f->block->count)
        return false;
    const struct scn_step *next = &f->block->steps[f->index + 1];
    if (next->kind != SCN_STEP_EXPECT)
        return false;
    for (size_t i = 0; i < next->u.expect.count; i++)
        if (next->u.expect.alternatives[i].kind == SCN_MATCH_REFUSED)
            return true;
    return false;
}

enum step_result step_connect(struct actor *a, const struct scn_step *s)
{
    if (!a->st.measuring) {
        enum step_result rc = begin_connect(a, s);
        if (rc == STEP_FAILED || (rc == STEP_WAIT && a->probing))
            return rc;
        a->st.measuring = true; /* connect() has been called */
        if (rc == STEP_WAIT)
            return rc;
    }
    struct conn *c = a->conn;
    if (c->connecting)
        return STEP_WAIT;
    if (c->refused && !refusal_expected(a))
        return case_fail(a->run, a, DIAGNOSIS_REFUSED, "the connection was refused: nobody listens there");
    if (c->reset)
        return STEP_DONE; /* accepted and reset at once: the next expect judges it */
    if (c->error)
        return case_fail(a->run, a, DIAGNOSIS_REFUSED, "cannot connect: %s", strerror(c->error));
    return STEP_DONE;
}

/* --- accept --------------------------------------------------------------------------------------------- */

static void on_connection(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct listener *l = w->data;
    (void)loop;
    (void)revents;
    ev_io_stop(loop, w);
    l->watching = false;
    for (size_t i = 0; i < l->run->actor_count; i++)
        if (l->run->actors[i].listener == l && !l->run->actors[i].ended)
            actor_wake(&l->run->actors[i]);
}

static void listener_watch(struct listener *l)
{
    if (l->watching)
        return;
    l->watching = true;
    ev_io_init(&l->watcher, on_connection, l->fd, EV_READ);
    l->watcher.data = l;
    ev_io_start(l->run->engine->loop, &l->watcher);
}

struct conn *accept_one(struct actor *a)
{
    struct listener *l = a->listener;
    if (l->fd < 0) /* another copy of this actor has closed it */
        return NULL;
    int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        listener_watch(l);
        return NULL;
    }
    apply_options(a, fd, l->transport);
    struct conn *c = conn_new(a, fd, l->transport, false);
    happened(a->run, a, HAPPENED_ACCEPTED, 0, NULL, 0);
    a->moved_us = a->run->moved_us = clock_us();
    return c;
}

bool subject_is_gone(const struct case_run *run)
{
    return run->own_subject && run->subject && subject_state(run->subject) == SUBJECT_EXITED;
}

struct conn *bound_conn(struct actor *a)
{
    struct listener *l = a->listener;
    bool datagrams = l && (l->transport == SCN_UDP || l->transport == SCN_UDP6 || l->transport == SCN_UNIX_DGRAM);
    if (!a->conn && datagrams && l->fd >= 0)
        a->conn = conn_new(a, l->fd, l->transport, false);
    return datagrams ? a->conn : NULL;
}

enum step_result step_accept(struct actor *a, const struct scn_step *s)
{
    (void)s;
    if (bound_conn(a))
        return STEP_DONE; /* datagrams come from whoever sends them */
    struct conn *c = accept_one(a);
    if (!c && subject_is_gone(a->run)) {
        struct buf how = {0};
        subject_describe(a->run->subject, &how);
        a->run->result->unreached = arrival_lacks(a->run);
        case_fail(a->run, a, DIAGNOSIS_MISMATCH, "the client ended before it connected: %s", buf_text(&how));
        buf_free(&how);
        return STEP_FAILED;
    }
    if (!c)
        return STEP_WAIT;
    if (a->conn)
        conn_close(a->conn);
    a->conn = c;
    return STEP_DONE;
}

/* --- endings -------------------------------------------------------------------------------------------- */

enum step_result step_shutdown(struct actor *a, const struct scn_step *s)
{
    if (a->conn)
        conn_shutdown(a->conn, s->u.shutdown.read, s->u.shutdown.write);
    return STEP_DONE;
}

enum step_result step_reset(struct actor *a, const struct scn_step *s)
{
    (void)s;
    if (a->conn)
        conn_reset(a->conn);
    return STEP_DONE;
}

/* `close` of a server without a connection closes its listener: nobody can connect from then on. */
enum step_result step_close(struct actor *a, const struct scn_step *s)
{
    if (a->conn && !s->u.close_listener)
        conn_close(a->conn);
    else if (a->listener)
        listener_close(a->listener);
    return STEP_DONE;
}

enum step_result step_hold(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    (void)s;
    if (!a->holding) {
        a->holding = true;
        run->holding++;
        case_settled(run);
    }
    if (run->ended + run->holding < run->actor_count)
        return STEP_WAIT;
    return STEP_DONE;
}
