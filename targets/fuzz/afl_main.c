/*
 * The program that AFL++ runs, around the same LLVMFuzzerTestOneInput that libFuzzer calls. Test cases come
 * in shared memory and one process tries many of them (persistent mode): what is left of an execution is the
 * target itself and two signals. Without afl-fuzz it reads one input from stdin.
 */
#include "fuzz/fuzz.h"

#include <unistd.h>

/* Inputs that one process tries before it is forked anew. Targets keep nothing between inputs; a new process
 * now and then bounds what a leak could grow to. */
#define INPUTS_A_PROCESS 1000000

__AFL_FUZZ_INIT();

int main(void)
{
    __AFL_INIT();
    /* Asked for behind __AFL_INIT, as the memory is not there before. */
    const unsigned char *data = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(INPUTS_A_PROCESS))
        LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    return 0;
}
