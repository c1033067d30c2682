#include "net/net.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

uint64_t net_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t net_deadline(int ms)
{
    return ms < 0 ? NET_NEVER : net_now() + (uint64_t)ms;
}

uint64_t net_share(uint64_t deadline, size_t parts)
{
    uint64_t now = net_now();
    return deadline == NET_NEVER || deadline <= now || parts == 0 ? deadline : now + (deadline - now) / parts;
}

int net_left(uint64_t deadline)
{
    if (deadline == NET_NEVER)
        return -1;
    uint64_t now = net_now();
    if (deadline <= now)
        return 0;
    return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

int net_wait(int fd, short events, uint64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        int n = poll(&p, 1, net_left(deadline));
        if (n > 0)
            return 0;
        if (n == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        if (errno != EINTR)
            return -1;
    }
}
