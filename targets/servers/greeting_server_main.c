/*
 * greeting-server HOST PORT: says "Thank you for connecting" to each client in turn, and closes.
 * Document 003, 13.2.1 (server.py).
 */
#include "net/words.h"
#include "servers/greeting.h"

int main(int argc, char **argv)
{
    struct greeting greeting = {.text = "Thank you for connecting"};
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = greeting_session, .data = &greeting};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
