/*
 * echo-server HOST PORT: gives back every byte that a client sends, to any number of clients at once, and
 * closes each connection after the client has shut down its side. HOST "" is all interfaces.
 */
#include "servers/echo.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 3 || argv[1][0] == '-') {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: %s HOST PORT\n", argv[0]);
        return help ? 0 : 2;
    }
    return echo_serve(argv[1], argv[2], &echo_right);
}
