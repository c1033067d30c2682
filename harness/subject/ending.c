/* Who is about to end: seen of a process before anybody can wait for it. */
#include "subject/internal.h"

#include <stdio.h>
#include <string.h>

/* Of the flags in /proc/PID/stat (linux/sched.h, stable since Linux 2.6): it ends, or its core is written first. */
enum { PF_EXITING = 0x4, PF_DUMPCORE = 0x200 };

/*
 * /proc/PID/stat has state and flags behind the name in brackets. The peer sees the FIN of a dying process before
 * anybody can wait for it, but the flag stands (or it is a zombie) before its sockets are closed.
 */
static bool is_ending(pid_t pid, bool zombies_too)
{
    char path[40], text[1024], state;
    unsigned flags;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (process_read(path, text, sizeof text) <= 0)
        return zombies_too;
    const char *behind = strrchr(text, ')');
    if (!behind || sscanf(behind + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
        return zombies_too;
    if (state == 'Z' || state == 'X')
        return zombies_too;
    return flags & (PF_EXITING | PF_DUMPCORE);
}

bool subject_is_ending(const struct subject *s)
{
    return s->pid > 0 && is_ending(s->pid, true);
}

bool subject_loses_one(const struct subject *s)
{
    struct processes family = {0};
    bool found = !s->exited && subject_is_ending(s);
    subject_family(s, &family);
    /* Zombies are told by deaths, or have been there for long: their master may not reap them. */
    for (size_t i = 0; i < family.count && !found; i++)
        found = is_ending(family.items[i].pid, false);
    processes_free(&family);
    return found;
}
