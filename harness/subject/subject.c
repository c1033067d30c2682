#include "subject/subject.h"

#include "base/clock.h"
#include "base/mem.h"
#include "evidence/queues.h"
#include "subject/init.h"
#include "subject/internal.h"
#include "subject/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A flood must not starve the loop: this much is read in one callback, in pieces of a whole pipe. */
enum { READ_PIECE = 65536, READS_PER_CALLBACK = 8 };

/* What can still sit in a pipe when nobody is left to write: more means that somebody is. */
enum { READS_AT_END = 64 };

/* A wider pipe lets a chatty program go on while the worker is busy elsewhere. Refused without harm. */
enum { PIPE_BYTES = 262144 };

extern char **environ;

void subject_fail(struct subject *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->error.text, sizeof s->error.text, format, args);
    va_end(args);
    s->state = SUBJECT_FAILED;
}

void subject_notify(struct subject *s)
{
    if (s->callback)
        s->callback(s, s->data);
}

static void close_stream(struct subject *s, struct stream *stream)
{
    if (stream->fd < 0)
        return;
    ev_io_stop(s->loop, &stream->io);
    close(stream->fd);
    stream->fd = -1;
}

/* Returns whether anything came in. */
static bool read_stream(struct subject *s, struct stream *stream, int most)
{
    char piece[READ_PIECE];
    bool any = false;
    for (int i = 0; i < most && stream->fd >= 0; i++) {
        ssize_t n = read(stream->fd, piece, sizeof piece);
        if (n > 0) {
            tail_add(&s->tails[0], piece, (size_t)n);
            tail_add(&s->tails[stream->which], piece, (size_t)n);
            any = true;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_stream(s, stream);
        } else if (errno == EAGAIN) {
            break;
        }
    }
    return any;
}

static void on_output(struct ev_loop *loop, struct ev_io *io, int events)
{
    (void)loop;
    (void)events;
    struct stream *stream = (struct stream *)io;
    struct subject *s = io->data;
    if (!read_stream(s, stream, READS_PER_CALLBACK))
        return;
    if (s->state == SUBJECT_STARTING && s->ready.pattern && ready_check(s))
        ready_stop(s);
    subject_notify(s);
}

void subject_drain(struct subject *s)
{
    for (int i = 0; i < 2; i++)
        read_stream(s, &s->streams[i], READS_AT_END);
}

void subject_close(struct subject *s)
{
    deaths_stop(s);
    if (s->accept_netlink >= 0)
        close(s->accept_netlink);
    s->accept_netlink = -1;
    for (int i = 0; i < 2; i++)
        close_stream(s, &s->streams[i]);
    if (s->control >= 0) {
        ev_io_stop(s->loop, &s->control_io);
        close(s->control);
        s->control = -1;
    }
}

/* The exec failed: in the words of what the user typed. */
static void exec_failed(struct subject *s, int code)
{
    const char *name = s->spec.argv[0];
    s->error.code = code;
    if (code == ENOENT && !strchr(name, '/'))
        subject_fail(s, "cannot start %s: there is no such program in PATH", name);
    else if (code == EACCES && !strchr(name, '/')) /* so says a folder of PATH that may not be searched, too */
        subject_fail(s, "cannot start %s: PATH has no such program that may be executed", name);
    else if (code == EACCES)
        subject_fail(s, "cannot start %s: it is not executable (%s)", name, strerror(code));
    else
        subject_fail(s, "cannot start %s: %s", name, strerror(code));
}

static void take_message(struct subject *s, const struct init_message *m, pid_t sender)
{
    switch (m->word) {
    case INIT_STARTED:
        s->pid = sender;
        break;
    case INIT_EXEC_FAILED:
        exec_failed(s, m->value);
        break;
    case INIT_HOOK_FAILED:
        s->error.code = m->value;
        subject_fail(s, "cannot %s: %s", s->spec.before_exec_purpose, strerror(m->value));
        break;
    case INIT_NO_PROC:
        s->error.code = m->value;
        subject_fail(s, "cannot mount /proc for the subject: %s", strerror(m->value));
        break;
    case INIT_NO_FILES:
        s->error.code = m->value;
        subject_fail(s, "cannot put files over the machine's for the subject: %s", strerror(m->value));
        break;
    case INIT_NO_PLACES:
        s->error.code = m->value;
        subject_fail(s, "cannot arrange the subject's descriptors: %s%s", strerror(m->value),
                     m->value == EINVAL || m->value == EMFILE ? " (ulimit -n is too low)" : "");
        break;
    case INIT_EXITED:
        s->exited = true;
        s->status = m->value;
        deaths_main(s);
        break;
    case INIT_REAPED:
        deaths_reaped(s, m->pid, m->value);
        break;
    default:
        break;
    }
}

