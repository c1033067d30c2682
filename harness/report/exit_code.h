/*
 * What the program ends with. The help and the README tell these rows; a verb that tests nothing has its own (verb.h).
 */
#ifndef SOCKSPEC_REPORT_EXIT_CODE_H
#define SOCKSPEC_REPORT_EXIT_CODE_H

#define EXIT_CODES(X)                                                                                                  \
    X(OK, 0, "every rule was kept, or only known failures are left; a part of the cases (`--shard`) that holds none")  \
    X(BROKEN, 1, "a MUST is broken or flaky, or the program died unasked; with `--strict` a SHOULD counts too")        \
    X(USAGE, 2, "the command line or a scenario is wrong")                                                             \
    X(UNTESTED, 3,                                                                                                     \
      "could not test, or not write all that was asked for: an error, an interruption, nobody there (any more, "       \
      "whatever was found until then), nothing "                                                                       \
      "judged, or more than one case in a hundred inconclusive; with `--strict` any inconclusive")

#define EXIT_CODE_ID(id, code, meaning) EXIT_CODE_##id = (code),
enum exit_code { EXIT_CODES(EXIT_CODE_ID) };
#undef EXIT_CODE_ID

#endif
