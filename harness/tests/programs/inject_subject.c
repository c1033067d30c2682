/*
 * A program that does one thing with sockets and checks what came of it, for tests that put it under faults. Exit 0: it
 * is as it should be; what it saw is on standard output. Built dynamically and statically.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a stream carries in one direction. */
#define TOTAL 600

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 7 + i / 256);
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "inject_subject: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Both ends of a TCP connection over loopback. */
static void connection(int ends[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) < 0 || connect(ends[0], (struct sockaddr *)&at, len) < 0)
        die("connection");
    ends[1] = accept(listener, NULL, NULL);
    if (ends[1] < 0)
        die("accept");
    close(listener);
}

/* --- all ways to send ----------------------------------------------------------------------------------- */

/* The bytes from `from` on in three parts, so that a cut falls into each of them sometime. */
static void three_parts(struct iovec parts[3], unsigned char *data, size_t from, size_t total)
{
    size_t left = total - from, third = left / 3;
    parts[0] = (struct iovec){data + from, third};
    parts[1] = (struct iovec){data + from + third, third};
    parts[2] = (struct iovec){data + from + 2 * third, left - 2 * third};
}

static ssize_t by_send(int fd, unsigned char *data, size_t from)
{
    return send(fd, data + from, TOTAL - from, 0);
}

static ssize_t by_write(int fd, unsigned char *data, size_t from)
{
    return write(fd, data + from, TOTAL - from);
}

/* The lengths must stand as they were when the call is back. */
static void check_parts(const struct iovec *now, const struct iovec *before)
{
    if (memcmp(now, before, 3 * sizeof *now) != 0)
        die("the parts were changed");
}

static ssize_t by_writev(int fd, unsigned char *data, size_t from)
{
    struct iovec parts[3], before[3];
    three_parts(parts, data, from, TOTAL);
    memcpy(before, parts, sizeof parts);
    ssize_t n = writev(fd, parts, 3);
    check_parts(parts, before);
    return n;
}

static ssize_t by_sendmsg(int fd, unsigned char *data, size_t from)
{
    struct iovec parts[3], before[3];
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 3};
    three_parts(parts, data, from, TOTAL);
    memcpy(before, parts, sizeof parts);
    ssize_t n = sendmsg(fd, &m, 0);
    check_parts(parts, before);
    if (m.msg_iovlen != 3)
        die("the message was changed");
    return n;
}

static ssize_t by_sendmmsg(int fd, unsigned char *data, size_t from)
{
    struct iovec parts[3];
    struct mmsghdr m[3] = {{.msg_hdr = {.msg_iov = &parts[0], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &parts[1], .msg_iovlen = 1}},
                           {.msg_hdr = {.msg_iov = &parts[2], .msg_iovlen = 1}}};
    three_parts(parts, data, from, TOTAL);
    int n = sendmmsg(fd, m, 3, 0);
    ssize_t sum = n < 0 ? -1 : 0;
    for (int i = 0; i < n; i++)
        sum += m[i].msg_len;
    return sum;
}

static int file_of(const unsigned char *data)
{
    int fd = memfd_create("data", 0);
    if (fd < 0 || write(fd, data, TOTAL) != TOTAL)
        die("memfd");
    return fd;
}

static ssize_t by_sendfile(int fd, unsigned char *data, size_t from)
{
    int file = file_of(data);
    off_t at = (off_t)from;
    ssize_t n = sendfile(fd, file, &at, TOTAL - from);
    close(file);
    return n;
}

static ssize_t by_splice(int fd, unsigned char *data, size_t from)
{
    int ends[2];
    if (pipe(ends) < 0 || write(ends[1], data + from, TOTAL - from) != (ssize_t)(TOTAL - from))
        die("pipe");
    ssize_t n = splice(ends[0], NULL, fd, NULL, TOTAL - from, 0);
    close(ends[0]);
    close(ends[1]);
    return n;
}

