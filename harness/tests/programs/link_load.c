/*
 * Load for ci/bench/proxy: a server, and clients that measure what lies between.
 *
 *     link_load serve                 prints its port; takes in what begins with T, echoes what begins with E
 *     link_load bulk PORT BYTES       sends them and waits until all were taken; prints MB/s
 *     link_load trips PORT COUNT      64 bytes there and back; prints the median in us
 *     link_load crowd PORT COUNT      so many connections at once, each with one trip; prints ms for all
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK     262144
#define TRIP      64
#define FILES_MAX 65536

static char block[BLOCK];

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "link_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int no_delay(int fd)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

static int dial(int port)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) != 0)
        fail("connect");
    return no_delay(fd);
}

static void put(int fd, const char *data, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = send(fd, data + done, len - done, MSG_NOSIGNAL);
        if (n < 0)
            fail("send");
        done += (size_t)n;
    }
}

static void get(int fd, char *to, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = recv(fd, to + done, len - done, 0);
        if (n <= 0)
            fail(n ? "recv" : "the stream ended");
        done += (size_t)n;
    }
}

/* What each connection of the server does: 0 not known yet, T takes in, E echoes. */
static char modes[FILES_MAX];

static void serve_one(int fd)
{
    ssize_t n = recv(fd, block, sizeof(block), 0);
    char *data = block;
    if (n > 0 && !modes[fd]) {
        modes[fd] = *data++;
        n--;
    }
    if (n > 0 && modes[fd] == 'E')
        put(fd, data, (size_t)n);
    if (n < 0 || (n == 0 && data == block)) {
        if (n == 0 && modes[fd] == 'T')
            put(fd, "!", 1);
        modes[fd] = 0;
        close(fd);
    }
}

static _Noreturn void serve(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int listener = socket(AF_INET, SOCK_STREAM, 0), set = epoll_create1(0);
    if (bind(listener, (struct sockaddr *)&in, len) != 0 || listen(listener, 4096) != 0)
        fail("listen");
    getsockname(listener, (struct sockaddr *)&in, &len);
    printf("%d\n", ntohs(in.sin_port));
    fflush(stdout);
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    for (;;) {
        struct epoll_event ready[64];
        int n = epoll_wait(set, ready, 64, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd != listener) {
                serve_one(ready[i].data.fd);
                continue;
            }
            int fd = accept(listener, NULL, NULL);
            if (fd >= 0 && fd < FILES_MAX)
                epoll_ctl(set, EPOLL_CTL_ADD, no_delay(fd), &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
        }
    }
}

static void bulk(int port, double bytes)
{
    int fd = dial(port);
    double begin = now_us();
    put(fd, "T", 1);
    for (double left = bytes; left > 0; left -= BLOCK)
        put(fd, block, left < BLOCK ? (size_t)left : BLOCK);
    shutdown(fd, SHUT_WR);
    char done;
    get(fd, &done, 1); /* comes after the half-close, or not at all */
    printf("%.0f\n", bytes / (now_us() - begin));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void trips(int port, int count)
{
    double *spans = calloc((size_t)count, sizeof(*spans));
    char there[TRIP] = {0}, back[TRIP];
    int fd = dial(port);
    put(fd, "E", 1);
    for (int i = 0; i < count; i++) {
        double begin = now_us();
        put(fd, there, TRIP);
        get(fd, back, TRIP);
        spans[i] = now_us() - begin;
    }
    qsort(spans, (size_t)count, sizeof(*spans), by_value);
    printf("%.1f\n", spans[count / 2]);
    free(spans);
}

static void crowd(int port, int count)
{
    int *fds = calloc((size_t)count, sizeof(*fds));
    char there[TRIP] = {0}, back[TRIP];
    double begin = now_us();
    for (int i = 0; i < count; i++) {
        fds[i] = dial(port);
        put(fds[i], "E", 1);
    }
    for (int i = 0; i < count; i++)
        put(fds[i], there, TRIP);
    for (int i = 0; i < count; i++)
        get(fds[i], back, TRIP);
    printf("%.0f\n", (now_us() - begin) / 1e3);
    free(fds);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        serve();
    if (argc == 4 && strcmp(argv[1], "bulk") == 0)
        bulk(atoi(argv[2]), atof(argv[3]));
    else if (argc == 4 && strcmp(argv[1], "trips") == 0)
        trips(atoi(argv[2]), atoi(argv[3]));
    else if (argc == 4 && strcmp(argv[1], "crowd") == 0)
        crowd(atoi(argv[2]), atoi(argv[3]));
    else
        return 2;
    return 0;
}
