/*
 * hello-sender HOST PORT [TIMES] [--loop]: sends "Hello world!" and a line end, TIMES times (once), and
 * closes. --loop sends it with a loop of its own, which knows at every moment what has not been sent, and
 * says so where sending fails. Exit status as net_tell has it: 1 system, 3 name, 5 timeout; 2 for a wrong
 * call. Document 000 (send, sendall, and the loop over send), whose first form ignores what send() returns.
 */
#include "clients/hello.h"
#include "net/words.h"

/* 130 MB: the text is made whole in memory, as sendall() wants it. */
#define TIMES_MOST 10000000

int main(int argc, char **argv)
{
    int status;
    long times = 1;
    struct hello_ops loop = {.send = hello_send_loop};
    bool by_loop = net_option_word(&argc, argv, "--loop");
    if (argc == 4) {
        if (!net_number_word(argv[3], "TIMES", 1, TIMES_MOST, &times))
            return 2;
        argc--;
    }
    if (!net_words(argc, argv, 2, "HOST PORT [TIMES] [--loop]", &status))
        return status;
    return hello_run(by_loop ? &loop : NULL, argv[0], argv[1], argv[2], (size_t)times);
}
