#include "report/json_read.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines of a graph and names of a history that are read; the rest is passed over. */
#define LIST_MAX 1000

/* Where the reader is, for messages: "cases[3]" or "" for the whole. */
struct place {
    const char *file;
    long index;
    struct err *e;
};

static int wrong(const struct place *p, const char *key, const char *what)
{
    if (p->index < 0)
        return err_set(p->e, 0, "%s: %s: %s", p->file, key, what);
    return err_set(p->e, 0, "%s: cases[%ld].%s: %s", p->file, p->index, key, what);
}

/* A string or null or nothing; anything else is an error. */
static int get_text(const struct place *p, const json_t *object, const char *key, char **to)
{
    const json_t *value = json_object_get(object, key);
    if (value && !json_is_null(value) && !json_is_string(value))
        return wrong(p, key, "must be a string");
    *to = mem_dup(json_string_value(value));
    return 0;
}

/* A whole number of 0 .. max; nothing reads as 0. */
static int get_number(const struct place *p, const json_t *object, const char *key, uint64_t max, uint64_t *to)
{
    const json_t *value = json_object_get(object, key);
    *to = 0;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(value))
        return wrong(p, key, "must be a whole number");
    json_int_t n = json_integer_value(value);
    if (n < 0 || (uint64_t)n > max)
        return wrong(p, key, "is out of range");
    *to = (uint64_t)n;
    return 0;
}

static int get_int(const struct place *p, const json_t *object, const char *key, int *to)
{
    uint64_t n = 0;
    int rc = get_number(p, object, key, INT_MAX, &n);
    *to = (int)n;
    return rc;
}

static int get_seconds(const struct place *p, const json_t *object, double *to)
{
    const json_t *value = json_object_get(object, "seconds");
    if (!json_is_number(value))
        return wrong(p, "seconds", "must be a number");
    *to = json_number_value(value);
    if (!isfinite(*to) || *to < 0)
        return wrong(p, "seconds", "is out of range");
    return 0;
}

static int get_verdict(const struct place *p, const json_t *object, struct result *r)
{
    const char *verdict = json_string_value(json_object_get(object, "verdict"));
    const char *diagnosis = json_string_value(json_object_get(object, "diagnosis"));
    unsigned v = 0, d = 0;
    while (verdict && v < VERDICT_COUNT && strcmp(verdict, verdict_name((enum verdict)v)) != 0)
        v++;
    while (diagnosis && d < DIAGNOSIS_COUNT && strcmp(diagnosis, diagnosis_name((enum diagnosis)d)) != 0)
        d++;
    if (!verdict || v == VERDICT_COUNT)
        return wrong(p, "verdict", verdict ? "no such verdict" : "must be a string");
    if (d == DIAGNOSIS_COUNT)
        return wrong(p, "diagnosis", "no such diagnosis");
    r->verdict = (enum verdict)v;
    r->diagnosis = (enum diagnosis)d;
    return 0;
}

static int check_level(const struct place *p, const struct result *r)
{
    for (size_t i = 0; r->level && result_levels[i]; i++) {
        if (strcmp(r->level, result_levels[i]) == 0)
            return 0;
    }
    return r->level ? wrong(p, "level", "no such level") : 0;
}

static int get_graph(const struct place *p, const json_t *object, struct result *r)
{
    const json_t *array = json_object_get(object, "graph");
    if (array && !json_is_array(array))
        return wrong(p, "graph", "must be a list");
    for (size_t i = 0; i < json_array_size(array) && i < LIST_MAX; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text)
            return wrong(p, "graph", "must hold strings");
        result_graph(r, "%s", text);
    }
    return 0;
}

static int get_depends(const struct place *p, const json_t *object, struct result *r)
{
    const json_t *array = json_object_get(object, "depends");
    if (array && !json_is_array(array))
        return wrong(p, "depends", "must be a list");
    size_t count = json_array_size(array) < LIST_MAX ? json_array_size(array) : LIST_MAX;
    if (count)
        r->depends = mem_new(count, sizeof(*r->depends));
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text)
            return wrong(p, "depends", "must hold strings");
        r->depends[r->depend_count++] = mem_dup(text);
    }
    return 0;
}

/* What an older version wrote has no kinds: notes then. */
static int get_kind(const struct place *p, const json_t *event, struct result *r)
{
    const char *name = json_string_value(json_object_get(event, "kind"));
    unsigned kind = 0;
    uint64_t bytes = 0;
    while (name && kind < EVENT_KIND_COUNT && strcmp(name, event_kind_name((enum event_kind)kind)) != 0)
        kind++;
    if (kind == EVENT_KIND_COUNT)
        return wrong(p, "timeline", "no such kind of event");
    if (get_number(p, event, "bytes", INT64_MAX, &bytes))
        return -1;
    result_event_is(r, (enum event_kind)kind, bytes);
    return 0;
}

static int get_timeline(const struct place *p, const json_t *object, struct result *r)
{
    const json_t *array = json_object_get(object, "timeline");
    if (array && !json_is_array(array))
        return wrong(p, "timeline", "must be a list");
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *event = json_array_get(array, i);
        uint64_t us = 0;
        int line = 0;
        const char *actor = json_string_value(json_object_get(event, "actor"));
        const char *what = json_string_value(json_object_get(event, "what"));
        if (!actor || !what)
            return wrong(p, "timeline", "an event needs `us`, `actor` and `what`");
        if (get_number(p, event, "us", INT64_MAX, &us) || get_int(p, event, "line", &line))
            return -1;
        result_event(r, us, actor, line, what);
        if (get_kind(p, event, r))
            return -1;
    }
    uint64_t dropped = 0;
    if (get_number(p, object, "events_dropped", INT64_MAX, &dropped))
        return -1;
    r->events_dropped += dropped; /* a longer list than we keep has dropped some on its way in */
    return 0;
}

