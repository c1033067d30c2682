/*
 * expect file: what the subject has left below its own folders. It may be hostile: nothing but a regular file is read,
 * no link is followed out of the folder, and no more than so much of it is looked at.
 */
#include "engine/core/payload.h"
#include "engine/core/regex.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/steps/step.h"

#include "base/visible.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What a scenario looks for stands in less; more of a file is not read. */
#define FILE_MAX ((size_t)16 * 1024 * 1024)
/* The kernel stamps files by its own tick, which may be so much behind. */
#define TICK_US 20000
/* Longest part of a file that a message shows. */
#define FILE_SHOWN 200

/* Whether the file was written since the case began: what an earlier case has left says nothing of this one. */
static bool is_of_this_case(const struct case_run *run, const struct stat *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t passed = (int64_t)(clock_us() - run->began_us);
    int64_t began = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - passed - TICK_US;
    return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000 >= began;
}

/* Reads it. Returns whether there is one, with `e` where not. */
static bool read_file(const struct case_run *run, const char *folder, const char *path, struct buf *out, struct err *e)
{
    struct stat st;
    int fd = file_open_below(folder, path);
    if (fd < 0 || fstat(fd, &st) < 0) {
        err_set(e, errno, errno == EXDEV || errno == ELOOP ? "a link leads out of its folder" : "%s", strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        err_set(e, EINVAL, "it is no regular file");
    } else if (!is_of_this_case(run, &st)) {
        err_set(e, ENOENT, "it was not written since the case began");
    } else {
        for (ssize_t n = 1; n > 0 && out->len<FILE_MAX; out->len += n> 0 ? (size_t)n : 0)
            n = read(fd, buf_reserve(out, 65536), 65536);
        close(fd);
        return true;
    }
    if (fd >= 0)
        close(fd);
    return false;
}

static bool is_met(struct actor *a, const struct scn_state *st, const struct bytes *want, const struct buf *have)
{
    const char *data = buf_text(have);
    if (!want)
        return output_matches(a, st, st->whole, data, have->len) != st->lacks;
    if (st->whole)
        return want->len == have->len && memcmp(want->data, data, have->len) == 0;
    return (memmem(data, have->len, want->data, want->len) != NULL) != st->lacks;
}

/* What was expected, and what is there. */
static enum step_result file_fail(struct actor *a, const struct scn_state *st, const char *path,
                                  const struct bytes *want, const struct buf *have, const char *missing)
{
    struct buf wanted = {0}, shown = {0};
    buf_printf(&wanted, "file %s %s ", path, st->whole ? "is" : st->lacks ? "lacks" : "has");
    if (want)
        visible_quoted(&wanted, want->data, want->len, FILE_SHOWN);
    else
        buf_printf(&wanted, "/%s/", st->regex.pattern);
    if (missing)
        buf_puts(&shown, missing);
    else
        visible_quoted(&shown, buf_text(have), have->len, FILE_SHOWN);
    case_fail(a->run, a, DIAGNOSIS_MISMATCH, "expected %s, but %s%s", buf_text(&wanted),
              missing ? "there is none: " : "it is ", buf_text(&shown));
    free(a->run->result->expected);
    free(a->run->result->received);
    a->run->result->expected = buf_take(&wanted);
    a->run->result->received = buf_take(&shown);
    return STEP_FAILED;
}

enum step_result step_state_file(struct actor *a, const struct scn_step *s)
{
    const struct scn_state *st = &s->u.state;
    const char *folder = st->in_root ? a->run->where->root : a->run->where->dir;
    if (!folder) {
        case_skip(a->run, st->in_root ? "needs a program whose command has {root}, and that writes there"
                                      : "needs a program whose command has {dir}, and that writes there");
        return STEP_FAILED;
    }
    struct buf path = {0}, have = {0};
    struct err e = {0};
    struct bytes *want = st->regex.pattern ? NULL : payload_expand(a->run, a, &st->payload, &e);
    enum step_result rc = STEP_WAIT;
    if (!st->regex.pattern && !want) {
        rc = case_error(a->run, a, "%s", e.text);
    } else if (text_expand(a->run, a, &st->path, &path) < 0) {
        rc = STEP_FAILED;
    } else {
        bool there = read_file(a->run, folder, buf_text(&path), &have, &e);
        int status;
        bool hopeless = subject_exited(a->run->subject, &status) && subject_state(a->run->subject) == SUBJECT_EXITED;
        if (there ? is_met(a, st, want, &have) : st->lacks)
            rc = STEP_DONE;
        else if (hopeless || a->deadline_passed || (there && st->lacks))
            rc = file_fail(a, st, buf_text(&path), want, &have, there ? NULL : e.text);
        else
            actor_timer(a, SLOW_PROBE_S);
    }
    bytes_drop(want);
    buf_free(&have);
    buf_free(&path);
    return rc;
}
