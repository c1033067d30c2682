/*
 * echo-server-plain HOST PORT: gives back every byte, to one client at a time: the others wait in the
 * backlog. The server of document 001 (Hello World).
 */
#include "servers/echo_session.h"

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = echo_session};
    int wrong = echo_session_words(argc, argv);
    return wrong >= 0 ? wrong : tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
