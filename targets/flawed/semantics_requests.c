/* Requests that are misread. */
#include "flawed/semantics.h"

#include "net/net.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static struct http_span target_of(const struct http_conn *c)
{
    return c->head->target;
}

/* --- targets --- */

/* HTTP_ALLOW_TARGET is one leniency; this keeps all of the check but the rule that `data` names. */
void only_this_finding(struct http_conn *c)
{
    const char *rule = http_config_of(c)->ops.data;
    for (size_t i = 0; i < c->head->findings.count; i++) {
        if (strcmp(c->head->findings.items[i].rule, rule) != 0) {
            http_answer(c, 400, true);
            return;
        }
    }
}

void no_capital_scheme(struct http_conn *c)
{
    const char *target = http_text(c->in.data, target_of(c));
    if (c->head->form == HTTP_FORM_ABSOLUTE && target[0] >= 'A' && target[0] <= 'Z')
        http_answer(c, 404, true);
}

/* Looks for the slash behind the authority, and finds none. */
void empty_path_is_none(struct http_conn *c)
{
    const struct http_span target = target_of(c);
    const char *text = http_text(c->in.data, target);
    const char *authority = memmem(text, target.len, "://", 3);
    size_t behind = authority == NULL ? 0 : target.len - (size_t)(authority + 3 - text);
    if (c->head->form == HTTP_FORM_ABSOLUTE && authority != NULL && memchr(authority + 3, '/', behind) == NULL)
        http_answer(c, 404, true);
}

void percent_stays(struct http_conn *c)
{
    if (memchr(http_text(c->in.data, target_of(c)), '%', target_of(c).len) != NULL)
        http_answer(c, 404, true);
}

/* Serves what Content-Location names. */
void content_location_is_target(struct http_conn *c)
{
    const struct http_field *f = slip_field(c, "Content-Location");
    if (f != NULL)
        c->head->target = f->value;
}

/* --- fields --- */

/* The trailers of a chunked body that has come with its head become fields of the head. */
void merges_trailers(struct http_conn *c)
{
    static const char last[] = "\r\n0\r\n";
    const char *data = c->in.data, *end = data + c->in.len;
    const char *at = memmem(data, c->in.len, last, sizeof last - 1);
    if (at == NULL || slip_field(c, "Transfer-Encoding") == NULL)
        return;
    const char *name = at + sizeof last - 1;
    const char *colon = memchr(name, ':', (size_t)(end - name));
    const char *line_end = memmem(name, (size_t)(end - name), "\r\n", 2);
    if (colon == NULL || line_end == NULL || line_end < colon + 2 || c->head->field_count == HTTP_FIELDS_MAX)
        return;
    c->head->fields[c->head->field_count++] = (struct http_field){
        .name = {(uint32_t)(name - data), (uint32_t)(colon - name)},
        .value = {(uint32_t)(colon + 2 - data), (uint32_t)(line_end - colon - 2)},
    };
}

/* A search that ends at the first line of a name. */
void first_lines_only(struct http_conn *c)
{
    const struct http_head *h = c->head;
    for (size_t i = 1; i < h->field_count;) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = h->fields[k].name.len == h->fields[i].name.len &&
                    strncasecmp(http_text(c->in.data, h->fields[k].name), http_text(c->in.data, h->fields[i].name),
                                h->fields[i].name.len) == 0;
        if (again)
            slip_drop_field(c, i);
        else
            i++;
    }
}

void host_comes_first(struct http_conn *c)
{
    if (c->head->minor > 0 && c->head->fields[0].id != HTTP_FIELD_HOST)
        http_answer(c, 400, true);
}

/* Answers as soon as it knows the host, though the head goes on. */
void answers_at_host(struct http_conn *c)
{
    const char *data = c->in.data;
    size_t len = c->in.len;
    if (c->state == HTTP_AT_HEAD && len > 2 && memcmp(data + len - 2, "\r\n", 2) == 0 &&
        memmem(data, len, "\r\nHost:", 7) != NULL && memmem(data, len, "\r\n\r\n", 4) == NULL)
        http_answer(c, 200, false);
}

void ascii_only(struct http_conn *c)
{
    for (size_t i = 0; i < c->head->length; i++) {
        if ((unsigned char)c->in.data[i] > 127) {
            http_answer(c, 400, true);
            return;
        }
    }
}

