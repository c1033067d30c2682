/*
 * line-server HOST PORT: answers each line with its length in bytes.
 * Document 000 (readlines: lines out of a buffer), with a limit that its buffer lacks, and with the rest that
 * it forgets at the end of the stream.
 */
#include "net/words.h"
#include "servers/line_session.h"

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_THREADING, .handle = line_session, .max_clients = 1024};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
