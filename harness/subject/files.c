/* Descriptor numbers in use, over all processes of a subject. */
#include "subject/internal.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static int highest_file(pid_t pid)
{
    char path[64];
    int highest = -1;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *fds = opendir(path);
    for (struct dirent *d; fds && (d = readdir(fds)) != NULL;) {
        int fd = d->d_name[0] == '.' ? -1 : (int)strtol(d->d_name, NULL, 10);
        if (fd > highest)
            highest = fd;
    }
    if (fds)
        closedir(fds);
    return highest;
}

int subject_files_highest(const struct subject *s)
{
    struct processes family = {0};
    int highest = -1;
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++) {
        int one = highest_file(family.items[i].pid);
        if (one > highest)
            highest = one;
    }
    processes_free(&family);
    return highest < 0 ? -1 : highest + 1;
}