/* strlen() of a Host. */
void nul_ends_host(struct http_conn *c)
{
    const struct http_field *host = slip_field(c, "Host");
    bool nul = host != NULL && memchr(http_text(c->in.data, host->value), '\0', host->value.len) != NULL;
    if (c->head->findings.count > 0 && !nul)
        http_answer(c, 400, true);
}

/* A list with nothing between two commas, or behind the last one, is an error. */
void no_empty_members(struct http_conn *c)
{
    static const char *const lists[] = {"Connection", "Range"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const struct http_field *f = slip_field(c, lists[i]);
        const char *text = f == NULL ? "" : http_text(c->in.data, f->value);
        if (f != NULL && f->value.len > 0 && (text[0] == ',' || text[f->value.len - 1] == ',')) {
            http_answer(c, 400, true);
            return;
        }
    }
}

/* strcmp in place of strcasecmp. */
void capital_options_unknown(struct http_conn *c)
{
    const struct http_field *f = slip_field(c, "Connection");
    if (f != NULL && (slip_value_is(c, f, "CLOSE") || slip_value_is(c, f, "Close")))
        slip_drop_field(c, (size_t)(f - c->head->fields));
}

/* --- expectations --- */

/* Content that is there before it was asked for is an error. */
void content_must_wait(struct http_conn *c)
{
    if (slip_field(c, "Expect") != NULL && c->in.len > c->head->length)
        http_answer(c, 400, true);
}

/* Takes Expect for a promise of content. */
int content_is_awaited(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(f, h, data, h->method);
    if (done == 0 && f->kind == HTTP_BODY_NONE && http_field_has_token(h, data, "Expect", "100-continue")) {
        f->kind = HTTP_BODY_LENGTH;
        f->length = 1;
    }
    return done;
}

/* The 100 is the last that is sent. */
ssize_t ends_with_continue(struct http_conn *c, const void *data, size_t len, int flags)
{
    static const char interim[] = "HTTP/1.1 100 ";
    ssize_t n = http_conn_send(c, data, len, flags);
    if (n > 0 && len >= sizeof interim && memcmp(data, interim, sizeof interim - 1) == 0)
        shutdown(c->base.fd, SHUT_WR);
    return n;
}

/* --- validators and ranges --- */

/* Takes W/ off the tags of If-Match before they are compared. */
void weak_is_strong_in_if_match(struct http_conn *c)
{
    const struct http_field *f = slip_field(c, "If-Match");
    for (size_t i = 0; f != NULL && i + 1 < f->value.len; i++) {
        char *at = c->in.data + f->value.at + i;
        if (memcmp(at, "W/", 2) == 0)
            memcpy(at, "  ", 2);
    }
}

void weak_is_strong_in_if_range(struct http_conn *c)
{
    for (size_t i = 0; i < c->head->field_count; i++) {
        struct http_field *f = &c->head->fields[i];
        if (http_span_is_nocase(c->in.data, f->name, "If-Range") && slip_value_is(c, f, "^W/")) {
            f->value.at += 2;
            f->value.len -= 2;
        }
    }
}

/* Reads a date, and does not look at what follows it. */
void first_date_counts(struct http_conn *c)
{
    for (size_t i = 0; i < c->head->field_count; i++) {
        struct http_field *f = &c->head->fields[i];
        if (http_span_is_nocase(c->in.data, f->name, "If-Modified-Since") && f->value.len > 29)
            f->value.len = 29;
    }
}

/* 2^64 + 1 is 1. */
void range_wraps(struct http_conn *c)
{
    for (size_t i = 0; i < c->head->field_count; i++) {
        struct http_field *f = &c->head->fields[i];
        if (http_span_is_nocase(c->in.data, f->name, "Range") && slip_value_is(c, f, "=bytes=0-18446744073709551617"))
            f->value.len = sizeof "bytes=0-1" - 1;
    }
}

/* Takes what stands behind the equals sign. */
void any_unit_is_bytes(struct http_conn *c)
{
    const struct http_field *f = slip_field(c, "Range");
    if (f != NULL && slip_value_is(c, f, "^lines="))
        memcpy(c->in.data + f->value.at, "bytes", 5);
}
