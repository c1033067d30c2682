#include "base/clock.h"

#include <string.h>
#include <time.h>

uint64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Constants of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *r, uint64_t below)
{
    return rng_next(r) % below;
}

void rng_fill(struct rng *r, void *to, size_t len)
{
    unsigned char *p = to;
    while (len) {
        uint64_t word = rng_next(r);
        size_t n = len < sizeof(word) ? len : sizeof(word);
        memcpy(p, &word, n);
        p += n;
        len -= n;
    }
}

/* FNV-1a over the name: spreads names that differ in one character. */
uint64_t rng_seed(uint64_t seed, const char *name)
{
    uint64_t h = 0xcbf29ce484222325;
    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        h = (h ^ *p) * 0x100000001b3;
    struct rng r = {seed ^ h};
    return rng_next(&r);
}
