/*
 * What names and payloads stand for while a case runs.
 */
#include "engine/core/values.h"
#include "engine/core/net.h"
#include "engine/core/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One payload may not be larger: a typo such as 5TB must not take the machine down. */
#define PAYLOAD_MAX ((double)1024 * 1024 * 1024)

struct bytes *bytes_new(const void *data, size_t len)
{
    struct bytes *b = mem_new(1, sizeof(*b) + len + 1);
    b->refs = 1;
    b->len = len;
    if (data && len)
        memcpy(b->data, data, len);
    return b;
}

struct bytes *bytes_keep(struct bytes *b)
{
    b->refs++;
    return b;
}

void bytes_drop(struct bytes *b)
{
    if (b && --b->refs == 0)
        free(b);
}

static struct variable *variable_find(const struct actor *a, const char *name)
{
    for (struct variable *v = a ? a->variables : NULL; v; v = v->next)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

void variable_set(struct actor *a, const char *name, struct bytes *value)
{
    struct variable *v = variable_find(a, name);
    if (!v) {
        v = mem_new(1, sizeof(*v));
        v->name = name;
        v->next = a->variables;
        a->variables = v;
    }
    bytes_drop(v->value);
    v->value = value;
}

void variables_free(struct actor *a)
{
    while (a->variables) {
        struct variable *v = a->variables;
        a->variables = v->next;
        bytes_drop(v->value);
        free(v);
    }
}

/* {port} of a run: the subject's where it is a server, else the first server actor's. */
static int port_of(const struct case_run *run, const char *server, size_t len)
{
    if (!server && (run->where->at || (run->subject && !run->own_subject)))
        return run->where->port;
    for (size_t i = 0; i < run->listener_count; i++) {
        const char *name = run->listeners[i].actor->name;
        if (!server || (strlen(name) == len && memcmp(name, server, len) == 0))
            return run->listeners[i].port;
    }
    return run->where->port;
}

static const char *host_of(const struct case_run *run)
{
    if (run->host)
        return run->host;
    if (run->where->host)
        return run->where->host;
    if (run->where->listen_host)
        return run->where->listen_host;
    enum scn_transport t = transport_of(run, SCN_TRANSPORT_DEFAULT, SCN_TRANSPORT_DEFAULT);
    return t == SCN_TCP6 || t == SCN_UDP6 ? "::1" : "127.0.0.1";
}

static const char *socket_of(const struct case_run *run)
{
    if (run->where->socket_path)
        return run->where->socket_path;
    for (size_t i = 0; i < run->listener_count; i++)
        if (run->listeners[i].found_at.u.any.sa_family == AF_UNIX)
            return run->listeners[i].found_at.u.un.sun_path;
    return NULL;
}

/* A fact, or the parameter that stands in for it; NULL without one. */
static const char *fact_of(const struct case_run *run, const char *name)
{
    for (size_t i = 0; i < run->scenario->param_count; i++)
        if (strcmp(run->scenario->params[i].name, name) == 0)
            return scn_case_value(run->scenario, run->index, i);
    return run->facts ? scn_facts_get(run->facts, name) : NULL;
}

static void add_url(struct case_run *run, struct buf *out)
{
    const char *host = host_of(run), *user = fact_of(run, "userinfo"), *path = fact_of(run, "path");
    bool v6 = strchr(host, ':') != NULL;
    buf_printf(out, "http://%s%s%s%s:%d%s", user ? user : "", v6 ? "[" : "", host, v6 ? "]" : "", port_of(run, NULL, 0),
               path ? path : "/");
}

/* The names that the engine itself puts in. Returns whether it is one that has a value. */
static bool engine_value(struct case_run *run, const char *name, struct buf *out)
{
    const char *dot = strrchr(name, '.');
    if (dot && strcmp(dot, ".port") == 0) {
        buf_printf(out, "%d", port_of(run, name, (size_t)(dot - name)));
        return true;
    }
    int given = scn_list_find(SCN_LIST_GIVEN, name);
    if (given < 0)
        return false;
    switch ((enum scn_given)given) {
    case SCN_GIVEN_HOST:
        buf_puts(out, host_of(run));
        return true;
    case SCN_GIVEN_PORT:
        buf_printf(out, "%d", port_of(run, NULL, 0));
        return true;
    case SCN_GIVEN_AUTHORITY:
        buf_printf(out, strchr(host_of(run), ':') ? "[%s]:%d" : "%s:%d", host_of(run), port_of(run, NULL, 0));
        return true;
    case SCN_GIVEN_URL:
        add_url(run, out);
        return true;
    case SCN_GIVEN_SOCKET:
        if (socket_of(run))
            buf_puts(out, socket_of(run));
        return socket_of(run) != NULL;
    case SCN_GIVEN_ROOT:
    case SCN_GIVEN_DIR: /* for the subject's command only */
        break;
    }
    return false;
}

const char *value_of(struct case_run *run, const struct actor *a, const char *name, size_t *len, struct buf *scratch)
{
    const struct variable *v = variable_find(a, name);
    if (v) {
        *len = v->value->len;
        return v->value->data;
    }
    const char *found = fact_of(run, name);
    if (!found) {
        buf_clear(scratch);
        if (!engine_value(run, name, scratch))
            return NULL;
        found = buf_text(scratch);
    }
    *len = strlen(found);
    return found;
}

int text_expand(struct case_run *run, struct actor *a, const struct scn_text *text, struct buf *out)
{
    struct buf scratch = {0};
    int rc = 0;
    for (size_t i = 0; i < text->count && rc == 0; i++) {
        const struct scn_part *part = &text->parts[i];
        if (part->kind == SCN_PART_BYTES) {
            buf_add(out, part->bytes, part->len);
            continue;
        }
        size_t len;
        const char *value = value_of(run, a, part->bytes, &len, &scratch);
        if (value)
            buf_add(out, value, len);
        else
            rc = -1;
        if (rc)
            case_error(run, a, "{%s} (line %d) has no value here", part->bytes, part->at.line);
    }
    buf_free(&scratch);
    return rc;
}

int number_read(struct case_run *run, const struct actor *a, const struct scn_number *n, double otherwise,
                double *value, struct err *e)
{
    *value = n->set && !n->name ? n->value : otherwise;
    if (!n->set || !n->name)
        return 0;
    struct buf scratch = {0};
    size_t len;
    int rc = 0;
    const char *text = value_of(run, a, n->name, &len, &scratch);
    if (!text)
        rc = err_set(e, EINVAL, "{%s} (line %d) has no value here", n->name, n->at.line);
    else if (scn_number_read(n, text, value) != 0)
        rc = err_set(e, EINVAL, "{%s} (line %d) is '%s', which cannot stand there", n->name, n->at.line, text);
    buf_free(&scratch);
    return rc;
}

double number_of(struct case_run *run, struct actor *a, const struct scn_number *n, double otherwise)
{
    double value;
    struct err e = {0};
    if (number_read(run, a, n, otherwise, &value, &e) == 0)
        return value;
    case_error(run, a, "%s", e.text);
    return otherwise;
}

/* What a program says of its own time is not to the millisecond, and it takes a moment to start
 * and to end. In seconds. */
#define FACT_GRACE_S 1.0

double limit_of(struct case_run *run, struct actor *a, const struct scn_number *n, double otherwise)
{
    bool fact = n->set && n->name && run->facts && scn_facts_get(run->facts, n->name);
    return number_of(run, a, n, otherwise) + (fact ? FACT_GRACE_S : 0);
}

/* The file's whole content, from the scenario's own folder. */
static int add_file(struct case_run *run, const char *path, struct buf *out, struct err *e)
{
    struct buf full = {0};
    const char *slash = strrchr(run->scenario->file, '/');
    if (path[0] != '/' && slash)
        buf_add(&full, run->scenario->file, (size_t)(slash - run->scenario->file) + 1);
    buf_puts(&full, path);
    int fd = open(buf_text(&full), O_RDONLY | O_CLOEXEC);
    struct stat st;
    int rc = 0;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)PAYLOAD_MAX) {
        rc = err_errno(e, errno ? errno : EFBIG, "cannot read %s", buf_text(&full));
    } else {
        char *to = buf_reserve(out, (size_t)st.st_size);
        ssize_t n;
        size_t got = 0;
        while (got < (size_t)st.st_size && (n = read(fd, to + got, (size_t)st.st_size - got)) > 0)
            got += (size_t)n;
        out->len += got;
    }
    if (fd >= 0)
        close(fd);
    buf_free(&full);
    return rc;
}