/* --- all ways to receive -------------------------------------------------------------------------------- */

static ssize_t by_recv(int fd, unsigned char *data, size_t from)
{
    return recv(fd, data + from, TOTAL - from, 0);
}

static ssize_t by_read(int fd, unsigned char *data, size_t from)
{
    return read(fd, data + from, TOTAL - from);
}

static ssize_t by_readv(int fd, unsigned char *data, size_t from)
{
    struct iovec parts[3], before[3];
    three_parts(parts, data, from, TOTAL);
    memcpy(before, parts, sizeof parts);
    ssize_t n = readv(fd, parts, 3);
    check_parts(parts, before);
    return n;
}

static ssize_t by_recvmsg(int fd, unsigned char *data, size_t from)
{
    struct iovec parts[3], before[3];
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 3};
    three_parts(parts, data, from, TOTAL);
    memcpy(before, parts, sizeof parts);
    ssize_t n = recvmsg(fd, &m, 0);
    check_parts(parts, before);
    return n;
}

static ssize_t by_recvmmsg(int fd, unsigned char *data, size_t from)
{
    struct iovec part = {data + from, TOTAL - from};
    struct mmsghdr m = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    return recvmmsg(fd, &m, 1, MSG_WAITFORONE, NULL) == 1 ? (ssize_t)m.msg_len : -1;
}

static ssize_t by_splice_in(int fd, unsigned char *data, size_t from)
{
    int ends[2];
    if (pipe(ends) < 0)
        die("pipe");
    ssize_t n = splice(fd, NULL, ends[1], NULL, TOTAL - from, 0);
    if (n > 0 && read(ends[0], data + from, (size_t)n) != n)
        die("pipe");
    close(ends[0]);
    close(ends[1]);
    return n;
}

typedef ssize_t way(int fd, unsigned char *data, size_t from);

