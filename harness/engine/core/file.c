/*
 * `file "..."`: regular files in the scenario's folder or below, and those that --allow-files names. A scenario may
 * come from anywhere, and what it reads goes to the program under test.
 */
#include "engine/core/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOW (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0' || strcmp(folder, "/") == 0);
}

/* Where the kernel (before 5.6) cannot keep a path below a folder: by the names that the links lead to. */
static int open_resolved(const char *folder, const char *path)
{
    char *joined = mem_printf("%s/%s", folder, path), *real = realpath(joined, NULL), *top = realpath(folder, NULL);
    int fd = -1, code = errno;
    if (real && top) {
        code = EXDEV;
        if (path[0] != '/' && is_below(real, top) && (fd = open(real, HOW | O_NOFOLLOW)) < 0)
            code = errno;
    }
    free(joined);
    free(real);
    free(top);
    errno = code;
    return fd;
}

int file_open_below(const char *folder, const char *path)
{
    struct open_how how = {.flags = HOW, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -1;
    int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how), code = errno;
    close(dir);
    if (fd < 0 && (code == ENOSYS || code == EPERM))
        return open_resolved(folder, path);
    errno = code;
    return fd;
}

/* By a name that --allow-files permits: what it leads to is the file or folder that was named there, or in it. */
static int open_allowed(const struct case_run *run, const char *folder, const char *path)
{
    char *full = path[0] == '/' ? mem_dup(path) : mem_printf("%s/%s", folder, path), *real = realpath(full, NULL);
    int fd = -1, code = real ? EXDEV : errno;
    for (const char *const *allowed = run->engine->options.allow_files; real && fd < 0 && allowed && *allowed;
         allowed++) {
        char *top = realpath(*allowed, NULL);
        if (top && is_below(real, top) && (fd = open(real, HOW | O_NOFOLLOW)) < 0)
            code = errno;
        free(top);
    }
    free(full);
    free(real);
    errno = code;
    return fd;
}

int file_open(const struct case_run *run, const char *path, off_t *size, struct err *e)
{
    const char *slash = strrchr(run->scenario->file, '/');
    char *folder =
        slash ? mem_printf("%.*s", (int)(slash - run->scenario->file) + 1, run->scenario->file) : mem_dup(".");
    struct stat st;
    int fd = file_open_below(folder, path);
    if (fd < 0 && (errno == EXDEV || errno == ELOOP))
        fd = open_allowed(run, folder, path);
    int code = errno;
    free(folder);
    if (fd < 0 && code == EXDEV)
        return err_set(e, code, "%s is not in the scenario's folder or below; --allow-files permits it", path);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(e, fd < 0 ? code : errno, "cannot read %s", path);
    if (S_ISREG(st.st_mode)) {
        *size = st.st_size;
        return fd;
    }
    close(fd);
    return err_set(e, EINVAL, "%s is no regular file", path);
}
