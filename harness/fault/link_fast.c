/*
 * The way without faults. Short messages are copied through one buffer, two system calls each; when a sender keeps that
 * buffer full its bytes move by splice() through a pipe and are not copied at all.
 */
#include "fault/link_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Reads in a row of at least this size show a bulk transfer: from there on the pipe's two extra looks cost less than
 * the copies. */
#define BULK_READ  (64 * 1024)
#define BULK_AFTER 4
/* A user without privilege may have pipes up to this size (fs.pipe-max-size); it is also the bound of a direction. */
#define PIPE_SIZE LINK_HELD_MAX

static bool pipe_take(struct flow *f)
{
    struct link *l = f->conn->link;
    if (f->pipe[0] >= 0)
        return true;
    if (l->pipe_count > 0) {
        l->pipe_count--;
        f->pipe[0] = l->pipes[l->pipe_count][0];
        f->pipe[1] = l->pipes[l->pipe_count][1];
        return true;
    }
    if (pipe2(f->pipe, O_NONBLOCK | O_CLOEXEC) != 0) {
        f->pipe[0] = f->pipe[1] = -1;
        return false;
    }
    fcntl(f->pipe[1], F_SETPIPE_SZ, PIPE_SIZE); /* a smaller one is slower and right */
    return true;
}

/* An empty pipe serves whoever is next. */
static void pipe_give(struct flow *f)
{
    struct link *l = f->conn->link;
    if (f->pipe[0] < 0)
        return;
    if (f->in_pipe == 0 && l->pipe_count < PIPES_KEPT) {
        l->pipes[l->pipe_count][0] = f->pipe[0];
        l->pipes[l->pipe_count][1] = f->pipe[1];
        l->pipe_count++;
    } else {
        close(f->pipe[0]);
        close(f->pipe[1]);
    }
    f->pipe[0] = f->pipe[1] = -1;
    f->in_pipe = 0;
}

void fast_free(struct flow *f)
{
    pipe_give(f);
}

bool fast_flush(struct flow *f, bool *moved)
{
    struct link_conn *c = f->conn;
    while (f->in_pipe && f->to->writable) {
        ssize_t n = splice(f->pipe[0], NULL, f->to->fd, NULL, f->in_pipe, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        if (n > 0) {
            link_tell(c->link, c, f,
                      (struct link_event){.kind = LINK_EVENT_PASSED, .offset = f->passed, .bytes = (uint64_t)n});
            f->passed += (uint64_t)n;
            f->in_pipe -= (size_t)n;
            *moved = true;
        } else if (n < 0 && errno == EAGAIN) {
            f->to->writable = false;
        } else if (n == 0 || errno != EINTR) {
            /* The receiver is gone: what it had sent before is still to be read, then its RST. */
            f->to->reset = f->to->readable = f->silent = true;
            f->in_pipe = 0;
            close(f->pipe[0]);
            close(f->pipe[1]);
            f->pipe[0] = f->pipe[1] = -1;
            *moved = true;
        }
    }
    if (f->in_pipe == 0)
        pipe_give(f);
    return f->in_pipe == 0;
}

static bool move_by_pipe(struct flow *f)
{
    bool moved = false;
    ssize_t n = splice(f->from->fd, NULL, f->pipe[1], NULL, PIPE_SIZE, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (n <= 0) {
        pipe_give(f);
        f->bulk = 0; /* idle for now: what comes next may be a short message */
        return flow_ended(f, n);
    }
    f->received += (uint64_t)n;
    f->in_pipe = (size_t)n;
    fast_flush(f, &moved);
    return true;
}

static bool move_by_copy(struct flow *f)
{
    struct link *l = f->conn->link;
    ssize_t n = recv(f->from->fd, l->bounce, sizeof(l->bounce), 0);
    if (n <= 0)
        return flow_ended(f, n);
    f->received += (uint64_t)n;
    f->bulk = n >= BULK_READ ? f->bulk + 1 : 0;
    if ((size_t)n < sizeof(l->bounce) && !f->from->ended && !f->from->reset)
        f->from->readable = false; /* it was emptied: the next byte is an edge */
    ssize_t sent = flow_send(f, l->bounce, (size_t)n);
    if (sent < 0) {
        f->silent = f->to->readable = true;
        return true;
    }
    if (sent < n)
        flow_queue(f, l->bounce + sent, (size_t)(n - sent));
    return true;
}

bool fast_step(struct flow *f)
{
    if (!f->from->readable)
        return false;
    if (!f->to->writable) {
        if (!f->from->reset)
            return false;
        f->end = END_RST; /* what it could still read will never find room before the RST */
        f->end_due = 0;
        return true;
    }
    if (f->bulk >= BULK_AFTER && pipe_take(f))
        return move_by_pipe(f);
    return move_by_copy(f);
}
