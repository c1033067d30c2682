/*
 * connect HOST SERVICE: connects and tells both ends, e.g. connect www.example.org http. SERVICE is a name or
 * a number. Exit status as net_tell has it: 1 system, 3 name, 5 timeout; 2 for a wrong call.
 * Document 002, 4 (connect.py), with its errors told apart as in 6.
 */
#include "net/address.h"
#include "net/words.h"

#include <ctype.h>
#include <stdio.h>

#define DIAL_MS 6000

static void print_ends(int fd)
{
    char text[NET_ADDRESS_TEXT];
    struct net_address own = {.len = 0}, peer = {.len = 0};
    net_own_address(fd, &own);
    net_peer_address(fd, &peer); /* a peer that has gone meanwhile is unknown */
    net_address_text(&own, text, sizeof text);
    printf("Connected from %s\n", text);
    net_address_text(&peer, text, sizeof text);
    printf("Connected to %s\n", text);
}

int main(int argc, char **argv)
{
    int status;
    struct net_error e = {0};
    char port[12];
    if (!net_words(argc, argv, 2, "HOST SERVICE", &status))
        return status;
    const char *service = argv[2];
    if (!isdigit((unsigned char)service[0])) {
        int number = net_service_port(service, "tcp", &e);
        if (number < 0)
            return net_tell(argv[0], &e);
        printf("Service %s is port %d\n", service, number);
        snprintf(port, sizeof port, "%d", number);
        service = port;
    }
    int fd = net_dial(argv[1], service, net_deadline(DIAL_MS), &e);
    if (fd < 0)
        return net_tell(argv[0], &e);
    print_ends(fd);
    net_close(&fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
