#include "fault/inject_internal.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* The kernel takes no more parts in one call (UIO_MAXIOV), and cuts sendmmsg's messages to as many. */
#define PARTS_MAX 1024
/* So many are read at a time. */
#define PARTS_PIECE 64

static bool read_memory(pid_t tid, uint64_t from, void *to, size_t len)
{
    struct iovec here = {to, len}, there = {(void *)(uintptr_t)from, len};
    return process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* Through ptrace, which may write where the program itself may not: a constant message is cut like any other. */
static bool write_word(pid_t tid, uint64_t at, uint64_t value)
{
    return ptrace(PTRACE_POKEDATA, tid, (void *)(uintptr_t)at, (void *)(uintptr_t)value) == 0;
}

static bool change_word(pid_t tid, struct inject_cut *cut, uint64_t at, uint64_t old, uint64_t value)
{
    if (old == value)
        return true;
    if (!write_word(tid, at, value))
        return false;
    cut->words[cut->word_count].at = at;
    cut->words[cut->word_count++].value = old;
    return true;
}

/* Where a number of bytes ends within some parts. */
struct place {
    uint64_t before; /* bytes of the parts before `part` */
    uint64_t part;
    uint64_t length;  /* of that part, as it stands */
    uint64_t address; /* of its length */
};

/*
 * Walks over struct iovec[count] at `at` until more than `limit` bytes have been met. Returns true when they were, else
 * false with out->before as the sum of all.
 */
static bool walk_parts(pid_t tid, uint64_t at, uint64_t count, uint64_t limit, struct place *out)
{
    struct iovec parts[PARTS_PIECE];
    *out = (struct place){0};
    if (count > PARTS_MAX)
        count = PARTS_MAX;
    for (uint64_t first = 0; first < count; first += PARTS_PIECE) {
        uint64_t n = count - first < PARTS_PIECE ? count - first : PARTS_PIECE;
        if (!read_memory(tid, at + first * sizeof *parts, parts, n * sizeof *parts))
            return false;
        for (uint64_t i = 0; i < n; i++) {
            uint64_t len = parts[i].iov_len;
            if (len > SSIZE_MAX) /* the kernel will refuse it */
                return false;
            if (out->before + len > limit) {
                out->part = first + i;
                out->length = len;
                out->address = at + (first + i) * sizeof *parts + offsetof(struct iovec, iov_len);
                return true;
            }
            out->before += len;
        }
    }
    return false;
}

static bool read_message(pid_t tid, uint64_t at, struct msghdr *out)
{
    return read_memory(tid, at, out, sizeof *out);
}

static uint64_t message_asks(pid_t tid, uint64_t at)
{
    struct msghdr m;
    struct place end;
    if (!read_message(tid, at, &m))
        return 0;
    walk_parts(tid, (uint64_t)(uintptr_t)m.msg_iov, m.msg_iovlen, UINT64_MAX - SSIZE_MAX, &end);
    return end.before;
}

uint64_t call_asks(pid_t tid, const struct inject_row *row, const struct inject_regs *regs)
{
    struct place end;
    uint64_t sum = 0, at = regs->args[1], count = regs->args[2];
    switch (row->shape) {
    case SHAPE_NONE:
        return 0;
    case SHAPE_LENGTH:
        return regs->args[row->length];
    case SHAPE_IOV:
        walk_parts(tid, at, count, UINT64_MAX - SSIZE_MAX, &end);
        return end.before;
    case SHAPE_MSG:
        return message_asks(tid, at);
    case SHAPE_MMSG:
        count = (uint32_t)count < PARTS_MAX ? (uint32_t)count : PARTS_MAX;
        for (uint64_t i = 0; i < count; i++)
            sum += message_asks(tid, at + i * sizeof(struct mmsghdr));
        return sum;
    }
    return 0;
}

static bool change_arg(pid_t tid, const struct inject_regs *regs, struct inject_cut *cut, int arg, uint64_t value)
{
    if (regs_write_arg(tid, arg, value) < 0)
        return false;
    cut->arg = arg;
    cut->arg_value = regs->args[arg];
    return true;
}

/* Cuts the part in which the limit lies. Its place, if any, has been found. */
static bool cut_part(pid_t tid, const struct place *p, uint64_t limit, struct inject_cut *cut)
{
    return change_word(tid, cut, p->address, p->length, limit - p->before);
}

static bool cut_message(pid_t tid, uint64_t at, uint64_t limit, struct inject_cut *cut)
{
    struct msghdr m;
    struct place p;
    return read_message(tid, at, &m) && walk_parts(tid, (uint64_t)(uintptr_t)m.msg_iov, m.msg_iovlen, limit, &p) &&
           change_word(tid, cut, at + offsetof(struct msghdr, msg_iovlen), m.msg_iovlen, p.part + 1) &&
           cut_part(tid, &p, limit, cut);
}

/* The messages before the one in which the limit lies stay whole. */
static bool cut_messages(pid_t tid, const struct inject_regs *regs, uint64_t limit, struct inject_cut *cut)
{
    uint64_t at = regs->args[1], count = (uint32_t)regs->args[2];
    for (uint64_t i = 0; i < count && i < PARTS_MAX; i++) {
        uint64_t asks = message_asks(tid, at + i * sizeof(struct mmsghdr));
        if (asks >= limit) {
            return (asks == limit || cut_message(tid, at + i * sizeof(struct mmsghdr), limit, cut)) &&
                   change_arg(tid, regs, cut, 2, i + 1);
        }
        limit -= asks;
    }
    return false;
}

static bool cut(pid_t tid, const struct inject_row *row, const struct inject_regs *regs, uint64_t limit,
                struct inject_cut *out)
{
    struct place p;
    switch (row->shape) {
    case SHAPE_NONE:
        return false;
    case SHAPE_LENGTH:
        return change_arg(tid, regs, out, row->length, limit);
    case SHAPE_IOV:
        return walk_parts(tid, regs->args[1], regs->args[2], limit, &p) && change_arg(tid, regs, out, 2, p.part + 1) &&
               cut_part(tid, &p, limit, out);
    case SHAPE_MSG:
        return cut_message(tid, regs->args[1], limit, out);
    case SHAPE_MMSG:
        return cut_messages(tid, regs, limit, out);
    }
    return false;
}

int call_cut(pid_t tid, const struct inject_row *row, const struct inject_regs *regs, uint64_t limit,
             struct inject_cut *out)
{
    *out = (struct inject_cut){.arg = -1};
    if (cut(tid, row, regs, limit, out))
        return 0;
    call_restore(tid, out);
    *out = (struct inject_cut){.arg = -1};
    return -1;
}

void call_restore(pid_t tid, const struct inject_cut *cut)
{
    if (cut->arg >= 0)
        regs_write_arg(tid, cut->arg, cut->arg_value);
    for (int i = cut->word_count - 1; i >= 0; i--)
        write_word(tid, cut->words[i].at, cut->words[i].value);
}

uint64_t call_moved(pid_t tid, const struct inject_row *row, const struct inject_regs *regs, int64_t result)
{
    uint64_t sum = 0, at = regs->args[1];
    if (row->shape != SHAPE_MMSG)
        return (uint64_t)result;
    for (uint64_t i = 0; i < (uint64_t)result && i < PARTS_MAX; i++) {
        unsigned len = 0;
        read_memory(tid, at + i * sizeof(struct mmsghdr) + offsetof(struct mmsghdr, msg_len), &len, sizeof len);
        sum += len;
    }
    return sum;
}

bool call_makes_untraced(pid_t tid, const struct inject_regs *regs)
{
    uint64_t flags = regs->args[0];
    if (regs->number == SYS_clone3 &&
        !read_memory(tid, regs->args[0], &flags, sizeof flags)) /* the first member of clone_args */
        return false;
    return (regs->number == SYS_clone || regs->number == SYS_clone3) && flags & CLONE_UNTRACED;
}
