#include "net/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool net_words(int argc, char **argv, int count, const char *usage, int *status)
{
    if (argc == count + 1 && (count == 0 || argv[1][0] != '-'))
        return true;
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr, "usage: %s %s\n", argv[0], usage);
    *status = help ? 0 : 2;
    return false;
}

bool net_option_word(int *argc, char **argv, const char *name)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) != 0)
            continue;
        memmove(argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof argv[0]); /* with the NULL at the end */
        (*argc)--;
        return true;
    }
    return false;
}

bool net_number_word(const char *text, const char *what, long least, long most, long *value)
{
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    bool number = (isdigit((unsigned char)text[0]) || text[0] == '-') && *end == '\0' && errno == 0;
    if (number && *value >= least && *value <= most)
        return true;
    fprintf(stderr, "%s must be a number from %ld to %ld, not '%s'\n", what, least, most, text);
    return false;
}
