/*
 * What names and payloads stand for while a case runs.
 */
#include "engine/core/values.h"
#include "engine/core/net.h"
#include "engine/core/verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A text of names is for paths, headers and words; what is larger is no such thing (payloads are made in payload.c). */
#define TEXT_MAX ((size_t)64 * 1024 * 1024)

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
    if (!b || --b->refs > 0)
        return;
    if (b->account)
        *b->account -= b->len;
    free(b);
}

static struct variable *variable_find(const struct actor *a, const char *name)
{
    for (struct variable *v = a ? a->variables : NULL; v; v = v->next)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

struct bytes *variable_value(const struct actor *a, const char *name)
{
    const struct variable *v = variable_find(a, name);
    return v ? v->value : NULL;
}

char *learned_value(const struct case_run *run)
{
    const char *fact = run->scenario->learns;
    for (size_t i = 0; fact && i < run->actor_count; i++) {
        const struct bytes *found = variable_value(&run->actors[i], fact);
        if (found)
            return memchr(found->data, '\0', found->len) ? NULL : mem_printf("%.*s", (int)found->len, found->data);
    }
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

/* The value that an actor of that name has given to `name`: NULL without one. The signal that the checker has asked for
 * sees to it that there is one. */
static const struct variable *variable_of_other(const struct case_run *run, const char *name)
{
    const char *dot = strchr(name, '.');
    const struct variable *v = NULL;
    for (size_t i = 0; dot && i < run->actor_count && !v; i++) {
        const char *actor = run->actors[i].spec->name;
        if (strlen(actor) == (size_t)(dot - name) && strncmp(actor, name, strlen(actor)) == 0)
            v = variable_find(&run->actors[i], dot + 1);
    }
    return v;
}

/* 127,0,0,1,P1,P2 as a PASV reply has it (RFC 959 section 4.1.2): the address of a server actor, IPv4. */
static void add_pasv(struct case_run *run, const char *server, size_t len, struct buf *out)
{
    int port = port_of(run, server, len);
    const char *host = host_of(run);
    if (strspn(host, "0123456789.") != strlen(host)) /* a name, or IPv6 */
        host = "127.0.0.1";
    for (const char *at = host; *at; at++)
        buf_putc(out, *at == '.' ? ',' : *at);
    buf_printf(out, ",%d,%d", port / 256, port % 256);
}

/* The names that the engine itself puts in. Returns whether it is one that has a value. */
static bool engine_value(struct case_run *run, const char *name, struct buf *out)
{
    const char *dot = strrchr(name, '.');
    if (dot && strcmp(dot, ".port") == 0) {
        buf_printf(out, "%d", port_of(run, name, (size_t)(dot - name)));
        return true;
    }
    if (dot && strcmp(dot, ".pasv") == 0) {
        add_pasv(run, name, (size_t)(dot - name), out);
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
    v = v ? v : variable_of_other(run, name);
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
        if (value && out->len + len <= TEXT_MAX) {
            buf_add(out, value, len);
            continue;
        }
        rc = -1;
        if (value)
            case_error(run, a, "with {%s} (line %d) this text is longer than %zu bytes", part->bytes, part->at.line,
                       TEXT_MAX);
        else
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
    struct err e;
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
