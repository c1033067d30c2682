/*
 * Whether what a scenario writes down can be done at all: nested repeats multiply their steps, and what their sends and
 * lets make of bytes. Only what the text says is counted; names may stand for nothing, and count nothing. The run holds
 * the same limits for all that is known only there.
 */
#include "scenario/parse.h"

/* What a block comes to, at the least. */
struct amount {
    double steps;
    double bytes;
    bool told; /* that it is too much, farther in */
};

static double payload_bytes(struct parser *p, const struct scn_payload *payload, bool *told)
{
    double sum = 0;
    for (size_t i = 0; i < payload->count; i++) {
        const struct scn_item *item = &payload->items[i];
        bool sized = item->kind == SCN_ITEM_RANDOM || item->kind == SCN_ITEM_ZEROS || item->kind == SCN_ITEM_LETTERS;
        if (sized && item->size.set && !item->size.name)
            sum += item->size.value;
        for (size_t k = 0; item->kind == SCN_ITEM_TEXT && k < item->text.count; k++)
            if (item->text.parts[k].kind == SCN_PART_BYTES)
                sum += (double)item->text.parts[k].len;
    }
    if (sum > SCN_PAYLOADS_HELD_MAX && !*told) {
        *told = true;
        fail_at(p, payload->items[0].at, NULL, "this payload has %.0f bytes: all that a case holds at once is 1 GiB",
                sum);
    }
    return sum;
}

static struct amount block_amount(struct parser *p, const struct scn_block *block);

/* What `turns` of it come to; told at `at` where that is more than a case may do. */
static struct amount times(struct parser *p, struct scn_at at, struct amount one, double turns, const char *who)
{
    struct amount all = {one.steps * turns, one.bytes * turns, one.told};
    if (all.told)
        return all;
    all.told = true;
    if (all.steps > SCN_STEPS_MAX)
        fail_at(p, at, NULL, "%s %.0f steps: an actor makes %d at most", who, all.steps, SCN_STEPS_MAX);
    else if (all.bytes > SCN_PAYLOADS_MADE_MAX)
        fail_at(p, at, NULL, "%s payloads of %.0f bytes: a case makes 16 GiB at most, one after the other", who,
                all.bytes);
    else
        all.told = false;
    return all;
}

static struct amount step_amount(struct parser *p, const struct scn_step *step)
{
    struct amount one = {.steps = 1};
    if (step->kind == SCN_STEP_SEND) {
        one.bytes = payload_bytes(p, &step->u.send.payload, &one.told);
    } else if (step->kind == SCN_STEP_LET) {
        one.bytes = payload_bytes(p, &step->u.let.payload, &one.told);
    } else if (step->kind == SCN_STEP_REPEAT) {
        const struct scn_number *count = &step->u.repeat.count;
        struct amount turn = block_amount(p, &step->u.repeat.body);
        turn.steps++; /* its end */
        one = times(p, step->at, turn, count->name ? 0 : (double)(uint64_t)count->value, "these repeats make");
        one.steps++;
    }
    return one;
}

static struct amount block_amount(struct parser *p, const struct scn_block *block)
{
    struct amount all = {0};
    for (size_t i = 0; i < block->count && !parser_full(p); i++) {
        struct amount one = step_amount(p, &block->steps[i]);
        all.steps += one.steps;
        all.bytes += one.bytes;
        all.told |= one.told;
    }
    return all;
}

void check_size(struct parser *p)
{
    double bytes = 0;
    for (size_t i = 0; i < p->s->actor_count && !parser_full(p); i++) {
        const struct scn_actor *a = &p->s->actors[i];
        struct amount one = block_amount(p, &a->body);
        double copies = !a->count.set ? 1 : a->count.name ? 0 : a->count.value;
        bytes += one.bytes * copies;
        if (!one.told && one.bytes * copies > 0 && bytes > SCN_PAYLOADS_MADE_MAX) {
            fail_at(p, a->at, NULL, "%s %.0f bytes: a case makes 16 GiB at most, one after the other",
                    "this actor and those before it make payloads of", bytes);
            return;
        }
    }
}
