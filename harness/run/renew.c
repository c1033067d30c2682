#include "run/renew.h"

#include "base/clock.h"
#include "evidence/queues.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel tells nobody that a socket of another process listens now: its table is read this often. */
#define LISTENER_POLL_US 5000

static bool is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24 == 127;
    if (sa->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
    return false;
}

/* Splits at the last colon; takes brackets off. */
static int split(const char *text, char *host, size_t size, int *port)
{
    const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
    size_t len = colon ? (size_t)(colon - text) : 0;
    char *end;
    long number = strtol(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || number < 1 || number > 65535)
        return -1;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len)) {
        return -1; /* a v6 address without brackets: which colon ends it? */
    }
    if (len >= size)
        return -1;
    snprintf(host, size, "%.*s", (int)len, text);
    if (len == 0)
        snprintf(host, size, "127.0.0.1");
    *port = (int)number;
    return 0;
}

int renew_place_parse(struct renew_place *out, const char *text, const char *option, bool allow_remote, struct err *e)
{
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *best;
    if (split(text, host, sizeof(host), &out->port) < 0)
        return err_set(e, EINVAL, "%s %s: HOST:PORT is wanted, e.g. 127.0.0.1:8080 or [::1]:8080", option, text);
    int failed = getaddrinfo(host, NULL, &hints, &list);
    if (failed)
        return err_set(e, 0, "%s %s: %s", option, text, gai_strerror(failed));
    best = list;
    for (struct addrinfo *a = list; a; a = a->ai_next)
        if (is_loopback(a->ai_addr) && !is_loopback(best->ai_addr))
            best = a;
    out->loopback = is_loopback(best->ai_addr);
    failed = getnameinfo(best->ai_addr, best->ai_addrlen, out->host, sizeof(out->host), NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(list);
    if (failed)
        return err_set(e, 0, "%s %s: %s", option, text, gai_strerror(failed));
    if (!out->loopback && !allow_remote)
        return err_set(e, 0, "%s %s is not on this machine's loopback; --allow-remote permits it", option, text);
    return 0;
}

static _Noreturn void restart_child(const char *command)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1); /* standard output is the reports'; what it complains of still shows */
    }
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Waits for the end of `pid` until `deadline`. Returns 0 and *status, or -1 (ETIMEDOUT). */
static int await_end(pid_t pid, uint64_t deadline, int *status)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    for (uint64_t now; (now = clock_us()) < deadline;)
        if (poll(&p, 1, (int)((deadline - now + 999) / 1000)) > 0)
            break;
    close(fd);
    pid_t got = waitpid(pid, status, WNOHANG);
    if (got == pid)
        return 0;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    waitpid(pid, status, 0);
    errno = ETIMEDOUT;
    return -1;
}

static bool listens(int nl, int port)
{
    struct queue_state state;
    return nl >= 0 && queues_tcp_listener(nl, port, &state) == 0;
}

static int await_listener(int nl, const struct renew_place *place, uint64_t deadline, struct err *e)
{
    while (!listens(nl, place->port)) {
        if (clock_us() >= deadline)
            return err_set(e, ETIMEDOUT, "after --restart nothing listens on %s port %d", place->host, place->port);
        nanosleep(&(struct timespec){.tv_nsec = LISTENER_POLL_US * 1000L}, NULL);
    }
    return 0;
}

int renew_restart(const char *command, const struct renew_place *place, double seconds, struct err *e)
{
    uint64_t deadline = clock_us() + (uint64_t)(seconds * 1e6);
    int status, nl = place->loopback ? queues_open() : -1, result = -1;
    bool seen = listens(nl, place->port);
    pid_t pid = fork();
    if (pid == 0)
        restart_child(command);
    if (pid < 0)
        err_errno(e, errno, "cannot fork for --restart");
    else if (await_end(pid, deadline, &status) < 0)
        err_set(e, ETIMEDOUT, "--restart '%s' did not end within %.0f s", command, seconds);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        err_set(e, 0, "--restart '%s' failed (%s %d)", command, WIFEXITED(status) ? "exit status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    else
        result = seen ? await_listener(nl, place, deadline, e) : 0;
    if (nl >= 0)
        close(nl);
    return result;
}
