#include "evidence/diag.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * The kernel fills at most 32 KiB a datagram of a dump (NLMSG_GOODSIZE grows to what the reader offers, up to
 * this).
 */
enum { ANSWER_MAX = 32768 };

static int send_request(int nl, const void *body, size_t len, uint16_t flags)
{
    struct nlmsghdr head = {
        .nlmsg_len = (uint32_t)(sizeof head + len),
        .nlmsg_type = SOCK_DIAG_BY_FAMILY,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
    };
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)(uintptr_t)body, len}};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct msghdr msg = {.msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = parts, .msg_iovlen = 2};
    ssize_t n;
    do
        n = sendmsg(nl, &msg, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

/* Errors of the kernel come as a message of their own. */
static int answer_error(const struct nlmsghdr *h)
{
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
        return EPROTO;
    return -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
}

/*
 * Reads the answer to one request: a single message, or a dump up to its NLMSG_DONE. Returns 0, or -1
 * (errno).
 */
static int read_answer(int nl, bool dump, answer_visitor *visit, void *data)
{
    _Alignas(struct nlmsghdr) char bytes[ANSWER_MAX];
    bool stop = false;
    for (;;) {
        ssize_t n = recv(nl, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        unsigned left = (unsigned)n;
        for (const struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == NLMSG_DONE)
                return 0;
            if (h->nlmsg_type == NLMSG_ERROR) {
                errno = answer_error(h);
                return errno ? -1 : 0;
            }
            if (!stop && h->nlmsg_type == SOCK_DIAG_BY_FAMILY && visit(h, data))
                stop = true;
        }
        if (!dump)
            return 0;
    }
}

int diag_ask(int nl, const void *body, size_t len, bool dump, answer_visitor *visit, void *data)
{
    if (send_request(nl, body, len, dump ? NLM_F_DUMP : 0) < 0)
        return -1;
    return read_answer(nl, dump, visit, data);
}
