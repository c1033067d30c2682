#include "diagnosis/diagnosis.h"

#include "base/mem.h"
#include "diagnosis/internal.h"

#include <stdlib.h>

void conclusion_free(struct conclusion *c)
{
    buf_free(&c->why);
    buf_free(&c->graph);
}

/* Bytes on their way to the actor: sent by the program's kernel, or arrived and not read. */
static bool bytes_under_way(const struct diagnosis_input *in, const struct diagnosis_actor *a)
{
    const struct snapshot_object *peer = a->connected ? diagnosis_peer(in->now, a) : NULL;
    return a->receive > 0 || (peer && peer->send > 0);
}

/* A write that cannot end: what was sent stands in both queues, the program reads nothing. */
static bool write_is_stuck(const struct diagnosis_input *in, const struct diagnosis_actor *a)
{
    const struct snapshot_object *peer = diagnosis_peer(in->now, a);
    return a->send > 0 && peer && peer->receive > 0;
}

static bool some_other(const bool *may_move, size_t count, size_t self)
{
    for (size_t i = 0; i < count; i++)
        if (i != self && may_move[i])
            return true;
    return false;
}

/* Whether an actor may move, given who else may. */
static bool actor_may_move(const struct diagnosis_input *in, size_t index, bool program_moves, const bool *may_move)
{
    const struct diagnosis_actor *a = &in->actors[index];
    switch (a->wait) {
    case DIAGNOSIS_WAIT_NOTHING:
        return false;
    case DIAGNOSIS_WAIT_READ:
        return program_moves || bytes_under_way(in, a);
    case DIAGNOSIS_WAIT_WRITE:
        return program_moves || !write_is_stuck(in, a);
    case DIAGNOSIS_WAIT_ACCEPT:
    case DIAGNOSIS_WAIT_EXIT:
    case DIAGNOSIS_WAIT_CONNECT:
        return program_moves;
    case DIAGNOSIS_WAIT_ACTORS:
        for (size_t i = 0; i < a->for_count; i++)
            if (may_move[a->for_actors[i]])
                return true;
        return false;
    case DIAGNOSIS_WAIT_OTHERS:
        return some_other(may_move, in->actor_count, index);
    case DIAGNOSIS_WAIT_TIME:
        break;
    }
    return true;
}

/*
 * The program is stuck by itself; it goes on all the same when an actor on whom it waits may move. It waits on all
 * actors, as far as this goes: any of them could connect, send or close.
 */
static bool all_are_stuck(const struct diagnosis_input *in, bool *may_move)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < in->actor_count; i++) {
            if (!may_move[i] && actor_may_move(in, i, false, may_move)) {
                may_move[i] = true;
                changed = true;
            }
        }
    }
    return !some_other(may_move, in->actor_count, in->actor_count);
}

/* The actor to speak of: best one whose connection the program waits for, else the first one that waits for the
 * program. */
static size_t actor_in_the_circle(const struct diagnosis_input *in)
{
    size_t first = in->actor_count;
    for (size_t i = 0; i < in->actor_count; i++) {
        const struct diagnosis_actor *a = &in->actors[i];
        unsigned events = 0;
        bool waits = a->wait == DIAGNOSIS_WAIT_READ || a->wait == DIAGNOSIS_WAIT_WRITE ||
                     a->wait == DIAGNOSIS_WAIT_ACCEPT || a->wait == DIAGNOSIS_WAIT_CONNECT ||
                     a->wait == DIAGNOSIS_WAIT_EXIT;
        if (!waits)
            continue;
        if (a->connected && wanted_by(in->now, diagnosis_peer(in->now, a), &events))
            return i;
        if (first == in->actor_count)
            first = i;
    }
    return first;
}

/* Somebody else's connection that the program waits on, while this actor waits: head of line. */
static const struct diagnosis_actor *waited_on_instead(const struct diagnosis_input *in, size_t self)
{
    for (size_t i = 0; i < in->actor_count; i++) {
        unsigned events = 0;
        if (i != self && in->actors[i].connected &&
            wanted_by(in->now, diagnosis_peer(in->now, &in->actors[i]), &events))
            return &in->actors[i];
    }
    return NULL;
}

