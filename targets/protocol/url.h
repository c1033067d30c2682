/*
 * URLs as RFC 3986 writes them, as far as an HTTP client needs them: taken apart, resolved against the URL
 * that a redirect came from, and turned into what a request says. Pure: no sockets, no allocation.
 *
 *     http://user@[::1]:8080/a/b;c?d=e#f
 *     ----   ---- ----- ---- ------ --- -
 *     scheme userinfo host port path query fragment
 *
 * The parts are spans over the caller's bytes, without the delimiters around them; nothing is decoded or
 * changed. Strict: what the grammar does not make is refused, with the rule ("RFC3986-3.2.2"), the offset and
 * a sentence. Browsers forgive much more (backslashes, blanks, tabs); two programs that forgive differently
 * disagree about which host a URL names.
 */
#ifndef SOCKSPEC_PROTOCOL_URL_H
#define SOCKSPEC_PROTOCOL_URL_H

#include "protocol/http.h"

/* Longest URL that is taken apart: "URIs with lengths of 8000 octets" are to be supported (RFC 9110, 4.1). */
#define URL_LENGTH_MAX 8192

/* What url_resolve may need at most: both texts, and the delimiters that stand in neither. */
#define URL_RESOLVED_MAX (2 * URL_LENGTH_MAX + 8)

enum url_scheme { URL_NO_SCHEME, URL_HTTP, URL_HTTPS, URL_OTHER_SCHEME };

enum url_host {
    URL_NO_HOST,     /* no authority, or an empty host as in file:///x */
    URL_HOST_NAME,   /* reg-name; also what only looks like an IPv4 address, as 127.1 */
    URL_HOST_IPV4,   /* 127.0.0.1 */
    URL_HOST_IPV6,   /* [::1]: the span is without the brackets */
    URL_HOST_FUTURE, /* [v1.x]: nobody knows how to connect to it */
};

/* A URL or a relative reference. An empty part that stands there is told from one that does not by has_...:
 * "http://a/?" has a query. */
struct url {
    enum url_scheme scheme_kind;
    enum url_host host_kind;
    bool has_authority, has_userinfo, has_port, has_query, has_fragment;
    uint32_t port; /* as written; else, or where nothing stands behind the colon, the scheme's default: 80,
                      443, else 0. More than 65535 becomes 65536 */
    struct http_span scheme, userinfo, host, port_text, path, query, fragment;
    struct http_span authority; /* userinfo, host and port with what stands between them */
    struct http_note error;     /* once a parser has returned -1; `limit` with URL_LENGTH_MAX */
};

/*
 * Takes an http or https URL apart (RFC 9110, 4.2): absolute, with a host, with a port that can be connected
 * to. User information and fragment may stand there; whether to believe the one is the caller's question (RFC
 * 9110, 4.2.4), the other is never sent. Returns 0, or -1 with u->error; offsets count from `text`.
 */
int url_parse(struct url *u, const char *text, size_t len);

/* The same for any URI reference (RFC 3986, 4.1): other schemes, "//host/path", "../path", "?query", "". */
int url_parse_reference(struct url *u, const char *text, size_t len);

/*
 * Resolves a reference against a base (RFC 3986, 5.2 and 5.3, strict): what a Location field means. Both were
 * taken apart from their texts; the base must have a scheme (EINVAL). Writes the target URL to out[0 .. cap),
 * which must not overlap the texts. The base's fragment is not inherited (RFC 9110, 10.2.2 wants that of user
 * agents that use fragments). Returns its length, or -1 with errno ENOSPC; URL_RESOLVED_MAX bytes are always
 * enough.
 */
long url_resolve(const struct url *base, const char *base_text, const struct url *reference, const char *reference_text,
                 char *out, size_t cap);

/* Takes "." and ".." segments out of a path, in place (RFC 3986, 5.2.4). Returns the new length, at most
 * `len`. */
size_t url_remove_dot_segments(char *path, size_t len);

/*
 * Decodes %HH (RFC 3986, 2.1). `out` may be `text`. Returns the length, or -1 with errno: EILSEQ where two
 * hex digits are missing, ENOSPC. Decode a part after it was taken apart, never before, and once (2.4): a
 * decoded "/" is data.
 */
long url_decode(const char *text, size_t len, char *out, size_t cap);

/*
 * What a request to this http or https URL says, each NUL-terminated in out[0 .. cap). Return the length
 * without NUL, or -1 with errno ENOSPC.
 *
 * The target in origin-form: path, "/" for none, and query (RFC 9112, 3.2.1).
 * The Host value: host, and the port unless it is the scheme's default (RFC 9110, 4.2.3 and 7.2); never the
 * user.
 */
long url_target(const struct url *u, const char *text, char *out, size_t cap);
long url_host_field(const struct url *u, const char *text, char *out, size_t cap);

/*
 * The host as a resolver takes it: without brackets, decoded, NUL-terminated. Returns the length, or -1 with
 * errno: ENOSPC; EILSEQ where a byte is decoded that no host name for DNS may hold (controls, blanks, "/",
 * "@", ":", "%", non-ASCII: names in other scripts come in their xn-- form); EINVAL for no host and
 * IPvFuture.
 */
long url_host_name(const struct url *u, const char *text, char *out, size_t cap);

#endif
