/*
 * echo-server-forking HOST PORT: gives back every byte, with a process for each client.
 * Documents 003 (13.5: the three ways to serve several) and 001 (Hello World).
 */
#include "net/words.h"
#include "servers/echo_session.h"

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_FORKING, .handle = echo_session, .max_clients = 256};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
