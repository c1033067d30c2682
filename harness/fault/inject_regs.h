/*
 * A system call of a stopped thread: read through PTRACE_GET_SYSCALL_INFO, which costs a fraction of all registers, and
 * changed register by register. x86-64 and AArch64, programs of 64 bits.
 */
#ifndef SOCKSPEC_FAULT_INJECT_REGS_H
#define SOCKSPEC_FAULT_INJECT_REGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__x86_64__) || (defined(__aarch64__) && defined(__LP64__))
#define INJECT_ARCHITECTURE 1
#else
#define INJECT_ARCHITECTURE 0
#endif

struct inject_regs {
    long number;
    uint64_t args[6];
};

/* At the entry of a call. Returns 0 or -1 (errno; ESRCH: the thread has been killed). */
int regs_entry(pid_t tid, struct inject_regs *out);

/* At its exit: what it returned (-errno). Returns 0 or -1 (errno). */
int regs_exit(pid_t tid, int64_t *result);

/* Gives argument `index` (1 .. 5), or at the exit the result, another value. Returns 0 or -1 (errno). */
int regs_write_arg(pid_t tid, int index, uint64_t value);
int regs_write_result(pid_t tid, int64_t value);

/* At the entry: has the kernel leave the call out, and the program get `result` for it. Returns 0 or -1 (errno). */
int regs_skip(pid_t tid, int64_t result);

/* Whether it is the kernel's own code for a call that it means to make again when a signal has been seen to. */
bool regs_restarts(int64_t result);

/* Whether the stopped thread runs a program of 64 bits. */
bool regs_is_native(pid_t tid);

#endif
