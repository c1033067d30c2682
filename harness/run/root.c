#include "run/root.h"

#include "base/clock.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "sockspec-"
/* Deeper trees are nobody's honest work, and each level costs a descriptor while it is removed. */
#define DEPTH_MAX 100
/* A directory without a lock is being made right now, or its maker died in between: after so
 * many seconds the latter. */
#define UNLOCKED_AGE 60
/* Large enough that writing costs few calls, small enough to stay out of the way of the memory promise (8 MB). */
#define BLOCK (1024 * 1024)
#define INDEX "<!doctype html><title>sockspec</title><p>It works.</p>\n"
/* When the documents were last modified: Sun, 09 Sep 2001 01:46:40 GMT, the same in every run. */
#define MODIFIED 1000000000

const char *root_parent(void)
{
    const char *dir = getenv("TMPDIR");
    return dir && dir[0] == '/' ? dir : "/tmp";
}

/* The lock gets its final name only once it is held, so that a sweeper never sees one that is not. */
static int lock_make(const char *dir, struct err *e)
{
    char *fresh = mem_printf("%s/lock.new", dir), *final = mem_printf("%s/lock", dir);
    int fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || rename(fresh, final) < 0) {
        err_errno(e, errno, "cannot make %s", final);
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    free(fresh);
    free(final);
    return fd;
}

int root_temp_make(char **path, int *lock_fd, struct err *e)
{
    char *dir = mem_printf("%s/" PREFIX "%ld-XXXXXX", root_parent(), (long)getpid());
    if (!mkdtemp(dir)) {
        err_errno(e, errno, "cannot make a temporary directory in %s", root_parent());
        free(dir);
        return -1;
    }
    /* A server under test may drop its rights and must still reach {root}, {dir} and {socket}. */
    if (chmod(dir, 0755) < 0)
        err_errno(e, errno, "cannot open up %s", dir);
    *lock_fd = lock_make(dir, e);
    if (*lock_fd < 0) {
        rmdir(dir);
        free(dir);
        return -1;
    }
    *path = dir;
    return 0;
}

static int write_all(int fd, const void *data, size_t len)
{
    for (const char *at = data; len > 0;) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static int file_make(const char *dir, const char *name, struct err *e)
{
    char *path = mem_printf("%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        err_errno(e, errno, "cannot make %s", path);
    else
        fchmod(fd, 0644); /* whatever the umask */
    free(path);
    return fd;
}

/* Closes a file that is complete, with a past of its own: one that has just changed has weak validators only (RFC
 * 9110, 8.8.2.2), and a server may say so or not depending on the second. */
static int file_finish(int fd)
{
    const struct timespec times[2] = {{.tv_sec = MODIFIED}, {.tv_sec = MODIFIED}};
    int done = futimens(fd, times);
    return close(fd) < 0 ? -1 : done;
}

static int text_make(const char *dir, const char *name, const char *text, struct err *e)
{
    int fd = file_make(dir, name, e);
    if (fd < 0)
        return -1;
    int done = write_all(fd, text, strlen(text));
    done = file_finish(fd) < 0 ? -1 : done;
    if (done < 0)
        err_errno(e, errno, "cannot write %s/%s", dir, name);
    return done;
}

static int large_make(const char *dir, uint64_t seed, struct err *e)
{
    struct rng rng = {rng_seed(seed, "large.bin")};
    int fd = file_make(dir, "large.bin", e), done = 0;
    if (fd < 0)
        return -1;
    char *block = mem_new(1, BLOCK);
    for (size_t left = ROOT_LARGE; left > 0 && done == 0;) {
        size_t len = left < BLOCK ? left : BLOCK;
        rng_fill(&rng, block, len);
        done = write_all(fd, block, len);
        left -= len;
    }
    done = file_finish(fd) < 0 ? -1 : done;
    if (done < 0)
        err_errno(e, errno, "cannot write %s/large.bin (%d bytes)", dir, ROOT_LARGE);
    free(block);
    return done;
}

/* For a path that lacks its last slash: servers send a redirect to the one that has it. */
static int folder_make(const char *path, struct err *e)
{
    if (mkdir(path, 0755) < 0 || chmod(path, 0755) < 0)
        return err_errno(e, errno, "cannot make %s", path);
    return text_make(path, "index.html", INDEX, e);
}

int root_documents_make(const char *path, uint64_t seed, struct err *e)
{
    if (mkdir(path, 0755) < 0 || chmod(path, 0755) < 0)
        return err_errno(e, errno, "cannot make %s", path);
    char *folder = mem_printf("%s/folder", path);
    int made = folder_make(folder, e);
    free(folder);
    if (made < 0 || text_make(path, "index.html", INDEX, e) < 0 ||
        text_make(path, "small.txt", "a small file\n", e) < 0 || text_make(path, "empty.txt", "", e) < 0)
        return -1;
    return large_make(path, seed, e);
}

/* --- removing ------------------------------------------------------------------------------------------- */

static int remove_entry(int parent, const char *name, dev_t dev, int depth);

/* Takes over `fd`. */
static int remove_inside(int fd, dev_t dev, int depth)
{
    int result = 0;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return -1;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            remove_entry(dirfd(dir), entry->d_name, dev, depth + 1) < 0)
            result = -1;
    closedir(dir);
    return result;
}

static int remove_entry(int parent, const char *name, dev_t dev, int depth)
{
    struct stat st;
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        if (fstat(fd, &st) < 0 || st.st_dev != dev || depth >= DEPTH_MAX) {
            close(fd);
            errno = EXDEV;
            return -1;
        }
        remove_inside(fd, dev, depth);
    }
    return unlinkat(parent, name, AT_REMOVEDIR);
}

