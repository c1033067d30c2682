/*
 * The mutator as a library that afl-fuzz loads (AFL_CUSTOM_MUTATOR_LIBRARY): a stage of its own before
 * AFL++'s havoc, which keeps its byte mutations. Built without instrumentation and sanitizers, as it runs in
 * afl-fuzz.
 */
#include "fuzz/mutator.h"

#include <stdlib.h>
#include <string.h>

struct mutator {
    uint64_t seed; /* of the next call */
    uint8_t *out;  /* handed to afl-fuzz, which reads it before the next call */
    size_t cap;
};

/* The names and types are AFL++'s (its docs/custom_mutators.md). */
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf, uint8_t *add_buf,
                       size_t add_buf_size, size_t max_size);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
    (void)afl;
    struct mutator *m = calloc(1, sizeof *m);
    if (m != NULL)
        m->seed = (uint64_t)seed << 32; /* calls count in the lower half: instances with other seeds never meet */
    return m;
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t buf_size, uint8_t **out_buf, uint8_t *add_buf,
                       size_t add_buf_size, size_t max_size)
{
    struct mutator *m = data;
    const struct mutator_other other = {.data = add_buf, .len = add_buf_size};
    *out_buf = buf;
    if (max_size > m->cap) {
        uint8_t *out = realloc(m->out, max_size);
        if (out == NULL)
            return 0; /* afl-fuzz goes on with the next mutation */
        m->out = out;
        m->cap = max_size;
    }
    size_t len = buf_size < max_size ? buf_size : max_size;
    memcpy(m->out, buf, len);
    *out_buf = m->out;
    return mutator_run(m->out, len, max_size, m->seed++, add_buf == NULL ? NULL : &other, NULL);
}

void afl_custom_deinit(void *data)
{
    struct mutator *m = data;
    free(m->out);
    free(m);
}
