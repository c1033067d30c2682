/*
 * group-listener GROUP PORT INTERFACE: joins the group on the interface with this address, e.g. 239.1.2.3 5000
 * 127.0.0.1, and prints the length and the sender of each datagram, a line each, until a signal. Exit status as
 * net_tell has it; 2 for a wrong call. Document 004 names IGMP as what only SOCK_RAW sees: it is what the kernel sends
 * when this program begins and when it ends.
 */
#include "net/datagram.h"
#include "net/group.h"
#include "net/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    int status;
    struct net_error e = {0};
    if (!net_words(argc, argv, 3, "GROUP PORT INTERFACE", &status))
        return status;
    /* Bound to the group, it gets what was sent to the group, and nothing else that comes to the port. */
    int fd = net_bind_udp(argv[1], argv[2], &e);
    if (fd < 0 || net_group_join(fd, argv[1], argv[3], &e) < 0)
        return net_tell(argv[0], &e);
    for (;;) {
        char data[1], text[NET_ADDRESS_TEXT];
        struct net_address from;
        ssize_t n = net_recv_from(fd, data, sizeof data, &from, NET_NEVER);
        if (n < 0) {
            fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
            return 1;
        }
        net_address_text(&from, text, sizeof text);
        printf("%zd bytes from %s\n", n, text);
        fflush(stdout);
    }
}
