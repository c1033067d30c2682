/*
 * Runs a command and writes "MICROSECONDS PEAK_KIB CPU_MICROSECONDS" to a file: wall time from start to exit, the
 * highest resident size of any one process of it, and the processor time of all. Its exit code is the command's.
 *
 *     measure FILE COMMAND...
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t cpu_us(const struct rusage *u)
{
    return (int64_t)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000000 + u->ru_utime.tv_usec + u->ru_stime.tv_usec;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: measure FILE COMMAND...\n", stderr);
        return 2;
    }
    int64_t begin = now_us();
    /* vfork: a copy of this process would count in the figures. */
    pid_t pid = vfork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || getrusage(RUSAGE_CHILDREN, &usage) < 0) {
        perror("measure");
        return 3;
    }
    int64_t took = now_us() - begin;
    FILE *out = fopen(argv[1], "we");
    if (!out || fprintf(out, "%lld %ld %lld\n", (long long)took, usage.ru_maxrss, (long long)cpu_us(&usage)) < 0 ||
        fclose(out) != 0) {
        perror(argv[1]);
        return 3;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