/* Somebody may still be writing there: a subject that dies, a hand that meddles. */
#define REMOVE_ROUNDS   100
#define REMOVE_PAUSE_NS 1000000

int root_remove(const char *path)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    int result = remove_entry(AT_FDCWD, path, st.st_dev, 0);
    for (int i = 0; i < REMOVE_ROUNDS && result < 0 && errno == ENOTEMPTY; i++) {
        nanosleep(&(struct timespec){.tv_nsec = REMOVE_PAUSE_NS}, NULL);
        result = remove_entry(AT_FDCWD, path, st.st_dev, 0);
    }
    return result;
}

/* --- sweeping ------------------------------------------------------------------------------------------- */

/* The PID in sockspec-PID-XXXXXX, or 0 when the name is not of this form. */
static pid_t name_pid(const char *name)
{
    char *end;
    if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
        return 0;
    long pid = strtol(name + sizeof(PREFIX) - 1, &end, 10);
    return pid > 0 && pid <= INT32_MAX && *end == '-' && strlen(end) == 7 ? (pid_t)pid : 0;
}

/* Whether the run that made the directory is dead. *lock: its lock, now ours, to close after removal; -1 where there is
 * none. */
static bool is_dead(int dir, pid_t pid, const struct stat *st, int *lock)
{
    *lock = openat(dir, "lock", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*lock >= 0)
        return flock(*lock, LOCK_EX | LOCK_NB) == 0;
    if (errno != ENOENT)
        return false;
    return (kill(pid, 0) < 0 && errno == ESRCH) || time(NULL) - st->st_mtime > UNLOCKED_AGE;
}

void root_sweep(const char *parent)
{
    struct stat st;
    DIR *dir = opendir(parent);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        pid_t pid = name_pid(entry->d_name);
        int lock = -1;
        if (!pid)
            continue;
        int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            continue;
        /* Another user's directory could lead us to remove what that user wants removed. */
        if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && is_dead(fd, pid, &st, &lock))
            remove_entry(dirfd(dir), entry->d_name, st.st_dev, 0);
        if (lock >= 0)
            close(lock);
        close(fd);
    }
    closedir(dir);
}