/* Moves TOTAL bytes by `one` at one end and by plain means at the other. Returns the calls it took. */
static int move(int ends[2], way *one, bool receives)
{
    unsigned char out[TOTAL], in[TOTAL] = {0};
    int calls = 0;
    for (size_t i = 0; i < TOTAL; i++)
        out[i] = pattern(i);
    way *sender = receives ? by_send : one, *receiver = receives ? one : by_recv;
    for (size_t done = 0; done < TOTAL; calls += !receives) {
        ssize_t n = sender(ends[0], out, done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            die("sending");
        done += (size_t)n;
    }
    for (size_t done = 0; done < TOTAL; calls += receives) {
        ssize_t n = receiver(ends[1], in, done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            die("receiving");
        done += (size_t)n;
    }
    if (memcmp(in, out, TOTAL) != 0)
        die("other bytes came than were sent");
    return calls;
}

static int stream(void)
{
    static const struct {
        const char *name;
        way *one;
        bool receives;
    } ways[] = {{"send", by_send, false},         {"write", by_write, false},       {"writev", by_writev, false},
                {"sendmsg", by_sendmsg, false},   {"sendmmsg", by_sendmmsg, false}, {"sendfile", by_sendfile, false},
                {"splice", by_splice, false},     {"recv", by_recv, true},          {"read", by_read, true},
                {"readv", by_readv, true},        {"recvmsg", by_recvmsg, true},    {"recvmmsg", by_recvmmsg, true},
                {"splice-in", by_splice_in, true}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int ends[2];
        connection(ends);
        printf("%s %d\n", ways[i].name, move(ends, ways[i].one, ways[i].receives));
        close(ends[0]);
        close(ends[1]);
    }
    return 0;
}

/* --- one thing each ------------------------------------------------------------------------------------- */

/* Takes one send for all. */
static int flawed(void)
{
    int ends[2];
    unsigned char data[TOTAL] = {0};
    connection(ends);
    if (by_send(ends[0], data, 0) < 0 || shutdown(ends[0], SHUT_WR) < 0)
        die("send");
    return recv(ends[1], data, TOTAL, MSG_WAITALL) == TOTAL ? 0 : 1;
}

static void *one_thread(void *unused)
{
    int ends[2];
    connection(ends);
    for (int i = 0; i < 3; i++)
        move(ends, by_send, false);
    return unused;
}

static int threads(void)
{
    pthread_t all[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&all[i], NULL, one_thread, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(all[i], NULL);
    return 0;
}

/* A child by fork, and one by vfork and exec of this program. */
static int forks(const char *self)
{
    int status;
    volatile bool bad = false; /* over a vfork */
    pid_t pid = fork();
    if (pid == 0) {
        one_thread(NULL);
        _exit(3);
    }
    waitpid(pid, &status, 0);
    bad = bad || !WIFEXITED(status) || WEXITSTATUS(status) != 3;
    pid = vfork();
    if (pid == 0) {
        execl("/proc/self/exe", self, "threads", (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    bad = bad || status != 0;
    one_thread(NULL);
    return bad;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signo)
{
    (void)signo;
    alarms++;
}

/* Signals with a handler, all the time. */
static int signals(int flags)
{
    struct sigaction a = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval every = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &a, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    while (alarms < 5)
        one_thread(NULL);
    setitimer(ITIMER_REAL, &off, NULL);
    return 0;
}

static int datagrams(void)
{
    int ends[2];
    char data[100] = {0};
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0)
        die("socketpair");
    ssize_t out = send(ends[0], data, sizeof data, 0), in = recv(ends[1], data, sizeof data, 0);
    printf("%zd %zd\n", out, in);
    return out != sizeof data || in != sizeof data;
}

/* What is no socket is nobody's business. */
static int files(void)
{
    int ends[2], file = memfd_create("file", 0);
    char data[100] = {0};
    if (pipe(ends) < 0 || file < 0)
        die("pipe");
    return write(file, data, sizeof data) != sizeof data || write(ends[1], data, sizeof data) != sizeof data ||
           read(ends[0], data, sizeof data) != sizeof data || pread(file, data, sizeof data, 0) != sizeof data;
}

/* Counts the errors of a call until it succeeds; `flags` for recv. What was sent is there before recv is called:
 * loopback delivers at once. */
static int receive_once(int flags)
{
    int ends[2], errors = 0;
    char byte;
    connection(ends);
    for (int i = 0; i < 9; i++) {
        send(ends[0], "x", 1, 0);
        while (recv(ends[1], &byte, 1, flags) < 0) {
            errors++;
            if (errno != EINTR && errno != EAGAIN)
                die("recv");
        }
    }
    printf("%d\n", errors);
    return 0;
}

static int accepting(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int errors = 0, listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) < 0 || connect(client, (struct sockaddr *)&at, len) < 0)
        die("connection");
    while (accept(listener, NULL, NULL) < 0) {
        errors++;
        if (errno != EMFILE)
            die("accept");
    }
    printf("%d\n", errors);
    return 0;
}

/* Sends until it fails: how many bytes each call took, and the error. */
static int until_error(void)
{
    int ends[2];
    char data[100] = {0};
    ssize_t n;
    connection(ends);
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 5 && (n = send(ends[0], data, sizeof data, 0)) >= 0; i++)
        printf("%zd ", n);
    printf("%s\n", strerrorname_np(errno));
    fflush(stdout);
    return 0;
}

static int no_uring(void)
{
    char parameters[256] = {0};
    return syscall(SYS_io_uring_setup, 4, parameters) < 0 && errno == ENOSYS ? 0 : 1;
}

/* Calls that ask for all, or look ahead, get what they ask for. */
static int whole(void)
{
    int ends[2];
    unsigned char data[TOTAL] = {0};
    connection(ends);
    for (size_t done = 0; done < TOTAL;)
        done += (size_t)by_send(ends[0], data, done);
    return recv(ends[1], data, 100, MSG_PEEK) != 100 || recv(ends[1], data, TOTAL, MSG_WAITALL) != TOTAL;
}

/* Interrupted at each turn, and connected all the same. */
static int connecting(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), error = 0;
    if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) < 0)
        die("listener");
    if (connect(client, (struct sockaddr *)&at, len) == 0)
        return 1;
    printf("%s\n", strerrorname_np(errno));
    struct pollfd p = {.fd = client, .events = POLLOUT};
    socklen_t size = sizeof error;
    return poll(&p, 1, 5000) != 1 || getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error ||
           send(client, "x", 1, 0) != 1;
}

