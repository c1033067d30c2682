/*
 * Reads the request of browser_request.h COUNT times with one parser, for an instruction counter to watch:
 *
 *     valgrind --tool=callgrind bench/head-bench sockspec 2000
 *
 * The difference of two counts, divided, is what one head costs; start and end of the program fall out.
 */
#include "bench/browser_request.h"
#include "bench/peer_request.h"
#include "protocol/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MOST 100000000L

/* Head and framing: where the head ends, its words and fields, and where the body will end. */
static bool read_ours(void)
{
    struct http_head head;
    struct http_framing framing;
    http_head_init(&head, HTTP_REQUEST, NULL);
    return http_head_parse(&head, browser_request, BROWSER_REQUEST_SIZE) == BROWSER_REQUEST_SIZE &&
           http_framing_decide(&framing, &head, browser_request, head.method) == 0 && head.field_count == 9 &&
           framing.keep_alive;
}

static bool read_theirs(void)
{
    struct peer_request request;
    return peer_request_read(&request, browser_request, BROWSER_REQUEST_SIZE) && request.complete &&
           request.field_count == 9 && request.keep_alive;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*read)(void);
    } parsers[] = {{"sockspec", read_ours}, {"http-parser", read_theirs}};
    char *end = NULL;
    long count = argc == 3 ? strtol(argv[2], &end, 10) : 0;
    bool (*read)(void) = NULL;
    for (size_t i = 0; argc == 3 && i < sizeof parsers / sizeof parsers[0]; i++) {
        if (strcmp(argv[1], parsers[i].name) == 0)
            read = parsers[i].read;
    }
    if (read == NULL || *end != '\0' || count < 1 || count > COUNT_MOST) {
        fprintf(stderr, "usage: head-bench sockspec|http-parser COUNT\n");
        return 2;
    }
    for (long i = 0; i < count; i++) {
        if (!read()) {
            fprintf(stderr, "head-bench: the request was not read as it is\n");
            return 1;
        }
    }
    return 0;
}
