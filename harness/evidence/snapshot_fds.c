/* Descriptors: which objects stand behind them, and what an epoll descriptor watches. */
#include "evidence/snapshot_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* epoll descriptors inside of each other; the kernel allows five. */
#define EPOLL_DEPTH 5

int snapshot_borrow(pid_t pid, int fd)
{
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    if (handle < 0)
        return -1;
    int copy = (int)syscall(SYS_pidfd_getfd, handle, fd, 0);
    close(handle);
    return copy;
}

static enum snapshot_kind kind_of(const char *link, uint64_t *inode)
{
    static const struct {
        const char *name;
        enum snapshot_kind kind;
    } known[] = {
        {"anon_inode:[eventpoll]", SNAPSHOT_EPOLL},
        {"anon_inode:[eventfd]", SNAPSHOT_EVENTFD},
        {"anon_inode:[timerfd]", SNAPSHOT_TIMERFD},
        {"anon_inode:[signalfd]", SNAPSHOT_SIGNALFD},
    };
    unsigned long long number;
    *inode = 0;
    if (sscanf(link, "socket:[%llu]", &number) == 1) {
        *inode = number;
        return SNAPSHOT_STREAM; /* until the kernel's tables tell more */
    }
    if (sscanf(link, "pipe:[%llu]", &number) == 1) {
        *inode = number;
        return SNAPSHOT_PIPE;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(link, known[i].name) == 0)
            return known[i].kind;
    return SNAPSHOT_OTHER;
}

/* A timer that will go off: "it_value: (0, 0)" is one that will not. */
static bool timer_armed(pid_t pid, int fd)
{
    char name[48], text[1024];
    snprintf(name, sizeof name, "fdinfo/%d", fd);
    if (snapshot_proc(pid, name, text, sizeof text) <= 0)
        return true;
    const char *value = strstr(text, "it_value: (");
    unsigned long long s, ns;
    return !value || sscanf(value, "it_value: (%llu, %llu)", &s, &ns) != 2 || s || ns;
}

static long find(const struct snapshot *s, enum snapshot_kind kind, uint64_t inode, pid_t pid, int fd)
{
    for (uint32_t i = 0; i < s->object_count; i++) {
        const struct snapshot_object *o = &s->objects[i];
        if (inode ? o->inode == inode && o->kind == kind : !o->inode && o->pid == pid && o->fd == fd)
            return i;
    }
    return -1;
}

long snapshot_object_of(struct snapshot *s, pid_t pid, int fd)
{
    char path[64], link[128];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n < 0)
        return -1;
    link[n] = '\0';
    uint64_t inode;
    enum snapshot_kind kind = kind_of(link, &inode);
    if (strcmp(link, "anon_inode:[io_uring]") == 0)
        for (uint32_t i = 0; i < s->process_count; i++)
            if (s->processes[i].pid == pid)
                s->processes[i].rings = true;
    long at = find(s, kind, inode, pid, fd);
    if (at >= 0)
        return at;
    if (s->object_count == SNAPSHOT_OBJECTS_MAX) {
        s->whole = false;
        return -1;
    }
    s->objects[s->object_count] = (struct snapshot_object){
        .kind = kind, .inode = inode, .pid = pid, .fd = fd, .armed = kind == SNAPSHOT_TIMERFD && timer_armed(pid, fd)};
    return s->object_count++;
}

void snapshot_add_objects(struct snapshot *s, struct snapshot_process *p)
{
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
    DIR *fds = opendir(path);
    if (!fds) {
        p->opaque = true;
        return;
    }
    for (struct dirent *d; s->object_count < SNAPSHOT_OBJECTS_MAX && (d = readdir(fds)) != NULL;) {
        if (d->d_name[0] == '.')
            continue;
        long at = snapshot_object_of(s, p->pid, (int)strtol(d->d_name, NULL, 10));
        if (at >= 0)
            s->objects[at].holders++;
    }
    if (s->object_count == SNAPSHOT_OBJECTS_MAX)
        s->whole = false;
    closedir(fds);
}

void snapshot_add_want(struct snapshot *s, struct snapshot_thread *t, long object, unsigned events)
{
    if (object < 0 || s->want_count == SNAPSHOT_WANTS_MAX) {
        s->whole = s->whole && object < 0;
        t->wait = SNAPSHOT_UNKNOWN;
        return;
    }
    s->wants[s->want_count++] = (struct snapshot_want){.object = (uint32_t)object, .events = (uint8_t)events};
    t->count++;
}

/* One line of fdinfo: "tfd:        4 events: 80000019 data: ...". */
static void add_watched(struct snapshot *s, struct snapshot_thread *t, pid_t pid, const char *line, int depth)
{
    int fd;
    unsigned events;
    unsigned wants = 0;
    if (sscanf(line, "tfd: %d events: %x", &fd, &events) != 2) {
        t->wait = SNAPSHOT_UNKNOWN;
        return;
    }
    long object = snapshot_object_of(s, pid, fd);
    if (object >= 0 && s->objects[object].kind == SNAPSHOT_EPOLL) {
        snapshot_add_epoll(s, t, pid, fd, depth + 1);
        return;
    }
    if (events & (EPOLLIN | EPOLLRDNORM | EPOLLPRI | EPOLLRDHUP))
        wants |= SNAPSHOT_IN;
    if (events & (EPOLLOUT | EPOLLWRNORM))
        wants |= SNAPSHOT_OUT;
    if (events & EPOLLET)
        wants |= SNAPSHOT_EDGE;
    /* Neither: switched off (EPOLLONESHOT), though an error or hang-up of the peer's would still be told. */
    snapshot_add_want(s, t, object, wants);
}

void snapshot_add_epoll(struct snapshot *s, struct snapshot_thread *t, pid_t pid, int fd, int depth)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, fd);
    FILE *f = depth < EPOLL_DEPTH ? fopen(path, "re") : NULL;
    if (!f) {
        t->wait = SNAPSHOT_UNKNOWN;
        return;
    }
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "tfd:", 4) == 0)
            add_watched(s, t, pid, line, depth);
    fclose(f);
}
