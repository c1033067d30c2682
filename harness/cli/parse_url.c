/* `parse url`: one URL, taken apart, and what a request to it says. */
#include "cli/parse.h"
#include "protocol/url.h"

#include <string.h>

/* The URL itself, and a line end behind it, which a file has and a URL does not. */
#define MOST (URL_LENGTH_MAX + 2)

static void add_part(json_t *o, const char *key, bool there, const char *text, struct http_span s)
{
    if (there)
        sink_add_bytes(o, key, text + s.at, s.len);
}

/* The parts; and for an http or https URL the request: `request`. */
static void tell_url(struct sink *sink, const char *event, const struct url *u, const char *text, bool request)
{
    static const char *const kinds[] = {[URL_NO_HOST] = "none",
                                        [URL_HOST_NAME] = "name",
                                        [URL_HOST_IPV4] = "IPv4",
                                        [URL_HOST_IPV6] = "IPv6",
                                        [URL_HOST_FUTURE] = "future"};
    char out[MOST + 8];
    json_t *o = sink_event(event, 0);
    add_part(o, "scheme", u->scheme_kind != URL_NO_SCHEME, text, u->scheme);
    add_part(o, "userinfo", u->has_userinfo, text, u->userinfo);
    add_part(o, "host", u->has_authority, text, u->host);
    if (u->has_authority)
        json_object_set_new(o, "host_kind", json_string(kinds[u->host_kind]));
    if (u->port > 0)
        json_object_set_new(o, "port", json_integer(u->port));
    add_part(o, "path", true, text, u->path);
    add_part(o, "query", u->has_query, text, u->query);
    add_part(o, "fragment", u->has_fragment, text, u->fragment);
    long len = request ? url_target(u, text, out, sizeof out) : -1;
    if (len >= 0)
        sink_add_bytes(o, "request_target", out, (size_t)len);
    len = request ? url_host_field(u, text, out, sizeof out) : -1;
    if (len >= 0)
        sink_add_bytes(o, "host_field", out, (size_t)len);
    sink_put(sink, o);
}

static void reject(struct parse_result *result, const struct url *u)
{
    result->verdict = PARSE_REJECTED;
    result->note = u->error;
}

/* A reference against the base: what a redirect leads to. The base was looked at when the command line was
 * read. */
static void resolve(const char *base, const char *text, size_t len, struct sink *sink, struct parse_result *result)
{
    struct url b, reference, target;
    char out[URL_RESOLVED_MAX];
    if (url_parse_reference(&reference, text, len) < 0) {
        reject(result, &reference);
        return;
    }
    tell_url(sink, "reference", &reference, text, false);
    long n = url_parse(&b, base, strlen(base)) < 0 ? -1 : url_resolve(&b, base, &reference, text, out, sizeof out);
    if (n < 0 || url_parse(&target, out, (size_t)n) < 0) {
        reject(result, n < 0 ? &b : &target);
        return;
    }
    tell_url(sink, "url", &target, out, true);
    result->messages = 1;
}

int parse_url(const struct parse_settings *settings, struct feed *feed, struct sink *sink, struct parse_result *result,
              struct err *e)
{
    size_t len;
    const char *text = feed_bytes(feed, &len);
    for (int more = 1; more > 0 && len <= MOST; text = feed_bytes(feed, &len)) {
        more = feed_more(feed, e);
        if (more < 0)
            return -1;
    }
    if (len > MOST)
        len = MOST; /* longer than the limit in any case, and the rest changes nothing */
    else if (len > 0 && text[len - 1] == '\n')
        len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
    result->note.offset = len;
    if (settings->base != NULL) {
        resolve(settings->base, text, len, sink, result);
        return 0;
    }
    struct url u;
    if (url_parse(&u, text, len) < 0) {
        reject(result, &u);
        return 0;
    }
    tell_url(sink, "url", &u, text, true);
    result->messages = 1;
    return 0;
}
