/*
 * simple-web-server HOST PORT: serves one page with its headers, with a thread for each client, so that a
 * browser that opens several connections gets an answer on each.
 * Document 003, 13.2.2 (simple_webserver.py), whose answer begins with an empty line and tells a wrong
 * length, and whose server ends at the first client that says nothing, or at Ctrl-C with an error.
 */
#include "net/words.h"
#include "servers/http_page.h"

static const char html[] = "<!DOCTYPE html>\n"
                           "<html>\n"
                           "<head>\n"
                           "<title>hello socket programming</title>\n"
                           "</head>\n"
                           "<body>\n"
                           "I'm the body\n"
                           "</body>\n"
                           "</html>\n";

int main(int argc, char **argv)
{
    struct http_page page = {.type = "text/html; charset=utf-8", .body = html};
    struct tcp_server server = {
        .form = TCP_SERVER_THREADING, .handle = http_page_session, .data = &page, .max_clients = 1024};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
