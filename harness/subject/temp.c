#include "subject/temp.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* /tmp, /dev/shm (names of shared memory and of semaphores are made of pids as well), and $TMPDIR. */
enum { PLACES_MAX = 3 };
/* What is bound through: the run's directory, the working directory, mounts and sockets of others. */
enum { KEPT_MAX = 64 };

struct subject_temp {
    char *places[PLACES_MAX];
    size_t place_count;
    char *kept[KEPT_MAX];
    size_t kept_count;
};

/* Whether `path` is something inside of the directory `place`. */
static bool is_below(const char *path, const char *place)
{
    size_t len = strlen(place);
    return strncmp(path, place, len) == 0 && path[len] == '/';
}

static void add_place(struct subject_temp *t, const char *path)
{
    char real[PATH_MAX];
    if (!path || path[0] != '/' || !realpath(path, real) || strcmp(real, "/") == 0)
        return;
    for (size_t i = 0; i < t->place_count; i++)
        if (strcmp(real, t->places[i]) == 0 || is_below(real, t->places[i]) || is_below(t->places[i], real))
            return;
    t->places[t->place_count++] = mem_dup(real);
}

/* Nothing twice, and nothing that is inside of what is kept. */
static void keep(struct subject_temp *t, const char *path)
{
    bool inside = false;
    for (size_t i = 0; i < t->place_count; i++)
        inside = inside || is_below(path, t->places[i]);
    for (size_t i = 0; i < t->kept_count; i++)
        if (strcmp(path, t->kept[i]) == 0 || is_below(path, t->kept[i]))
            return;
    if (inside && t->kept_count < KEPT_MAX)
        t->kept[t->kept_count++] = mem_dup(path);
}

/* An overlay shows the directories that others are mounted on, and not these. */
static void keep_mounts(struct subject_temp *t)
{
    char line[2 * PATH_MAX], path[PATH_MAX];
    FILE *f = fopen("/proc/self/mountinfo", "re");
    while (f && fgets(line, sizeof line, f))
        /* number, parent, device, root, place; one with a blank in its name (\040) is passed over */
        if (sscanf(line, "%*d %*d %*s %*s %4095s", path) == 1)
            keep(t, path);
    if (f)
        fclose(f);
}

/* Nor can a socket be reached through an overlay that was not bound there: a database may listen in /tmp. */
static void keep_sockets(struct subject_temp *t)
{
    char line[PATH_MAX], path[PATH_MAX];
    struct stat st;
    FILE *f = fopen("/proc/net/unix", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %4095[^\n]", path) == 1 && path[0] == '/' &&
            lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
            keep(t, path);
    if (f)
        fclose(f);
}

struct subject_temp *subject_temp_new(const char *shared)
{
    struct subject_temp *t = mem_new(1, sizeof *t);
    char path[PATH_MAX];
    *t = (struct subject_temp){0};
    add_place(t, "/tmp");
    add_place(t, "/dev/shm");
    add_place(t, getenv("TMPDIR"));
    if (shared && realpath(shared, path))
        keep(t, path);
    if (getcwd(path, sizeof path)) /* who works there has his program, and what it is told to keep, in it */
        keep(t, path);
    keep_mounts(t);
    keep_sockets(t);
    return t;
}

void subject_temp_free(struct subject_temp *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->place_count; i++)
        free(t->places[i]);
    for (size_t i = 0; i < t->kept_count; i++)
        free(t->kept[i]);
    free(t);
}

/* --- in the init ---------------------------------------------------------------------------------------- */

/* A name for what is open, that needs no escapes in the options of a mount. */
static const char *name_of(int fd, char room[40])
{
    snprintf(room, 40, "/proc/self/fd/%d", fd);
    return room;
}

/* The rights that the directory `fd` has, for the new `name` in `parent`. */
static int make_like(int parent, const char *name, const struct stat *like)
{
    if (mkdirat(parent, name, 0700) < 0 || fchmodat(parent, name, like->st_mode & 07777, 0) < 0)
        return -1;
    /* In a user namespace its owner may be nobody that we may name. */
    (void)!fchownat(parent, name, like->st_uid, like->st_gid, 0);
    return 0;
}

