/*
 * Socket calls in great number, to measure what an injected one costs.
 *
 *   call_load pairs N              send() and recv() of two bytes, N times over one connection; prints us a pair
 *   call_load calls N              send() of two bytes, N times, whatever comes of it; prints microseconds a call
 *   call_load sink                 takes connections one after the other and drops what comes; prints its port first
 *   call_load bulk PORT MB KIB     sends so many megabytes in blocks; prints megabytes a second
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int listen_any(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return -1;
    *port = ntohs(at.sin_port);
    return fd;
}

static int dial(int port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* A connection with both ends here. */
static int connection(int *out, int *in)
{
    int port, listener = listen_any(&port);
    *out = listener < 0 ? -1 : dial(port);
    *in = *out < 0 ? -1 : accept(listener, NULL, NULL);
    return *in < 0 ? fail("connection") : 0;
}

static int pairs(long count)
{
    char two[2] = {1, 2};
    int out, in;
    if (connection(&out, &in) != 0)
        return 1;
    double began = now();
    for (long i = 0; i < count; i++) {
        ssize_t sent = send(out, two, sizeof two, 0);
        if (sent <= 0 || recv(in, two, sizeof two, 0) != sent)
            return fail("pair");
    }
    printf("%.3f\n", (now() - began) * 1e6 / (double)count);
    return 0;
}

static int calls(long count)
{
    char two[2] = {1, 2};
    int out, in;
    if (connection(&out, &in) != 0)
        return 1;
    double began = now();
    for (long i = 0; i < count; i++)
        send(out, two, sizeof two, MSG_DONTWAIT | MSG_NOSIGNAL);
    printf("%.3f\n", (now() - began) * 1e6 / (double)count);
    return 0;
}

static int sink(void)
{
    static char piece[1 << 18];
    int port, listener = listen_any(&port);
    if (listener < 0)
        return fail("listen");
    printf("%d\n", port);
    fflush(stdout);
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd))
        while (recv(fd, piece, sizeof piece, 0) > 0)
            ;
    return 0;
}

static int bulk(int port, long megabytes, size_t block)
{
    char *data = calloc(1, block);
    size_t left = (size_t)megabytes * 1000000;
    int fd = dial(port);
    if (fd < 0 || !data)
        return fail("connect");
    double began = now();
    while (left > 0) {
        ssize_t n = send(fd, data, left < block ? left : block, 0);
        if (n <= 0)
            return fail("send");
        left -= (size_t)n;
    }
    printf("%.1f\n", (double)megabytes / (now() - began));
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "pairs") == 0)
        return pairs(atol(argv[2]));
    if (argc == 3 && strcmp(argv[1], "calls") == 0)
        return calls(atol(argv[2]));
    if (argc == 2 && strcmp(argv[1], "sink") == 0)
        return sink();
    if (argc == 5 && strcmp(argv[1], "bulk") == 0)
        return bulk(atoi(argv[2]), atol(argv[3]), (size_t)atol(argv[4]) * 1024);
    fprintf(stderr, "usage: %s pairs N | calls N | sink | bulk PORT MB KIB\n", argv[0]);
    return 2;
}
