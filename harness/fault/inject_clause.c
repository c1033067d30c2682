#include "fault/inject_internal.h"

#include <errno.h>
#include <string.h>

struct source {
    double (*number)(void *data, const struct scn_number *n);
    void *data;
};

static double value(const struct source *s, const struct scn_number *n, double otherwise)
{
    return n->set ? s->number(s->data, n) : otherwise;
}

static void set_effect(struct inject_clause *out, const struct scn_fault *f, const struct source *s)
{
    out->effect = f->effect;
    switch (f->effect) {
    case SCN_EFFECT_SHORT:
        out->amount = (uint64_t)value(s, &f->amount, 1);
        break;
    case SCN_EFFECT_DELAY:
        out->amount = (uint64_t)(value(s, &f->amount, 0) * 1e6);
        break;
    case SCN_EFFECT_ERROR:
        out->error = f->error;
        break;
    }
}

int inject_clause_from(struct inject_clause *out, const struct scn_fault *fault, int actor,
                       double (*number)(void *data, const struct scn_number *n), void *data, struct err *e)
{
    const struct source s = {number, data};
    if (fault->call >= SCN_SYSTEM_CALL_COUNT)
        return err_set(e, EINVAL, "'%s' is no system call", scn_call_name(fault->call));
    *out = (struct inject_clause){.call = fault->call, .actor = actor, .on_listener = fault->on_listener};
    set_effect(out, fault, &s);
    out->every = (uint64_t)value(&s, &fault->every, 0);
    out->times = (uint64_t)value(&s, &fault->times, 0);
    out->after_calls = (uint64_t)value(&s, &fault->after_calls, 0);
    out->by_bytes = fault->after_bytes.set;
    out->after_bytes = (uint64_t)value(&s, &fault->after_bytes, 0);
    out->probability = value(&s, &fault->probability, 100) / 100;
    return 0;
}

static void add_count(struct buf *out, const char *before, uint64_t n, const char *behind)
{
    if (n)
        buf_printf(out, " %s %llu%s", before, (unsigned long long)n, behind);
}

static void add_time(uint64_t us, struct buf *out)
{
    if (us % 1000000 == 0)
        buf_printf(out, "delay %llus", (unsigned long long)us / 1000000);
    else if (us % 1000 == 0)
        buf_printf(out, "delay %llums", (unsigned long long)us / 1000);
    else
        buf_printf(out, "delay %lluus", (unsigned long long)us);
}

void inject_clause_text(const struct inject_clause *c, struct buf *out)
{
    buf_printf(out, "%s ", scn_call_name(c->call));
    if (c->effect == SCN_EFFECT_DELAY)
        add_time(c->amount, out);
    else
        buf_printf(out, "%s ", scn_effect_name(c->effect));
    if (c->effect == SCN_EFFECT_SHORT)
        buf_printf(out, "%llu", (unsigned long long)c->amount);
    if (c->effect == SCN_EFFECT_ERROR)
        buf_puts(out, strerrorname_np(c->error) ? strerrorname_np(c->error) : "?");
    add_count(out, "every", c->every, "");
    add_count(out, "times", c->times, "");
    add_count(out, "after", c->after_calls, " calls");
    if (c->by_bytes)
        buf_printf(out, " after byte %llu", (unsigned long long)c->after_bytes);
    if (c->probability < 1)
        buf_printf(out, " with probability %g%%", c->probability * 100);
    if (c->on_listener)
        buf_puts(out, " on the listening socket");
}
