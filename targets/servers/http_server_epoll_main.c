/*
 * http-server-epoll HOST PORT [ROOT] [--edge] [--timeout SECONDS] [--body-max BYTES]: HTTP/1.1 with epoll.
 * Serves the files of ROOT, a small page at / where it has none, and gives back at /echo what is posted to
 * it.
 */
#include "servers/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S      30
#define TIMEOUT_MOST_S 86400
#define BODY_MAX       (8u << 20)

/* The number behind an option, 1 .. most. False when it is none. */
static bool number(const char *text, long long most, long long *value)
{
    char *end = NULL;
    *value = text == NULL ? 0 : strtoll(text, &end, 10);
    return text != NULL && *end == '\0' && *value >= 1 && *value <= most;
}

int main(int argc, char **argv)
{
    struct http_config config = {.timeout = TIMEOUT_S * 1000, .body_max = BODY_MAX};
    const char *words[3] = {0};
    int count = 0;
    bool wrong = false;
    for (int i = 1; i < argc && !wrong; i++) {
        long long value;
        if (strcmp(argv[i], "--edge") == 0)
            config.edge = true;
        else if (strcmp(argv[i], "--timeout") == 0 && number(argv[++i], TIMEOUT_MOST_S, &value))
            config.timeout = (int)value * 1000;
        else if (strcmp(argv[i], "--body-max") == 0 && number(argv[++i], INT32_MAX, &value))
            config.body_max = (uint64_t)value;
        else if (argv[i] != NULL && argv[i][0] != '-' && count < 3)
            words[count++] = argv[i];
        else
            wrong = true;
    }
    if (wrong || count < 2) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: %s HOST PORT [ROOT] [--edge] [--timeout SECONDS] [--body-max BYTES]\n",
                argv[0]);
        return help ? 0 : 2;
    }
    return http_serve(words[0], words[1], words[2], &config);
}
