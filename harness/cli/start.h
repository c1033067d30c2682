/*
 * What a process inherits and must not depend on: open descriptors 0 to 2, dispositions of signals, the signal mask.
 */
#ifndef SOCKSPEC_CLI_START_H
#define SOCKSPEC_CLI_START_H

/*
 * Fills those of the descriptors 0, 1 and 2 that are shut, the wrong way round, so that reading or writing them fails
 * (EBADF) and is told, and no file of ours takes such a number. They are shut again in a program that takes our place.
 */
void start_descriptors(void);

/*
 * Unblocks all signals and gives each its default action, with two exceptions. SIGHUP, SIGINT, SIGQUIT and the
 * terminal's stops stay ignored where they are: nohup and shells ask for that. SIGPIPE and SIGXFSZ are ignored: a
 * write that fails is told by what it was to write, and cleans up.
 */
void start_signals(void);

#endif
