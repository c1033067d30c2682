/*
 * A bench for conversations that the harness plays on both sides: a scenario as text, its verdict, and what is said.
 */
#ifndef SOCKSPEC_TESTS_ENGINE_BENCH_H
#define SOCKSPEC_TESTS_ENGINE_BENCH_H

#include "engine/engine.h"

#define HEAD "scenario \"t\"\nrule SOCK-TEST MUST \"t\"\n"

struct bench_row {
    const char *name, *source;
    enum verdict verdict;
    enum diagnosis diagnosis;
    const char *says; /* part of the message, or NULL */
};

/* Plays all sides of `source`; the fact `moment` is 200ms. The caller clears the result. */
void bench_play(const char *source, enum delivery delivery, struct result *result);

/* Plays the row; the test fails where anything else comes of it. */
void bench_run(const struct bench_row *row, enum delivery delivery);

#endif
