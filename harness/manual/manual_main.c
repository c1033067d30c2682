/* sockspec-manual FOLDER SOURCE: part of the build, which installs what it writes below FOLDER into share/. */
#include "manual/manual.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct err e = {0};
    if (argc != 3) {
        fprintf(stderr, "sockspec-manual FOLDER SOURCE\n");
        return 2;
    }
    if (manual_write(argv[1], argv[2], &e) == 0)
        return 0;
    fprintf(stderr, "sockspec-manual: %s\n", e.text);
    return 3;
}
