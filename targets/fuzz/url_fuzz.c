/* Fuzz target: URLs. An input is a reference; behind a LF, if there is one, stands the base it is resolved
 * against. */
#include "fuzz/fuzz.h"
#include "fuzz/http_grammar.h"
#include "fuzz/url_plain.h"
#include "fuzz/work.h"
#include "protocol/url.h"

#include <errno.h>

/* Of the slots for memory: plain_resolve has the others. */
#define TEXT 0

static bool is_of(enum grammar_start start, const char *data, size_t len)
{
    return abnf_is(grammar_of(start), data, len);
}

/* A part stands where the plain split has it. */
static void check_part(const char *data, bool there, struct http_span s, struct text plain)
{
    FUZZ_CHECK(there == (plain.data != NULL));
    if (there)
        FUZZ_CHECK(data + s.at == plain.data && s.len == plain.len);
}

static void check_host(const struct url *u, const char *data, struct text host)
{
    const bool literal = u->host_kind == URL_HOST_IPV6 || u->host_kind == URL_HOST_FUTURE;
    FUZZ_CHECK(literal == (host.len > 0 && host.data[0] == '['));
    if (literal)
        host = (struct text){host.data + 1, host.len - 2};
    FUZZ_CHECK((u->host_kind == URL_NO_HOST) == (host.len == 0));
    if (host.len > 0)
        FUZZ_CHECK(data + u->host.at == host.data && u->host.len == host.len);
    if (u->host_kind == URL_HOST_FUTURE || u->host_kind == URL_HOST_IPV6)
        FUZZ_CHECK((host.data[0] == 'v' || host.data[0] == 'V') == (u->host_kind == URL_HOST_FUTURE));
    if (!literal)
        FUZZ_CHECK((u->host_kind == URL_HOST_IPV4) == is_of(GRAMMAR_IPV4, host.data, host.len));
}

static void check_port(const struct url *u, struct text port)
{
    uint64_t value = 0;
    bool counts = number(port, 10, &value);
    if (port.len == 0)
        FUZZ_CHECK(u->port == (u->scheme_kind == URL_HTTP ? 80u : u->scheme_kind == URL_HTTPS ? 443u : 0u));
    else
        FUZZ_CHECK(u->port == (counts && value <= 65535 ? value : 65536));
}

static void check_parts(const struct url *u, const char *data, const struct plain_url *p)
{
    const bool named = p->scheme.data != NULL;
    check_part(data, u->scheme_kind != URL_NO_SCHEME, u->scheme, p->scheme);
    FUZZ_CHECK((u->scheme_kind == URL_HTTP) == (named && is_word(p->scheme, "http")));
    FUZZ_CHECK((u->scheme_kind == URL_HTTPS) == (named && is_word(p->scheme, "https")));
    check_part(data, u->has_authority, u->authority, p->authority);
    check_part(data, u->has_userinfo, u->userinfo, p->userinfo);
    check_part(data, u->has_port, u->port_text, p->port);
    check_part(data, true, u->path, p->path);
    check_part(data, u->has_query, u->query, p->query);
    check_part(data, u->has_fragment, u->fragment, p->fragment);
    check_host(u, data, p->host);
    check_port(u, p->port);
}

/* RFC 9110, 4.2: which references an http client can ask for. */
static bool is_web(const char *data, size_t len, const struct plain_url *p)
{
    uint64_t port = 1;
    if (p->port.len > 0 && !number(p->port, 10, &port))
        return false;
    size_t fragment = p->fragment.data == NULL ? 0 : p->fragment.len + 1;
    return is_of(GRAMMAR_WEB_URI, data, len - fragment) && p->host.len > 0 && port >= 1 && port <= 65535;
}

/* What a request says of a web URL: of the right form, told when there is no room, and read back it is the
 * same. */
