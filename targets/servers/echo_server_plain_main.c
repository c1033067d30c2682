/*
 * echo-server-plain HOST PORT: gives back every byte, to one client at a time: the others wait in the
 * backlog. The server of document 001 (Hello World).
 */
#include "net/words.h"
#include "servers/echo_session.h"

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = echo_session};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
