#include "fault/inject_calls.h"

#include <sys/syscall.h>

/* A row, not a block. */
// clang-format off
#define ROW(name, ...) {SYS_##name, #name, __VA_ARGS__}
// clang-format on

/* Which calls there are differs from machine to machine: newer ones have no `poll` of their own. */
static const struct inject_row rows[] = {
    ROW(write, INJECT_SEND, 0, SHAPE_LENGTH, 2, -1),
    ROW(writev, INJECT_SEND, 0, SHAPE_IOV, 0, -1),
    ROW(sendto, INJECT_SEND, 0, SHAPE_LENGTH, 2, 3),
    ROW(sendmsg, INJECT_SEND, 0, SHAPE_MSG, 0, 2),
    ROW(sendmmsg, INJECT_SEND, 0, SHAPE_MMSG, 0, 3),
    ROW(sendfile, INJECT_SEND, 0, SHAPE_LENGTH, 3, -1),
    ROW(splice, INJECT_SEND, 2, SHAPE_LENGTH, 4, -1),
    ROW(pwritev2, INJECT_SEND, 0, SHAPE_IOV, 0, -1), /* at offset -1 as writev */
    ROW(read, INJECT_RECV, 0, SHAPE_LENGTH, 2, -1),
    ROW(readv, INJECT_RECV, 0, SHAPE_IOV, 0, -1),
    ROW(recvfrom, INJECT_RECV, 0, SHAPE_LENGTH, 2, 3),
    ROW(recvmsg, INJECT_RECV, 0, SHAPE_MSG, 0, 2),
    ROW(recvmmsg, INJECT_RECV, 0, SHAPE_MMSG, 0, 3),
    ROW(splice, INJECT_RECV, 0, SHAPE_LENGTH, 4, -1),
    ROW(preadv2, INJECT_RECV, 0, SHAPE_IOV, 0, -1),
    ROW(accept, INJECT_ACCEPT, 0, SHAPE_NONE, 0, -1),
    ROW(accept4, INJECT_ACCEPT, 0, SHAPE_NONE, 0, -1),
    ROW(connect, INJECT_CONNECT, 0, SHAPE_NONE, 0, -1),
    ROW(socket, INJECT_SOCKET, -1, SHAPE_NONE, 0, -1),
    ROW(bind, INJECT_BIND, 0, SHAPE_NONE, 0, -1),
    ROW(listen, INJECT_LISTEN, 0, SHAPE_NONE, 0, -1),
#ifdef SYS_poll
    ROW(poll, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(select, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(epoll_wait, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
#endif
    ROW(ppoll, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(pselect6, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(epoll_pwait, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
#ifdef SYS_epoll_pwait2
    ROW(epoll_pwait2, INJECT_POLL, -1, SHAPE_NONE, 0, -1),
#endif
    ROW(close, INJECT_CLOSE, 0, SHAPE_NONE, 0, -1),
    ROW(shutdown, INJECT_SHUTDOWN, 0, SHAPE_NONE, 0, -1),
    ROW(setsockopt, INJECT_SETSOCKOPT, 0, SHAPE_NONE, 0, -1),
};

const struct inject_row *inject_rows(size_t *count)
{
    *count = sizeof rows / sizeof *rows;
    return rows;
}

const char *inject_call_name(enum inject_call call)
{
    static const char *const names[INJECT_CALLS] = {"send",   "recv", "accept", "connect",  "socket",    "bind",
                                                    "listen", "poll", "close",  "shutdown", "setsockopt"};
    return names[call];
}

const char *inject_receipt_call(const struct inject_receipt *r)
{
    return r->call < sizeof rows / sizeof *rows ? rows[r->call].name : "?";
}