/* The program waits for this very connection: what closes the circle. */
static void conclude_connection(const struct snapshot_object *peer, unsigned events, const struct diagnosis_actor *a,
                                struct conclusion *out)
{
    out->kind = CONCLUSION_DEADLOCK;
    if (a->wait == DIAGNOSIS_WAIT_WRITE && events & SNAPSHOT_OUT) {
        buf_puts(&out->why, "each side waits for the other to read, and neither will before its own bytes are taken");
    } else if (peer->receive > 0 && events & SNAPSHOT_EDGE) {
        out->kind = CONCLUSION_HANG;
        buf_printf(&out->why,
                   "%u bytes wait to be read by the program, but it waits for news only (EPOLLET): it had to read "
                   "until EAGAIN",
                   peer->receive);
    } else if (peer->receive > 0 && !(events & SNAPSHOT_IN)) {
        out->kind = CONCLUSION_HANG;
        buf_printf(&out->why,
                   "%u bytes wait to be read by the program, which does not look for input on this connection",
                   peer->receive);
    } else if (!(events & SNAPSHOT_IN)) {
        out->kind = CONCLUSION_HANG;
        buf_puts(&out->why, "the program has nothing to write on this connection, and does not look for input there");
    } else if (a->wait == DIAGNOSIS_WAIT_EXIT) {
        buf_puts(&out->why,
                 "the program waits for more from a peer that has nothing more to say, without any time limit");
    } else {
        buf_puts(&out->why, "each side waits for the other to send, and the program has no time limit");
    }
}

/* The program is stuck, but not over this connection. */
static void conclude_elsewhere(const struct diagnosis_input *in, const struct snapshot_object *peer,
                               struct conclusion *out)
{
    const struct diagnosis_actor *other = waited_on_instead(in, out->actor);
    if (other) {
        out->kind = CONCLUSION_DEADLOCK;
        buf_printf(&out->why, "the program waits for %s and serves nobody before, but %s waits for what comes after",
                   other->name, other->name);
        return;
    }
    out->kind = CONCLUSION_HANG;
    if (in->actors[out->actor].unaccepted)
        buf_puts(&out->why, "nobody has accepted this connection, which waits in the listener's queue, and the program "
                            "does not wait for connections any more");
    else if (peer && peer->receive > 0)
        buf_printf(&out->why,
                   "%u bytes wait to be read by the program, which neither reads this connection nor waits for it",
                   peer->receive);
    else if (peer)
        buf_puts(&out->why, "the program neither uses this connection nor waits for it");
    else
        buf_puts(&out->why, "the program waits for nothing that could still come");
}

static void conclude_stuck(const struct diagnosis_input *in, struct conclusion *out)
{
    const struct diagnosis_actor *a = &in->actors[out->actor];
    const struct snapshot_object *peer = a->connected ? diagnosis_peer(in->now, a) : NULL;
    unsigned events = 0;
    if (wanted_by(in->now, peer, &events))
        conclude_connection(peer, events, a, out);
    else
        conclude_elsewhere(in, peer, out);
}

static bool program_runs(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->thread_count; i++)
        if (s->threads[i].wait == SNAPSHOT_RUNS)
            return true;
    return false;
}

void diagnosis_conclude(const struct diagnosis_input *in, struct conclusion *out)
{
    bool *may_move = mem_new(in->actor_count + 1, sizeof *may_move);
    out->actor = actor_in_the_circle(in);
    if (program_may_move(in, &out->why)) {
        out->kind = program_runs(in->now) ? CONCLUSION_MOVES : CONCLUSION_STALL;
    } else if (!all_are_stuck(in, may_move) || out->actor == in->actor_count) {
        out->kind = CONCLUSION_STALL;
        buf_puts(&out->why, "the program waits for the actors, and one of them may go on");
    } else {
        conclude_stuck(in, out);
    }
    tell_graph(in, &out->graph);
    free(may_move);
}