/* Interrupted once, and called again: Linux goes on waiting for the connection that is under way. The socket blocks as
 * before. */
static int connecting_again(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) < 0)
        die("listener");
    int interrupted = 0, result;
    while ((result = connect(client, (struct sockaddr *)&at, len)) < 0 && errno == EINTR)
        interrupted++;
    printf("%d %s\n", interrupted, result == 0 ? "connected" : strerrorname_np(errno));
    return (fcntl(client, F_GETFL) & O_NONBLOCK) != 0 || send(client, "x", 1, 0) != 1;
}

/* TCP Fast Open: the connection begins with what is sent. By sendto, then by sendmsg. */
static int fast_opening(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_name = &at, .msg_namelen = len, .msg_iov = &part, .msg_iovlen = 1};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 4) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) < 0)
        die("listener");
    for (int i = 0; i < 2; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        ssize_t n =
            i ? sendmsg(client, &m, MSG_FASTOPEN) : sendto(client, &byte, 1, MSG_FASTOPEN, (struct sockaddr *)&at, len);
        printf("%s\n", n < 0 ? strerrorname_np(errno) : "sent");
    }
    return 0;
}

/* Stops itself; whoever started it lets it go on. */
static int stopping(void)
{
    puts("stops");
    fflush(stdout);
    raise(SIGSTOP);
    one_thread(NULL);
    puts("went on");
    return 0;
}

/* A handler for a signal that never comes: only calls of who has one are interrupted. */
static void have_handler(void)
{
    struct sigaction a = {.sa_handler = on_alarm};
    sigaction(SIGUSR1, &a, NULL);
}

/* One wait of each kind for a socket that is ready at once: 1 where it was interrupted. */
static int waiting(void)
{
    int ends[2], epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLOUT};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) < 0)
        die("epoll");
    struct pollfd p = {.fd = ends[0], .events = POLLOUT};
    int polled = poll(&p, 1, 1000) < 0 && errno == EINTR;
    int waited = epoll_wait(epoll, &event, 1, 1000) < 0 && errno == EINTR;
    printf("poll %d, epoll %d\n", polled, waited);
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IOLBF, 0);
#define IS(name, call)                                                                                                 \
    if (strcmp(what, name) == 0)                                                                                       \
    return call
    IS("stream", stream());
    IS("flawed", flawed());
    IS("threads", threads());
    IS("forks", forks(argv[0]));
    IS("signals", signals(SA_RESTART));
    IS("signals-plain", signals(0));
    IS("datagrams", datagrams());
    IS("files", files());
    IS("receive", (have_handler(), receive_once(0)));
    IS("receive-at-once", (have_handler(), receive_once(MSG_DONTWAIT)));
    IS("receive-uncaught", receive_once(0));
    IS("wait-uncaught", waiting());
    IS("wait-caught", (have_handler(), waiting()));
    IS("accept", accepting());
    IS("until-error", until_error());
    IS("no-uring", no_uring());
    IS("whole", whole());
    IS("connect", (have_handler(), connecting()));
    IS("connect-again", (have_handler(), connecting_again()));
    IS("fast-open", fast_opening());
    IS("stop", stopping());
    IS("wait", pause());
    fprintf(stderr, "usage: %s MODE\n", argv[0]);
    return 2;
}
