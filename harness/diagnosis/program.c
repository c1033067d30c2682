/* May the program move? Thread by thread, and what each waits for. */
#include "diagnosis/internal.h"

#include <string.h>

/* The kernel's numbers of TCP states (netinet/tcp.h) in which nothing can come any more. */
enum { TCP_STATE_ESTABLISHED = 1, TCP_STATE_SYN_SENT = 2 };

static const struct snapshot_object *by_inode(const struct snapshot *s, uint64_t inode)
{
    for (uint32_t i = 0; inode && i < s->object_count; i++)
        if (s->objects[i].inode == inode)
            return &s->objects[i];
    return NULL;
}

static const struct snapshot_object *by_ends(const struct snapshot *s, const char *local, const char *remote)
{
    for (uint32_t i = 0; local[0] && remote[0] && i < s->object_count; i++)
        if (strcmp(s->objects[i].local, local) == 0 && strcmp(s->objects[i].remote, remote) == 0)
            return &s->objects[i];
    return NULL;
}

const struct snapshot_object *diagnosis_peer(const struct snapshot *s, const struct diagnosis_actor *a)
{
    const struct snapshot_object *o = by_ends(s, a->remote, a->local);
    for (uint32_t i = 0; !o && a->inode && i < s->object_count; i++)
        if (s->objects[i].peer == a->inode)
            o = &s->objects[i];
    return o;
}

static bool is_an_actors(const struct diagnosis_input *in, const struct snapshot_object *o)
{
    for (size_t i = 0; i < in->actor_count; i++)
        if (in->actors[i].connected && diagnosis_peer(in->now, &in->actors[i]) == o)
            return true;
    return false;
}

/* A stream whose other end is an actor's, or the program's own. */
static bool stream_is_known(const struct diagnosis_input *in, const struct snapshot_object *o)
{
    if (!o->seen)
        return false;
    return is_an_actors(in, o) || by_inode(in->now, o->peer) || by_ends(in->now, o->remote, o->local);
}

/* Something may come from here though everybody that is known is stuck. Returns what, or NULL. */
static const char *outside(const struct diagnosis_input *in, const struct snapshot_object *o)
{
    switch (o->kind) {
    case SNAPSHOT_STREAM:
        if (o->local[0] && o->state == TCP_STATE_SYN_SENT)
            return "a connect() that the kernel gives up after a while";
        return stream_is_known(in, o) ? NULL : "a connection to somebody else";
    case SNAPSHOT_LISTENER:
        return o->receive ? "a connection that waits to be accepted" : NULL;
    case SNAPSHOT_DATAGRAM:
        if (!o->seen || o->receive)
            return "a datagram that is there already";
        return o->remote[0] && !is_an_actors(in, o) ? "datagrams from somebody else" : NULL;
    case SNAPSHOT_TIMERFD:
        return o->armed ? "a timer (timerfd)" : NULL;
    case SNAPSHOT_PIPE: /* both ends are the program's, or its input is /dev/null: what the harness reads never fills */
    case SNAPSHOT_EVENTFD:
    case SNAPSHOT_SIGNALFD:
    case SNAPSHOT_EPOLL:
        return NULL;
    case SNAPSHOT_OTHER:
        break;
    }
    return "something that cannot be seen into";
}

static const struct snapshot_thread *same_thread(const struct snapshot *before, const struct snapshot_thread *t)
{
    for (uint32_t i = 0; i < before->thread_count; i++)
        if (before->threads[i].tid == t->tid)
            return &before->threads[i];
    return NULL;
}

/* Why this thread may go on, or NULL when it cannot. */
static const char *thread_escape(const struct diagnosis_input *in, const struct snapshot_thread *t)
{
    const struct snapshot_thread *earlier = same_thread(in->before, t);
    if (t->wait == SNAPSHOT_RUNS)
        return "it runs";
    if (t->wait == SNAPSHOT_STOPPED)
        return "it is stopped by a signal";
    if (!earlier || earlier->switches != t->switches)
        return "it has just run";
    if (t->wait == SNAPSHOT_UNKNOWN)
        return "what it waits for cannot be seen";
    if (t->wait == SNAPSHOT_TIME)
        return "it sleeps for a time";
    if (t->limited)
        return "its wait has a time limit";
    for (uint32_t i = t->first; t->wait == SNAPSHOT_OBJECTS && i < t->first + t->count; i++) {
        const char *what = outside(in, &in->now->objects[in->now->wants[i].object]);
        if (what)
            return what;
    }
    return NULL;
}

static const char *process_escape(const struct snapshot_process *p)
{
    return p->alarm    ? "a signal may come from a timer of its own (alarm, setitimer, timer_create)"
           : p->opaque ? "its descriptors may not be looked at"
           : p->rings  ? "it has an io_uring, whose calls cannot be seen"
                       : NULL;
}

bool program_may_move(const struct diagnosis_input *in, struct buf *why)
{
    const struct snapshot *s = in->now;
    if (!s->whole || !in->before->whole) {
        buf_puts(why, "not all of the program could be seen");
        return true;
    }
    if (s->thread_count != in->before->thread_count || s->thread_count == 0) {
        buf_puts(why, "the program has more or fewer threads than a moment ago");
        return true;
    }
    for (uint32_t i = 0; i < s->thread_count; i++) {
        const char *escape = thread_escape(in, &s->threads[i]);
        if (!escape)
            escape = process_escape(&s->processes[s->threads[i].process]);
        if (!escape)
            continue;
        tell_thread(s, &s->threads[i], why);
        buf_puts(why, " may go on: ");
        buf_puts(why, escape);
        return true;
    }
    return false;
}

const struct snapshot_thread *wanted_by(const struct snapshot *s, const struct snapshot_object *o, unsigned *events)
{
    const struct snapshot_thread *found = NULL;
    for (uint32_t i = 0; o && i < s->thread_count; i++) {
        const struct snapshot_thread *t = &s->threads[i];
        for (uint32_t w = t->first; t->wait == SNAPSHOT_OBJECTS && w < t->first + t->count; w++)
            if (&s->objects[s->wants[w].object] == o) {
                *events |= s->wants[w].events;
                found = found ? found : t;
            }
    }
    return found;
}
