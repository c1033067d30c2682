/*
 * http-one-shot HOST PORT: answers each request with "hello" and closes, one client at a time.
 * Document 001 (HTTP response), whose program takes one recv for a request, and whose lines end in LF alone.
 */
#include "net/words.h"
#include "servers/http_page.h"

int main(int argc, char **argv)
{
    struct http_page page = {.type = "text/html", .body = "hello\n"};
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = http_page_session, .data = &page};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
