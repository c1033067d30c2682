/*
 * URLs: what the grammar of RFC 3986 makes and what it does not, with the rule and the byte; hosts,
 * ports, limits. Texts are parsed from memory of exactly their size.
 */
#include "protocol/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text in memory of its own size, so that the sanitizers see each byte too much that is read. */
static char *exact(const char *text, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

struct parts_case {
    const char *text;
    const char *parts; /* as describe() writes them */
};

static void add_part(char *out, size_t cap, char mark, bool there, const char *text, struct http_span s)
{
    size_t n = strlen(out);
    if (there)
        snprintf(out + n, cap - n, "%s%c=%.*s", n > 0 ? " " : "", mark, (int)s.len, text + s.at);
}

/* "s=http u=user h=a p=80 /=/path ?=query #=fragment", what is not there left out. */
static void describe(const struct url *u, const char *text, char *out, size_t cap)
{
    out[0] = '\0';
    add_part(out, cap, 's', u->scheme_kind != URL_NO_SCHEME, text, u->scheme);
    add_part(out, cap, 'u', u->has_userinfo, text, u->userinfo);
    add_part(out, cap, 'h', u->has_authority, text, u->host);
    add_part(out, cap, 'p', u->has_port, text, u->port_text);
    add_part(out, cap, '/', u->path.len > 0, text, u->path);
    add_part(out, cap, '?', u->has_query, text, u->query);
    add_part(out, cap, '#', u->has_fragment, text, u->fragment);
}

static void check_parts(const struct parts_case *c, int (*parse)(struct url *, const char *, size_t))
{
    struct url u;
    char parts[512];
    size_t len = strlen(c->text);
    char *text = exact(c->text, len);
    if (parse(&u, text, len) != 0)
        fail_msg("%s: %s at %d: %s", c->text, u.error.rule, (int)u.error.offset, u.error.sentence);
    describe(&u, text, parts, sizeof parts);
    assert_string_equal(parts, c->parts);
    free(text);
}

static const struct parts_case urls[] = {
    {"http://a", "s=http h=a"},
    {"http://a/", "s=http h=a /=/"},
    {"HTTP://A/", "s=HTTP h=A /=/"},
    {"https://example.org/a/b;c=d/e?f=g&h#i", "s=https h=example.org /=/a/b;c=d/e ?=f=g&h #=i"},
    {"http://a?", "s=http h=a ?="},
    {"http://a#", "s=http h=a #="},
    {"http://a?#", "s=http h=a ?= #="},
    {"http://a?b/c?d", "s=http h=a ?=b/c?d"},
    {"http://a#b/c?d", "s=http h=a #=b/c?d"},
    {"http://a#?", "s=http h=a #=?"},
    {"http://a:/", "s=http h=a p= /=/"},
    {"http://a:0080/", "s=http h=a p=0080 /=/"},
    {"http://a:65535", "s=http h=a p=65535"},
    {"http://127.0.0.1:8080//", "s=http h=127.0.0.1 p=8080 /=//"},
    {"http://[::1]:1/", "s=http h=::1 p=1 /=/"},
    {"http://u@a/", "s=http u=u h=a /=/"},
    {"http://@a/", "s=http u= h=a /=/"},
    {"http://u:p:%40;=@a:1/", "s=http u=u:p:%40;= h=a p=1 /=/"},
    {"http://%61_-.~!$&'()*+,;=/", "s=http h=%61_-.~!$&'()*+,;= /=/"},
    {"http://a/%00%fF:@-._~!$&'()*+,;=", "s=http h=a /=/%00%fF:@-._~!$&'()*+,;="},
    {"http://a/@b", "s=http h=a /=/@b"},
    {"http://a?@b", "s=http h=a ?=@b"},
};

static const struct parts_case references[] = {
    {"", ""},
    {"a", "/=a"},
    {"/a", "/=/a"},
    {"//a/b", "h=a /=/b"},
    {"//", "h="},
    {"///x", "h= /=/x"},
    {"?a", "?=a"},
    {"#a", "#=a"},
    {"./a:b", "/=./a:b"},
    {"a/b:c", "/=a/b:c"},
    {"../..", "/=../.."},
    /* the examples of RFC 3986, 1.1.2 */
    {"ftp://ftp.is.co.za/rfc/rfc1808.txt", "s=ftp h=ftp.is.co.za /=/rfc/rfc1808.txt"},
    {"ldap://[2001:db8::7]/c=GB?objectClass?one", "s=ldap h=2001:db8::7 /=/c=GB ?=objectClass?one"},
    {"mailto:John.Doe@example.com", "s=mailto /=John.Doe@example.com"},
    {"news:comp.infosystems.www.servers.unix", "s=news /=comp.infosystems.www.servers.unix"},
    {"tel:+1-816-555-1212", "s=tel /=+1-816-555-1212"},
    {"telnet://192.0.2.16:80/", "s=telnet h=192.0.2.16 p=80 /=/"},
    {"urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "s=urn /=oasis:names:specification:docbook:dtd:xml:4.1.2"},
    {"foo://example.com:8042/over/there?name=ferret#nose",
     "s=foo h=example.com p=8042 /=/over/there ?=name=ferret #=nose"},
    {"a+b-c.1:", "s=a+b-c.1"},
    {"x://a:99999999999/", "s=x h=a p=99999999999 /=/"},
};

static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        check_parts(&urls[i], url_parse);
        check_parts(&urls[i], url_parse_reference);
    }
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
        check_parts(&references[i], url_parse_reference);
}

