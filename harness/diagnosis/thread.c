/* A thread in words: who it is, and what it waits in. */
#include "diagnosis/internal.h"

/* Descriptors told one by one; the rest by their number. */
#define FDS_TOLD_MAX 4

void tell_thread(const struct snapshot *s, const struct snapshot_thread *t, struct buf *out)
{
    const struct snapshot_process *p = &s->processes[t->process];
    if (t->tid == p->pid)
        buf_printf(out, "%s (pid %d)", p->name, (int)p->pid);
    else
        buf_printf(out, "%s (pid %d), thread %d", p->name, (int)p->pid, (int)t->tid);
}

static void tell_wants(const struct snapshot *s, const struct snapshot_thread *t, struct buf *out)
{
    uint32_t told = t->count < FDS_TOLD_MAX ? t->count : FDS_TOLD_MAX;
    for (uint32_t i = 0; i < told; i++) {
        const struct snapshot_object *o = &s->objects[s->wants[t->first + i].object];
        buf_printf(out, "%s fd %d", i == 0 ? " for" : ",", o->fd);
        if (o->kind == SNAPSHOT_LISTENER)
            buf_puts(out, " (listening)");
        else if (o->remote[0])
            buf_printf(out, " (%s)", o->remote);
    }
    if (told < t->count)
        buf_printf(out, " and %u more", t->count - told);
}

void tell_wait(const struct snapshot *s, const struct snapshot_thread *t, struct buf *out)
{
    switch (t->wait) {
    case SNAPSHOT_RUNS:
        buf_puts(out, "runs");
        return;
    case SNAPSHOT_STOPPED:
        buf_puts(out, "is stopped by a signal");
        return;
    case SNAPSHOT_UNKNOWN:
        buf_printf(out, "is blocked%s%s", t->call[0] ? " in " : "", t->call);
        return;
    case SNAPSHOT_OBJECTS:
        if (t->count == 1 && t->fd >= 0 && s->objects[s->wants[t->first].object].fd == t->fd) {
            buf_printf(out, "is blocked in %s(fd %d)", t->call, t->fd);
        } else {
            buf_printf(out, "waits in %s", t->call);
            tell_wants(s, t, out);
        }
        break;
    default:
        buf_printf(out, "waits in %s", t->call);
        break;
    }
    if (t->limited)
        buf_puts(out, " with a time limit");
}
