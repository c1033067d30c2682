/*
 * unix-echo-server PATH [--seqpacket | --dgram]: gives back what comes through a socket file: every byte, or
 * with the options every message. Documents 003 (13.2.1, families) and 004 (2, families and types).
 */
#include "net/unix.h"
#include "net/words.h"
#include "servers/echo_session.h"
#include "servers/udp_echo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 128
#define IDLE_MS 60000

/* A packet comes whole or is cut: room for as much as a socket buffer usually lets through (208 KiB). */
#define PACKET_ROOM (256 * 1024)

static void packet_session(int fd, const struct net_address *peer, void *data)
{
    char *packet = malloc(PACKET_ROOM);
    ssize_t n = packet == NULL ? -1 : 1;
    (void)peer;
    (void)data;
    while (n > 0) { /* an empty packet looks like the end */
        n = net_recv_some(fd, packet, PACKET_ROOM, net_deadline(IDLE_MS));
        if (n > 0 && net_send_all(fd, packet, (size_t)n, net_deadline(IDLE_MS)) < 0)
            break;
    }
    free(packet);
}

int main(int argc, char **argv)
{
    int status, type = SOCK_STREAM;
    struct net_error e = {0};
    if (net_option_word(&argc, argv, "--seqpacket"))
        type = SOCK_SEQPACKET;
    else if (net_option_word(&argc, argv, "--dgram"))
        type = SOCK_DGRAM;
    if (!net_words(argc, argv, 1, "PATH [--seqpacket | --dgram]", &status))
        return status;
    int listener = net_listen_unix(argv[1], type, BACKLOG, &e);
    if (listener < 0)
        return net_tell(argv[0], &e);
    if (type == SOCK_DGRAM)
        return udp_echo_serve(listener, NULL);
    struct tcp_server server = {.form = TCP_SERVER_THREADING,
                                .handle = type == SOCK_STREAM ? echo_session : packet_session,
                                .max_clients = 1024};
    int done = tcp_server_run(&server, listener);
    if (done < 0)
        fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    unlink(argv[1]);
    return done < 0 ? 1 : 0;
}
