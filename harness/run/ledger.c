#include "run/ledger.h"

#include "base/mem.h"
#include "run/repeat.h"

#include <stdlib.h>

static void keep_skips(struct ledger *l)
{
    for (size_t i = 0; i < l->plan->count; i++) {
        if (!l->plan->cases[i].skip)
            continue;
        struct result r = {0};
        plan_describe(&l->plan->cases[i], &r);
        r.verdict = VERDICT_SKIP;
        r.message = mem_dup(l->plan->cases[i].skip);
        ledger_keep(l, (uint32_t)i, &r);
    }
}

void ledger_open(struct ledger *l, const struct run_options *options, const struct plan *plan, struct run *out,
                 run_progress *progress, void *data)
{
    *l = (struct ledger){.options = options, .plan = plan, .out = out, .progress = progress, .data = data};
    out->results = mem_new(plan->count, sizeof(*out->results));
    l->known = mem_new(plan->count, sizeof(*l->known));
    keep_skips(l);
}

void ledger_keep(struct ledger *l, uint32_t index, struct result *r)
{
    struct result *to = &l->out->results[index];
    if (r->verdict != VERDICT_PASS && r->verdict != VERDICT_SKIP && !r->repeat)
        r->repeat = repeat_line(l->options, r);
    if (l->known[index])
        result_clear(to);
    else
        l->finished++;
    *to = *r;
    *r = (struct result){0};
    l->known[index] = true;
    if (l->progress)
        l->progress(l->data, l->finished, l->plan->count, to);
}

void ledger_keep_error(struct ledger *l, uint32_t index, char *message)
{
    struct result r = {0};
    plan_describe(&l->plan->cases[index], &r);
    r.verdict = VERDICT_ERROR;
    r.message = message;
    ledger_keep(l, index, &r);
}

void ledger_close(struct ledger *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->plan->count; i++)
        if (l->known[i])
            l->out->results[kept++] = l->out->results[i];
    l->out->count = kept;
    free(l->known);
    l->known = NULL;
}
