#include "fault/inject_calls.h"

#include <sys/socket.h>
#include <sys/syscall.h>

/* A row, not a block. */
// clang-format off
#define ROW(name, ...) {SYS_##name, #name, __VA_ARGS__, 0}
#define ROW_WITH(flag, name, ...) {SYS_##name, #name, __VA_ARGS__, flag}
// clang-format on

/* Which calls there are differs from machine to machine: newer ones have no `poll` of their own. */
static const struct inject_row rows[] = {
    ROW(write, SCN_CALL_SEND, 0, SHAPE_LENGTH, 2, -1),
    ROW(writev, SCN_CALL_SEND, 0, SHAPE_IOV, 0, -1),
    /* TCP Fast Open: what is sent opens the connection (tcp(7)). Before their other rows: the first that is meant
       counts. */
    ROW_WITH(MSG_FASTOPEN, sendto, SCN_CALL_CONNECT, 0, SHAPE_NONE, 0, 3),
    ROW_WITH(MSG_FASTOPEN, sendmsg, SCN_CALL_CONNECT, 0, SHAPE_NONE, 0, 2),
    ROW(sendto, SCN_CALL_SEND, 0, SHAPE_LENGTH, 2, 3),
    ROW(sendmsg, SCN_CALL_SEND, 0, SHAPE_MSG, 0, 2),
    ROW(sendmmsg, SCN_CALL_SEND, 0, SHAPE_MMSG, 0, 3),
    ROW(sendfile, SCN_CALL_SEND, 0, SHAPE_LENGTH, 3, -1),
    ROW(splice, SCN_CALL_SEND, 2, SHAPE_LENGTH, 4, -1),
    ROW(pwritev2, SCN_CALL_SEND, 0, SHAPE_IOV, 0, -1), /* at offset -1 as writev */
    ROW(read, SCN_CALL_RECV, 0, SHAPE_LENGTH, 2, -1),
    ROW(readv, SCN_CALL_RECV, 0, SHAPE_IOV, 0, -1),
    ROW(recvfrom, SCN_CALL_RECV, 0, SHAPE_LENGTH, 2, 3),
    ROW(recvmsg, SCN_CALL_RECV, 0, SHAPE_MSG, 0, 2),
    ROW(recvmmsg, SCN_CALL_RECV, 0, SHAPE_MMSG, 0, 3),
    ROW(splice, SCN_CALL_RECV, 0, SHAPE_LENGTH, 4, -1),
    ROW(preadv2, SCN_CALL_RECV, 0, SHAPE_IOV, 0, -1),
    ROW(accept, SCN_CALL_ACCEPT, 0, SHAPE_NONE, 0, -1),
    ROW(accept4, SCN_CALL_ACCEPT, 0, SHAPE_NONE, 0, -1),
    ROW(connect, SCN_CALL_CONNECT, 0, SHAPE_NONE, 0, -1),
    ROW(socket, SCN_CALL_SOCKET, -1, SHAPE_NONE, 0, -1),
    ROW(bind, SCN_CALL_BIND, 0, SHAPE_NONE, 0, -1),
    ROW(listen, SCN_CALL_LISTEN, 0, SHAPE_NONE, 0, -1),
#ifdef SYS_poll
    ROW(poll, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(select, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(epoll_wait, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
#endif
    ROW(ppoll, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(pselect6, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
    ROW(epoll_pwait, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
#ifdef SYS_epoll_pwait2
    ROW(epoll_pwait2, SCN_CALL_POLL, -1, SHAPE_NONE, 0, -1),
#endif
    ROW(close, SCN_CALL_CLOSE, 0, SHAPE_NONE, 0, -1),
    ROW(shutdown, SCN_CALL_SHUTDOWN, 0, SHAPE_NONE, 0, -1),
    ROW(setsockopt, SCN_CALL_SETSOCKOPT, 0, SHAPE_NONE, 0, -1),
};

const struct inject_row *inject_rows(size_t *count)
{
    *count = sizeof rows / sizeof *rows;
    return rows;
}

const char *inject_receipt_call(const struct inject_receipt *r)
{
    return r->call < sizeof rows / sizeof *rows ? rows[r->call].name : "?";
}
