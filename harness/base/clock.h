/*
 * Time and seeded chance.
 */
#ifndef SOCKSPEC_BASE_CLOCK_H
#define SOCKSPEC_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC: for differences only. */
uint64_t clock_us(void);

/* A splitmix64 generator: small, seeded, the same everywhere. */
struct rng {
    uint64_t state;
};

/* The next 64 bits. */
uint64_t rng_next(struct rng *r);

/* A number in 0 .. below-1; below > 0. */
uint64_t rng_below(struct rng *r, uint64_t below);

/* Fills `len` bytes. */
void rng_fill(struct rng *r, void *to, size_t len);

/* A seed from `seed` and a name, so that each case has chance of its own whatever ran before it. */
uint64_t rng_seed(uint64_t seed, const char *name);

#endif