static unsigned long flags_of(const char *place)
{
    struct statvfs v;
    unsigned long flags = 0;
    if (statvfs(place, &v) == 0)
        flags = (v.f_flag & ST_NOSUID ? MS_NOSUID : 0) | (v.f_flag & ST_NODEV ? MS_NODEV : 0) |
                (v.f_flag & ST_NOEXEC ? MS_NOEXEC : 0);
    return flags;
}

/* Puts the overlay over place number `i`, whose layer stands in `layers`. Returns 0 or -1 (errno). */
static int cover(const char *place, int lower, int layers, size_t i, bool user)
{
    char upper_name[16], work_name[16], a[40], b[40], c[40], options[200];
    struct stat st;
    snprintf(upper_name, sizeof upper_name, "upper%zu", i);
    snprintf(work_name, sizeof work_name, "work%zu", i);
    if (fstat(lower, &st) < 0 || make_like(layers, upper_name, &st) < 0 || mkdirat(layers, work_name, 0700) < 0)
        return -1;
    int upper = openat(layers, upper_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int work = openat(layers, work_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s%s", name_of(lower, a), name_of(upper, b),
             name_of(work, c), user ? ",userxattr" : "");
    int result = upper < 0 || work < 0 ? -1 : mount("overlay", place, "overlay", flags_of(place), options);
    int code = errno;
    if (upper >= 0)
        close(upper);
    if (work >= 0)
        close(work);
    errno = code;
    return result;
}

/* All that is kept, opened before it is covered; -1 for what is no more. */
static void open_kept(const struct subject_temp *t, int fds[KEPT_MAX])
{
    for (size_t i = 0; i < t->kept_count; i++)
        fds[i] = open(t->kept[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* Puts it back, and closes it. Returns 0, or -1 (errno); what has gone meanwhile is no loss. */
static int bind_kept(const struct subject_temp *t, const int fds[KEPT_MAX], bool covered)
{
    char name[40];
    int code = 0;
    for (size_t i = 0; i < t->kept_count; i++) {
        if (fds[i] < 0)
            continue;
        if (covered && mount(name_of(fds[i], name), t->kept[i], NULL, MS_BIND | MS_REC, NULL) < 0 && errno != ENOENT)
            code = errno;
        close(fds[i]);
    }
    errno = code;
    return code ? -1 : 0;
}

/* Covers one place after the other; those behind the first may fail. Returns how many mounts were made, 0 (errno). */
static size_t cover_all(const struct subject_temp *t, bool user, const char *made[PLACES_MAX + 1])
{
    int lower[PLACES_MAX], layers;
    size_t count = 0;
    for (size_t i = 0; i < t->place_count; i++)
        lower[i] = open(t->places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* The layers stand where the first overlay hides them. */
    if (mount("tmpfs", t->places[0], "tmpfs", MS_NOSUID | MS_NODEV, "mode=700") == 0)
        made[count++] = t->places[0];
    layers = count ? open(t->places[0], O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    for (size_t i = 0; i < t->place_count && count > (i > 0); i++)
        if (lower[i] >= 0 && cover(t->places[i], lower[i], layers, i, user) == 0)
            made[count++] = t->places[i];
    int code = errno;
    for (size_t i = 0; i < t->place_count; i++)
        if (lower[i] >= 0)
            close(lower[i]);
    if (layers >= 0)
        close(layers);
    errno = code;
    return count;
}

int temp_make_own(const struct subject_temp *t, bool user)
{
    int kept[KEPT_MAX];
    const char *made[PLACES_MAX + 1];
    char here[PATH_MAX];
    bool knows_here = getcwd(here, sizeof here);
    if (t->place_count == 0)
        return 0;
    open_kept(t, kept);
    size_t count = cover_all(t, user, made);
    int code = errno, bound = bind_kept(t, kept, count > 1);
    if (bound < 0)
        code = errno;
    if (count < 2 || bound < 0)
        while (count > 0)
            umount2(made[--count], MNT_DETACH);
    if (knows_here)
        (void)!chdir(here); /* the same by name; where it may not be entered from above, the one that we are in stays */
    errno = code;
    return count == 0 ? -1 : 0;
}
