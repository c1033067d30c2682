/*
 * The grammar of HTTP/1.1 messages and of URIs as RFC 9112, 9110, 3986 and 5234 print it: the table that
 * http_grammar.c consists of, and the rules that the oracles begin with.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_GRAMMAR_H
#define SOCKSPEC_FUZZ_HTTP_GRAMMAR_H

#include "fuzz/abnf.h"

enum grammar_start {
    GRAMMAR_REQUEST_HEAD, /* with the empty line before it that a server passes over (RFC 9112, 2.2) */
    GRAMMAR_RESPONSE_HEAD,
    GRAMMAR_REQUEST_LINE,
    GRAMMAR_STATUS_LINE,
    GRAMMAR_ORIGIN_FORM,
    GRAMMAR_ABSOLUTE_FORM,
    GRAMMAR_AUTHORITY_FORM,
    GRAMMAR_ASTERISK_FORM,
    GRAMMAR_WEB_URI, /* http-URI / https-URI with its scheme */
    GRAMMAR_HOST,
    GRAMMAR_CONTENT_LENGTH,
    GRAMMAR_TRANSFER_ENCODING, /* as a recipient takes it: with empty members (RFC 9110, 5.6.1.2) */
    GRAMMAR_CHUNK_LINE,        /* chunk-size [ chunk-ext ] CRLF */
    GRAMMAR_TRAILERS,          /* trailer-section CRLF */
    GRAMMAR_TOKEN,
    GRAMMAR_IPV4,
    GRAMMAR_URI,
    GRAMMAR_URI_REFERENCE,
    GRAMMAR_STARTS
};

/* The recogniser that begins with this rule. Made when it is first asked for, kept until the program ends. */
struct abnf *grammar_of(enum grammar_start start);

/* The table, for those who ask for a rule by its name; ends with a row without name. */
extern const struct abnf_rule grammar_rules[];

#endif
