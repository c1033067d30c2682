/* Start lines (RFC 9112, sections 3 and 4). */
#include "protocol/http_internal.h"

#include <string.h>

/* A start line while it is read: what is left of it is data[i .. end). */
struct cursor {
    const char *data;
    size_t i, end;
    struct http_report report;
};

/* What a lenient reader takes for a space inside a start line: "SP, HTAB, VT, FF, or bare CR" (RFC 9112, 3
 * and 4). */
static bool loose_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

static struct cursor cursor_at(struct http_head *h, const char *data, size_t at, size_t end)
{
    struct cursor c = {data, at, end, {h->options.allow, &h->findings, &h->error}};
    return c;
}

/* Blanks at the ends of the line: nothing where there are none, else a matter of leniency. */
static int trim(struct cursor *c, const char *rule)
{
    if ((c->report.allow & HTTP_ALLOW_SPACES) == 0)
        return 0; /* the grammar of the words refuses them, at their offset */
    if (c->i < c->end && loose_space(c->data[c->i]))
        http_found(c->report.findings, rule, c->i, "blanks before the start line");
    while (c->i < c->end && loose_space(c->data[c->i]))
        c->i++;
    return 0;
}

/* Exactly one SP; a lenient reader takes any run of blanks. */
static int one_space(struct cursor *c, const char *rule, const char *sentence)
{
    size_t from = c->i;
    const char *next = c->data + from + 1; /* behind a space at least the end of the line */
    if (next[-1] == ' ' && (!loose_space(*next) || from + 1 == c->end)) {
        c->i++;
        return 0;
    }
    while (c->i < c->end && loose_space(c->data[c->i]))
        c->i++;
    if (c->i == from)
        return http_refuse(c->report.error, 400, rule, from, sentence);
    size_t bad = c->data[from] == ' ' ? from + 1 : from;
    return http_judge(&c->report, HTTP_ALLOW_SPACES, rule, bad,
                      "more than one space, or another blank, between two words");
}

/* HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112, 2.3), case-sensitive. */
static int version(struct http_head *h, struct cursor *c, const char *rule)
{
    const char *v = c->data + c->i;
    size_t at = c->i;
    if (c->end - c->i < 8 || !http_is(v[5], HTTP_DIGIT) || v[6] != '.' ||
        (!http_is(v[7], HTTP_DIGIT) && !BUG(VERSION_DIGIT)) ||
        !http_span_is_nocase(c->data, (struct http_span){(uint32_t)at, 5}, "http/"))
        return http_refuse(&h->error, 400, rule, at, "no HTTP version of the form HTTP/1.1");
    if (memcmp(v, "HTTP/", 5) != 0 &&
        http_judge(&c->report, HTTP_ALLOW_VERSION, "RFC9112-2.3", at, "the version's name is not in capitals") < 0)
        return -1;
    h->major = v[5] - '0';
    h->minor = v[7] - '0';
    c->i += 8;
    return 0;
}

/* Whether all that is left of the line is the version that nearly every message has. */
static bool is_http_1_1(const struct cursor *c)
{
    return c->end - c->i == 8 && http_word(c->data + c->i) == http_word("HTTP/1.1");
}

/* A major version that is not ours: 505 (RFC 9110, 15.6.6), or a finding. */
static int major(struct http_head *h, struct cursor *c, size_t at)
{
    if (h->major == 1)
        return 0;
    if ((h->options.allow & HTTP_ALLOW_VERSION) == 0)
        return http_refuse(&h->error, 505, "RFC9110-15.6.6", at, "a major version other than 1");
    http_found(c->report.findings, "RFC9110-15.6.6", at, "a major version other than 1");
    return 0;
}

/* Nothing may stand behind the version. */
static int line_end(struct cursor *c, const char *rule)
{
    if (c->i == c->end)
        return 0;
    size_t i = c->i;
    while (i < c->end && (loose_space(c->data[i]) || (BUG(LONG_VERSION) && http_is(c->data[i], HTTP_DIGIT))))
        i++;
    if (BUG(LONG_VERSION) && i == c->end && http_is(c->data[c->i], HTTP_DIGIT))
        return 0;
    if (i < c->end)
        return http_refuse(c->report.error, 400, rule, c->i, "something stands behind the HTTP version");
    return http_judge(&c->report, HTTP_ALLOW_SPACES, rule, c->i, "blanks behind the HTTP version");
}

