/*
 * Runs a fuzz target over files: each FILE, and each file in each DIRECTORY (not below it). For the corpus in
 * every build, and for one crash under a debugger. Exit 0, or 1 when a file cannot be read or there was none;
 * a broken oracle ends in SIGABRT behind the line that names the input.
 */
#include "fuzz/fuzz.h"
#include "fuzz/work.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* No seed is near this: a larger file was named by mistake. */
#define INPUT_MOST (4 << 20)

static int replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || size > INPUT_MOST) {
        fprintf(stderr, "%s: cannot be read, or is larger than %d bytes\n", path, INPUT_MOST);
        if (file != NULL)
            fclose(file);
        return -1;
    }
    uint8_t *data = malloc(size); /* exactly, so that a read past the input is seen */
    size_t got = data == NULL ? 0 : fread(data, 1, size, file);
    fclose(file);
    if (got != size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(data);
        return -1;
    }
    printf("%s\n", path);
    fflush(stdout); /* the last line of a run that ends by a signal names the input */
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static long replay_path(const char *path);

static long replay_directory(const char *path)
{
    DIR *dir = opendir(path);
    long count = 0;
    if (dir == NULL) {
        perror(path);
        return -1;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL && count >= 0; entry = readdir(dir)) {
        char inner[4096];
        struct stat st;
        int len = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || len < 0 || (size_t)len >= sizeof inner || stat(inner, &st) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        long done = replay_path(inner);
        count = done < 0 ? -1 : count + done;
    }
    closedir(dir);
    return count;
}

/* The number of inputs run, or -1. */
static long replay_path(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        return -1;
    }
    if (S_ISDIR(st.st_mode))
        return replay_directory(path);
    return replay_file(path, (size_t)st.st_size) == 0 ? 1 : -1;
}

int main(int argc, char **argv)
{
    long count = 0;
    for (int i = 1; i < argc; i++) {
        long done = replay_path(argv[i]);
        if (done < 0)
            return 1;
        count += done;
    }
    if (count == 0) {
        fprintf(stderr, "usage: %s FILE|DIRECTORY... (no input was found)\n", argv[0]);
        return 1;
    }
    printf("%ld inputs\n", count);
#ifdef WORK_COUNTED
    if (work_done().branches == 0) {
        fprintf(stderr, "%s: the work of the parsers was not counted\n", argv[0]);
        return 1;
    }
#endif
    return 0;
}
