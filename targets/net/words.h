/* The words of a command line, for small programs: so many, --help, or a message. */
#ifndef SOCKSPEC_NET_WORDS_H
#define SOCKSPEC_NET_WORDS_H

#include <stdbool.h>

/*
 * True when there are `count` words behind the program's name and the first is no option. Else prints
 * "usage: PROGRAM USAGE", to stdout for --help and to stderr otherwise, and sets *status to what the program
 * exits with: 0 or 2.
 */
bool net_words(int argc, char **argv, int count, const char *usage, int *status);

/* Takes the option `name` off the words when it is there: returns whether it was. */
bool net_option_word(int *argc, char **argv, const char *name);

/* A number in decimal between `least` and `most`; false for anything else, with a message to stderr that
 * calls it `what`. */
bool net_number_word(const char *text, const char *what, long least, long most, long *value);

#endif
