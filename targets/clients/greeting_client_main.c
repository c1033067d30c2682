/*
 * greeting-client HOST PORT: prints what the server says, until the end of the stream.
 * Documents 003 (13.2.1, client.py) and 004 (3, client), which take one recv(1024) for all of it.
 */
#include "clients/reader.h"
#include "net/words.h"

int main(int argc, char **argv)
{
    struct reader reader = {.delimiter = '\n'};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return reader_run(&reader, reader_read_all, argv[0], argv[1], argv[2]);
}
