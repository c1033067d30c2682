#include "report/ending.h"

#include "base/mem.h"
#include "report/failure.h"

#include <stdlib.h>
#include <string.h>

/* A run shorter than this has no slow cases worth a line (seconds). */
#define SLOW_RUN 2.0
#define SLOWEST  5

/* Names listed behind one reason; a thousand of them would tell no more. */
#define NAMES_MAX 40

/* Results that share a message. */
struct group {
    const struct result **items;
    size_t count;
};

struct groups {
    const struct result **items;
    struct group *groups;
    size_t count;
};

static const char *message_of(const struct result *r)
{
    return r->message ? r->message : "(no reason given)";
}

static int by_message(const void *a, const void *b)
{
    const struct result *x = *(const struct result *const *)a, *y = *(const struct result *const *)b;
    int order = strcmp(message_of(x), message_of(y));
    return order ? order : (x > y) - (x < y); /* all are of one array: the order of the plan */
}

/* The largest first, then as in the plan. */
static int by_size(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->items[0] > y->items[0]) - (x->items[0] < y->items[0]);
}

/* All results of a verdict, grouped by message. */
static struct groups groups_of(const struct run *r, enum verdict v)
{
    struct groups g = {.items = mem_new(r->count, sizeof(*g.items)), .groups = mem_new(r->count, sizeof(*g.groups))};
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        if (r->results[i].verdict == v)
            g.items[n++] = &r->results[i];
    qsort(g.items, n, sizeof(*g.items), by_message);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(message_of(g.items[i - 1]), message_of(g.items[i])) != 0)
            g.groups[g.count++].items = &g.items[i];
        g.groups[g.count - 1].count++;
    }
    qsort(g.groups, g.count, sizeof(*g.groups), by_size);
    return g;
}

static void groups_free(struct groups *g)
{
    free(g->items);
    free(g->groups);
}

static void flush_to(FILE *out, struct buf *text)
{
    if (text->len)
        fwrite(text->data, 1, text->len, out);
    buf_clear(text);
}

static void add_names(struct buf *out, const struct look *look, size_t indent, const struct result *const *items,
                      size_t count)
{
    struct buf names = {0};
    for (size_t i = 0; i < count && i < NAMES_MAX; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", items[i]->name ? items[i]->name : "(no name)");
    if (count > NAMES_MAX)
        buf_printf(&names, " and %zu more", count - NAMES_MAX);
    buf_printf(out, "%*s", (int)indent, "");
    text_wrap(out, look, indent, indent, buf_text(&names));
    buf_putc(out, '\n');
    buf_free(&names);
}

static void write_failures(FILE *out, const struct look *look, const struct run *r, enum verdict v, enum detail detail)
{
    struct buf text = {0};
    for (size_t i = 0; i < r->count; i++) {
        const struct result *result = &r->results[i];
        if (result->verdict != v || result->known)
            continue;
        buf_putc(&text, '\n');
        failure_add(&text, look, result, detail);
        flush_to(out, &text);
    }
    buf_free(&text);
}

/* What no case is to blame for mostly comes in many of them: told once, with the names of the rest. */
static void write_grouped(FILE *out, const struct look *look, const struct run *r, enum verdict v)
{
    struct groups g = groups_of(r, v);
    struct buf text = {0};
    for (size_t i = 0; i < g.count; i++) {
        const struct group *group = &g.groups[i];
        buf_putc(&text, '\n');
        failure_add(&text, look, group->items[0], DETAIL_FULL);
        if (group->count > 1) {
            buf_printf(&text, "\n  the same in %zu more case%s:\n", group->count - 1, group->count == 2 ? "" : "s");
            add_names(&text, look, 4, group->items + 1, group->count - 1);
        }
        flush_to(out, &text);
    }
    buf_free(&text);
    groups_free(&g);
}

static void write_skips(FILE *out, const struct look *look, const struct run *r)
{
    struct groups g = groups_of(r, VERDICT_SKIP);
    struct buf text = {0};
    if (g.count) {
        buf_putc(&text, '\n');
        paint_text(&text, look, verdict_paint(VERDICT_SKIP), "skipped");
        buf_putc(&text, '\n');
    }
    for (size_t i = 0; i < g.count; i++) {
        size_t before = text.len;
        buf_printf(&text, "  %4zu  ", g.groups[i].count);
        text_wrap(&text, look, text.len - before, 8, message_of(g.groups[i].items[0]));
        buf_putc(&text, '\n');
        paint_on(&text, look, PAINT_DIM);
        add_names(&text, look, 8, g.groups[i].items, g.groups[i].count);
        paint_off(&text, look, PAINT_DIM);
    }
    flush_to(out, &text);
    buf_free(&text);
    groups_free(&g);
}

static void add_known(struct buf *out, const struct look *look, const struct result *r)
{
    buf_puts(out, "  ");
    failure_line(out, &(struct look){.colour = look->colour}, r);
    buf_puts(out, "\n         known: ");
    text_wrap(out, look, 16, 16, r->known);
    buf_putc(out, '\n');
}

static void write_known(FILE *out, const struct look *look, const struct run *r)
{
    struct buf text = {0};
    for (size_t i = 0; i < r->count; i++) {
        const struct result *result = &r->results[i];
        if (!result->known || result->verdict == VERDICT_PASS)
            continue;
        if (!text.len) {
            buf_putc(&text, '\n');
            paint_text(&text, look, PAINT_BOLD, "known failures");
            buf_putc(&text, '\n');
        }
        add_known(&text, look, result);
    }
    flush_to(out, &text);
    buf_free(&text);
}

static void add_entry(struct buf *out, const struct baseline *b, const struct baseline_entry *entry)
{
    buf_puts(out, "  ");
    text_line(out, b->file);
    buf_printf(out, ":%d  ", entry->line);
    text_line(out, entry->name);
    buf_puts(out, "  ");
    text_line(out, entry->reason);
    buf_putc(out, '\n');
}

static void write_entries(FILE *out, const struct look *look, const struct baseline *b, const char *title,
                          bool (*wanted)(const struct baseline_entry *))
{
    struct buf text = {0};
    for (size_t i = 0; i < b->count; i++) {
        if (!wanted(&b->entries[i]))
            continue;
        if (!text.len) {
            buf_putc(&text, '\n');
            paint_text(&text, look, PAINT_BOLD, title);
            buf_putc(&text, '\n');
        }
        add_entry(&text, b, &b->entries[i]);
    }
    flush_to(out, &text);
    buf_free(&text);
}

/* A report that was read from a file has no baseline at hand, only its marks. */
static void write_known_passing(FILE *out, const struct look *look, const struct run *r, const struct baseline *b)
{
    static const char title[] = "known as failures, but they pass now";
    if (b) {
        write_entries(out, look, b, title, baseline_passes_now);
        return;
    }
    struct buf text = {0};
    for (size_t i = 0; i < r->count; i++) {
        const struct result *result = &r->results[i];
        if (!result->known || result->verdict != VERDICT_PASS)
            continue;
        if (!text.len)
            buf_printf(&text, "\n%s\n", title);
        buf_puts(&text, "  ");
        text_line(&text, result->name);
        buf_puts(&text, "  ");
        text_line(&text, result->known);
        buf_putc(&text, '\n');
    }
    flush_to(out, &text);
    buf_free(&text);
}

static void write_slowest(FILE *out, const struct look *look, const struct run *r)
{
    const struct result *slowest[SLOWEST] = {0};
    if (r->seconds <= SLOW_RUN)
        return;
    for (size_t i = 0; i < r->count; i++) {
        const struct result *candidate = &r->results[i];
        for (size_t k = 0; k < SLOWEST; k++) {
            if (slowest[k] && slowest[k]->seconds >= candidate->seconds)
                continue;
            const struct result *displaced = slowest[k];
            slowest[k] = candidate;
            candidate = displaced;
            if (!candidate)
                break;
        }
    }
    struct buf text = {0};
    buf_putc(&text, '\n');
    paint_text(&text, look, PAINT_BOLD, "slowest");
    buf_putc(&text, '\n');
    for (size_t k = 0; k < SLOWEST && slowest[k]; k++) {
        buf_printf(&text, "  %8.3f s  ", slowest[k]->seconds);
        text_line(&text, slowest[k]->name);
        buf_putc(&text, '\n');
    }
    flush_to(out, &text);
    buf_free(&text);
}

void counts_add(struct buf *out, const struct look *look, const size_t count[VERDICT_COUNT])
{
    for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
        if (v != VERDICT_PASS && !count[v])
            continue;
        buf_puts(out, v != VERDICT_PASS ? ", " : "");
        paint_printf(out, look, count[v] ? verdict_paint(v) : PAINT_PLAIN, "%zu %s", count[v], verdict_name(v));
    }
}

