#include "fault/inject_internal.h"

#include "scenario/load.h"

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

static int find_call(const char *name)
{
    for (int i = 0; i < INJECT_CALLS; i++)
        if (strcmp(inject_call_name((enum inject_call)i), name) == 0)
            return i;
    return -1;
}

static void set_effect(struct inject_clause *out, const struct scn_fault *f, const struct source *s)
{
    if (strcmp(f->effect, "short") == 0) {
        out->effect = INJECT_SHORT;
        out->amount = (uint64_t)value(s, &f->amount, 1);
    } else if (strcmp(f->effect, "delay") == 0) {
        out->effect = INJECT_DELAY;
        out->amount = (uint64_t)(value(s, &f->amount, 0) * 1e6);
    } else {
        out->effect = INJECT_ERROR;
        out->error = scn_errno_number(f->errno_name);
    }
}

int inject_clause_from(struct inject_clause *out, const struct scn_fault *fault, int actor,
                       double (*number)(void *data, const struct scn_number *n), void *data, struct err *e)
{
    const struct source s = {number, data};
    int call = find_call(fault->call);
    if (call < 0)
        return err_set(e, EINVAL, "'%s' is no system call", fault->call);
    *out = (struct inject_clause){.call = (enum inject_call)call, .actor = actor, .on_listener = fault->on_listener};
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
    const char *name = strerrorname_np(c->error);
    buf_printf(out, "%s ", inject_call_name(c->call));
    if (c->effect == INJECT_SHORT)
        buf_printf(out, "short %llu", (unsigned long long)c->amount);
    else if (c->effect == INJECT_DELAY)
        add_time(c->amount, out);
    else
        buf_printf(out, "error %s", name ? name : "?");
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
