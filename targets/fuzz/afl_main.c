/*
 * The program that AFL++ runs, around the same LLVMFuzzerTestOneInput that libFuzzer calls: persistent mode,
 * with test cases in shared memory. Without afl-fuzz it runs one input from stdin.
 *
 * AFL++'s own loop stops the process with SIGSTOP behind each input and has its fork server report that: two
 * signals and four switches between three processes an input, which take far longer than a parser does. Here
 * the process that runs the inputs answers afl-fuzz itself, over the same two pipes and in the same words, so
 * that afl-fuzz needs to know nothing of it. The fork server only stands by for the one input that kills it:
 *
 *     afl-fuzz  --go-->  runner  --pid-->  afl-fuzz        the runner reads its input, runs it,
 *               <------ "stopped" -------                  and says what a stopped process would have said
 *     runner dies  -->  server (waitpid)  --how-->  afl-fuzz, and starts another runner
 */
#include "fuzz/fuzz.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

/* AFL++'s protocol (its include/config.h and include/types.h). */
#define CONTROL_FD      198
#define STATUS_FD       199
#define OPT_ENABLED     0x80000001u
#define OPT_MAP_SIZE    0x40000000u
#define OPT_SHARED_CASE 0x01000000u
#define OPT_MAP_MOST    0x800000u
#define SHARED_CASE_ENV "__AFL_SHM_FUZZ_ID"
/* What waitpid says of a process that stopped itself. */
#define STOPPED W_STOPCODE(SIGSTOP)

/* A new process now and then bounds what a leak could grow to. */
#define INPUTS_A_RUNNER 1000000
/* Largest input from stdin; afl-fuzz makes none near this. */
#define STDIN_MOST (1 << 20)
/* A runner that was killed just when it was done has either answered, and afl-fuzz goes on at once, or never
 * will. */
#define UNSURE_MS 1000

/* AFL++'s runtime, which afl-clang-fast links in: bytes of the coverage map, which it
 * has mapped before main. */
extern uint32_t __afl_map_size;

/* afl-fuzz looks for these in the program: it is persistent, and no constructor shall start AFL++'s own fork
 * server. */
__attribute__((used)) static const char marks[] = "##SIG_AFL_PERSISTENT##\0##SIG_AFL_DEFER_FORKSRV##";

/* The test case as afl-fuzz writes it. */
struct shared_case {
    uint32_t len;
    uint8_t data[];
};

static bool send_word(uint32_t word)
{
    return write(STATUS_FD, &word, sizeof word) == sizeof word;
}

static bool receive_word(uint32_t *word)
{
    return read(CONTROL_FD, word, sizeof *word) == sizeof *word;
}

/* Says hello. NULL when nobody is there, or does not share its test cases. */
static const struct shared_case *shake_hands(void)
{
    uint32_t hello = OPT_ENABLED | OPT_SHARED_CASE, reply;
    if (__afl_map_size > 1 && __afl_map_size <= OPT_MAP_MOST)
        hello |= OPT_MAP_SIZE | (__afl_map_size - 1) << 1;
    const char *id = getenv(SHARED_CASE_ENV);
    if (!send_word(hello) || id == NULL || !receive_word(&reply) || (reply & OPT_SHARED_CASE) == 0)
        return NULL;
    void *memory = shmat(atoi(id), NULL, 0);
    return memory == (void *)-1 ? NULL : memory;
}

/* Runs inputs until it dies, is told to end, or has run enough. `*busy` while afl-fuzz
 * waits for an answer. */
static _Noreturn void run_inputs(const struct shared_case *c, volatile bool *busy)
{
    uint32_t go;
    for (long i = 0; receive_word(&go); i++) {
        *busy = true;
        if (!send_word((uint32_t)getpid()))
            break;
        LLVMFuzzerTestOneInput(c->data, c->len);
        if (i == INPUTS_A_RUNNER)
            _exit(0); /* still busy: the server answers, and starts the next */
        *busy = false;
        if (!send_word(STOPPED))
            break;
    }
    _exit(0);
}

/* Whether a runner that died while it was not busy has answered before. */
static bool has_answered(void)
{
    struct pollfd control = {.fd = CONTROL_FD, .events = POLLIN};
    return poll(&control, 1, UNSURE_MS) != 0;
}

static void serve(const struct shared_case *c)
{
    volatile bool *busy = mmap(NULL, sizeof *busy, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (busy == MAP_FAILED)
        return;
    for (;;) {
        int status;
        *busy = false;
        pid_t runner = fork();
        if (runner == 0)
            run_inputs(c, busy);
        if (runner < 0 || waitpid(runner, &status, 0) != runner)
            return;
        if (!*busy && WIFEXITED(status))
            return; /* afl-fuzz has gone */
        if ((*busy || !has_answered()) && !send_word((uint32_t)status))
            return;
    }
}

static int run_stdin(void)
{
    uint8_t *data = malloc(STDIN_MOST);
    size_t len = data == NULL ? 0 : fread(data, 1, STDIN_MOST, stdin);
    if (data != NULL)
        LLVMFuzzerTestOneInput(data, len);
    free(data);
    return data == NULL;
}

int main(void)
{
    if (getenv(SHARED_CASE_ENV) == NULL)
        return run_stdin();
    const struct shared_case *c = shake_hands();
    if (c == NULL) {
        fprintf(stderr, "this afl-fuzz shares no test cases in memory: version 3 or later is needed\n");
        return 1;
    }
    serve(c);
    return 0;
}
