#include "fuzz/mutator_internal.h"

#include <string.h>

/* More at once hide each other, mostly in a refusal. */
#define OPERATIONS_MOST 4
/* Operations that find nothing to do are replaced, so often. */
#define TRIES_MOST 16

static const struct {
    const char *name;
    draft_operation *apply;
} operations[MUTATOR_OPS] = {
    [MUTATOR_SETTINGS] = {"settings", op_settings},
    [MUTATOR_METHOD] = {"method", op_method},
    [MUTATOR_TARGET] = {"target", op_target},
    [MUTATOR_VERSION] = {"version", op_version},
    [MUTATOR_STATUS] = {"status", op_status},
    [MUTATOR_FIELD_INSERT] = {"field-insert", op_field_insert},
    [MUTATOR_FIELD_COPY] = {"field-copy", op_field_copy},
    [MUTATOR_FIELD_REMOVE] = {"field-remove", op_field_remove},
    [MUTATOR_FIELD_SWAP] = {"field-swap", op_field_swap},
    [MUTATOR_FIELD_VALUE] = {"field-value", op_field_value},
    [MUTATOR_FIELD_REPEAT] = {"field-repeat", op_field_repeat},
    [MUTATOR_PERSISTENCE] = {"persistence", op_persistence},
    [MUTATOR_CASE] = {"case", op_case},
    [MUTATOR_LINE_END] = {"line-end", op_line_end},
    [MUTATOR_BLANKS] = {"blanks", op_blanks},
    [MUTATOR_FOLD] = {"fold", op_fold},
    [MUTATOR_CONTROL] = {"control", op_control},
    [MUTATOR_STRETCH] = {"stretch", op_stretch},
    [MUTATOR_BODY] = {"body", op_body},
    [MUTATOR_LENGTH] = {"length", op_length},
    [MUTATOR_CHUNK_SIZE] = {"chunk-size", op_chunk_size},
    [MUTATOR_CHUNK_EXTENSION] = {"chunk-extension", op_chunk_extension},
    [MUTATOR_CHUNK_DATA] = {"chunk-data", op_chunk_data},
    [MUTATOR_TRAILER] = {"trailer", op_trailer},
    [MUTATOR_MESSAGE] = {"message", op_message},
    [MUTATOR_CROSS] = {"cross", op_cross},
};

const char *mutator_op_name(enum mutator_op op)
{
    return op >= 0 && op < MUTATOR_OPS ? operations[op].name : NULL;
}

/* splitmix64: every seed is a good one, 0 and 1 included. */
size_t draft_pick(struct draft *d, size_t n)
{
    uint64_t z = d->chance += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return n == 0 ? 0 : (size_t)(z % n);
}

bool draft_replace(struct draft *d, size_t at, size_t old, const void *bytes, size_t n)
{
    if (at > d->len || old > d->len - at || n > d->max - (d->len - old))
        return false;
    memmove(d->data + at + n, d->data + at + old, d->len - at - old);
    if (n > 0)
        memcpy(d->data + at, bytes, n);
    d->len = d->len - old + n;
    return true;
}

const struct piece *draft_any(struct draft *d, unsigned kinds)
{
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++)
        n += (d->pieces[i].kind & kinds) != 0;
    if (n == 0)
        return NULL;
    size_t which = draft_pick(d, n);
    for (size_t i = 0; i < d->count; i++) {
        if ((d->pieces[i].kind & kinds) != 0 && which-- == 0)
            return &d->pieces[i];
    }
    return NULL;
}

size_t mutator_run(uint8_t *data, size_t len, size_t max, uint64_t seed, const struct mutator_other *other,
                   unsigned *done)
{
    struct draft d = {.data = data, .len = len < max ? len : max, .max = max, .chance = seed};
    if (other != NULL)
        d.other = *other;
    size_t wanted = 1 + draft_pick(&d, OPERATIONS_MOST);
    if (draft_pick(&d, 2) == 0)
        wanted = 1;
    for (size_t tries = 0; wanted > 0 && tries < TRIES_MOST; tries++) {
        enum mutator_op op = (enum mutator_op)draft_pick(&d, MUTATOR_OPS);
        draft_split(&d);
        if (!operations[op].apply(&d))
            continue;
        wanted--;
        if (done != NULL)
            done[op]++;
    }
    return d.len;
}

size_t mutator_cross(uint8_t *data, size_t len, size_t max, uint64_t seed, const struct mutator_other *other)
{
    struct draft d = {.data = data, .len = len < max ? len : max, .max = max, .chance = seed, .other = *other};
    size_t pieces = 1 + draft_pick(&d, OPERATIONS_MOST);
    for (size_t i = 0; i < pieces; i++) {
        draft_split(&d);
        op_cross(&d);
    }
    return d.len;
}
