/*
 * The mutator as libFuzzer calls it. libFuzzer stacks calls, so a part of the time its own mutations work on
 * the same input: bytes, its dictionary, what comparisons in the code have shown.
 */
#include "fuzz/mutator.h"

#include <string.h>

/* One call of four is libFuzzer's own. */
#define OWN_EVERY 4
/* One crossing of four is nothing else. */
#define CROSS_EVERY 4

/* libFuzzer's byte mutations. Other engines that call custom mutators may not have it. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t max_out_size, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    if (seed % OWN_EVERY == 0 && LLVMFuzzerMutate != NULL)
        return LLVMFuzzerMutate(data, size, max_size);
    return mutator_run(data, size, max_size, seed, NULL, NULL);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t max_out_size, unsigned int seed)
{
    size_t n = size1 < max_out_size ? size1 : max_out_size;
    if (n > 0)
        memcpy(out, data1, n);
    const struct mutator_other other = {.data = data2, .len = size2};
    /* libFuzzer calls this as often as the mutator: most of the time it is one more, that may take pieces. */
    if (seed % CROSS_EVERY == 0)
        return mutator_cross(out, n, max_out_size, seed, &other);
    return mutator_run(out, n, max_out_size, seed, &other, NULL);
}
