#include "fault/inject_regs.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#if INJECT_ARCHITECTURE
/* The kernel's own codes for a call that is to be made again (linux/errno.h); no program ever sees them. */
#define RESTART_FIRST 512 /* ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND */
#define RESTART_LAST  514
#define RESTART_BLOCK 516

static bool is_restart(int64_t result)
{
    return (result <= -RESTART_FIRST && result >= -RESTART_LAST) || result == -RESTART_BLOCK;
}

int regs_get(pid_t tid, struct inject_regs *r)
{
    struct iovec all = {&r->raw, sizeof r->raw};
    return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) < 0 ? -1 : 0;
}

int regs_set(pid_t tid, const struct inject_regs *r)
{
    struct iovec all = {(void *)&r->raw, sizeof r->raw};
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) < 0 ? -1 : 0;
}

bool regs_restarts(const struct inject_regs *r)
{
    return is_restart(regs_result(r));
}

bool regs_is_native(pid_t tid)
{
    /* A 32-bit program has other registers, and the kernel tells by their size. */
    struct inject_regs r;
    struct iovec all = {&r.raw, sizeof r.raw};
    return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) < 0 || all.iov_len == sizeof r.raw;
}
#endif

#if defined(__x86_64__)

static unsigned long long *arg(struct inject_regs *r, int index)
{
    unsigned long long *const at[] = {&r->raw.rdi, &r->raw.rsi, &r->raw.rdx, &r->raw.r10, &r->raw.r8, &r->raw.r9};
    return at[index];
}

long regs_number(const struct inject_regs *r)
{
    return (long)r->raw.orig_rax;
}

uint64_t regs_arg(const struct inject_regs *r, int index)
{
    struct inject_regs copy = *r;
    return *arg(&copy, index);
}

void regs_set_arg(struct inject_regs *r, int index, uint64_t value)
{
    *arg(r, index) = value;
}

int regs_skip(pid_t tid, struct inject_regs *r, int64_t result)
{
    r->raw.orig_rax = (unsigned long long)-1;
    r->raw.rax = (unsigned long long)result;
    return regs_set(tid, r);
}

int64_t regs_result(const struct inject_regs *r)
{
    return (int64_t)r->raw.rax;
}

void regs_set_result(struct inject_regs *r, int64_t value)
{
    r->raw.rax = (unsigned long long)value;
}

#elif INJECT_ARCHITECTURE /* AArch64: arguments in x0 .. x5, the number in x8, the result in x0 */

long regs_number(const struct inject_regs *r)
{
    return (long)r->raw.regs[8];
}

uint64_t regs_arg(const struct inject_regs *r, int index)
{
    return r->raw.regs[index];
}

void regs_set_arg(struct inject_regs *r, int index, uint64_t value)
{
    r->raw.regs[index] = value;
}

int regs_skip(pid_t tid, struct inject_regs *r, int64_t result)
{
    int none = -1;
    struct iovec number = {&none, sizeof none};
    r->raw.regs[0] = (uint64_t)result;
    if (regs_set(tid, r) < 0)
        return -1;
    return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number) < 0 ? -1 : 0;
}

int64_t regs_result(const struct inject_regs *r)
{
    return (int64_t)r->raw.regs[0];
}

void regs_set_result(struct inject_regs *r, int64_t value)
{
    r->raw.regs[0] = (uint64_t)value;
}

#else

int regs_get(pid_t tid, struct inject_regs *r)
{
    (void)tid;
    (void)r;
    errno = ENOSYS;
    return -1;
}

int regs_set(pid_t tid, const struct inject_regs *r)
{
    (void)tid;
    (void)r;
    errno = ENOSYS;
    return -1;
}

long regs_number(const struct inject_regs *r)
{
    (void)r;
    return -1;
}

uint64_t regs_arg(const struct inject_regs *r, int index)
{
    (void)r;
    (void)index;
    return 0;
}

void regs_set_arg(struct inject_regs *r, int index, uint64_t value)
{
    (void)r;
    (void)index;
    (void)value;
}

int regs_skip(pid_t tid, struct inject_regs *r, int64_t result)
{
    (void)result;
    return regs_set(tid, r);
}

int64_t regs_result(const struct inject_regs *r)
{
    (void)r;
    return -ENOSYS;
}

void regs_set_result(struct inject_regs *r, int64_t value)
{
    (void)r;
    (void)value;
}

bool regs_restarts(const struct inject_regs *r)
{
    (void)r;
    return false;
}

bool regs_is_native(pid_t tid)
{
    (void)tid;
    return false;
}

#endif
