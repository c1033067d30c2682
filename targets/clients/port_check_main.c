/*
 * port-check HOST PORT: prints "open" and exits with 0 when somebody listens there, else "closed" and 1; 3
 * for a host or a service that is not known, 2 for a wrong call. Takes at most 5 seconds. Document 000 (is a
 * port open: connect_ex), whose program has neither a status nor a time limit.
 */
#include "clients/port_check.h"
#include "net/words.h"

int main(int argc, char **argv)
{
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return port_check(argv[0], argv[1], argv[2], NULL);
}
