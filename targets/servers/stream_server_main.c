/*
 * stream-server HOST PORT [--forking | --threading]: the SocketServer pattern. The frame accepts and closes,
 * a request handler of a few lines speaks to the client through a stream: "Hi, Everyone". Document 003, 13.3
 * (TCPServer, StreamRequestHandler) and 13.5 (the forking and the threading form).
 */
#include "net/file.h"
#include "net/words.h"
#include "servers/greeting.h"

#include <stdio.h>

/* A client that does not read holds us for so long. */
#define HANDLE_MS 10000

/* StreamRequestHandler.handle(), with `wfile` as `out`. */
static void handle(const struct net_address *peer, FILE *out)
{
    greeting_report(peer);
    fprintf(out, "Hi, Everyone");
}

/* What StreamRequestHandler does around it. */
static void stream_session(int fd, const struct net_address *peer, void *data)
{
    FILE *out = net_file(fd, "w", net_deadline(HANDLE_MS), -1);
    (void)data;
    if (out == NULL)
        return;
    handle(peer, out);
    if (fclose(out) == 0)
        greeting_finish(fd);
}

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = stream_session};
    int status;
    if (net_option_word(&argc, argv, "--forking")) {
        server.form = TCP_SERVER_FORKING;
        server.max_clients = 256;
    } else if (net_option_word(&argc, argv, "--threading")) {
        server.form = TCP_SERVER_THREADING;
        server.max_clients = 1024;
    }
    if (!net_words(argc, argv, 2, "HOST PORT [--forking | --threading]", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
