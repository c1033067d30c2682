#include "report/model.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* How a conversation began and how it ended tell most of it; what lies between is often the same again. */
#define EVENTS_FIRST 100
#define EVENTS_LAST  300
#define EVENTS_KEPT  (EVENTS_FIRST + EVENTS_LAST)

/* A run in which more than one case in so many could not be judged has not shown that all is well. */
#define INCONCLUSIVE_SHARE 100

/* Arrays grow by this many, so that a short case allocates once. */
#define GROWTH 16

const char *const result_levels[] = {"MUST", "SHOULD", "MAY", NULL};

/* The rows stand in the order of the enum that is made of them. */
#define WORD(id, word, ...) word,

const char *verdict_name(enum verdict v)
{
    static const char *const words[] = {VERDICTS(WORD)};
    return (unsigned)v < VERDICT_COUNT ? words[v] : "unknown";
}

const char *verdict_sign(enum verdict v)
{
#define SIGN(id, word, sign, paint) sign,
    static const char *const signs[] = {VERDICTS(SIGN)};
    return (unsigned)v < VERDICT_COUNT ? signs[v] : "?";
}

enum verdict verdict_worst_first(size_t i)
{
    return (enum verdict)((i + 1) % VERDICT_COUNT); /* a pass is the first of the rows */
}

const char *diagnosis_name(enum diagnosis d)
{
    static const char *const words[] = {DIAGNOSES(WORD)};
    return (unsigned)d < DIAGNOSIS_COUNT ? words[d] : "unknown";
}

const char *event_kind_name(enum event_kind k)
{
    static const char *const words[] = {EVENT_KINDS(WORD)};
    return (unsigned)k < EVENT_KIND_COUNT ? words[k] : "note";
}

static bool counts_as_failure(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_WARN || v == VERDICT_FLAKY;
}

struct summary run_summary(const struct run *r)
{
    struct summary s = {0};
    for (size_t i = 0; i < r->count; i++) {
        const struct result *result = &r->results[i];
        if ((unsigned)result->verdict >= VERDICT_COUNT)
            continue;
        s.count[result->verdict]++;
        if (result->known && counts_as_failure(result->verdict))
            s.known++;
        if (result->known && result->verdict == VERDICT_PASS)
            s.known_passing++;
    }
    return s;
}

static bool is_must(const struct result *r)
{
    return !r->level || strncmp(r->level, "MUST", 4) == 0;
}

bool result_is_broken(const struct result *r, bool strict)
{
    switch (r->verdict) {
    case VERDICT_FAIL:
        return true;
    case VERDICT_FLAKY: /* of a SHOULD: no worse than the same always broken */
    case VERDICT_WARN:
        return strict || r->diagnosis == DIAGNOSIS_CRASH || (r->verdict == VERDICT_FLAKY && is_must(r));
    default:
        return false;
    }
}

enum exit_code run_exit_code(const struct run *r, bool strict)
{
    size_t judged = 0, errors = 0, unreached = 0;
    if (r->stopped) /* what was found until then is told, and is not what the run was to find out */
        return EXIT_CODE_UNTESTED;
    for (size_t i = 0; i < r->count; i++) {
        const struct result *result = &r->results[i];
        enum verdict v = result->verdict;
        if (result_is_broken(result, strict) && !result->known)
            return EXIT_CODE_BROKEN;
        errors += v == VERDICT_ERROR;
        unreached += v == VERDICT_INCONCLUSIVE;
        judged += v != VERDICT_SKIP && v != VERDICT_ERROR && v != VERDICT_INCONCLUSIVE;
    }
    /* What was cut short or never tried is no ground for saying that all is well. */
    if (errors || r->interrupted || (strict ? unreached > 0 : unreached * INCONCLUSIVE_SHARE > r->count))
        return EXIT_CODE_UNTESTED;
    return judged || (r->shards && r->count == 0) ? EXIT_CODE_OK : EXIT_CODE_UNTESTED;
}

static void event_clear(struct event *e)
{
    free(e->actor);
    free(e->what);
}

void result_event(struct result *r, uint64_t us, const char *actor, int line, const char *what)
{
    if (r->event_count == EVENTS_KEPT) {
        struct event *oldest = &r->timeline[EVENTS_FIRST];
        event_clear(oldest);
        memmove(oldest, oldest + 1, (EVENTS_LAST - 1) * sizeof(*oldest));
        r->event_count--;
        r->events_dropped++;
    } else if (r->event_count % GROWTH == 0) {
        r->timeline = mem_realloc(r->timeline, (r->event_count + GROWTH) * sizeof(*r->timeline));
    }
    r->timeline[r->event_count++] =
        (struct event){.us = us, .actor = mem_dup(actor ? actor : ""), .line = line, .what = mem_dup(what ? what : "")};
}

void result_event_is(struct result *r, enum event_kind kind, uint64_t bytes)
{
    if (r->event_count == 0)
        return;
    r->timeline[r->event_count - 1].kind = kind;
    r->timeline[r->event_count - 1].bytes = bytes;
}

char *result_bytes(const char *data, size_t len)
{
    struct buf text = {0};
    for (const char *at = data, *end = data + len; at < end;) {
        const char *nul = memchr(at, '\0', (size_t)(end - at)), *stop = nul ? nul : end;
        buf_add(&text, at, (size_t)(stop - at));
        if (nul)
            buf_puts(&text, "\\x00");
        at = nul ? nul + 1 : end;
    }
    return len ? buf_take(&text) : NULL;
}

void result_graph(struct result *r, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    if (r->graph_count % GROWTH == 0)
        r->graph = mem_realloc(r->graph, (r->graph_count + GROWTH) * sizeof(*r->graph));
    r->graph[r->graph_count++] = buf_take(&text);
}

static void texts_free(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void result_clear(struct result *r)
{
#define FREE_TEXT(field) free(r->field);
    RESULT_TEXTS(FREE_TEXT)
#undef FREE_TEXT
    for (size_t i = 0; i < r->event_count; i++)
        event_clear(&r->timeline[i]);
    free(r->timeline);
    texts_free(r->graph, r->graph_count);
    texts_free(r->depends, r->depend_count);
    *r = (struct result){0};
}