static void write_summary(FILE *out, const struct look *look, const struct run *r, size_t planned)
{
    struct summary s = run_summary(r);
    struct buf text = {0};
    buf_putc(&text, '\n');
    if (r->interrupted || planned > r->count) {
        paint_printf(&text, look, PAINT_YELLOW, "%s: %zu of %zu cases were run",
                     r->interrupted ? "interrupted" : "not complete", r->count, planned);
        buf_putc(&text, '\n');
    }
    if (r->stopped) {
        size_t before = text.len;
        paint_text(&text, look, PAINT_ALARM, "stopped: ");
        text_wrap(&text, look, text.len - before, 0, r->stopped);
        buf_putc(&text, '\n');
    }
    if (r->shards && r->count == 0)
        buf_printf(&text, "part %d of %d holds no case\n", r->shard, r->shards);
    buf_printf(&text, "%zu case%s: ", r->count, r->count == 1 ? "" : "s");
    counts_add(&text, look, s.count);
    buf_printf(&text, " in %.*f s", r->seconds < 1 ? 2 : 1, r->seconds);
    if (s.known)
        buf_printf(&text, "; %zu known", s.known);
    if (s.known_passing)
        buf_printf(&text, "; %zu known pass%s now", s.known_passing, s.known_passing == 1 ? "es" : "");
    buf_putc(&text, '\n');
    flush_to(out, &text);
    buf_free(&text);
}

void ending_write(FILE *out, const struct look *look, const struct run *r, const struct baseline *baseline,
                  size_t planned, bool partial)
{
    write_failures(out, look, r, VERDICT_WARN, DETAIL_SHORT);
    write_failures(out, look, r, VERDICT_FLAKY, DETAIL_FULL);
    write_failures(out, look, r, VERDICT_FAIL, DETAIL_FULL);
    write_grouped(out, look, r, VERDICT_INCONCLUSIVE);
    write_grouped(out, look, r, VERDICT_ERROR);
    write_skips(out, look, r);
    write_known(out, look, r);
    write_known_passing(out, look, r, baseline);
    if (baseline && !partial && !r->interrupted)
        write_entries(out, look, baseline, "lines of the baseline that name no case", baseline_matches_nothing);
    write_slowest(out, look, r);
    write_summary(out, look, r, planned ? planned : r->count);
}
