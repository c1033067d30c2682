/* For tests that want a network of their own: what they send meets nobody else, and its settings are theirs. */
#ifndef SOCKSPEC_TESTS_OWN_NETWORK_H
#define SOCKSPEC_TESTS_OWN_NETWORK_H

#include "net/net.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Skips the test, with what this machine does not allow, unless the condition holds. Behind <cmocka.h>. */
#define NEED(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            print_message("this machine does not allow: %s\n", #condition);                                            \
            skip();                                                                                                    \
        }                                                                                                              \
    } while (0)

/* Sets the flags of an interface, through any socket. */
static inline bool interface_set(int fd, const char *name, short flags)
{
    struct ifreq r = {.ifr_flags = flags};
    if (strlen(name) >= sizeof r.ifr_name)
        return false;
    memcpy(r.ifr_name, name, strlen(name) + 1);
    return ioctl(fd, SIOCSIFFLAGS, &r) == 0;
}

/* Puts this process into a network of its own with its loopback up; false where this user may have none. */
static inline bool enter_network(void)
{
    if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return false;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool up = fd >= 0 && interface_set(fd, "lo", IFF_UP);
    net_close(&fd);
    return up;
}

#endif
