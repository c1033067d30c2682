/*
 * bind-again: a server ends whose connection is in TIME_WAIT, and starts again, with and without SO_REUSEADDR; prints
 * how each went. Exit status 0 when this system tells them apart as the manual says. Documents 001 and 002, "socket
 * options", which set it without a word of what for.
 */
#include "net/words.h"
#include "servers/bind_again.h"

#include <errno.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    int status, right = 0;
    if (!net_words(argc, argv, 0, "", &status))
        return status;
    for (int i = 0; i < 4; i++) {
        struct net_error e = {0};
        bool first = (i & 2) != 0, second = (i & 1) != 0, bound = bind_again(first, second, &e) == 0;
        printf("SO_REUSEADDR %-9s %-9s %s\n", first ? "before," : "not then,",
               second ? "and now:" : "nor now:", bound ? "bound again" : e.text);
        right += bound ? first && second : e.code == EADDRINUSE && !(first && second);
    }
    return fflush(stdout) == 0 && right == 4 ? 0 : 1;
}
