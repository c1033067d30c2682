/*
 * Who waits for what, when a step's time has run out: each actor's step, its connection's queues on both ends, and what
 * the subject is doing.
 */
#include "engine/watch/explain.h"
#include "engine/core/conn.h"
#include "engine/core/wake.h"
#include "engine/means/means.h"
#include "engine/steps/accepted.h"
#include "engine/steps/steps.h"
#include "engine/watch/standstill.h"

#include "evidence/queues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Actors told one by one; a crowd is told by its number. */
#define TOLD_MAX 12
/* And processes that hold one connection. */
#define HOLDERS_TOLD 4

struct ends {
    bool seen;
    struct queue_state ours, theirs;
};

static struct ends ends_of(const struct conn *c)
{
    struct ends e = {0};
    struct address local = {.len = sizeof(local.u.storage)}, remote = {.len = sizeof(remote.u.storage)};
    int nl = c->run->engine->netlink;
    if (nl < 0 || (c->transport != SCN_TCP && c->transport != SCN_TCP6))
        return e;
    if (getsockname(c->fd, &local.u.any, &local.len) != 0 || getpeername(c->fd, &remote.u.any, &remote.len) != 0)
        return e;
    e.seen = queues_tcp(nl, &local.u.any, &remote.u.any, &e.ours) == 0 &&
             queues_tcp(nl, &remote.u.any, &local.u.any, &e.theirs) == 0;
    return e;
}

static void amount(struct buf *out, uint64_t bytes)
{
    if (bytes >= 1000000)
        buf_printf(out, "%.1f MB", (double)bytes / 1e6);
    else if (bytes >= 10000)
        buf_printf(out, "%.0f KB", (double)bytes / 1e3);
    else
        buf_printf(out, "%llu bytes", (unsigned long long)bytes);
}

/* What sits between the actor and its peer. */
static void tell_queues(const struct actor *a, struct buf *out)
{
    const struct conn *c = a->conn;
    struct ends e = ends_of(c);
    if (c->connecting) {
        buf_puts(out, "; its connection is not accepted by the kernel yet (backlog full?)");
        return;
    }
    if (a->spec->kind == SCN_CLIENT && conn_accepted(c) == ACCEPTED_NOT_YET) {
        buf_puts(out, "; " NOBODY_ACCEPTED);
        return;
    }
    if (!e.seen)
        return;
    buf_puts(out, "; on its connection ");
    amount(out, (uint64_t)e.theirs.receive + e.ours.send);
    buf_printf(out, " wait to be read by the %s, ", c->run->door ? "link" : "peer");
    amount(out, (uint64_t)e.ours.receive + e.theirs.send + c->in.len);
    buf_puts(out, " to be read by it");
}

/* Who holds the peer's end, where that is not its main process alone: a child that was forked meanwhile has inherited
 * it, and it is closed when all have closed it. */
static void tell_holders(const struct conn *c, struct buf *out)
{
    struct ends e = ends_of(c);
    struct subject_process held[HOLDERS_TOLD];
    struct subject *s = c->run->subject;
    if (!s || !e.seen || !e.theirs.inode)
        return;
    size_t count = subject_holders(s, e.theirs.inode, held, HOLDERS_TOLD);
    if (count == 0 || (count == 1 && held[0].pid == subject_pid(s)))
        return;
    buf_puts(out, "; the peer's end is held by ");
    if (count > 1)
        buf_printf(out, "%zu processes, one of which has inherited it: ", count);
    for (size_t i = 0; i < count && i < HOLDERS_TOLD; i++)
        buf_printf(out, "%s%d (%s)", i ? ", " : "", (int)held[i].pid, held[i].name);
}

static void tell_actor(struct actor *a, struct buf *out)
{
    bool ended = a->ended || !actor_step(a);
    actor_name(a, out);
    buf_puts(out, ended ? " " : ", ");
    step_tell(a, out);
    if (!ended && a->conn) {
        tell_queues(a, out);
        tell_holders(a->conn, out);
    }
}

static void tell_subject(struct case_run *run, struct buf *out)
{
    int status;
    buf_puts(out, "subject ");
    if (subject_exited(run->subject, &status)) {
        buf_puts(out, "has ended: ");
        subject_describe(run->subject, out);
    } else {
        buf_printf(out, "(pid %d): ", (int)subject_pid(run->subject));
        subject_activity(run->subject, out);
    }
}

enum diagnosis explain_waits(struct case_run *run, struct actor *late, struct buf *summary)
{
    struct buf line = {0};
    size_t told = 0, waiting = 0;
    tell_actor(late, &line);
    result_graph(run->result, "%s", buf_text(&line));
    buf_add(summary, line.data, line.len);
    for (size_t i = 0; i < run->actor_count; i++) {
        struct actor *a = &run->actors[i];
        if (a == late || a->spec->kind == SCN_SUBJECT || a->ended)
            continue;
        waiting++;
        if (++told > TOLD_MAX)
            continue;
        buf_clear(&line);
        tell_actor(a, &line);
        result_graph(run->result, "%s", buf_text(&line));
    }
    if (waiting > TOLD_MAX)
        result_graph(run->result, "and %zu actors more", waiting - TOLD_MAX);
    means_explain(run);
    if (run->subject) {
        buf_clear(&line);
        tell_subject(run, &line);
        result_graph(run->result, "%s", buf_text(&line));
        buf_printf(summary, "; %s", buf_text(&line));
    }
    buf_free(&line);
    step_evidence(late);
    return standstill_diagnose(run, summary);
}
