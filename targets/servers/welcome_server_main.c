/*
 * welcome-server HOST PORT: says "Welcome!" to one client, and ends.
 * Document 004, 3 (server).
 */
#include "net/words.h"
#include "servers/greeting.h"

int main(int argc, char **argv)
{
    struct greeting greeting = {.text = "Welcome!"};
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = greeting_session, .data = &greeting, .lifetime = 1};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
