/*
 * Steps that order actors: signal, wait, wait peer blocked.
 */
#include "engine/core/conn.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/streams.h"
#include "engine/steps/accepted.h"
#include "engine/steps/step.h"

#include "evidence/queues.h"

#include <string.h>
#include <sys/socket.h>

/* Copies that send a signal: it stands when each of them has sent it. */
static bool block_sends(const struct scn_block *b, int index)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        if (s->kind == SCN_STEP_SIGNAL && s->u.signal.index == index)
            return true;
        if (s->kind == SCN_STEP_REPEAT && block_sends(&s->u.repeat.body, index))
            return true;
    }
    return false;
}

static int senders_of(struct case_run *run, int index)
{
    int senders = 0;
    for (size_t i = 0; i < run->actor_count; i++)
        senders += block_sends(&run->actors[i].spec->body, index);
    return senders;
}

static bool stands(struct case_run *run, int index)
{
    int *needed = &run->signals_needed[index];
    if (!*needed)
        *needed = senders_of(run, index);
    return run->signals_sent[index] >= *needed;
}

enum step_result step_signal(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    int index = s->u.signal.index;
    if (index < 64 && (a->signalled >> index & 1))
        return STEP_DONE;
    if (index < 64)
        a->signalled |= (uint64_t)1 << index;
    run->signals_sent[index]++;
    happened(run, a, HAPPENED_SIGNAL, 0, s->u.signal.name, strlen(s->u.signal.name));
    if (stands(run, index))
        case_wake_all(run);
    return STEP_DONE;
}

enum step_result skip_instead(struct actor *a, const struct scn_or_skip *why, const char *otherwise)
{
    struct buf reason = {0};
    if (text_expand(a->run, a, &why->reason, &reason) != 0)
        buf_puts(&reason, otherwise);
    case_skip(a->run, buf_text(&reason));
    buf_free(&reason);
    return STEP_FAILED;
}

enum step_result step_wait(struct actor *a, const struct scn_step *s)
{
    if (stands(a->run, s->u.signal.index))
        return STEP_DONE;
    if (!a->deadline_passed || !s->u.signal.or_skip.allowed)
        return STEP_WAIT;
    return skip_instead(a, &s->u.signal.or_skip, s->u.signal.name);
}

void step_wait_waiting(struct actor *a, const struct scn_step *s, struct buf *out)
{
    int index = s->u.signal.index;
    buf_printf(out, "signal '%s' (sent by %d of %d)", s->u.signal.name, a->run->signals_sent[index],
               a->run->signals_needed[index]);
}

/* Both ends of the TCP connection that reaches the subject. Returns false where they cannot be named. */
static bool ends_of(const struct conn *c, struct address *local, struct address *remote)
{
    int fd = c ? conn_subject_fd(c) : -1;
    local->len = remote->len = sizeof(local->u.storage);
    return fd >= 0 && getsockname(fd, &local->u.any, &local->len) == 0 &&
           getpeername(fd, &remote->u.any, &remote->len) == 0;
}

enum step_result step_wait_accepted(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct conn *c = a->conn;
    (void)s;
    if (!c)
        return case_error(run, a, "there is no connection to be accepted");
    if (c->eof || c->reset || c->error || c->refused)
        return STEP_DONE; /* it has been, or never will be: the next expect tells */
    switch (conn_accepted(c)) {
    case ACCEPTED_UNSEEN: /* then nothing can be waited for */
        run->result->best_effort = true;
        return STEP_DONE;
    case ACCEPTED_YES:
    case ACCEPTED_GONE:
        return STEP_DONE;
    case ACCEPTED_DEFERRED:
        case_skip(run, "the server has the kernel keep connections that say nothing from accept() (TCP_DEFER_ACCEPT)");
        return STEP_FAILED;
    case ACCEPTED_NOT_YET:
    case ACCEPTED_LINK:
        break;
    }
    actor_probe(a);
    return STEP_WAIT;
}

void step_wait_accepted_waiting(struct actor *a, const struct scn_step *s, struct buf *out)
{
    (void)a;
    (void)s;
    buf_puts(out, "the peer's accept()");
}

/*
 * The peer is blocked when it has bytes that we do not take: its send queue holds some, our receive queue is not empty,
 * and neither has changed for BLOCKED_S.
 */
enum step_result step_wait_blocked(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct conn *c = a->conn;
    struct address local, remote;
    struct queue_state mine, theirs;
    (void)s;
    if (c && conn_subject_fd(c) < 0) { /* the link is on its way */
        actor_timer(a, SLOW_PROBE_S);
        return STEP_WAIT;
    }
    if (!ends_of(c, &local, &remote))
        return case_error(run, a, "there is no connection whose peer could be blocked");
    if (queues_tcp(run->engine->netlink, &local.u.any, &remote.u.any, &mine) != 0 ||
        queues_tcp(run->engine->netlink, &remote.u.any, &local.u.any, &theirs) != 0) {
        case_skip(run, "the peer's send queue cannot be seen from here");
        return STEP_FAILED;
    }
    double now = ev_now(run->engine->loop);
    uint64_t both = (uint64_t)mine.receive << 32 | theirs.send;
    if (!mine.receive || !theirs.send || both != a->st.total) {
        a->st.total = both;
        a->st.queue_since = now;
    } else if (now - a->st.queue_since >= BLOCKED_S * run->engine->options.patience * run->kernel_lag) {
        return STEP_DONE;
    }
    actor_timer(a, SLOW_PROBE_S);
    return STEP_WAIT;
}