static void check_request(const struct url *u, const char *data)
{
    char target[URL_LENGTH_MAX + 2], host[URL_LENGTH_MAX + 2], again[2 * URL_LENGTH_MAX + 16];
    long target_len = url_target(u, data, target, sizeof target);
    long host_len = url_host_field(u, data, host, sizeof host);
    FUZZ_CHECK(target_len > 0 && is_of(GRAMMAR_ORIGIN_FORM, target, (size_t)target_len));
    FUZZ_CHECK(host_len > 0 && is_of(GRAMMAR_HOST, host, (size_t)host_len));
    FUZZ_CHECK(target[target_len] == '\0' && host[host_len] == '\0');
    errno = 0;
    FUZZ_CHECK(url_target(u, data, target, (size_t)target_len) < 0 && errno == ENOSPC);
    FUZZ_CHECK(url_target(u, data, target, (size_t)target_len + 1) == target_len);
    struct text parts[] = {
        {data + u->scheme.at, u->scheme.len}, {"://", 3}, {host, (size_t)host_len}, {target, (size_t)target_len}};
    size_t len = 0;
    for (size_t i = 0; i < 4; i++) {
        memcpy(again + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    struct url v;
    if (len > URL_LENGTH_MAX) /* the "/" of an empty path may be one too many */
        return;
    FUZZ_CHECK(url_parse(&v, again, len) == 0);
    FUZZ_CHECK(v.port == u->port && v.host.len == u->host.len && v.host_kind == u->host_kind);
    FUZZ_CHECK(memcmp(again + v.host.at, data + u->host.at, u->host.len) == 0);
    FUZZ_CHECK(v.query.len == u->query.len && v.has_query == u->has_query && !v.has_userinfo);
    FUZZ_CHECK(v.path.len == (u->path.len > 0 ? u->path.len : 1));
}

/* %HH: as many bytes less as the signs promise; in place as elsewhere. */
static void check_decoded(const char *data, size_t len)
{
    char out[URL_LENGTH_MAX], same[URL_LENGTH_MAX];
    size_t signs = 0;
    for (size_t i = 0; i < len; i++)
        signs += data[i] == '%';
    long got = url_decode(data, len, out, sizeof out);
    FUZZ_CHECK(got == (long)(len - 2 * signs));
    memcpy(same, data, len);
    FUZZ_CHECK(url_decode(same, len, same, len) == got && memcmp(same, out, (size_t)got) == 0);
    errno = 0;
    if (got > 0)
        FUZZ_CHECK(url_decode(data, len, out, (size_t)got - 1) < 0 && errno == ENOSPC);
}

static void check_host_name(const struct url *u, const char *data)
{
    char name[URL_LENGTH_MAX + 1];
    long len = url_host_name(u, data, name, sizeof name);
    if (len < 0)
        return;
    FUZZ_CHECK(name[len] == '\0' && strlen(name) == (size_t)len);
    for (long i = 0; u->host_kind == URL_HOST_NAME && i < len; i++)
        FUZZ_CHECK((unsigned char)name[i] > ' ' && (unsigned char)name[i] < 0x7f && strchr("/@:%", name[i]) == NULL);
}

/* Reads one reference in both ways; true when it is one, taken apart in both. */
static bool read_reference(const char *data, size_t len, struct url *u, struct plain_url *p)
{
    struct url web;
    const bool right = is_of(GRAMMAR_URI_REFERENCE, data, len), taken = url_parse_reference(u, data, len) == 0;
    const bool web_taken = url_parse(&web, data, len) == 0;
    if (len > URL_LENGTH_MAX) {
        FUZZ_CHECK(!taken && !web_taken && u->error.limit && web.error.limit);
        return false;
    }
    FUZZ_CHECK(taken == right);
    if (!taken) {
        FUZZ_CHECK(!web_taken && u->error.rule != NULL && u->error.sentence != NULL && !u->error.limit);
        FUZZ_CHECK(u->error.offset <= len && web.error.rule != NULL && web.error.offset <= len);
        return false;
    }
    *p = plain_url_split((struct text){data, len});
    check_parts(u, data, p);
    FUZZ_CHECK(web_taken == is_web(data, len, p));
    if (web_taken) {
        check_parts(&web, data, p);
        check_request(&web, data);
        check_host_name(&web, data);
    }
    check_decoded(data, len);
    return true;
}

/* Resolving: as the RFC tells it; what comes is a URI; resolved again it stays. */
static void check_resolved(const struct url *base, const struct plain_url *plain_base, const char *base_text,
                           const struct url *r, const struct plain_url *plain, const char *text)
{
    char out[URL_RESOLVED_MAX], expected[URL_RESOLVED_MAX], again[URL_RESOLVED_MAX];
    errno = 0;
    long len = url_resolve(base, base_text, r, text, out, sizeof out);
    if (plain_base->scheme.data == NULL) {
        FUZZ_CHECK(len < 0 && errno == EINVAL);
        return;
    }
    FUZZ_CHECK(len > 0 && (size_t)len == plain_resolve(plain_base, plain, expected));
    FUZZ_CHECK(memcmp(out, expected, (size_t)len) == 0);
    FUZZ_CHECK(is_of(GRAMMAR_URI, out, (size_t)len));
    errno = 0; /* it may need more room on the way than in the end, so only less is sure to fail */
    FUZZ_CHECK(url_resolve(base, base_text, r, text, again, (size_t)len - 1) < 0 && errno == ENOSPC);
    struct url target;
    bool base_path = !r->has_authority && plain->scheme.data == NULL && r->path.len == 0;
    if (len > URL_LENGTH_MAX || base_path) /* the base's path is taken as it stands, with its dots */
        return;
    FUZZ_CHECK(url_parse_reference(&target, out, (size_t)len) == 0);
    FUZZ_CHECK(url_resolve(base, base_text, &target, out, again, sizeof again) == len);
    FUZZ_CHECK(memcmp(again, out, (size_t)len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char usual[] = "http://a/b/c/d;p?q"; /* RFC 3986, 5.4 */
    const char *input = (const char *)data, *lf = size == 0 ? NULL : memchr(input, '\n', size);
    const struct text first = {input, lf == NULL ? size : (size_t)(lf - input)};
    const struct text second =
        lf == NULL ? (struct text){usual, strlen(usual)} : (struct text){lf + 1, size - first.len - 1};
    const struct work work = work_done();
    struct url u, base;
    struct plain_url p, plain_base;
    char *text = fuzz_scratch(TEXT, first.len);
    memcpy(text, first.data, first.len);
    if (!read_reference(text, first.len, &u, &p))
        return 0;
    char base_text[URL_LENGTH_MAX];
    if (second.len > sizeof base_text)
        return 0;
    memcpy(base_text, second.data, second.len);
    if (read_reference(base_text, second.len, &base, &plain_base))
        check_resolved(&base, &plain_base, base_text, &u, &p, text);
    char clean[URL_LENGTH_MAX];
    size_t len = plain_remove_dots(p.path, clean);
    char *path = fuzz_scratch(1, p.path.len);
    memcpy(path, p.path.data, p.path.len);
    FUZZ_CHECK(url_remove_dot_segments(path, p.path.len) == len && memcmp(path, clean, len) == 0);
    FUZZ_CHECK(url_remove_dot_segments(path, len) == len && memcmp(path, clean, len) == 0);
    FUZZ_CHECK(work_is_linear(work, size + second.len));
    return 0;
}
