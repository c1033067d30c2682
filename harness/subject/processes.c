#include "subject/processes.h"

#include "base/mem.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Between two hunts for those that have not died yet, and how many there are at most: one in the D state may stay. */
#define HUNT_PAUSE_NS   1000000
#define HUNT_MAX_ROUNDS 10000

ssize_t process_read(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t len = 0;
    while (len < size - 1) {
        ssize_t n = read(fd, to + len, size - 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    close(fd);
    to[len] = '\0';
    return (ssize_t)len;
}

int process_stat(pid_t pid, struct process *out)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (process_read(path, text, sizeof text) <= 0)
        return -1;
    const char *after = strrchr(text, ')'); /* the name before it may hold anything */
    int parent;
    char state;
    if (!after || sscanf(after + 1, " %c %d", &state, &parent) != 2)
        return -1;
    *out = (struct process){.pid = pid, .parent = parent, .state = state};
    return 0;
}

static void add(struct processes *p, const struct process *one)
{
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 16;
        p->items = mem_realloc(p->items, p->cap * sizeof *p->items);
    }
    p->items[p->count++] = *one;
}

static bool is_number(const char *name)
{
    return isdigit((unsigned char)name[0]);
}

/* Adds the children that one thread's `children` file names. Returns false where there is no such file. */
static bool add_children_of_thread(pid_t pid, const char *tid, struct processes *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)pid, tid);
    FILE *f = fopen(path, "re");
    if (!f)
        return errno != ENOENT;
    int child;
    while (fscanf(f, "%d", &child) == 1) {
        struct process one;
        if (process_stat(child, &one) == 0)
            add(out, &one);
    }
    fclose(f);
    return true;
}

static void add_children(pid_t pid, struct processes *out)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (is_number(entry->d_name))
            add_children_of_thread(pid, entry->d_name, out);
    closedir(dir);
}

/*
 * Whether this kernel was built to tell the children of a thread. Asked of a process that is there:
 * ourselves.
 */
static bool kernel_tells_children(void)
{
    return access("/proc/thread-self/children", R_OK) == 0;
}

static bool contains(const struct processes *p, size_t from, pid_t pid)
{
    for (size_t i = from; i < p->count; i++)
        if (p->items[i].pid == pid)
            return true;
    return false;
}

static void scan_all(struct processes *all)
{
    DIR *dir = opendir("/proc");
    if (!dir)
        return;
    struct dirent *entry;
    struct process one;
    while ((entry = readdir(dir)) != NULL)
        if (is_number(entry->d_name) && process_stat(atoi(entry->d_name), &one) == 0)
            add(all, &one);
    closedir(dir);
}

/* Takes out of `all` whoever has a parent in the family, until nobody more is found. */
static void pick_family(struct processes *all, pid_t ancestor, struct processes *out)
{
    size_t first = out->count;
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < all->count; i++) {
            struct process *one = &all->items[i];
            if (one->pid && (one->parent == ancestor || contains(out, first, one->parent))) {
                add(out, one);
                one->pid = 0;
                more = true;
            }
        }
    }
}

void processes_below(pid_t ancestor, struct processes *out)
{
    if (ancestor <= 0)
        return;
    size_t next = out->count;
    if (kernel_tells_children()) {
        add_children(ancestor, out);
        for (; next < out->count; next++)
            add_children(out->items[next].pid, out);
        return;
    }
    struct processes all = {0};
    scan_all(&all);
    pick_family(&all, ancestor, out);
    processes_free(&all);
}

void processes_children(struct processes *out)
{
    struct processes all = {0};
    processes_below(getpid(), &all);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].parent == getpid())
            add(out, &all.items[i]);
    processes_free(&all);
}

/* Returns whether there was anybody. */
static bool hunt_once(const struct processes *elders)
{
    struct processes children = {0};
    processes_children(&children);
    bool any = false;
    for (size_t i = 0; i < children.count; i++) {
        pid_t pid = children.items[i].pid;
        if (contains(elders, 0, pid))
            continue;
        struct processes family = {0};
        processes_below(pid, &family);
        for (size_t k = 0; k < family.count; k++)
            kill(family.items[k].pid, SIGKILL);
        processes_free(&family);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, WNOHANG | __WALL);
        any = true;
    }
    processes_free(&children);
    return any;
}

void processes_hunt(const struct processes *elders)
{
    for (int round = 0; round < HUNT_MAX_ROUNDS && hunt_once(elders); round++)
        nanosleep(&(struct timespec){.tv_nsec = HUNT_PAUSE_NS}, NULL);
}

void processes_free(struct processes *p)
{
    free(p->items);
    *p = (struct processes){0};
}
