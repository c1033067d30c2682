/*
 * A deadlock between an actor and the subject, proven before any time limit: each wants to write first and read later.
 *
 *   actor    holds as much unread input as it may (its intake), so it reads no more until its own bytes are taken
 *   subject  every thread blocked in a call that writes to this very connection, so it reads no more either
 *
 * Both send queues hold bytes, neither has moved between two looks. Looked at only while nothing moves at all.
 */
#include "engine/internal.h"

#include "evidence/queues.h"

#include <string.h>
#include <sys/socket.h>

/* Nothing has moved for so long before the first look, and so long again before the second. Seconds, times patience. */
#define QUIET_S 0.25

struct standstill {
    struct queue_state ours, theirs;
};

static bool look(const struct conn *c, struct standstill *out)
{
    struct address local = {.len = sizeof(local.u.storage)}, remote = {.len = sizeof(remote.u.storage)};
    int nl = c->run->engine->netlink;
    return nl >= 0 && getsockname(c->fd, &local.u.any, &local.len) == 0 &&
           getpeername(c->fd, &remote.u.any, &remote.len) == 0 &&
           queues_tcp(nl, &local.u.any, &remote.u.any, &out->ours) == 0 &&
           queues_tcp(nl, &remote.u.any, &local.u.any, &out->theirs) == 0;
}

/* The actor wants the peer to take bytes and will not read before. */
static bool blocked_on_write(const struct actor *a)
{
    const struct scn_step *s = actor_step(a);
    const struct conn *c = a->conn;
    if (!s || !c || c->connecting || c->eof || c->reset || c->stopped)
        return false;
    bool writes = s->kind == SCN_STEP_SEND || s->kind == SCN_STEP_ECHO;
    return writes && ev_is_active(&c->writer) && c->in.len >= c->want;
}

static bool subject_blocked_on(const struct case_run *run, const struct standstill *still)
{
    struct subject_call call;
    return subject_blocked_call(run->subject, &call) && call.writes && call.inode == still->theirs.inode;
}

bool deadlock_proven(struct case_run *run, struct actor *a)
{
    struct standstill now;
    if (!run->subject || !blocked_on_write(a) || !look(a->conn, &now))
        return false;
    if (!now.ours.receive || !now.theirs.receive || !now.theirs.send || !now.ours.send)
        return false;
    return subject_blocked_on(run, &now);
}

/* Two looks, QUIET_S apart, with nothing moved since before the first. */
static void check(struct case_run *run)
{
    for (size_t i = 0; i < run->actor_count && !run->over; i++) {
        struct actor *a = &run->actors[i];
        if (a->ended || !deadlock_proven(run, a))
            continue;
        if (run->deadlock_actor != a || run->deadlock_moved_us != run->moved_us) {
            run->deadlock_actor = a;
            run->deadlock_moved_us = run->moved_us;
            return;
        }
        struct buf text = {0};
        explain_waits(run, a, &text);
        case_fail(run, a, DIAGNOSIS_DEADLOCK,
                  "each side waits for the other to read, and neither will before its own bytes are taken; %s",
                  buf_text(&text));
        buf_free(&text);
        return;
    }
    run->deadlock_actor = NULL;
}

static void on_quiet(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct case_run *run = w->data;
    (void)revents;
    double quiet = QUIET_S * run->engine->options.patience;
    if ((double)(clock_us() - run->moved_us) / 1e6 >= quiet)
        check(run);
    ev_timer_set(w, quiet, 0);
    if (!run->over)
        ev_timer_start(loop, w);
}

void deadlock_watch(struct case_run *run)
{
    ev_timer_init(&run->quiet, on_quiet, QUIET_S * run->engine->options.patience, 0);
    run->quiet.data = run;
    if (run->subject)
        ev_timer_start(run->engine->loop, &run->quiet);
}

enum diagnosis diagnose_waits(struct case_run *run, struct actor *late)
{
    int status;
    if (deadlock_proven(run, late))
        return DIAGNOSIS_DEADLOCK;
    if (run->subject && !run->own_subject && subject_exited(run->subject, &status))
        return DIAGNOSIS_CRASH;
    return DIAGNOSIS_TIMEOUT;
}
