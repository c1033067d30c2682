#include "fault/netlink.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int netlink_open(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static char *room(struct request *r, size_t len)
{
    char *at = (char *)r + NLMSG_ALIGN(r->head.nlmsg_len);
    assert(at + NLA_ALIGN(len) <= (char *)(r + 1)); /* our own words only: nothing from outside ever stands here */
    memset(at, 0, NLA_ALIGN(len));
    r->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->head.nlmsg_len) + NLA_ALIGN(len));
    return at;
}

void request_add_raw(struct request *r, const void *data, size_t len)
{
    memcpy(room(r, len), data, len);
}

void request_begin(struct request *r, int type, int flags, const void *fixed, size_t len)
{
    r->head = (struct nlmsghdr){.nlmsg_len = NLMSG_HDRLEN,
                                .nlmsg_type = (uint16_t)type,
                                .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags)};
    request_add_raw(r, fixed, len);
}

void request_add(struct request *r, int type, const void *data, size_t len)
{
    struct nlattr head = {.nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = (uint16_t)type};
    char *at = room(r, NLA_HDRLEN + len);
    memcpy(at, &head, sizeof(head));
    if (len)
        memcpy(at + NLA_HDRLEN, data, len);
}

void request_add32(struct request *r, int type, uint32_t value)
{
    request_add(r, type, &value, sizeof(value));
}

void request_add_text(struct request *r, int type, const char *text)
{
    request_add(r, type, text, strlen(text) + 1);
}

struct nlattr *request_nest(struct request *r, int type)
{
    struct nlattr *nest = (struct nlattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));
    request_add(r, type, NULL, 0);
    return nest;
}

void request_nest_end(struct request *r, struct nlattr *nest)
{
    nest->nla_len = (uint16_t)((char *)r + r->head.nlmsg_len - (char *)nest);
}

int request_send(int nl, struct request *r)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct {
        struct nlmsghdr head;
        struct nlmsgerr answer;
        char more[1024]; /* the request comes back behind an error */
    } reply;
    if (sendto(nl, r, r->head.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
        return -1;
    ssize_t n = recv(nl, &reply, sizeof(reply), 0);
    if (n < 0)
        return -1;
    if ((size_t)n < sizeof(reply.head) + sizeof(reply.answer.error) || reply.head.nlmsg_type != NLMSG_ERROR) {
        errno = EPROTO;
        return -1;
    }
    errno = -reply.answer.error;
    return reply.answer.error == 0 ? 0 : -1;
}
