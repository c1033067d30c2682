#include "flawed/flaws.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static void list(const struct flaw *flaws, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct flaw *f = &flaws[i];
        printf("%s\t%s\t%s\t%s\t%s\t%s\n", f->name, f->rule, f->scenarios, f->what, or_dash(f->also),
               or_dash(f->since));
    }
}

static void noted(int signal)
{
    (void)signal;
}

/* As most programs do, and without SA_RESTART: the calls of one that catches no signal are never interrupted
 * (man 7 signal). */
static void catch_a_signal(void)
{
    static const struct sigaction action = {.sa_handler = noted};
    sigaction(SIGWINCH, &action, NULL);
}

/* Whether `count` words are what `usage` names: a word each, those in brackets may be missing. */
static bool words_fit(int count, const char *usage)
{
    int least = 0, most = 0;
    for (const char *word = usage; *word != '\0'; word += strspn(word, " ")) {
        most++;
        least += *word != '[';
        word += strcspn(word, " ");
    }
    return count >= least && count <= most;
}

const struct flaw *flaw_of_args(int *argc, char **argv, const struct flaw *flaws, size_t count, const char *usage,
                                int *status)
{
    *status = 0;
    if (*argc == 2 && strcmp(argv[1], "--list") == 0) {
        list(flaws, count);
        return NULL;
    }
    if (*argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("usage: %s --list | --flaw NAME %s\n", argv[0], usage);
        return NULL;
    }
    *status = 2;
    if (*argc < 3 || strcmp(argv[1], "--flaw") != 0) {
        fprintf(stderr, "usage: %s --list | --flaw NAME %s\n", argv[0], usage);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(flaws[i].name, argv[2]) != 0)
            continue;
        memmove(argv + 1, argv + 3, (size_t)(*argc - 2) * sizeof argv[0]); /* with the NULL at the end */
        *argc -= 2;
        if (words_fit(*argc - 1, usage)) {
            catch_a_signal();
            return &flaws[i];
        }
        fprintf(stderr, "usage: %s --flaw NAME %s\n", argv[0], usage);
        return NULL;
    }
    fprintf(stderr, "%s: there is no flaw %s (see --list)\n", argv[0], argv[2]);
    return NULL;
}
