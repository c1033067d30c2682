#include "base/output.h"
#include "fault/inject_internal.h"
#include "fault/json_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- writing and reading the kept ones ------------------------------------------------------------------ */

static size_t place_of(uint64_t n)
{
    return n < INJECT_KEPT_FIRST ? (size_t)n : INJECT_KEPT_FIRST + (size_t)((n - INJECT_KEPT_FIRST) % INJECT_KEPT_LAST);
}

/* A log that takes no more must not stop the program, nor be taken for one that is whole. */
static void write_log(struct inject_setup *setup, const struct inject_receipt *r, uint64_t since)
{
    struct buf line = {0};
    if (setup->spec.log == INJECT_LOG_JSON)
        inject_receipt_json(r, setup->clauses, since, &line);
    else
        inject_receipt_text(r, setup->clauses, since, &line);
    buf_putc(&line, '\n');
    if (output_write(setup->spec.log_fd, line.data, line.len) < 0 && !setup->log_lost) {
        int code = errno;
        setup->log_lost = true;
        buf_clear(&line);
        buf_printf(&line, "sockspec inject: receipts are lost, the log cannot be written: %s\n", strerror(code));
        if (setup->spec.note_fd >= 0)
            (void)output_write(setup->spec.note_fd, line.data, line.len);
    }
    buf_free(&line);
}

void receipt_write(struct inject_setup *setup, const struct inject_receipt *r, uint64_t since)
{
    struct inject_shared *shared = setup->shared;
    uint64_t n = atomic_load_explicit(&shared->receipts, memory_order_relaxed);
    shared->kept[place_of(n)] = *r;
    atomic_store_explicit(&shared->receipts, n + 1, memory_order_release);
    if (setup->spec.log != INJECT_LOG_NONE && setup->spec.log_fd >= 0)
        write_log(setup, r, since);
}

bool receipt_read(const struct inject_shared *shared, uint64_t n, struct inject_receipt *out)
{
    uint64_t count = atomic_load_explicit(&shared->receipts, memory_order_acquire);
    /* The one after the last may be half written, into the place of the oldest. */
    if (n >= count || (n >= INJECT_KEPT_FIRST && count - n >= INJECT_KEPT_LAST))
        return false;
    *out = shared->kept[place_of(n)];
    atomic_thread_fence(memory_order_acquire);
    count = atomic_load_explicit(&shared->receipts, memory_order_relaxed);
    return n < INJECT_KEPT_FIRST || count - n < INJECT_KEPT_LAST;
}

/* --- in words ------------------------------------------------------------------------------------------- */

static void add_result(const struct inject_receipt *r, struct buf *out)
{
    const char *name = r->returned < 0 ? strerrorname_np((int)-r->returned) : NULL;
    if (name)
        buf_printf(out, "-1 %s", name);
    else
        buf_printf(out, "%lld", (long long)r->returned);
}

static void add_call(const struct inject_receipt *r, struct buf *out)
{
    bool moves = r->has_offset || r->asked > 0;
    buf_printf(out, "%s(", inject_receipt_call(r));
    if (r->fd >= 0)
        buf_printf(out, "fd %d%s", r->fd, moves ? ", " : "");
    if (moves)
        buf_printf(out, "%llu bytes", (unsigned long long)r->asked);
    buf_putc(out, ')');
}

void inject_receipt_words(const struct inject_receipt *r, const struct inject_clause *clauses, struct buf *out)
{
    add_call(r, out);
    buf_puts(out, " = ");
    add_result(r, out);
    if (r->has_offset)
        buf_printf(out, " at byte %s%llu", r->offset_at_least ? ">= " : "", (unsigned long long)r->offset);
    if (r->peer[0])
        buf_printf(out, " of %s", r->peer);
    buf_puts(out, ": ");
    inject_clause_text(&clauses[r->clause], out);
}

void inject_receipt_text(const struct inject_receipt *r, const struct inject_clause *clauses, uint64_t since,
                         struct buf *out)
{
    buf_printf(out, "%.6f ", (double)(r->us - since) / 1e6);
    if (r->tid != r->pid)
        buf_printf(out, "%d/%d ", r->pid, r->tid);
    else
        buf_printf(out, "%d ", r->pid);
    inject_receipt_words(r, clauses, out);
}

/* What stands behind the call: which socket, where in its stream, how much was asked for and what came of it. */
static void add_call_members(const struct inject_receipt *r, json_t *o)
{
    if (r->fd >= 0) {
        json_object_set_new(o, "fd", json_integer(r->fd));
        json_object_set_new(o, "socket", json_integer(r->inode));
    }
    if (r->peer[0])
        json_object_set_new(o, "peer", json_string(r->peer));
    if (r->has_offset)
        json_object_set_new(o, "offset", json_integer((json_int_t)r->offset));
    if (r->has_offset && r->offset_at_least)
        json_object_set_new(o, "offset_at_least", json_true());
    if (r->has_offset || r->asked)
        json_object_set_new(o, "asked", json_integer((json_int_t)r->asked));
    json_object_set_new(o, "returned", json_integer(r->returned < 0 ? -1 : (json_int_t)r->returned));
    if (r->returned < 0) {
        const char *name = strerrorname_np((int)-r->returned);
        json_object_set_new(o, "errno", json_string(name ? name : "?"));
    }
}

void inject_receipt_json(const struct inject_receipt *r, const struct inject_clause *clauses, uint64_t since,
                         struct buf *out)
{
    struct buf text = {0};
    json_t *o = json_pack("{s:f, s:i, s:i, s:s}", "seconds", (double)(r->us - since) / 1e6, "pid", (int)r->pid,
                          "thread", (int)r->tid, "call", inject_receipt_call(r));
    add_call_members(r, o);
    inject_clause_text(&clauses[r->clause], &text);
    json_object_set_new(o, "effect", json_string(scn_effect_name(r->effect)));
    json_object_set_new(o, "fault", json_string(buf_text(&text)));
    json_line_add(out, o);
    buf_free(&text);
}
