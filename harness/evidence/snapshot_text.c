/* Snapshots as text: one line an item, "KIND NAME=VALUE ...", in the order of the arrays. */
#include "evidence/snapshot.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const WAITS[] = {"runs", "objects", "own", "time", "signal", "stopped", "unknown"};
static const char *const KINDS[] = {"stream",  "listener", "datagram", "pipe", "eventfd",
                                    "timerfd", "signalfd", "epoll",    "other"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* A word for a column: blanks and control bytes of a name become '_', nothing becomes "-". */
static void word(const char *text, char *to, size_t size)
{
    size_t n = 0;
    for (; text[n] && n + 1 < size; n++)
        to[n] = text[n] > ' ' && text[n] < 127 ? text[n] : '_';
    to[n] = '\0';
    if (n == 0)
        snprintf(to, size, "-");
}

void snapshot_write(const struct snapshot *s, struct buf *out)
{
    char a[72], b[72];
    buf_printf(out, "snapshot us=%llu whole=%d\n", (unsigned long long)s->us, s->whole);
    for (uint32_t i = 0; i < s->process_count; i++) {
        const struct snapshot_process *p = &s->processes[i];
        word(p->name, a, sizeof a);
        buf_printf(out, "process pid=%d name=%s alarm=%d opaque=%d rings=%d\n", (int)p->pid, a, p->alarm, p->opaque,
                   p->rings);
    }
    for (uint32_t i = 0; i < s->thread_count; i++) {
        const struct snapshot_thread *t = &s->threads[i];
        word(t->call, a, sizeof a);
        buf_printf(out, "thread process=%u tid=%d state=%c wait=%s limited=%d call=%s fd=%d switches=%llu wants=%u\n",
                   t->process, (int)t->tid, t->state, WAITS[t->wait], t->limited, a, t->fd,
                   (unsigned long long)t->switches, t->count);
        for (uint32_t w = t->first; w < t->first + t->count; w++)
            buf_printf(out, "want object=%u events=%u\n", s->wants[w].object, s->wants[w].events);
    }
    for (uint32_t i = 0; i < s->object_count; i++) {
        const struct snapshot_object *o = &s->objects[i];
        word(o->local, a, sizeof a);
        word(o->remote, b, sizeof b);
        buf_printf(
            out,
            "object kind=%s inode=%llu pid=%d fd=%d holders=%d armed=%d seen=%d receive=%u send=%u state=%u peer=%llu "
            "local=%s remote=%s\n",
            KINDS[o->kind], (unsigned long long)o->inode, (int)o->pid, o->fd, o->holders, o->armed, o->seen, o->receive,
            o->send, o->state, (unsigned long long)o->peer, a, b);
    }
}

static int index_of(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return (int)i;
    return -1;
}

static void put(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", strcmp(from, "-") == 0 ? "" : from);
}

static bool read_process(struct snapshot *s, const char *line)
{
    struct snapshot_process *p = &s->processes[s->process_count];
    int pid, alarm, opaque, rings;
    char name[16];
    if (s->process_count == SNAPSHOT_PROCESSES_MAX ||
        sscanf(line, "process pid=%d name=%15s alarm=%d opaque=%d rings=%d", &pid, name, &alarm, &opaque, &rings) != 5)
        return false;
    *p = (struct snapshot_process){.pid = pid, .alarm = alarm, .opaque = opaque, .rings = rings};
    put(p->name, sizeof p->name, name);
    s->process_count++;
    return true;
}

static bool read_thread(struct snapshot *s, const char *line)
{
    struct snapshot_thread *t = &s->threads[s->thread_count];
    unsigned process, wants;
    int tid, limited, fd;
    char state, wait[16], call[40];
    unsigned long long switches;
    if (s->thread_count == SNAPSHOT_THREADS_MAX ||
        sscanf(line, "thread process=%u tid=%d state=%c wait=%15s limited=%d call=%39s fd=%d switches=%llu wants=%u",
               &process, &tid, &state, wait, &limited, call, &fd, &switches, &wants) != 9 ||
        process >= s->process_count || index_of(WAITS, COUNT(WAITS), wait) < 0)
        return false;
    *t = (struct snapshot_thread){.process = process,
                                  .tid = tid,
                                  .state = state,
                                  .limited = limited,
                                  .fd = fd,
                                  .switches = switches,
                                  .first = s->want_count,
                                  .wait = (enum snapshot_wait)index_of(WAITS, COUNT(WAITS), wait)};
    put(t->call, sizeof t->call, call);
    s->thread_count++;
    return true;
}

static bool read_want(struct snapshot *s, const char *line)
{
    unsigned object, events;
    if (s->want_count == SNAPSHOT_WANTS_MAX || s->thread_count == 0 ||
        sscanf(line, "want object=%u events=%u", &object, &events) != 2 || object >= SNAPSHOT_OBJECTS_MAX || events > 7)
        return false;
    s->wants[s->want_count++] = (struct snapshot_want){.object = object, .events = (uint8_t)events};
    s->threads[s->thread_count - 1].count++;
    return true;
}

static bool read_object(struct snapshot *s, const char *line)
{
    struct snapshot_object *o = &s->objects[s->object_count];
    char kind[16], local[64], remote[64];
    unsigned long long inode, peer;
    int pid, fd, holders, armed, seen;
    unsigned receive, send, state;
    if (s->object_count == SNAPSHOT_OBJECTS_MAX ||
        sscanf(line,
               "object kind=%15s inode=%llu pid=%d fd=%d holders=%d armed=%d seen=%d receive=%u send=%u state=%u "
               "peer=%llu "
               "local=%63s remote=%63s",
               kind, &inode, &pid, &fd, &holders, &armed, &seen, &receive, &send, &state, &peer, local, remote) != 13 ||
        index_of(KINDS, COUNT(KINDS), kind) < 0)
        return false;
    *o = (struct snapshot_object){.kind = (enum snapshot_kind)index_of(KINDS, COUNT(KINDS), kind),
                                  .inode = inode,
                                  .pid = pid,
                                  .fd = fd,
                                  .holders = holders,
                                  .armed = armed,
                                  .seen = seen,
                                  .receive = receive,
                                  .send = send,
                                  .state = (uint8_t)state,
                                  .peer = peer};
    put(o->local, sizeof o->local, local);
    put(o->remote, sizeof o->remote, remote);
    s->object_count++;
    return true;
}

static bool read_line(struct snapshot *s, const char *line, int number)
{
    int whole;
    unsigned long long us;
    if (number == 1) {
        bool good = sscanf(line, "snapshot us=%llu whole=%d", &us, &whole) == 2;
        s->us = good ? us : 0;
        s->whole = good && whole;
        return good;
    }
    return strncmp(line, "process ", 8) == 0  ? read_process(s, line)
           : strncmp(line, "thread ", 7) == 0 ? read_thread(s, line)
           : strncmp(line, "want ", 5) == 0   ? read_want(s, line)
                                              : strncmp(line, "object ", 7) == 0 && read_object(s, line);
}

/* A want may stand before the object that it names: only in the end can it be told that all are there. */
static bool wants_are_there(const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->want_count; i++)
        if (s->wants[i].object >= s->object_count)
            return false;
    return true;
}

struct snapshot *snapshot_read(const char *text, size_t len, int *line)
{
    struct snapshot *s = mem_new(1, sizeof *s);
    const char *end = text + len;
    bool good = true;
    *line = 0;
    while (good && text < end) {
        char copy[512];
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((stop ? stop : end) - text);
        ++*line;
        good = n < sizeof copy && !memchr(text, '\0', n);
        if (good) {
            memcpy(copy, text, n);
            copy[n] = '\0';
            good = read_line(s, copy, *line);
        }
        text += n + (stop != NULL);
    }
    if (good && *line > 0 && wants_are_there(s))
        return s;
    snapshot_free(s);
    return NULL;
}
