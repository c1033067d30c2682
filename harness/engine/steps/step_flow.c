/*
 * Steps that govern the flow: stop and resume reading, read at, set, echo, pause, let, capture.
 */
#include "engine/core/conn.h"
#include "engine/core/payload.h"
#include "engine/core/regex.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/steps/step.h"

#include <errno.h>
#include <string.h>

enum step_result step_reading(struct actor *a, const struct scn_step *s)
{
    struct conn *c = a->conn;
    if (!c)
        return case_error(a->run, a, "there is no connection yet");
    c->stopped = s->kind == SCN_STEP_STOP_READING;
    if (s->kind == SCN_STEP_READ_AT) {
        c->rate = number_of(a->run, a, &s->u.rate, 0);
        c->rate_credit = 0;
    } else if (s->kind == SCN_STEP_RESUME_READING) {
        c->rate = 0;
    }
    conn_update(c);
    return STEP_DONE;
}

enum step_result step_set(struct actor *a, const struct scn_step *s)
{
    enum scn_option option = s->u.set.option;
    double value = number_of(a->run, a, &s->u.set.value, 1);
    struct conn *c = a->conn;
    if (a->option_count < OPTIONS_MAX)
        a->options[a->option_count++] = (struct pending_option){option, value};
    if (option == SCN_SET_INTAKE) {
        if (c) {
            c->intake = c->want = (size_t)value;
            conn_update(c);
        }
        return STEP_DONE;
    }
    /* Before there is a connection a server's listener has it, for the sockets that it hands out. */
    int fd = c ? c->fd : a->listener ? a->listener->fd : -1;
    enum scn_transport t = c ? c->transport : a->listener ? a->listener->transport : SCN_TCP;
    if (fd >= 0 && net_set(fd, t, option, value) != 0)
        return case_error(a->run, a, "cannot set %s: %s", scn_option_name(option), strerror(errno));
    return STEP_DONE;
}

/* Gives back what comes in, holding no more than the intake, until the peer's FIN and the last byte. */
enum step_result step_echo(struct actor *a, const struct scn_step *s)
{
    struct conn *c = a->conn ? a->conn : bound_conn(a);
    (void)s;
    if (!c)
        return case_error(a->run, a, "there is no connection yet");
    if (!scn_transport_is_stream(c->transport)) {
        for (ssize_t len; (len = conn_datagram(c)) >= 0; conn_take_datagram(c))
            if (conn_send(c, c->in.data, (size_t)len, 0) == 0 && len > 0)
                return STEP_WAIT;
        return c->eof || c->error || c->refused ? STEP_DONE : STEP_WAIT;
    }
    for (;;) {
        if (c->in.len == 0)
            conn_read_now(c);
        if (c->in.len == 0)
            break;
        ssize_t n = conn_send(c, c->in.data, c->in.len, 0);
        if (n < 0)
            return STEP_DONE;
        if (n == 0)
            return STEP_WAIT;
        conn_take(c, (size_t)n);
    }
    return c->eof || c->reset || c->error ? STEP_DONE : STEP_WAIT;
}

void step_echo_waiting(struct actor *a, const struct scn_step *s, struct buf *out)
{
    (void)s;
    if (a->conn && a->conn->in.len)
        buf_printf(out, "the peer to read its echo: %zu bytes held, %llu echoed, so it reads no more", a->conn->in.len,
                   (unsigned long long)a->conn->sent);
    else
        buf_puts(out, "more bytes to echo, or the peer's FIN");
}

enum step_result step_pause(struct actor *a, const struct scn_step *s)
{
    if (!a->st.measuring) {
        a->st.measuring = true;
        actor_timer(a, number_of(a->run, a, &s->u.pause, 0));
        return STEP_WAIT;
    }
    return a->timer_fired ? STEP_DONE : STEP_WAIT;
}

enum step_result step_let(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    struct bytes *value = payload_in_slices(a, &s->u.let.payload, &e);
    if (!value)
        return e.text[0] ? case_error(a->run, a, "%s", e.text) : STEP_WAIT;
    variable_set(a, s->u.let.name, value);
    return STEP_DONE;
}

enum step_result step_capture(struct actor *a, const struct scn_step *s)
{
    size_t begin, end;
    bool found = a->last && regex_search(a, &s->u.capture.regex, a->last->data, a->last->len, &begin, &end);
    if (!found && s->u.capture.or_skip.allowed)
        return skip_instead(a, &s->u.capture.or_skip, s->u.capture.name);
    if (!found)
        return case_fail(a->run, a, DIAGNOSIS_MISMATCH, "nothing in what came last matches /%s/",
                         s->u.capture.regex.pattern);
    variable_set(a, s->u.capture.name, bytes_new(a->last->data + begin, end - begin));
    return STEP_DONE;
}