struct refused_case {
    const char *text;
    size_t len;
    const char *rule;
    int offset;
};

#define REFUSED(text, rule, offset)                                                                                    \
    {                                                                                                                  \
        text, sizeof text - 1, rule, offset                                                                            \
    }

/* Refused as references, and so as URLs. */
static const struct refused_case malformed[] = {
    REFUSED(":", "RFC3986-3.1", 0),
    REFUSED("1a:b", "RFC3986-3.1", 0),
    REFUSED("ht_tp://a/", "RFC3986-3.1", 2),
    REFUSED(" http://a/", "RFC3986-3.1", 0),
    REFUSED("http://u\x80@a/", "RFC3986-3.2.1", 8),
    REFUSED("http://u[@a/", "RFC3986-3.2.1", 8),
    REFUSED("http://u%4@a/", "RFC3986-2.1", 8),
    REFUSED("http://u@v@a/", "RFC3986-3.2.2", 10),
    REFUSED("http://a\\@b/", "RFC3986-3.2.1", 8),
    REFUSED("http://a b/", "RFC3986-3.2.2", 8),
    REFUSED("http://a\\b/", "RFC3986-3.2.2", 8),
    REFUSED("http://a%/", "RFC3986-2.1", 8),
    REFUSED("http://a%4g/", "RFC3986-2.1", 8),
    REFUSED("http://a\0b/", "RFC3986-3.2.2", 8),
    REFUSED("http://\xc3\xa4/", "RFC3986-3.2.2", 7),
    REFUSED("http://a]/", "RFC3986-3.2.2", 8),
    REFUSED("http://a[::1]/", "RFC3986-3.2.2", 8),
    REFUSED("http://[::1/", "RFC3986-3.2.2", 7),
    REFUSED("http://[::1]a/", "RFC3986-3.2.2", 12),
    REFUSED("http://[]/", "RFC3986-3.2.2", 8),
    REFUSED("http://[a]/", "RFC3986-3.2.2", 8),
    REFUSED("http://[fe80::1%25eth0]/", "RFC3986-3.2.2", 15),
    REFUSED("http://[fe80::1%eth0]/", "RFC3986-3.2.2", 15),
    REFUSED("http://a:b/", "RFC3986-3.2.3", 9),
    REFUSED("http://a:8 0/", "RFC3986-3.2.3", 10),
    REFUSED("http://a:+80/", "RFC3986-3.2.3", 9),
    REFUSED("http://a:-1/", "RFC3986-3.2.3", 9),
    REFUSED("http://a:80:80/", "RFC3986-3.2.3", 11),
    REFUSED("http://::1/", "RFC3986-3.2.3", 8),
    REFUSED("http://a/b c", "RFC3986-3.3", 10),
    REFUSED("http://a/b\\c", "RFC3986-3.3", 10),
    REFUSED("http://a/b\nc", "RFC3986-3.3", 10),
    REFUSED("http://a/[x]", "RFC3986-3.3", 9),
    REFUSED("http://a/\"<>^`{|}", "RFC3986-3.3", 9),
    REFUSED("http://a/%", "RFC3986-2.1", 9),
    REFUSED("http://a/%a", "RFC3986-2.1", 9),
    REFUSED("http://a/%0x", "RFC3986-2.1", 9),
    REFUSED("http://a/\0", "RFC3986-3.3", 9),
    REFUSED("http://a/b?c|d", "RFC3986-3.4", 12),
    REFUSED("http://a/b?%u0041", "RFC3986-2.1", 11),
    REFUSED("http://a/#b#c", "RFC3986-3.5", 11),
    REFUSED("http://a/#b%", "RFC3986-2.1", 11),
    REFUSED("http://a/#\x7f", "RFC3986-3.5", 10),
};

