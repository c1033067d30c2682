/*
 * line-client HOST PORT [--stdio] [--delimiter CHARACTER]: prints each line that the server sends, one a
 * line, the unterminated rest too, until the end of the stream. --stdio reads through a stream of the C
 * library. Document 000 (readlines; makefile), whose readlines loses the rest and splits at LF whatever it
 * was told.
 */
#include "clients/reader.h"
#include "net/words.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct reader reader = {.delimiter = '\n'};
    int status;
    bool stdio = net_option_word(&argc, argv, "--stdio");
    if (argc == 5 && strcmp(argv[3], "--delimiter") == 0 && strlen(argv[4]) == 1) {
        reader.delimiter = argv[4][0];
        argc -= 2;
    }
    if (!net_words(argc, argv, 2, "HOST PORT [--stdio] [--delimiter CHARACTER]", &status))
        return status;
    return reader_run(&reader, stdio ? reader_read_stream : reader_read_lines, argv[0], argv[1], argv[2]);
}
