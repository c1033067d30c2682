/*
 * echo-server-threading HOST PORT: gives back every byte, with a thread for each client, as document 003
 * (13.5) describes Apache.
 */
#include "net/words.h"
#include "servers/echo_session.h"

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_THREADING, .handle = echo_session, .max_clients = 1024};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