/* Reads one message. Returns 1, 0 at the end of file, -1 when there is none now. */
static int read_message(struct subject *s)
{
    struct init_message m;
    struct iovec part = {&m, sizeof m};
    _Alignas(struct cmsghdr) char extra[CMSG_SPACE(sizeof(struct ucred))];
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = extra, .msg_controllen = sizeof extra};
    ssize_t n = recvmsg(s->control, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return -1;
    if (n != sizeof m)
        return 0;
    struct ucred who = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
            memcpy(&who, CMSG_DATA(c), sizeof who);
    take_message(s, &m, who.pid);
    return 1;
}

/* "exited with status 1 before it listened on port 8080". */
static void fail_early(struct subject *s)
{
    struct buf how = {0}, goal = {0};
    subject_describe(s, &how);
    ready_goal(s, &goal);
    if (s->exited && WIFEXITED(s->status))
        subject_fail(s, "exited with status %d before it %s", WEXITSTATUS(s->status), buf_text(&goal));
    else if (s->exited)
        subject_fail(s, "was %s before it %s", buf_text(&how), buf_text(&goal));
    else
        subject_fail(s, "could not be started: its init was killed");
    buf_free(&how);
    buf_free(&goal);
}

/* Nobody is left: whatever they said is in the pipes. */
static void all_gone(struct subject *s)
{
    ev_io_stop(s->loop, &s->control_io);
    close(s->control);
    s->control = -1;
    subject_drain(s);
    ready_stop(s);
    deaths_all(s);
    if (s->state == SUBJECT_READY)
        s->state = SUBJECT_EXITED;
    else if (s->state == SUBJECT_STARTING)
        fail_early(s);
}

void subject_read_control(struct subject *s)
{
    int got = 1;
    while (s->control >= 0 && (got = read_message(s)) > 0)
        ;
    if (got == 0)
        all_gone(s);
}

bool subject_has_begun(struct subject *s, int wait_ms)
{
    struct init_message first;
    if (s->pid > 0 || s->control < 0)
        return s->pid > 0;
    struct pollfd p = {.fd = s->control, .events = POLLIN};
    if (poll(&p, 1, wait_ms) == 1 && recv(s->control, &first, sizeof first, MSG_PEEK | MSG_DONTWAIT) == sizeof first &&
        first.word == INIT_STARTED)
        read_message(s);
    return s->pid > 0;
}

static void on_control(struct ev_loop *loop, struct ev_io *io, int events)
{
    (void)loop;
    (void)events;
    struct subject *s = io->data;
    enum subject_state before = s->state;
    bool exited = s->exited;
    subject_read_control(s);
    if (s->state != SUBJECT_STARTING)
        ready_stop(s);
    if (s->state != before || s->exited != exited)
        subject_notify(s);
}

static bool is_proxy_variable(const char *entry)
{
    const char *equals = strchr(entry, '=');
    static const char suffix[] = "_proxy";
    const size_t suffix_len = sizeof suffix - 1;
    size_t len = equals ? (size_t)(equals - entry) : strlen(entry);
    return len >= suffix_len && strncasecmp(entry + len - suffix_len, suffix, suffix_len) == 0;
}

/* Whether one of `more` has the name of `entry`. */
static bool is_replaced(const char *entry, const char *const *more)
{
    size_t name = strcspn(entry, "=");
    for (; more && *more; more++)
        if (strncmp(*more, entry, name) == 0 && (*more)[name] == '=')
            return true;
    return false;
}

/* The user's environment less what would send a client elsewhere, and `more` (may be NULL). Free the array, not its
 * strings. */
static char **clean_environment(const char *const *more)
{
    size_t count = 0, added = 0, kept = 0;
    while (environ[count])
        count++;
    while (more && more[added])
        added++;
    char **clean = mem_new(count + added + 1, sizeof *clean);
    for (size_t i = 0; i < count; i++)
        if (!is_proxy_variable(environ[i]) && !is_replaced(environ[i], more))
            clean[kept++] = environ[i];
    for (size_t i = 0; i < added; i++)
        clean[kept++] = (char *)(uintptr_t)more[i];
    return clean;
}

