#include "evidence/diag.h"
#include "evidence/queues.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

struct unix_search {
    const char *path;
    size_t len;
    bool have_file; /* whether `device` and `file` say which file the path is */
    uint32_t device, file;
    struct queue_state *out;
    bool found;
};

/* A path may have been bound under another name (relative, by a link): the file's own number tells. */
static bool unix_matches(const struct unix_search *want, const struct rtattr *a, unsigned left)
{
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        const char *bytes = RTA_DATA(a);
        size_t len = RTA_PAYLOAD(a);
        if (a->rta_type == UNIX_DIAG_NAME) {
            while (len > 0 && bytes[0] != '\0' && bytes[len - 1] == '\0')
                len--; /* a path may end in NUL; an abstract name is all its bytes */
            if (len == want->len && memcmp(bytes, want->path, len) == 0)
                return true;
        } else if (a->rta_type == UNIX_DIAG_VFS && len >= sizeof(struct unix_diag_vfs) && want->have_file) {
            struct unix_diag_vfs vfs;
            memcpy(&vfs, bytes, sizeof vfs);
            if (vfs.udiag_vfs_ino == want->file && vfs.udiag_vfs_dev == want->device)
                return true;
        }
    }
    return false;
}

static int visit_unix(const struct nlmsghdr *h, void *data)
{
    struct unix_search *want = data;
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
        return 0;
    const struct unix_diag_msg *msg = NLMSG_DATA(h);
    unsigned left = (unsigned)(h->nlmsg_len - NLMSG_LENGTH(sizeof *msg));
    const struct rtattr *first = (const void *)(msg + 1);
    if (msg->udiag_state != LISTEN && msg->udiag_type != SOCK_DGRAM)
        return 0; /* bound, but it does not listen yet */
    if (!unix_matches(want, first, left))
        return 0;
    *want->out = (struct queue_state){.inode = msg->udiag_ino, .state = msg->udiag_state};
    for (const struct rtattr *a = first; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        struct unix_diag_rqlen queues;
        if (a->rta_type == UNIX_DIAG_RQLEN && RTA_PAYLOAD(a) >= sizeof queues) {
            memcpy(&queues, RTA_DATA(a), sizeof queues);
            want->out->receive = queues.udiag_rqueue;
            want->out->send = queues.udiag_wqueue;
        }
    }
    want->found = true;
    return 1;
}

int queues_unix(int nl, const char *path, size_t len, struct queue_state *out)
{
    struct unix_search want = {.path = path, .len = len, .out = out};
    struct stat st;
    char name[sizeof((struct sockaddr_un *)0)->sun_path + 1] = "";
    if (len == 0 || len >= sizeof name) {
        errno = EINVAL;
        return -1;
    }
    memcpy(name, path, len);
    if (name[0] != '\0' && stat(name, &st) == 0 && S_ISSOCK(st.st_mode)) {
        want.have_file = true;
        want.file = (uint32_t)st.st_ino;
        /* As the kernel keeps it inside (MINORBITS). */
        want.device = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
    }
    /*
     * Bound sockets that others connect to: listening, or a datagram socket (never connected: closed, to the
     * kernel). Accepted sockets bear the listener's name too, and must not be taken for it.
     */
    struct unix_diag_req r = {
        .sdiag_family = AF_UNIX,
        .udiag_states = 1u << LISTEN | 1u << CLOSE,
        .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN,
    };
    if (diag_ask(nl, &r, sizeof r, true, visit_unix, &want) < 0)
        return -1;
    if (want.found)
        return 0;
    errno = ENOENT;
    return -1;
}
