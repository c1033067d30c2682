/*
 * echo-client HOST PORT SIZE: sends SIZE bytes to an echo server and must get the same back. Exit 0; 1 with a
 * message when the connection is refused or reset, the answer differs or is cut short, or nothing moves for
 * 10 seconds; 2 for a wrong call.
 */
#include "clients/echo_client.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 10000

int main(int argc, char **argv)
{
    if (argc != 4 || argv[1][0] == '-') {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: %s HOST PORT SIZE\n", argv[0]);
        return help ? 0 : 2;
    }
    return echo_client_run(argv[1], argv[2], argv[3], PATIENCE_MS, NULL);
}
