/*
 * What happened, kept cheaply while the case runs and made into words only when somebody will read them.
 */
#include "engine/core/timeline.h"
#include "engine/core/arrival.h"
#include "engine/core/wake.h"

#include "base/visible.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a message shown in the timeline; the rest is told by its size. */
#define SHOWN 40

/* The first and the last ones are kept, as in the result. */
#define HAPPENED_FIRST 100
#define HAPPENED_LAST  300

/* One entry of the raw timeline; made into text only when the case did not pass. */
#define SNIPPET_MAX 48
struct happened {
    uint64_t us;
    const struct actor *actor; /* or NULL: the subject or the harness */
    const char *who;           /* where actor is NULL */
    int line;
    enum happening kind;
    uint64_t amount;
    unsigned char snippet_len;
    char snippet[SNIPPET_MAX];
};

/* What was injected: told behind the case, in order of time. */
struct happened_then {
    uint64_t us;
    int line;
    char *text;
};

struct happened *timeline_new(void)
{
    return mem_new(HAPPENED_FIRST + HAPPENED_LAST, sizeof(struct happened)); /* a ring behind the first ones */
}

static struct happened *slot(struct case_run *run)
{
    uint64_t n = run->happened_count++;
    if (n >= HAPPENED_FIRST)
        n = HAPPENED_FIRST + (n - HAPPENED_FIRST) % HAPPENED_LAST;
    struct happened *h = &run->engine->happened[n];
    *h = (struct happened){.us = clock_us() - run->began_us};
    return h;
}

void happened(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
              size_t len)
{
    struct happened *h = slot(run);
    const struct scn_step *s = a ? actor_step(a) : NULL;
    h->actor = a;
    h->line = s ? s->at.line : 0;
    h->kind = kind;
    h->amount = amount;
    if (kind == HAPPENED_ACCEPTED || kind == HAPPENED_RECEIVED)
        arrival_seen(run, a);
    if (run->saw)
        run->saw(run, a, kind, amount, bytes, len);
    h->snippet_len = (unsigned char)(len < SNIPPET_MAX ? len : SNIPPET_MAX);
    if (bytes)
        memcpy(h->snippet, bytes, h->snippet_len);
    else
        h->snippet_len = 0;
}

__attribute__((format(printf, 2, 0))) static void set_text(struct happened *h, const char *format, va_list args)
{
    int n = vsnprintf(h->snippet, sizeof(h->snippet), format, args);
    h->snippet_len = (unsigned char)(n < 0 ? 0 : n < SNIPPET_MAX ? n : SNIPPET_MAX - 1);
}

void happened_text(struct case_run *run, const struct actor *a, const char *who, const char *format, ...)
{
    struct happened *h = slot(run);
    const struct scn_step *s = a ? actor_step(a) : NULL;
    h->actor = a;
    h->who = who;
    h->line = s ? s->at.line : 0;
    h->kind = HAPPENED_TEXT;
    va_list args;
    va_start(args, format);
    set_text(h, format, args);
    va_end(args);
}

void happened_note(struct case_run *run, const char *who, const char *format, ...)
{
    struct happened *h = slot(run);
    h->who = who;
    h->kind = HAPPENED_NOTE;
    va_list args;
    va_start(args, format);
    set_text(h, format, args);
    va_end(args);
}

static void add_amount(struct buf *out, const char *verb, const struct happened *h)
{
    size_t shown = h->snippet_len < SHOWN ? h->snippet_len : SHOWN;
    buf_printf(out, "%s %llu byte%s ", verb, (unsigned long long)h->amount, h->amount == 1 ? "" : "s");
    visible_quoted(out, h->snippet, shown, 0);
    if (shown < h->amount)
        buf_puts(out, "...");
}

