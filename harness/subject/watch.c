#include "subject/subject.h"

#include "subject/internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* New processes may be born while limits are set: look again, this often at most. */
enum { LIMIT_ROUNDS = 4 };

void subject_family(const struct subject *s, struct processes *out)
{
    if (s->init <= 0 || s->control < 0)
        return;
    processes_below(s->init, out);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].state != 'Z' && out->items[i].state != 'X')
            out->items[kept++] = out->items[i];
    out->count = kept;
}

size_t subject_pids(const struct subject *s, pid_t *pids, size_t max)
{
    struct processes family = {0};
    subject_family(s, &family);
    size_t count = family.count;
    for (size_t i = 0; i < count && i < max; i++)
        pids[i] = family.items[i].pid;
    processes_free(&family);
    return count;
}

static bool holds_socket(pid_t pid, const char *name)
{
    char path[64], link[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool found = false;
    struct dirent *entry;
    while (!found && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof link - 1);
        found = n > 0 && (size_t)n == strlen(name) && memcmp(link, name, (size_t)n) == 0;
    }
    closedir(dir);
    return found;
}

size_t subject_holders(const struct subject *s, uint32_t inode, struct subject_process *out, size_t max)
{
    char name[32], path[32];
    struct processes family = {0};
    size_t count = 0;
    snprintf(name, sizeof name, "socket:[%u]", inode);
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++) {
        pid_t pid = family.items[i].pid;
        if (!holds_socket(pid, name) || count++ >= max)
            continue;
        struct subject_process *one = &out[count - 1];
        *one = (struct subject_process){.pid = pid};
        snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
        if (process_read(path, one->name, sizeof one->name) > 0)
            one->name[strcspn(one->name, "\n")] = '\0';
    }
    processes_free(&family);
    return count;
}

bool subject_holds_socket(const struct subject *s, uint32_t inode)
{
    return subject_holders(s, inode, NULL, 0) > 0;
}

/* Open descriptors of one process, -1 when they cannot be seen. */
static int count_files(pid_t pid)
{
    char path[32];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    if (stat(path, &st) == 0 && st.st_size > 0)
        return (int)st.st_size; /* Linux 6.2 and later count for us */
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(dir);
    return count;
}

int subject_files(const struct subject *s)
{
    struct processes family = {0};
    subject_family(s, &family);
    int sum = -1;
    for (size_t i = 0; i < family.count; i++) {
        int count = count_files(family.items[i].pid);
        if (count >= 0)
            sum = (sum < 0 ? 0 : sum) + count;
    }
    processes_free(&family);
    return sum;
}

/* The scheduler's own clock of the process: nanoseconds, where /proc/PID/stat has ticks of 10 ms. */
static uint64_t cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

uint64_t subject_cpu_us(const struct subject *s)
{
    struct processes family = {0};
    subject_family(s, &family);
    uint64_t sum = 0;
    for (size_t i = 0; i < family.count; i++)
        sum += cpu_us(family.items[i].pid);
    processes_free(&family);
    return sum;
}

/* The second field of a thread's schedstat is nanoseconds. */
static void add_load(pid_t pid, const char *thread, struct subject_load *to)
{
    char path[64], text[4096];
    unsigned long long ran, waited;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/schedstat", (int)pid, thread);
    if (process_read(path, text, sizeof text) > 0 && sscanf(text, "%llu %llu", &ran, &waited) == 2)
        to->queued_us += waited / 1000;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/status", (int)pid, thread);
    const char *at = process_read(path, text, sizeof text) > 0 ? strstr(text, "\nvoluntary_ctxt_switches:") : NULL;
    if (at)
        to->sleeps += strtoull(strchr(at, ':') + 1, NULL, 10);
}

/* Output that was read, and what still stands in the pipes. */
static uint64_t bytes_written(const struct subject *s)
{
    uint64_t sum = s->tails[0].total;
    int unread;
    for (int i = 0; i < 2; i++)
        if (s->streams[i].fd >= 0 && ioctl(s->streams[i].fd, FIONREAD, &unread) == 0)
            sum += (uint64_t)unread;
    return sum;
}

