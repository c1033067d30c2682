/*
 * icmp-echo HOST [--own-header | --datagram]: asks the host for an ICMP echo, IPv4 or IPv6, and tells how
 * long it took. Asks four times, a second each. --own-header writes the IPv4 header too (IP_HDRINCL);
 * --datagram uses the ICMP socket that needs no privilege, as it does by itself where SOCK_RAW is not
 * allowed. Exit status 0 for an echo; as net_tell has it: 1 system, 3 name, 5 timeout; 2 for a wrong call.
 * Documents 003 (13.2.1) and 004 (2), SOCK_RAW, which name it and show no program.
 */
#include "clients/icmp_echo.h"
#include "net/words.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static const char *const with[] = {
        [ICMP_ECHO_RAW] = "a RAW socket",
        [ICMP_ECHO_OWN_HEADER] = "a RAW socket and an IP header of our own",
        [ICMP_ECHO_DGRAM] = "a DGRAM socket",
    };
    struct icmp_echo_client client = {.way = ICMP_ECHO_ANY};
    struct net_error e = {0};
    char text[NI_MAXHOST] = "?";
    int status;
    bool header = net_option_word(&argc, argv, "--own-header"), datagram = net_option_word(&argc, argv, "--datagram");
    if (!net_words(argc, argv, 1, "HOST [--own-header | --datagram]", &status))
        return status;
    if (header && datagram) {
        fprintf(stderr, "%s: --own-header and --datagram exclude each other\n", argv[0]);
        return 2;
    }
    client.way = header ? ICMP_ECHO_OWN_HEADER : datagram ? ICMP_ECHO_DGRAM : ICMP_ECHO_ANY;
    if (icmp_echo_run(&client, argv[1], &e) < 0)
        return net_tell(argv[0], &e);
    getnameinfo((const struct sockaddr *)&client.peer.storage, client.peer.len, text, sizeof text, NULL, 0,
                NI_NUMERICHOST);
    printf("Echo from %s: request %d, %.3f ms, by %s\n", text, client.sequence, (double)client.us / 1000,
           with[client.used]);
    return fflush(stdout) == 0 ? 0 : 1;
}
