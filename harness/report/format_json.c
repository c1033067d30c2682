/* JSON as of results.schema.json. Bytes that are no UTF-8 stand as \xHH in the text. */
#include "base/visible.h"
#include "report/formats.h"
#include "report/json_read.h"
#include "report/text.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

/* Above this a number loses digits in readers that keep doubles (RFC 8259, section 6): such a seed is a
 * string. */
#define INTEGER_SAFE ((UINT64_C(1) << 53) - 1)

/* JSON is UTF-8 (RFC 8259, section 8.1): bytes that are none become \xHH; all else stays as it is, control
 * characters escaped. */
static json_t *string_of(const char *text)
{
    struct buf out = {0};
    size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        size_t n = text_utf8(text + i, len - i, NULL);
        if (n)
            buf_add(&out, text + i, n);
        else
            buf_printf(&out, "\\x%02x", (unsigned char)text[i]);
        i += n ? n : 1;
    }
    json_t *string = json_stringn(buf_text(&out), out.len);
    buf_free(&out);
    return string;
}

/* A required field: null where there is no text. */
static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text ? string_of(text) : json_null());
}

/* A field that is left out where there is nothing to tell. */
static void set_more(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, string_of(text));
}

static void set_number(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)(value > INTEGER_SAFE ? INTEGER_SAFE : value)));
}

static void set_line(json_t *object, const char *key, int value)
{
    set_number(object, key, value > 0 ? (uint64_t)value : 0);
}

/* Rounded to microseconds: that is what was measured. */
static void set_seconds(json_t *object, double seconds)
{
    double rounded = isfinite(seconds) && seconds > 0 ? round(seconds * 1e6) / 1e6 : 0;
    json_object_set_new(object, "seconds", json_real(isfinite(rounded) ? rounded : seconds));
}

static void set_texts(json_t *object, const char *key, char *const *texts, size_t count)
{
    if (!count)
        return;
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, string_of(texts[i]));
    json_object_set_new(object, key, array);
}

static void set_timeline(json_t *object, const struct result *r)
{
    if (!r->event_count)
        return;
    json_t *array = json_array();
    for (size_t i = 0; i < r->event_count; i++) {
        const struct event *e = &r->timeline[i];
        json_t *event = json_object();
        set_number(event, "us", e->us);
        json_object_set_new(event, "actor", string_of(e->actor ? e->actor : ""));
        set_line(event, "line", e->line);
        json_object_set_new(event, "what", string_of(e->what ? e->what : ""));
        if (e->kind != EVENT_NOTE)
            json_object_set_new(event, "kind", json_string(event_kind_name(e->kind)));
        if (e->bytes)
            set_number(event, "bytes", e->bytes);
        json_array_append_new(array, event);
    }
    json_object_set_new(object, "timeline", array);
    if (r->events_dropped)
        set_number(object, "events_dropped", r->events_dropped);
}

static void set_evidence(json_t *object, const struct result *r)
{
    set_more(object, "actor", r->actor);
    if (r->col > 0)
        set_line(object, "col", r->col);
    if (r->width > 0)
        set_line(object, "width", r->width);
    set_more(object, "line_text", r->line_text);
    set_more(object, "expected", r->expected);
    set_more(object, "received", r->received);
    set_texts(object, "graph", r->graph, r->graph_count);
    set_timeline(object, r);
    if (r->output) {
        set_more(object, "output", r->output);
        set_number(object, "output_total", r->output_total);
    }
    set_more(object, "exit", r->exit);
    set_texts(object, "depends", r->depends, r->depend_count);
    if (r->unconfirmed)
        json_object_set_new(object, "unconfirmed", json_true());
    if (r->best_effort)
        json_object_set_new(object, "best_effort", json_true());
}

static json_t *case_of(const struct result *r)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", string_of(r->name ? r->name : ""));
    json_object_set_new(object, "scenario", string_of(r->scenario ? r->scenario : ""));
    set_text(object, "rule", r->rule);
    set_text(object, "level", r->level);
    json_object_set_new(object, "verdict", json_string(verdict_name(r->verdict)));
    set_text(object, "diagnosis", r->diagnosis == DIAGNOSIS_NONE ? NULL : diagnosis_name(r->diagnosis));
    set_text(object, "message", r->message);
    set_text(object, "file", r->file);
    set_line(object, "line", r->line);
    set_seconds(object, r->seconds);
    set_text(object, "repeat", r->repeat);
    set_more(object, "title", r->title);
    set_more(object, "sentence", r->sentence);
    set_more(object, "source", r->source);
    set_more(object, "why", r->why);
    set_more(object, "known", r->known);
    set_more(object, "capture", r->capture);
    set_more(object, "lost", r->lost);
    set_more(object, "learned", r->learned);
    set_more(object, "late", r->late);
    /* A pass needs no evidence, and there are thousands of them. */
    if (r->verdict != VERDICT_PASS)
        set_evidence(object, r);
    return object;
}

static json_t *summary_of(const struct run *r)
{
    struct summary s = run_summary(r);
    json_t *object = json_object();
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        set_number(object, verdict_name(v), s.count[v]);
    return object;
}

static json_t *run_of(const struct run *r)
{
    json_t *root = json_object();
    json_object_set_new(root, "sockspec", json_string(SOCKSPEC_VERSION));
    set_number(root, "schema", JSON_SCHEMA);
    set_text(root, "profile", r->profile);
    set_text(root, "subject", r->subject);
    if (r->seed <= INTEGER_SAFE) {
        set_number(root, "seed", r->seed);
    } else {
        char seed[24];
        snprintf(seed, sizeof(seed), "%llu", (unsigned long long)r->seed);
        set_text(root, "seed", seed);
    }
    set_text(root, "machine", r->machine);
    set_seconds(root, r->seconds);
    if (r->interrupted)
        json_object_set_new(root, "interrupted", json_true());
    set_more(root, "stopped", r->stopped);
    json_object_set_new(root, "summary", summary_of(r));
    json_t *cases = json_array();
    for (size_t i = 0; i < r->count; i++)
        json_array_append_new(cases, case_of(&r->results[i]));
    json_object_set_new(root, "cases", cases);
    return root;
}

static int add_text(const char *text, size_t len, void *data)
{
    buf_add(data, text, len);
    return 0;
}

static int json_write(FILE *out, const struct run *r, bool strict)
{
    (void)strict; /* facts only: what counts as a failure is the reader's to say */
    struct buf text = {0};
    json_t *root = run_of(r);
    int rc = json_dump_callback(root, add_text, &text, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
    json_decref(root);
    buf_putc(&text, '\n');
    visible_break_json(&text, 0); /* in a string: nowhere else in JSON can it stand */
    if (rc == 0)
        return report_put(out, &text);
    buf_free(&text);
    errno = EINVAL;
    return -1;
}

const struct report_format json_format = {
    .name = "json",
    .place = REPORT_FILE,
    .purpose = "Everything about the run as JSON (results.schema.json); 'sockspec report' reads it",
    .write = json_write,
};