/* [0] is ours (the pipes never block), [1] the init's. */
struct ends {
    int control[2], output[2], error[2];
};

static void close_pair(int pair[2], int from)
{
    for (int i = from; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

static int open_pipe(int pair[2])
{
    if (pipe2(pair, O_CLOEXEC) < 0)
        return -1;
    (void)fcntl(pair[0], F_SETPIPE_SZ, PIPE_BYTES);
    return fcntl(pair[0], F_SETFL, O_NONBLOCK);
}

static int open_ends(struct ends *e)
{
    int on = 1;
    *e = (struct ends){{-1, -1}, {-1, -1}, {-1, -1}};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->control) < 0)
        return -1;
    if (setsockopt(e->control[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return -1;
    return open_pipe(e->output) < 0 || open_pipe(e->error) < 0 ? -1 : 0;
}

static int start_init(struct subject *s, struct ends *ends, struct err *e)
{
    char **environment = clean_environment(s->spec.environment);
    struct init_plan plan = {
        .namespaces = sandbox_has_namespaces(s->spec.isolation),
        .user = s->spec.isolation == ISOLATION_USER,
        .temp = s->spec.temp,
        .shown = s->spec.files,
        .shown_count = s->spec.file_count,
        .argv = s->spec.argv,
        .environment = environment,
        .files = sandbox_original_files(),
        .control = ends->control[1],
        .output = ends->output[1],
        .error = ends->error[1],
        .before_exec = s->spec.before_exec,
        .before_exec_data = s->spec.before_exec_data,
        .before_exec_fd = s->spec.before_exec_fd,
    };
    if (!plan.namespaces) { /* a subject may kill its init: its orphans then come to us (stop.c) */
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        processes_children(&s->elders);
    }
    s->init = init_start(&plan);
    int code = errno;
    free(environment);
    if (s->init < 0)
        return err_errno(e, code, "cannot start the subject's init");
    s->init_handle = (int)syscall(SYS_pidfd_open, s->init, 0);
    return 0;
}

static void watch(struct subject *s, const struct ends *ends)
{
    s->control = ends->control[0];
    ev_io_init(&s->control_io, on_control, s->control, EV_READ);
    s->control_io.data = s;
    ev_io_start(s->loop, &s->control_io);
    for (int i = 0; i < 2; i++) {
        struct stream *stream = &s->streams[i];
        stream->fd = i == 0 ? ends->output[0] : ends->error[0];
        stream->which = i + 1;
        ev_io_init(&stream->io, on_output, stream->fd, EV_READ);
        stream->io.data = s;
        ev_io_start(s->loop, &stream->io);
    }
}

struct subject *subject_start(struct ev_loop *loop, const struct subject_spec *spec, subject_callback *callback,
                              void *data, struct err *e)
{
    struct ends ends;
    struct subject *s = mem_new(1, sizeof *s);
    *s = (struct subject){
        .loop = loop, .spec = *spec, .callback = callback, .data = data, .control = -1, .accept_netlink = -1};
    s->init_handle = s->streams[0].fd = s->streams[1].fd = s->ready.netlink = -1;
    s->state = spec->is_server ? SUBJECT_STARTING : SUBJECT_READY;
    if (open_ends(&ends) < 0) {
        err_errno(e, errno, "cannot make pipes for the subject");
        goto fail;
    }
    if (spec->is_server && ready_start(s, e) < 0)
        goto fail;
    if (start_init(s, &ends, e) < 0)
        goto fail;
    close_pair(ends.control, 1);
    close_pair(ends.output, 1);
    close_pair(ends.error, 1);
    watch(s, &ends);
    deaths_start(s);
    return s;
fail:
    close_pair(ends.control, 0);
    close_pair(ends.output, 0);
    close_pair(ends.error, 0);
    subject_stop(s, 0);
    return NULL;
}

enum subject_state subject_state(const struct subject *s)
{
    return s->state;
}

const char *subject_error(const struct subject *s)
{
    return s->error.text;
}

int subject_port(const struct subject *s)
{
    return s->port;
}

pid_t subject_pid(const struct subject *s)
{
    return s->pid;
}

bool subject_exited(const struct subject *s, int *status)
{
    if (s->exited && status)
        *status = s->status;
    return s->exited;
}
