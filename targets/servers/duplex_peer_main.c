/*
 * duplex-peer HOST PORT SIZE [--threads | --turns]: sends SIZE bytes to each client and receives as many,
 * both at the same time (with poll(), or with two threads), so that a client may write before it reads.
 * --turns is the document's other remedy: a piece out, a piece in, which helps where the client does so too.
 * A client that does nothing for 5 seconds is given up. Document 002, 5 (avoiding deadlocks).
 */
#include "net/words.h"
#include "servers/duplex_session.h"

#define SIZE_MOST (1 << 30)

int main(int argc, char **argv)
{
    struct duplex_service service = {.program = argv[0], .manner = DUPLEX_POLL, .patience = DUPLEX_PATIENCE_MS};
    struct tcp_server server = {
        .form = TCP_SERVER_THREADING, .handle = duplex_session, .data = &service, .max_clients = 512};
    int status;
    long size;
    if (net_option_word(&argc, argv, "--threads"))
        service.manner = DUPLEX_THREADS;
    else if (net_option_word(&argc, argv, "--turns"))
        service.manner = DUPLEX_TURNS;
    if (!net_words(argc, argv, 3, "HOST PORT SIZE [--threads | --turns]", &status))
        return status;
    if (!net_number_word(argv[3], "SIZE", 1, SIZE_MOST, &size))
        return 2;
    service.size = (size_t)size;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