static void describe(const struct happened *h, struct buf *out)
{
    static const char *const fixed[] = {
        [HAPPENED_CONNECTED] = "connected",          [HAPPENED_REFUSED] = "connection refused",
        [HAPPENED_ACCEPTED] = "connection accepted", [HAPPENED_FIN_SENT] = "FIN sent",
        [HAPPENED_FIN_RECEIVED] = "FIN received",    [HAPPENED_RST_SENT] = "RST sent",
        [HAPPENED_RST_RECEIVED] = "RST received",    [HAPPENED_CLOSED] = "closed",
    };
    switch (h->kind) {
    case HAPPENED_TEXT:
    case HAPPENED_NOTE:
        buf_add(out, h->snippet, h->snippet_len);
        break;
    case HAPPENED_SENT:
        add_amount(out, "sent", h);
        break;
    case HAPPENED_RECEIVED:
        add_amount(out, "received", h);
        break;
    case HAPPENED_SIGNAL:
        buf_printf(out, "signal %.*s", (int)h->snippet_len, h->snippet);
        break;
    default:
        buf_puts(out, fixed[h->kind]);
        break;
    }
}

static enum event_kind kind_of(const struct happened *h)
{
    static const enum event_kind kinds[] = {
        [HAPPENED_TEXT] = EVENT_NOTE,         [HAPPENED_CONNECTED] = EVENT_CONNECTED,
        [HAPPENED_REFUSED] = EVENT_REFUSED,   [HAPPENED_ACCEPTED] = EVENT_ACCEPTED,
        [HAPPENED_SENT] = EVENT_SENT,         [HAPPENED_RECEIVED] = EVENT_RECEIVED,
        [HAPPENED_FIN_SENT] = EVENT_FIN_SENT, [HAPPENED_FIN_RECEIVED] = EVENT_FIN_RECEIVED,
        [HAPPENED_RST_SENT] = EVENT_RST_SENT, [HAPPENED_RST_RECEIVED] = EVENT_RST_RECEIVED,
        [HAPPENED_CLOSED] = EVENT_CLOSED,     [HAPPENED_SIGNAL] = EVENT_SIGNAL,
    };
    /* What the link or the injector tells is what it did to the conversation. */
    bool injected = h->kind == HAPPENED_TEXT && h->who && (strcmp(h->who, "link") == 0 || strcmp(h->who, "fault") == 0);
    return injected ? EVENT_FAULT : kinds[h->kind];
}

static void render_one(struct case_run *run, const struct happened *h)
{
    struct buf who = {0}, what = {0};
    if (h->actor)
        actor_name(h->actor, &who);
    else
        buf_puts(&who, h->who ? h->who : "subject");
    describe(h, &what);
    result_event(run->result, h->us, buf_text(&who), h->line, buf_text(&what));
    result_event_is(run->result, kind_of(h), h->kind == HAPPENED_SENT || h->kind == HAPPENED_RECEIVED ? h->amount : 0);
    buf_free(&who);
    buf_free(&what);
}

void happened_then(struct case_run *run, uint64_t us, int line, char *text)
{
    run->then = mem_realloc(run->then, (run->then_count + 1) * sizeof(*run->then));
    run->then[run->then_count++] = (struct happened_then){us, line, text};
}

/* What was injected up to a time. */
static void render_then(struct case_run *run, size_t *next, uint64_t until)
{
    for (; *next < run->then_count && run->then[*next].us <= until; ++*next) {
        result_event(run->result, run->then[*next].us, "fault", run->then[*next].line, run->then[*next].text);
        result_event_is(run->result, EVENT_FAULT, 0);
        free(run->then[*next].text);
    }
}

void happened_render(struct case_run *run)
{
    const struct happened *all = run->engine->happened;
    size_t next = 0;
    uint64_t count = run->happened_count;
    uint64_t first = count < HAPPENED_FIRST ? count : HAPPENED_FIRST;
    uint64_t last = count - first < HAPPENED_LAST ? count - first : HAPPENED_LAST;
    for (uint64_t i = 0; i < first; i++) {
        render_then(run, &next, all[i].us);
        render_one(run, &all[i]);
    }
    run->result->events_dropped += count - first - last;
    for (uint64_t n = count - last; n < count; n++) {
        const struct happened *h = &all[HAPPENED_FIRST + (n - HAPPENED_FIRST) % HAPPENED_LAST];
        render_then(run, &next, h->us);
        render_one(run, h);
    }
    render_then(run, &next, UINT64_MAX);
    free(run->then);
    run->then = NULL;
    run->then_count = 0;
}