static int get_case(const struct place *p, const json_t *object, struct result *r)
{
    if (!json_is_object(object))
        return wrong(p, "name", "a case must be an object");
#define GET_TEXT(field)                                                                                                \
    if (get_text(p, object, #field, &r->field))                                                                        \
        return -1;
    RESULT_TEXTS(GET_TEXT)
#undef GET_TEXT
    if (!r->name || !*r->name)
        return wrong(p, "name", "must be there");
    r->unconfirmed = json_is_true(json_object_get(object, "unconfirmed"));
    r->best_effort = json_is_true(json_object_get(object, "best_effort"));
    if (get_verdict(p, object, r) || check_level(p, r) || get_int(p, object, "line", &r->line) ||
        get_int(p, object, "col", &r->col) || get_int(p, object, "width", &r->width) ||
        get_seconds(p, object, &r->seconds) || get_number(p, object, "output_total", INT64_MAX, &r->output_total) ||
        get_graph(p, object, r) || get_depends(p, object, r) || get_timeline(p, object, r))
        return -1;
    return 0;
}

static int get_seed(const struct place *p, const json_t *root, uint64_t *seed)
{
    const char *text = json_string_value(json_object_get(root, "seed"));
    if (!text)
        return get_number(p, root, "seed", INT64_MAX, seed);
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9')
        return wrong(p, "seed", "must be a number");
    return 0;
}

/* What a newer sockspec wrote may mean something else by the same names: it is refused, not guessed at. */
static int check_schema(const struct place *p, const json_t *root)
{
    uint64_t schema = 0;
    if (get_number(p, root, "schema", INT64_MAX, &schema))
        return -1;
    if (schema <= JSON_SCHEMA)
        return 0;
    return err_set(p->e, 0, "%s: results of schema %llu; this sockspec reads up to %d: take a newer one", p->file,
                   (unsigned long long)schema, JSON_SCHEMA);
}

static int get_run(const char *file, const json_t *root, struct run *out, struct err *e)
{
    struct place p = {.file = file, .index = -1, .e = e};
    char *profile = NULL, *subject = NULL;
    if (!json_is_object(root) || !json_is_string(json_object_get(root, "sockspec")))
        return err_set(e, 0, "%s: these are no results of sockspec (no field `sockspec`)", file);
    if (check_schema(&p, root))
        return -1;
    int rc = get_text(&p, root, "profile", &profile) || get_text(&p, root, "subject", &subject) ? -1 : 0;
    out->profile = profile;
    out->subject = subject;
    if (rc || get_text(&p, root, "machine", &out->machine) || get_seed(&p, root, &out->seed) ||
        get_seconds(&p, root, &out->seconds))
        return -1;
    out->interrupted = json_is_true(json_object_get(root, "interrupted"));
    if (get_text(&p, root, "stopped", &out->stopped))
        return -1;
    const json_t *cases = json_object_get(root, "cases");
    if (!json_is_array(cases) || json_array_size(cases) > JSON_READ_CASES_MAX)
        return wrong(&p, "cases", json_is_array(cases) ? "are too many" : "must be a list");
    out->results = mem_new(json_array_size(cases), sizeof(*out->results));
    for (size_t i = 0; i < json_array_size(cases); i++) {
        p.index = (long)i;
        out->count++; /* counted first, so that a case that fails halfway is freed too */
        if (get_case(&p, json_array_get(cases, i), &out->results[i]))
            return -1;
    }
    return 0;
}

int json_read(const char *file, const char *text, size_t len, struct run *out, struct err *e)
{
    json_error_t error;
    *out = (struct run){0};
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return err_set(e, 0, "%s:%d:%d: %s", file, error.line, error.column, error.text);
    int rc = get_run(file, root, out, e);
    json_decref(root);
    if (rc)
        json_read_free(out);
    return rc;
}

int json_read_file(const char *file, struct run *out, struct err *e)
{
    *out = (struct run){0};
    bool is_stdin = strcmp(file, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(e, errno, "cannot read %s", file);
    struct buf text = {0};
    ssize_t n;
    do {
        n = read(fd, buf_reserve(&text, 65536), 65536);
        text.len += n > 0 ? (size_t)n : 0;
    } while ((n > 0 && text.len <= JSON_READ_SIZE_MAX) || (n < 0 && errno == EINTR));
    int rc = 0;
    if (n < 0)
        rc = err_errno(e, errno, "cannot read %s", file);
    else if (text.len > JSON_READ_SIZE_MAX)
        rc = err_set(e, EFBIG, "%s: more than %u bytes", file, JSON_READ_SIZE_MAX);
    else
        rc = json_read(file, buf_text(&text), text.len, out, e);
    if (!is_stdin)
        close(fd);
    buf_free(&text);
    return rc;
}

void json_read_free(struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        result_clear(&r->results[i]);
    free(r->results);
    free((char *)r->profile);
    free((char *)r->subject);
    free(r->machine);
    free(r->stopped);
    *r = (struct run){0};
}
