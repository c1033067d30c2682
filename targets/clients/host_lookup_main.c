/*
 * host-lookup HOST...: what is known of each name or IPv4 address. Exit status 4, as net_tell has it for an address
 * error, when nothing is known of one of them; 2 for a wrong call. Document 002, 6 (socket.herror).
 */
#include "clients/host_lookup.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        fprintf(stderr, "usage: %s HOST...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        struct net_error e = {0};
        const struct hostent *host = host_lookup(argv[i], &e);
        if (host != NULL)
            host_print(host);
        else
            status = net_tell(argv[0], &e);
    }
    return fflush(stdout) != 0 && status == 0 ? 1 : status;
}
