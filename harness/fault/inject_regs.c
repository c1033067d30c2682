#include "fault/inject_regs.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* A call that is to be made again (linux/errno.h: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND; ERESTART_RESTARTBLOCK);
 * no program ever sees these codes. */
#define RESTART_FIRST 512
#define RESTART_LAST  514
#define RESTART_BLOCK 516

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif INJECT_ARCHITECTURE
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCH 0
#endif

bool regs_restarts(int64_t result)
{
    return (result <= -RESTART_FIRST && result >= -RESTART_LAST) || result == -RESTART_BLOCK;
}

/* Returns 0 or -1 (errno). */
static int get_info(pid_t tid, struct __ptrace_syscall_info *info)
{
    return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof *info, info) <= 0 ? -1 : 0;
}

int regs_entry(pid_t tid, struct inject_regs *out)
{
    struct __ptrace_syscall_info info;
    if (get_info(tid, &info) < 0)
        return -1;
    if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
        errno = EPROTO;
        return -1;
    }
    out->number = (long)info.seccomp.nr;
    for (int i = 0; i < 6; i++)
        out->args[i] = info.seccomp.args[i];
    return 0;
}

int regs_exit(pid_t tid, int64_t *result)
{
    struct __ptrace_syscall_info info;
    if (get_info(tid, &info) < 0)
        return -1;
    if (info.op != PTRACE_SYSCALL_INFO_EXIT) {
        errno = EPROTO;
        return -1;
    }
    *result = info.exit.rval;
    return 0;
}

bool regs_is_native(pid_t tid)
{
    struct __ptrace_syscall_info info;
    return get_info(tid, &info) < 0 || info.arch == NATIVE_ARCH;
}

#if defined(__x86_64__)

static int poke(pid_t tid, size_t offset, uint64_t value)
{
    return ptrace(PTRACE_POKEUSER, tid, offset, value) < 0 ? -1 : 0;
}

int regs_write_arg(pid_t tid, int index, uint64_t value)
{
    static const size_t at[] = {offsetof(struct user_regs_struct, rdi), offsetof(struct user_regs_struct, rsi),
                                offsetof(struct user_regs_struct, rdx), offsetof(struct user_regs_struct, r10),
                                offsetof(struct user_regs_struct, r8),  offsetof(struct user_regs_struct, r9)};
    return poke(tid, at[index], value);
}

int regs_write_result(pid_t tid, int64_t value)
{
    return poke(tid, offsetof(struct user_regs_struct, rax), (uint64_t)value);
}

int regs_skip(pid_t tid, int64_t result)
{
    /* The filter's stop looks at the number again: none such is left out, with the result as it stands. */
    return poke(tid, offsetof(struct user_regs_struct, orig_rax), (uint64_t)-1) < 0 ? -1
                                                                                    : regs_write_result(tid, result);
}

#elif INJECT_ARCHITECTURE /* AArch64: arguments in x0 .. x5, the result in x0 */

static int write_register(pid_t tid, int index, uint64_t value)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof regs};
    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) < 0)
        return -1;
    regs.regs[index] = value;
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) < 0 ? -1 : 0;
}

int regs_write_arg(pid_t tid, int index, uint64_t value)
{
    return write_register(tid, index, value);
}

int regs_write_result(pid_t tid, int64_t value)
{
    return write_register(tid, 0, (uint64_t)value);
}

int regs_skip(pid_t tid, int64_t result)
{
    int none = -1;
    struct iovec number = {&none, sizeof none};
    if (regs_write_result(tid, result) < 0)
        return -1;
    return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number) < 0 ? -1 : 0;
}

#else /* inject_start refuses before any of these is called */

static int not_built(void)
{
    errno = ENOSYS;
    return -1;
}

int regs_write_arg(pid_t tid, int index, uint64_t value)
{
    (void)tid;
    (void)index;
    (void)value;
    return not_built();
}

int regs_write_result(pid_t tid, int64_t value)
{
    (void)tid;
    (void)value;
    return not_built();
}

int regs_skip(pid_t tid, int64_t result)
{
    (void)tid;
    (void)result;
    return not_built();
}

#endif