/* Where the words of a request line end that stand before its version: *c is moved behind them. *path: a path
 * with or without query, all of whose bytes have been looked at. */
static int method_and_target(struct http_head *h, struct cursor *c, const char *rule, bool *path)
{
    const char *data = c->data;
    size_t from = c->i;
    c->i = http_line_run(data, from, HTTP_TCHAR);
    if (c->i == from)
        return http_refuse(&h->error, 400, rule, from, "the request line does not begin with a method");
    h->method_text = (struct http_span){(uint32_t)from, (uint32_t)(c->i - from)};
    h->method = http_method_of(data + from, c->i - from);
    if (one_space(c, rule, "no space behind the method") < 0)
        return -1;
    from = c->i;
    c->i = http_line_run(data, from, HTTP_URI);
    *path = data[from] == '/' && data[c->i] == ' ';
    while (c->i < c->end && data[c->i] != ' ')
        c->i++;
    h->target = (struct http_span){(uint32_t)from, (uint32_t)(c->i - from)};
    if (c->i == from)
        return http_refuse(&h->error, 400, rule, from, "no request target");
    if (c->i == c->end)
        return http_refuse(&h->error, 400, rule, c->end,
                           "no HTTP version behind the request target (HTTP/0.9 is no more)");
    return one_space(c, rule, "no space behind the request target");
}

static int target(struct http_head *h, struct cursor *c)
{
    size_t bad = 0;
    const char *rule = "RFC9112-3.2";
    h->form = http_target_form(c->data + h->target.at, h->target.len, h->method, &bad, &rule);
    if (h->form != HTTP_FORM_OTHER)
        return 0;
    return http_judge(&c->report, HTTP_ALLOW_TARGET, rule, h->target.at + bad,
                      "the request target has none of the four forms for this method");
}

/* request-line = method SP request-target SP HTTP-version */
int http_request_line(struct http_head *h, const char *data, size_t at, size_t end)
{
    struct cursor c = cursor_at(h, data, at, end);
    const char *rule = "RFC9112-3";
    bool path = false;
    trim(&c, rule);
    if (method_and_target(h, &c, rule, &path) < 0)
        return -1;
    size_t version_at = c.i;
    if (is_http_1_1(&c))
        h->major = h->minor = 1;
    else if (version(h, &c, rule) < 0 || line_end(&c, rule) < 0 || major(h, &c, version_at) < 0)
        return -1;
    if (!path || h->method == HTTP_CONNECT)
        return target(h, &c);
    h->form = HTTP_FORM_ORIGIN;
    return 0;
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] */
int http_status_line(struct http_head *h, const char *data, size_t at, size_t end)
{
    struct cursor c = cursor_at(h, data, at, end);
    const char *rule = "RFC9112-4";
    trim(&c, rule);
    size_t version_at = c.i;
    if (version(h, &c, rule) < 0 || major(h, &c, version_at) < 0 ||
        one_space(&c, rule, "no space behind the HTTP version") < 0)
        return -1;
    if (end - c.i < 3 || !http_is(data[c.i], HTTP_DIGIT) || !http_is(data[c.i + 1], HTTP_DIGIT) ||
        !http_is(data[c.i + 2], HTTP_DIGIT))
        return http_refuse(&h->error, 400, rule, c.i, "the status code is not three digits");
    h->status = (data[c.i] - '0') * 100 + (data[c.i + 1] - '0') * 10 + (data[c.i + 2] - '0');
    if ((h->status < 100 || h->status > 599) &&
        http_judge(&c.report, HTTP_ALLOW_STATUS_RANGE, "RFC9110-15", c.i, "a status code outside 100 to 599") < 0)
        return -1;
    c.i += 3;
    if (c.i == end) {
        h->reason = (struct http_span){(uint32_t)end, 0};
        return http_judge(&c.report, HTTP_ALLOW_NO_REASON_SPACE, rule, end, "no space behind the status code");
    }
    if (data[c.i] != ' ')
        return http_refuse(&h->error, 400, rule, c.i, "no space behind the status code");
    c.i++;
    h->reason = (struct http_span){(uint32_t)c.i, (uint32_t)(end - c.i)};
    return http_value_check(&c.report, data, c.i, end, 0);
}
