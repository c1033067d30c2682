/* flawed-page-server --flaw NAME HOST PORT: a server of one page with one thing wrong,
 * or as it is printed. */
#include "flawed/flaws.h"
#include "protocol/http_write.h"
#include "servers/http_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ONE_RECV 1024

/* Document 001 (HTTP response), line by line: data = conn.recv(1024); if data: conn.sendall(html). */
static void as_printed_in_001(int fd, const struct http_page *page)
{
    static const char html[] = "HTTP/1.1 200 OK\nContent-type: text/html\nContent-length: 6\n\nhello\n";
    char data[ONE_RECV];
    (void)page;
    net_blocking(fd);
    if (net_recv(fd, data, sizeof data) > 0)
        net_send_all(fd, html, sizeof html - 1, NET_NEVER);
}

/* Document 003 (simple_webserver.py): `if not data: break` ends the server, the answer begins with an empty
 * line and tells of 1,000 bytes. */
static void as_printed_in_003(int fd, const struct http_page *page)
{
    static const char content[] = "\nHTTP/1.1 200 OK\nServer: huyang/1.0\n"
                                  "Content-Type: text/html; charset=utf-8\nContent-Length: 1000\n\n"
                                  "<html>\n<head>\n<title>hello socket programming</title>\n</head>\n"
                                  "<body>\nI'm Body\n</body>\n</html>\n";
    char data[ONE_RECV];
    (void)page;
    net_blocking(fd);
    if (net_recv(fd, data, sizeof data) <= 0)
        exit(0);
    net_send(fd, content, sizeof content - 1, 0);
}

/* The connection closes, and nobody was told. */
static size_t head_without_close(const struct http_page_answer *a, char *out, size_t cap)
{
    struct http_writer w;
    http_write_init(&w, out, cap);
    http_write_status(&w, a->status);
    http_write_date(&w, time(NULL));
    http_write_field(&w, "Content-Type", a->type);
    http_write_length(&w, strlen(a->body));
    if (a->status == 405)
        http_write_field(&w, "Allow", "GET, HEAD");
    http_write_end(&w);
    return w.len;
}

#define WITH(...) FLAW_OPS(http_page_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"does-not-say-close", "RFC9112-9.3-close", "http-server/says-that-it-closes",
     "closes after each response and does not say so (001, 003)", WITH(.write_head = head_without_close),
     .also = "RFC9112-9.6-tell"},
    {"as-printed-in-001", "SOCK-STREAM-BOUNDARY",
     "http-server/half-a-request http-server/well-formed http-server/missing-host http-server/date "
     "http-server/says-that-it-closes",
     "is the HTTP server of document 001, line by line", WITH(.session = as_printed_in_001), .also = "*",
     .since = "as it is printed it has many flaws, not one"},
    {"as-printed-in-003", "SOCK-PEER-GOES",
     "tcp-server/half-close-at-once tcp-server/peer-goes-at-once http-server/half-a-request "
     "http-server/well-formed http-server/missing-host http-server/get",
     "is the web server of document 003, line by line", WITH(.session = as_printed_in_003), .also = "*",
     .since = "as it is printed it has many flaws, not one"},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    struct http_page page = {.type = "text/html", .body = "hello\n", .ops = *(const struct http_page_ops *)f->ops};
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = http_page_session, .data = &page};
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
