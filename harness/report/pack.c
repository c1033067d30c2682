/*
 * Results on their way through a pipe: fields in a fixed order, in the machine's byte order, since both ends
 * are this same program. The reader trusts nothing all the same: a worker that a wild subject has harmed may
 * write anything, and the parent must live on to say so.
 */
#include "base/mem.h"
#include "report/model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Begins each pack, so that a reader out of step notices at once. */
#define MAGIC 0x31525353u /* "SSR1" */

/* Stands for a NULL string in place of its length. */
#define NO_TEXT UINT32_MAX

static void put(struct buf *out, const void *data, size_t len)
{
    buf_add(out, data, len);
}

static void put_u32(struct buf *out, uint32_t value)
{
    put(out, &value, sizeof(value));
}

static void put_u64(struct buf *out, uint64_t value)
{
    put(out, &value, sizeof(value));
}

static void put_text(struct buf *out, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len >= NO_TEXT)
        len = NO_TEXT - 1;
    put_u32(out, text ? (uint32_t)len : NO_TEXT);
    if (text)
        put(out, text, len);
}

static void put_texts(struct buf *out, char *const *texts, size_t count)
{
    put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        put_text(out, texts[i]);
}

void result_pack(struct buf *out, const struct result *r)
{
    put_u32(out, MAGIC);
#define PUT_TEXT(field) put_text(out, r->field);
    RESULT_TEXTS(PUT_TEXT)
#undef PUT_TEXT
    put_u32(out, r->verdict);
    put_u32(out, r->diagnosis);
    put_u32(out, (uint32_t)r->line);
    put_u32(out, (uint32_t)r->col);
    put_u32(out, (uint32_t)r->width);
    put_texts(out, r->graph, r->graph_count);
    put_texts(out, r->depends, r->depend_count);
    put_u32(out, (uint32_t)r->event_count);
    for (size_t i = 0; i < r->event_count; i++) {
        const struct event *e = &r->timeline[i];
        put_u64(out, e->us);
        put_text(out, e->actor);
        put_u32(out, (uint32_t)e->line);
        put_text(out, e->what);
        put_u32(out, e->kind);
        put_u64(out, e->bytes);
    }
    put_u64(out, r->events_dropped);
    put_u64(out, r->output_total);
    put_u32(out, (uint32_t)r->exit_status);
    put_u32(out, (r->unconfirmed ? 1u : 0) | (r->best_effort ? 2u : 0) | (r->connected ? 4u : 0) |
                     (r->unreached ? 8u : 0) | (r->untouched ? 16u : 0) | (r->survived ? 32u : 0));
    put(out, &r->seconds, sizeof(r->seconds));
}

struct reader {
    const char *at, *end;
    bool bad;
};

static void get(struct reader *in, void *to, size_t len)
{
    if (in->bad || (size_t)(in->end - in->at) < len) {
        in->bad = true;
        memset(to, 0, len);
        return;
    }
    memcpy(to, in->at, len);
    in->at += len;
}

static uint32_t get_u32(struct reader *in)
{
    uint32_t value;
    get(in, &value, sizeof(value));
    return value;
}

static uint64_t get_u64(struct reader *in)
{
    uint64_t value;
    get(in, &value, sizeof(value));
    return value;
}

/* A number below `end`. */
static uint32_t get_below(struct reader *in, uint32_t end)
{
    uint32_t value = get_u32(in);
    if (value >= end)
        in->bad = true;
    return in->bad ? 0 : value;
}

static char *get_text(struct reader *in)
{
    uint32_t len = get_u32(in);
    if (in->bad || len == NO_TEXT)
        return NULL;
    if ((size_t)(in->end - in->at) < len || memchr(in->at, '\0', len)) {
        in->bad = true;
        return NULL;
    }
    char *text = mem_new((size_t)len + 1, 1);
    memcpy(text, in->at, len);
    in->at += len;
    return text;
}

/* A text that must be there. */
static char *get_some_text(struct reader *in)
{
    char *text = get_text(in);
    if (!text)
        in->bad = true;
    return text;
}

/* How many elements follow; each takes at least `least` bytes, so that a wild count
 * asks for no wild memory. */
static size_t get_count(struct reader *in, size_t least)
{
    uint32_t count = get_u32(in);
    if (!in->bad && count > (size_t)(in->end - in->at) / least)
        in->bad = true;
    return in->bad ? 0 : count;
}

static void get_graph(struct reader *in, struct result *r)
{
    size_t count = get_count(in, sizeof(uint32_t));
    for (size_t i = 0; i < count && !in->bad; i++) {
        char *text = get_some_text(in);
        if (text)
            result_graph(r, "%s", text);
        free(text);
    }
}

static void get_depends(struct reader *in, struct result *r)
{
    size_t count = get_count(in, sizeof(uint32_t));
    if (count)
        r->depends = mem_new(count, sizeof(*r->depends));
    for (size_t i = 0; i < count && !in->bad; i++) {
        char *text = get_some_text(in);
        if (text)
            r->depends[r->depend_count++] = text;
    }
}

static void get_timeline(struct reader *in, struct result *r)
{
    size_t count = get_count(in, 2 * sizeof(uint64_t) + 4 * sizeof(uint32_t));
    for (size_t i = 0; i < count && !in->bad; i++) {
        uint64_t us = get_u64(in);
        char *actor = get_some_text(in);
        int line = (int)get_u32(in);
        char *what = get_some_text(in);
        enum event_kind kind = (enum event_kind)get_u32(in);
        uint64_t bytes = get_u64(in);
        if (actor && what) {
            result_event(r, us, actor, line, what);
            result_event_is(r, kind < EVENT_KIND_COUNT ? kind : EVENT_NOTE, bytes);
        }
        free(actor);
        free(what);
    }
}

int result_unpack(struct result *r, const char *data, size_t len)
{
    struct reader in = {.at = data, .end = data + len};
    *r = (struct result){0};
    if (get_u32(&in) != MAGIC)
        in.bad = true;
#define GET_TEXT(field) r->field = get_text(&in);
    RESULT_TEXTS(GET_TEXT)
#undef GET_TEXT
    r->verdict = (enum verdict)get_below(&in, VERDICT_COUNT);
    r->diagnosis = (enum diagnosis)get_below(&in, DIAGNOSIS_COUNT);
    r->line = (int)get_u32(&in);
    r->col = (int)get_u32(&in);
    r->width = (int)get_u32(&in);
    get_graph(&in, r);
    get_depends(&in, r);
    get_timeline(&in, r);
    r->events_dropped = get_u64(&in);
    r->output_total = get_u64(&in);
    r->exit_status = (int)get_u32(&in);
    uint32_t flags = get_below(&in, 64);
    r->unconfirmed = flags & 1;
    r->best_effort = flags & 2;
    r->connected = flags & 4;
    r->unreached = flags & 8;
    r->untouched = flags & 16;
    r->survived = flags & 32;
    get(&in, &r->seconds, sizeof(r->seconds));
    if (in.bad || in.at != in.end || !isfinite(r->seconds)) {
        result_clear(r);
        errno = EPROTO;
        return -1;
    }
    return 0;
}