/* References of right form that are no URL of http or https. */
static const struct refused_case no_urls[] = {
    REFUSED("", "RFC3986-4.3", 0),
    REFUSED("/a", "RFC3986-4.3", 0),
    REFUSED("//a/b", "RFC3986-4.3", 0),
    REFUSED("a", "RFC3986-4.3", 0),
    REFUSED("ftp://a/", "RFC9110-4.2", 0),
    REFUSED("httpss://a/", "RFC9110-4.2", 0),
    REFUSED("localhost:8080", "RFC9110-4.2", 0),
    REFUSED("http:", "RFC9110-4.2", 5),
    REFUSED("http:a", "RFC9110-4.2", 5),
    REFUSED("http:/a", "RFC9110-4.2", 5),
    REFUSED("http://", "RFC9110-4.2.1", 7),
    REFUSED("http:///a", "RFC9110-4.2.1", 7),
    REFUSED("http://:80/", "RFC9110-4.2.1", 7),
    REFUSED("http://u@/", "RFC9110-4.2.1", 9),
    REFUSED("https://?", "RFC9110-4.2.2", 8),
    REFUSED("http://a:0/", "RFC3986-3.2.3", 9),
    REFUSED("http://a:65536/", "RFC3986-3.2.3", 9),
    REFUSED("http://a:4294967376/", "RFC3986-3.2.3", 9),
};

static void check_refused(const struct refused_case *c, int (*parse)(struct url *, const char *, size_t))
{
    struct url u;
    char *text = exact(c->text, c->len);
    if (parse(&u, text, c->len) != -1)
        fail_msg("accepted: %s", c->text);
    if (strcmp(u.error.rule, c->rule) != 0 || (int)u.error.offset != c->offset)
        fail_msg("%s: %s at %d, not %s at %d", c->text, u.error.rule, (int)u.error.offset, c->rule, c->offset);
    assert_true(strlen(u.error.sentence) > 10);
    assert_false(u.error.limit);
    free(text);
}

static void test_refused(void **state)
{
    (void)state;
    struct url u;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        check_refused(&malformed[i], url_parse_reference);
        check_refused(&malformed[i], url_parse);
    }
    for (size_t i = 0; i < sizeof no_urls / sizeof no_urls[0]; i++) {
        check_refused(&no_urls[i], url_parse);
        assert_int_equal(url_parse_reference(&u, no_urls[i].text, no_urls[i].len), 0);
    }
}