void subject_load(const struct subject *s, struct subject_load *to)
{
    struct processes family = {0};
    char path[32];
    *to = (struct subject_load){.written = bytes_written(s)};
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++) {
        to->ran_us += cpu_us(family.items[i].pid);
        snprintf(path, sizeof path, "/proc/%d/task", (int)family.items[i].pid);
        DIR *tasks = opendir(path);
        for (struct dirent *d; tasks && (d = readdir(tasks)) != NULL;)
            if (d->d_name[0] != '.')
                add_load(family.items[i].pid, d->d_name, to);
        if (tasks)
            closedir(tasks);
    }
    processes_free(&family);
}

/* A field of /proc/PID/status in bytes; 0 when there is none. */
static uint64_t status_bytes(pid_t pid, const char *field)
{
    char path[32], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (process_read(path, text, sizeof text) <= 0)
        return 0;
    const char *at = strstr(text, field);
    return at ? strtoull(at + strlen(field), NULL, 10) * 1024 : 0;
}

static uint64_t sum_status(const struct subject *s, const char *field)
{
    struct processes family = {0};
    subject_family(s, &family);
    uint64_t sum = 0;
    for (size_t i = 0; i < family.count; i++)
        sum += status_bytes(family.items[i].pid, field);
    processes_free(&family);
    return sum;
}

uint64_t subject_memory_now(const struct subject *s)
{
    return sum_status(s, "\nVmRSS:");
}

uint64_t subject_memory_peak(const struct subject *s)
{
    return sum_status(s, "\nVmHWM:");
}

void subject_memory_mark(struct subject *s)
{
    struct processes family = {0};
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++) {
        char path[32];
        snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)family.items[i].pid);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        (void)!write(fd, "5", 1); /* resets VmHWM (proc(5)) */
        close(fd);
    }
    processes_free(&family);
}

int subject_children(const struct subject *s)
{
    if (s->pid <= 0 || s->exited)
        return 0;
    struct processes below = {0};
    processes_below(s->pid, &below);
    int count = 0;
    for (size_t i = 0; i < below.count; i++)
        count += below.items[i].parent == s->pid;
    processes_free(&below);
    return count;
}

static int limit_one(pid_t pid, int resource, uint64_t value)
{
    struct rlimit now;
    if (prlimit(pid, resource, NULL, &now) < 0)
        return errno == ESRCH ? 0 : -1; /* it has ended meanwhile */
    now.rlim_cur = value;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
        now.rlim_max = value;
    return prlimit(pid, resource, &now, NULL) < 0 && errno != ESRCH ? -1 : 0;
}

int subject_limit(struct subject *s, int resource, uint64_t value, struct err *e)
{
    size_t before = 0;
    for (int round = 0; round < LIMIT_ROUNDS; round++) {
        struct processes family = {0};
        subject_family(s, &family);
        size_t count = family.count;
        int code = 0;
        for (size_t i = 0; i < count && !code; i++)
            if (limit_one(family.items[i].pid, resource, value) < 0)
                code = errno;
        processes_free(&family);
        if (code)
            return err_errno(e, code, "cannot limit the subject's processes");
        if (count == 0)
            return err_set(e, ESRCH, "the subject has no process to limit");
        if (round > 0 && count == before)
            break;
        before = count;
    }
    return 0;
}

void status_describe(int status, bool oom, struct buf *out)
{
    if (!WIFSIGNALED(status)) {
        buf_printf(out, "exit status %d", WEXITSTATUS(status));
        return;
    }
    const char *name = sigabbrev_np(WTERMSIG(status));
    if (name)
        buf_printf(out, "killed by SIG%s", name);
    else
        buf_printf(out, "killed by signal %d", WTERMSIG(status));
    if (WCOREDUMP(status))
        buf_puts(out, " (core dumped)");
    if (oom)
        buf_puts(out, " (by the kernel, for want of memory)");
}

void subject_describe(const struct subject *s, struct buf *out)
{
    bool oom = false;
    for (size_t i = 0; i < s->death_count; i++)
        oom = oom || (s->deaths[i].is_main && s->deaths[i].oom);
    if (s->exited)
        status_describe(s->status, oom, out);
    else
        buf_puts(out, s->control >= 0 ? "running" : "gone without a trace");
    for (size_t i = 0; i < s->death_count; i++) {
        if (s->deaths[i].is_main)
            continue;
        buf_puts(out, "; ");
        subject_death_describe(&s->deaths[i], out);
    }
}