static int add_sized(struct case_run *run, const struct actor *a, const struct scn_item *item, struct buf *out,
                     struct err *e)
{
    double size;
    if (number_read(run, a, &item->size, 0, &size, e) != 0)
        return -1;
    if (size > PAYLOAD_MAX)
        return err_set(e, ERANGE, "the size of this payload is no number of bytes up to 1 GiB");
    char *to = buf_reserve(out, (size_t)size);
    if (item->kind == SCN_ITEM_ZEROS) {
        memset(to, 0, (size_t)size);
    } else if (item->kind == SCN_ITEM_LETTERS) {
        for (size_t i = 0; i < (size_t)size; i++)
            to[i] = (char)('a' + i % 26);
    } else {
        /* The same bytes on every run of the case: by its seed and the place in the file. */
        struct rng r = {run->seed ^ ((uint64_t)item->at.line << 32 | (uint64_t)item->at.col)};
        rng_fill(&r, to, (size_t)size);
    }
    out->len += (size_t)size;
    return 0;
}

static int add_item(struct case_run *run, struct actor *a, const struct scn_item *item, struct buf *out, struct err *e)
{
    struct buf scratch = {0};
    int rc = 0;
    switch (item->kind) {
    case SCN_ITEM_TEXT:
        rc = text_expand(run, a, &item->text, out);
        if (rc)
            err_set(e, EINVAL, "a {name} in this text has no value");
        break;
    case SCN_ITEM_FILE:
        rc = text_expand(run, a, &item->text, &scratch);
        rc = rc ? err_set(e, EINVAL, "a {name} in this file name has no value")
                : add_file(run, buf_text(&scratch), out, e);
        break;
    case SCN_ITEM_NAME: {
        size_t len;
        const char *value = value_of(run, a, item->name, &len, &scratch);
        if (value)
            buf_add(out, value, len);
        else
            rc = err_set(e, EINVAL, "'%s' has no value here", item->name);
        break;
    }
    case SCN_ITEM_RANDOM:
    case SCN_ITEM_ZEROS:
    case SCN_ITEM_LETTERS:
        rc = add_sized(run, a, item, out, e);
        break;
    }
    buf_free(&scratch);
    return rc;
}

struct bytes *payload_expand(struct case_run *run, struct actor *a, const struct scn_payload *p, struct err *e)
{
    /* A large let is shared, not copied for each use. */
    if (p->count == 1 && p->items[0].kind == SCN_ITEM_NAME) {
        struct variable *v = variable_find(a, p->items[0].name);
        if (v)
            return bytes_keep(v->value);
    }
    struct buf all = {0};
    for (size_t i = 0; i < p->count; i++) {
        if (add_item(run, a, &p->items[i], &all, e) != 0) {
            case_error(run, a, "%s", e->text);
            buf_free(&all);
            return NULL;
        }
    }
    struct bytes *b = bytes_new(all.data, all.len);
    buf_free(&all);
    return b;
}