static void test_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        int kind; /* -1: refused */
    } hosts[] = {
        {"a", URL_HOST_NAME},
        {"0.0.0.0", URL_HOST_IPV4},
        {"255.249.99.1", URL_HOST_IPV4},
        /* no IPv4address, and so a name: the caller must not hand it to inet_aton */
        {"256.1.1.1", URL_HOST_NAME},
        {"1.1.1", URL_HOST_NAME},
        {"1.1.1.1.", URL_HOST_NAME},
        {"01.1.1.1", URL_HOST_NAME},
        {"0x7f.1", URL_HOST_NAME},
        {"[::]", URL_HOST_IPV6},
        {"[1:2:3:4:5:6:7:8]", URL_HOST_IPV6},
        {"[1:2:3:4:5:6:7::]", URL_HOST_IPV6},
        {"[::2:3:4:5:6:7:8]", URL_HOST_IPV6},
        {"[1::8]", URL_HOST_IPV6},
        {"[FFFF:abcd::]", URL_HOST_IPV6},
        {"[::1.2.3.4]", URL_HOST_IPV6},
        {"[1:2:3:4:5:6:1.2.3.4]", URL_HOST_IPV6},
        {"[1::6:1.2.3.4]", URL_HOST_IPV6},
        {"[1:2:3:4:5:6:7]", -1},
        {"[1:2:3:4:5:6:7:8:9]", -1},
        {"[1:2:3:4:5:6:7:8::]", -1},
        {"[1::2::3]", -1},
        {"[:1]", -1},
        {"[1:]", -1},
        {"[:::]", -1},
        {"[12345::]", -1},
        {"[g::]", -1},
        {"[1:2:3:4:5:6:7:1.2.3.4]", -1},
        {"[::1.2.3]", -1},
        {"[::1.2.3.256]", -1},
        {"[::1.2.3.4:5]", -1},
        {"[1.2.3.4]", -1},
        {"[::1 ]", -1},
        {"[v1.a]", URL_HOST_FUTURE},
        {"[Vff.a:b!]", URL_HOST_FUTURE},
        {"[v.a]", -1},
        {"[v1.]", -1},
        {"[v1a]", -1},
        {"[v1.a/]", -1},
        {"[v1.%41]", -1},
    };
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        char text[64];
        struct url u;
        int len = snprintf(text, sizeof text, "http://%s:1", hosts[i].host);
        char *copy = exact(text, (size_t)len);
        int got = url_parse(&u, copy, (size_t)len);
        free(copy);
        if (got != (hosts[i].kind < 0 ? -1 : 0))
            fail_msg("%s: %s", hosts[i].host, got < 0 ? u.error.sentence : "accepted");
        if (got == 0)
            assert_int_equal(u.host_kind, hosts[i].kind);
        else
            assert_string_equal(u.error.rule, "RFC3986-3.2.2");
    }
}

static void test_ports(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t port;
    } ports[] = {
        {"http://a", 80},       {"https://a", 443},
        {"http://a:", 80},      {"https://a:/", 443},
        {"http://a:443", 443},  {"http://a:00080", 80},
        {"ftp://a", 0},         {"ftp://a:21", 21},
        {"x://a:65536", 65536}, {"x://a:99999999999999999999", 65536},
    };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct url u;
        assert_int_equal(url_parse_reference(&u, ports[i].text, strlen(ports[i].text)), 0);
        assert_int_equal(u.port, ports[i].port);
    }
}

static void test_limit(void **state)
{
    (void)state;
    char *text = malloc(URL_LENGTH_MAX + 1);
    struct url u;
    assert_non_null(text);
    memset(text, 'a', URL_LENGTH_MAX + 1);
    memcpy(text, "http://a/", 9);
    assert_int_equal(url_parse(&u, text, URL_LENGTH_MAX), 0);
    assert_int_equal(u.path.len, URL_LENGTH_MAX - 8);
    assert_int_equal(url_parse(&u, text, URL_LENGTH_MAX + 1), -1);
    assert_true(u.error.limit);
    assert_int_equal(u.error.status, 414);
    assert_int_equal(u.error.offset, URL_LENGTH_MAX);
    assert_string_equal(u.error.rule, "RFC9110-4.1");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts), cmocka_unit_test(test_refused), cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_ports), cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
