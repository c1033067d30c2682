/*
 * The grammar of RFC 3986 that URLs and request targets share.
 */
#ifndef SOCKSPEC_PROTOCOL_URL_INTERNAL_H
#define SOCKSPEC_PROTOCOL_URL_INTERNAL_H

#include "protocol/http_internal.h"
#include "protocol/url.h"

/* Bytes of these classes (enum http_class_bit) and %HH from text[i] on: where the first other byte stands,
 * `len` when there is none. */
size_t url_span(const char *text, size_t i, size_t len, unsigned bits);

/* The same for userinfo = *( unreserved / pct-encoded / sub-delims / ":" ). */
size_t url_userinfo_span(const char *text, size_t i, size_t len);

/* The bytes of a scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) at text[0]: how many, 0 when none begins
 * there. */
size_t url_scheme_span(const char *text, size_t len);

/* A host with what is in it. */
struct url_host_found {
    enum url_host kind;
    struct http_span host; /* without brackets */
    size_t end;            /* of the host, brackets included */
    const char *sentence;  /* of the refusal */
    size_t bad;            /* where */
};

/*
 * Reads the host at text[0]: an IP literal in brackets, or as many bytes as a reg-name may hold. What follows
 * is the caller's business. Returns 0, or -1 for a literal that is none.
 */
int url_host_scan(const char *text, size_t len, struct url_host_found *found);

/* 80 for http, 443 for https, else 0. */
uint32_t url_default_port(const struct url *u);

#endif
