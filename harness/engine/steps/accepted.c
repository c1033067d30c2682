#include "engine/steps/accepted.h"

#include "engine/core/conn.h"
#include "engine/means/streams.h"

#include "evidence/queues.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* A connection that accept() has returned belongs to a process: its socket has an inode. Before that it is the kernel's
 * alone. One that was accepted and closed has none either, but has left these states. */
static bool kernel_alone(const struct queue_state *theirs)
{
    bool open = theirs->state == TCP_ESTABLISHED || theirs->state == TCP_CLOSE_WAIT || theirs->state == TCP_SYN_RECV;
    return open && !theirs->inode;
}

enum accepted conn_accepted(const struct conn *c)
{
    struct case_run *run = c->run;
    struct address local = {.len = sizeof(local.u.storage)}, remote = {.len = sizeof(remote.u.storage)};
    struct queue_state theirs;
    int fd = conn_subject_fd(c);
    if ((c->transport != SCN_TCP && c->transport != SCN_TCP6) || run->engine->netlink < 0)
        return ACCEPTED_UNSEEN;
    if (fd < 0)
        return ACCEPTED_LINK;
    if (getsockname(fd, &local.u.any, &local.len) != 0 || getpeername(fd, &remote.u.any, &remote.len) != 0)
        return ACCEPTED_GONE;
    if (queues_tcp(run->engine->netlink, &remote.u.any, &local.u.any, &theirs) != 0)
        return errno == ENOENT ? ACCEPTED_GONE : ACCEPTED_UNSEEN;
    if (!kernel_alone(&theirs))
        return ACCEPTED_YES;
    bool deferred = theirs.state == TCP_SYN_RECV && run->subject && subject_defers_accept(run->subject);
    return deferred ? ACCEPTED_DEFERRED : ACCEPTED_NOT_YET;
}
