/*
 * A stopped thread's registers, by what they mean at a system call. x86-64 and AArch64, programs of 64 bits.
 */
#ifndef SOCKSPEC_FAULT_INJECT_REGS_H
#define SOCKSPEC_FAULT_INJECT_REGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#if defined(__x86_64__) || (defined(__aarch64__) && defined(__LP64__))
#define INJECT_ARCHITECTURE 1
#else
#define INJECT_ARCHITECTURE 0
#endif

struct inject_regs {
#if INJECT_ARCHITECTURE
    struct user_regs_struct raw;
#else
    long raw;
#endif
};

/* Returns 0 or -1 (errno; ESRCH: it has been killed). */
int regs_get(pid_t tid, struct inject_regs *r);
int regs_set(pid_t tid, const struct inject_regs *r);

/* At the entry of a call: its number and arguments 0 .. 5. */
long regs_number(const struct inject_regs *r);
uint64_t regs_arg(const struct inject_regs *r, int index);
void regs_set_arg(struct inject_regs *r, int index, uint64_t value);

/*
 * At the entry: has the kernel leave the call out, and the program get `result` for it. Writes the registers (regs_set is not needed).
 * Returns 0 or -1 (errno).
 */
int regs_skip(pid_t tid, struct inject_regs *r, int64_t result);

/* At the exit of a call: what it returned (-errno), and giving it another value. */
int64_t regs_result(const struct inject_regs *r);
void regs_set_result(struct inject_regs *r, int64_t value);

/* At the exit: the kernel means to make the call again when a signal has been seen to. */
bool regs_restarts(const struct inject_regs *r);

/* Behind an exec: whether the program is one of 64 bits. */
bool regs_is_native(pid_t tid);

#endif
