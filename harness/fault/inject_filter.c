#include "fault/inject_filter.h"

#include "fault/inject_calls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel takes no longer filter (BPF_MAXINSNS). */
#define FILTER_MAX 4096

/* The largest length that concerns no clause for this call; 0: all concern one. */
static uint64_t spared_length(const struct inject_clause *clauses, size_t count, enum scn_call call)
{
    uint64_t spared = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (clauses[i].call == call) {
            uint64_t own = clauses[i].effect == SCN_EFFECT_SHORT && !clauses[i].by_bytes ? clauses[i].amount : 0;
            spared = own < spared ? own : spared;
        }
    return spared;
}

bool inject_filter_skips_small(const struct inject_clause *clauses, size_t count, enum scn_call call)
{
    return spared_length(clauses, count, call) > 0;
}

static bool is_named(const struct inject_clause *clauses, size_t count, enum scn_call call)
{
    for (size_t i = 0; i < count; i++)
        if (clauses[i].call == call)
            return true;
    return false;
}

static int add_row(scmp_filter_ctx filter, const struct inject_row *row, uint64_t spared)
{
    if (row->only)
        return seccomp_rule_add(
            filter, SCMP_ACT_TRACE(0), (int)row->number, 1,
            SCMP_CMP64((unsigned)row->flags, SCMP_CMP_MASKED_EQ, (uint64_t)row->only, (uint64_t)row->only));
    if (row->shape == SHAPE_LENGTH && spared > 0)
        return seccomp_rule_add(filter, SCMP_ACT_TRACE(0), (int)row->number, 1,
                                SCMP_CMP64((unsigned)row->length, SCMP_CMP_GT, spared, 0));
    return seccomp_rule_add(filter, SCMP_ACT_TRACE(0), (int)row->number, 0);
}

static int add_rules(scmp_filter_ctx filter, const struct inject_clause *clauses, size_t count)
{
    size_t n;
    const struct inject_row *rows = inject_rows(&n);
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (!is_named(clauses, count, rows[i].call))
            continue;
        rc = add_row(filter, &rows[i], spared_length(clauses, count, rows[i].call));
        if (rc == -EEXIST) /* splice has two rows, which may ask for the same */
            rc = 0;
    }
    /* A child that no tracer sees has the filter all the same: it is told why its calls fail. clone3 has its flags in
     * memory, where no filter can look. */
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_TRACE(0), SCMP_SYS(clone), 1,
                              SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, CLONE_UNTRACED, CLONE_UNTRACED));
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_TRACE(0), SCMP_SYS(clone3), 0);
    return rc < 0 ? rc : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0);
}

/* libseccomp writes to descriptors only. */
static int export(scmp_filter_ctx filter, struct sock_fprog *out)
{
    int result = -1, fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || seccomp_export_bpf(filter, fd) < 0)
        goto done;
    off_t size = lseek(fd, 0, SEEK_END);
    size_t count = (size_t)size / sizeof(struct sock_filter);
    if (size <= 0 || count > FILTER_MAX)
        goto done;
    out->filter = calloc(count, sizeof(struct sock_filter));
    out->len = (unsigned short)count;
    if (out->filter && pread(fd, out->filter, (size_t)size, 0) == size)
        result = 0;
done:
    if (fd >= 0)
        close(fd);
    return result;
}

int inject_filter_build(const struct inject_clause *clauses, size_t count, struct sock_fprog *out, struct err *e)
{
    *out = (struct sock_fprog){0};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return err_set(e, 0, "libseccomp cannot build filters here");
    int rc = add_rules(filter, clauses, count);
    if (rc == 0 && export(filter, out) < 0)
        rc = -EIO;
    seccomp_release(filter);
    if (rc == 0)
        return 0;
    free(out->filter);
    out->filter = NULL;
    return err_errno(e, -rc, "cannot build the seccomp filter");
}

int inject_filter_load(const struct sock_fprog *filter)
{
    /* Without SPEC_ALLOW older kernels slow the whole program down (speculation barriers); still older ones do not know
     * the flag. */
    static const unsigned flags[] = {SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0};
    for (int privileged = 1; privileged >= 0; privileged--) {
        if (!privileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            return -1;
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags[i], filter) == 0)
                return 0;
    }
    return -1;
}
