#include "base/output.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file that is new may be read by, less the umask. */
#define NEW_MODE 0666
/* Names tried for a file beside the one that it will replace: others may be writing there too. */
#define NAMES_MAX 100

static int refused(const char *path, struct err *e)
{
    return err_errno(e, errno, "cannot write %s", path);
}

/* The folder that holds `path`. The caller frees it. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_dup(".");
    return slash == path ? mem_dup("/") : mem_printf("%.*s", (int)(slash - path), path);
}

int output_write(int fd, const void *data, size_t len)
{
    for (const char *at = data; len > 0;) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EAGAIN) { /* somebody else's descriptor may be set not to wait */
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            if (poll(&p, 1, -1) < 0 && errno != EINTR)
                return -1;
        } else if (n < 0 && errno != EINTR) {
            return -1;
        } else if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* --- beforehand --- */

int output_check_folder(const char *path, struct err *e)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return err_errno(e, errno, "cannot write in %s", path);
    }
    if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
        return err_errno(e, errno, "cannot write in %s", path);
    return 0;
}

int output_check(const char *path, struct err *e)
{
    struct stat st;
    int rc = 0;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            errno = EISDIR;
        if (S_ISDIR(st.st_mode) || faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
            rc = refused(path, e);
    } else if (errno != ENOENT) {
        rc = refused(path, e);
    } else if (lstat(path, &st) < 0) { /* a link that leads nowhere is looked at when it is followed */
        char *folder = folder_of(path);
        if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
            rc = refused(path, e);
        free(folder);
    }
    return rc;
}

/* --- writing --- */

/* A file without a name in that folder, or one with the name *fresh where the file system knows none. -1 with errno. */
static int open_beside(const char *folder, char **fresh)
{
    int fd = access("/proc/self/fd", X_OK) == 0 ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, NEW_MODE) : -1;
    for (int i = 0; fd < 0 && i < NAMES_MAX; i++) {
        *fresh = mem_printf("%s/.sockspec-%ld-%d", folder, (long)getpid(), i);
        fd = open(*fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, NEW_MODE);
        if (fd >= 0)
            return fd;
        free(*fresh);
        *fresh = NULL;
        if (errno != EEXIST)
            return -1;
    }
    return fd;
}

/* Gives a file that has no name one. -1 with errno. */
static int give_name(int fd, const char *folder, char **fresh)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    for (int i = 0; i < NAMES_MAX; i++) {
        *fresh = mem_printf("%s/.sockspec-%ld-%d", folder, (long)getpid(), i);
        if (linkat(AT_FDCWD, self, AT_FDCWD, *fresh, AT_SYMLINK_FOLLOW) == 0)
            return 0;
        free(*fresh);
        *fresh = NULL;
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

/* Owner and mode of the file that it will replace. -1 where they cannot be given. */
static int take_after(int fd, const struct stat *old)
{
    struct stat now;
    if (!old->st_nlink)
        return 0; /* there is none */
    if (fstat(fd, &now) < 0)
        return -1;
    if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) && fchown(fd, old->st_uid, old->st_gid) < 0)
        return -1;
    return fchmod(fd, old->st_mode & 07777);
}

enum replaced { REPLACED, NOT_HERE, FAILED };

/* Puts a new file in the place of `target`. NOT_HERE: this is no place for that, and nothing was done. */
static enum replaced replace(const char *target, const struct stat *old, const void *data, size_t len)
{
    char *folder = folder_of(target), *fresh = NULL;
    enum replaced result = NOT_HERE;
    int fd = open_beside(folder, &fresh);
    if (fd >= 0 && take_after(fd, old) == 0) {
        result = FAILED;
        if (output_write(fd, data, len) == 0 && (fresh || give_name(fd, folder, &fresh) == 0) &&
            rename(fresh, target) == 0)
            result = REPLACED;
    }
    int code = errno;
    if (fd >= 0)
        close(fd);
    if (fresh && result != REPLACED)
        unlink(fresh); /* made here, under a name that nobody else had */
    free(folder);
    free(fresh);
    errno = code;
    return result;
}

static int write_in_place(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, NEW_MODE);
    if (fd < 0)
        return -1;
    int rc = output_write(fd, data, len), code = errno;
    if (close(fd) < 0 && rc == 0)
        return -1;
    errno = code;
    return rc;
}

int output_save(const char *path, const void *data, size_t len, struct err *e)
{
    struct stat old = {0};
    bool there = stat(path, &old) == 0, dangling = !there && lstat(path, &(struct stat){0}) == 0;
    enum replaced done = NOT_HERE;
    if (!there)
        old.st_nlink = 0;
    if (there && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
        return refused(path, e);
    if (!dangling && (!there || (S_ISREG(old.st_mode) && old.st_nlink == 1))) {
        char *target = there ? realpath(path, NULL) : NULL;
        done = replace(target ? target : path, &old, data, len);
        free(target);
    }
    if (done == NOT_HERE)
        done = write_in_place(path, data, len) == 0 ? REPLACED : FAILED;
    return done == REPLACED ? 0 : refused(path, e);
}

int output_append(const char *path, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, NEW_MODE);
    return fd < 0 ? refused(path, e) : fd;
}
