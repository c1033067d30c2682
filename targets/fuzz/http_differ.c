#include "fuzz/http_differ.h"

#include "fuzz/http_grammar.h"
#include "fuzz/plain_text.h"

#include <stdio.h>

#define FEEDBACK_ROWS 64

/* --- what is compared --- */

static bool refused(const struct read_message *m)
{
    return m->head_result < 0 || m->framing_result < 0 || (m->has_body && m->body.before_end == HTTP_EVENT_ERROR);
}

static const struct http_note *refusal(const struct read_message *m)
{
    return m->head_result < 0 ? &m->head.error : m->framing_result < 0 ? &m->framing.error : &m->body.body.error;
}

static bool same_body_as_peer(const struct plain_message *p, const struct peer_reading *peer)
{
    return peer->content == p->body.content && peer->digest == p->body.content_digest;
}

/* Of a message that we take, or would like to have more of. */
static bool same_message_as_peer(const struct plain_message *p, const struct peer_reading *peer)
{
    switch (p->kind) {
    case HTTP_BODY_TUNNEL:
        return peer->what == PEER_UPGRADE;
    case HTTP_BODY_UNTIL_CLOSE:
        return peer->what == PEER_CLOSE && same_body_as_peer(p, peer);
    default:
        if (p->body.answer == PLAIN_SHORT) /* a chunk line that it refuses we may refuse at its end */
            return peer->what == PEER_MORE || (p->kind == HTTP_BODY_CHUNKED && peer->what == PEER_REFUSED);
        return peer->what == PEER_MESSAGE && peer->end == p->length + p->body.length && same_body_as_peer(p, peer) &&
               peer->keep_alive == p->keep_alive;
    }
}

bool differ_agree(const struct differ_case *c)
{
    if (refused(c->ours)) /* it may refuse later what it still waits for */
        return c->peer->what == PEER_REFUSED || (c->peer->what == PEER_MORE && !c->peer->head) ||
               refusal(c->ours)->limit;
    if (c->ours->head_result == 0) /* what is wrong in a line we say at its end; more may come */
        return c->plain->head == PLAIN_WRONG || c->peer->what == PEER_REFUSED ||
               (c->peer->what == PEER_MORE && !c->peer->head);
    if (c->ours->has_body && c->plain->body.answer == PLAIN_WRONG)
        return true; /* we wait for the end of a line that is wrong */
    return same_message_as_peer(c->plain, c->peer);
}

/* --- what a row asks --- */

static bool peer_said(const struct differ_case *c, const char *error)
{
    return c->peer->what == PEER_REFUSED && strcmp(c->peer->error, error) == 0;
}

/* The next line of text, without its end. */
static struct text next_line(struct text *lines)
{
    struct text line = cut(lines, '\n');
    line.len -= line.len > 0;
    return line;
}

/* Whether a field of the head has this name and, unless `byte` is 0, that byte in its line. */
static bool has_field(const struct differ_case *c, const char *name, char byte)
{
    struct text lines = {c->data, c->plain->length};
    while (lines.len > 0) {
        struct text line = next_line(&lines), rest = line;
        if (is_word(cut(&rest, ':'), name) &&
            (byte == '\0' || (rest.len > 0 && memchr(rest.data, byte, rest.len) != NULL)))
            return true;
    }
    return false;
}

static bool unknown_method(const struct differ_case *c)
{
    const struct http_span s = c->ours->head.method_text;
    return peer_said(c, "INVALID_METHOD") && !peer_knows_method(c->data + s.at, s.len);
}

/* A longer name than that of Transfer-Encoding which begins with it. */
static bool is_longer(struct text found)
{
    static const char name[] = "Transfer-Encoding";
    return found.len > strlen(name) && is_word((struct text){found.data, strlen(name)}, name);
}

static bool longer_name(const struct differ_case *c)
{
    struct text lines = {c->data, c->plain->length};
    while (lines.len > 0) {
        struct text line = next_line(&lines);
        if (is_longer(cut(&line, ':')))
            return true;
    }
    return false;
}

static bool narrow_target(const struct differ_case *c)
{
    return peer_said(c, "INVALID_URL") && c->ours->head.form != HTTP_FORM_ORIGIN;
}

static bool no_body_by_status(const struct differ_case *c)
{
    const int status = c->plain->status;
    return c->ours->head.kind == HTTP_RESPONSE && c->plain->kind == HTTP_BODY_NONE &&
           (status < 200 || status == 204 || status == 304) &&
           (has_field(c, "Content-Length", 0) || has_field(c, "Transfer-Encoding", 0));
}

static bool length_unread(const struct differ_case *c)
{
    return (c->plain->kind == HTTP_BODY_NONE || c->plain->kind == HTTP_BODY_TUNNEL) &&
           (peer_said(c, "INVALID_CONTENT_LENGTH") || peer_said(c, "UNEXPECTED_CONTENT_LENGTH") ||
            peer_said(c, "INVALID_TRANSFER_ENCODING"));
}

static bool tab_behind_value(const struct differ_case *c)
{
    return has_field(c, "Content-Length", '\t') || has_field(c, "Transfer-Encoding", '\t') ||
           has_field(c, "Connection", '\t');
}

static bool persistence(const struct differ_case *c)
{
    return c->peer->what == PEER_MESSAGE && c->peer->keep_alive != c->plain->keep_alive;
}

/* Whether a list in the fields of this name has a member that is empty, or (with `broken`) one that is no
 * token. */
static bool has_member(const struct differ_case *c, const char *name, bool broken)
{
    struct text lines = {c->data, c->plain->length}, member;
    while (lines.len > 0) {
        struct text value = next_line(&lines);
        if (!is_word(cut(&value, ':'), name))
            continue;
        for (bool more = true; more; more = member.data + member.len < value.data) {
            member = cut(&value, ',');
            struct text word = trimmed(member);
            if (broken ? word.len > 0 && !abnf_is(grammar_of(GRAMMAR_TOKEN), word.data, word.len) : word.len == 0)
                return true;
        }
    }
    return false;
}

static bool empty_members(const struct differ_case *c)
{
    return has_member(c, "Transfer-Encoding", false) || has_member(c, "Connection", false);
}

static bool no_tokens(const struct differ_case *c)
{
    return persistence(c) && has_member(c, "Connection", true);
}

/* Whether a word is the beginning of an option that http-parser looks for, and not all of it. */
static bool is_cut_option(struct text word)
{
    static const char *const options[] = {"close", "keep-alive", "upgrade"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (word.len > 0 && word.len < strlen(options[i]) && strncasecmp(word.data, options[i], word.len) == 0)
            return true;
    return false;
}

/* The comma behind such a word is what tells http-parser that it is none: it is used up, and the next member is passed
 * over. */
static bool cut_option(const struct differ_case *c)
{
    struct text lines = {c->data, c->plain->length};
    while (persistence(c) && lines.len > 0) {
        struct text value = next_line(&lines);
        if (!is_word(cut(&value, ':'), "Connection"))
            continue;
        while (memchr(value.data, ',', value.len) != NULL)
            if (is_cut_option(trimmed(cut(&value, ','))))
                return true;
    }
    return false;
}

static bool chunk_line_blank(const struct differ_case *c)
{
    return peer_said(c, "INVALID_CHUNK_SIZE") && c->plain->kind == HTTP_BODY_CHUNKED;
}

static bool trailer_read(const struct differ_case *c)
{
    if (c->plain->kind != HTTP_BODY_CHUNKED)
        return false;
    static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Connection", "Proxy-Connection",
                                        "Upgrade"};
    struct text lines = {c->data + c->plain->length, c->len - c->plain->length};
    while (lines.len > 0) {
        struct text line = next_line(&lines), name = cut(&line, ':');
        if (is_longer(name)) /* which it takes for the field: longer-name, among trailers */
            return true;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (is_word(name, names[i]))
                return true;
        }
    }
    return false;
}

static bool close_and_keep_alive(const struct differ_case *c)
{
    return persistence(c) && c->plain->minor == 0 && !c->plain->keep_alive &&
           http_field_has_token(&c->ours->head, c->data, "connection", "close");
}

static bool coding_in_1_0(const struct differ_case *c)
{
    return persistence(c) && c->plain->minor == 0 && c->plain->kind == HTTP_BODY_CHUNKED;
}

static bool proxy_connection(const struct differ_case *c)
{
    return persistence(c) && has_field(c, "Proxy-Connection", 0);
}

static bool upgrade(const struct differ_case *c)
{
    return c->peer->what == PEER_UPGRADE;
}

static const struct difference table[] = {
    /* we take, it refuses */
    {"method-unknown", unknown_method, "RFC9110-9.1", "takes the methods of a list only",
     "the set of methods is open: additional methods can be specified", RIGHT_OURS},
    {"target-narrow", narrow_target, "RFC9112-3.2", "has a narrower grammar for targets not of origin-form",
     "request-target = origin-form / absolute-form / authority-form / asterisk-form", RIGHT_OURS},
    {"length-unread", length_unread, "RFC9112-6.3",
     "judges Content-Length and Transfer-Encoding where they do not frame",
     "1xx, 204, 304 and answers to HEAD and CONNECT end with the head regardless of the fields", RIGHT_OURS},
    {"chunk-line-tab", chunk_line_blank, "RFC9112-7.1.1", "takes no tab in front of a chunk extension",
     "chunk-ext = *( BWS \";\" BWS chunk-ext-name ... ), and BWS holds tabs", RIGHT_OURS},
    {"longer-name", longer_name, "RFC9110-5.1", "takes Transfer-Encodings, say, for Transfer-Encoding",
     "a field name identifies: one that is longer is another", RIGHT_OURS},
    /* both take, and read it differently */
    {"body-by-status", no_body_by_status, "RFC9112-6.3", "reads a body behind 1xx, 204 and 304",
     "these are always terminated by the first empty line after the header fields", RIGHT_OURS},
    {"tab-behind-value", tab_behind_value, "RFC9110-5.6.3",
     "does not know a word of Content-Length, Transfer-Encoding, Connection that a tab follows", "OWS = *( SP / HTAB )",
     RIGHT_OURS},
    {"empty-members", empty_members, "RFC9110-5.6.1", "loses its way in a list with empty members",
     "a recipient MUST parse and ignore a reasonable number of empty list elements", RIGHT_OURS},
    {"connection-no-tokens", no_tokens, "RFC9110-7.6.1", "stops reading Connection at a member that is no token",
     "connection-option = token; what to make of other members is said nowhere", RIGHT_BOTH},
    {"connection-cut-option", cut_option, "RFC9110-7.6.1",
     "passes over the member of Connection behind one like kee or clos",
     "Connection = #connection-option: each member is one, whatever stands in front of it", RIGHT_OURS},
    {"trailer-read", trailer_read, "RFC9110-6.5.1", "lets trailers change framing and persistence",
     "trailer fields that frame or route are not to be merged into the header section", RIGHT_OURS},
    {"close-wins", close_and_keep_alive, "RFC9112-9.3", "lets keep-alive win over close in HTTP/1.0",
     "if the close connection option is present, the connection will not persist", RIGHT_OURS},
    {"coding-in-1.0", coding_in_1_0, "RFC9112-6.1", "keeps a connection behind a coded HTTP/1.0 message",
     "MUST treat the message as if the framing is faulty and close the connection", RIGHT_OURS},
    {"proxy-connection", proxy_connection, "RFC9112-C.2.2", "reads Proxy-Connection as Connection",
     "clients are encouraged not to send it: no recipient is told to read it", RIGHT_OURS},
    {"upgrade", upgrade, "RFC9110-7.8", "ends its work with the head of a request that asks for an upgrade",
     "a server MAY ignore a received Upgrade header field: then HTTP/1.1 goes on", RIGHT_BOTH},
    /* we refuse, it goes on */
    {"goes-on-line-end", NULL, "RFC9112-2.2", "takes LF for CR LF and any number of empty lines",
     "a recipient MAY recognize a single LF as a line terminator", RIGHT_BOTH},
    {"goes-on-version", NULL, "RFC9112-2.3", "takes a version that is not spelt HTTP/1.1",
     "HTTP-name is case-sensitive", RIGHT_OURS},
    {"goes-on-request-line", NULL, "RFC9112-3", "takes several spaces, and a request line without version",
     "request-line = method SP request-target SP HTTP-version", RIGHT_OURS},
    {"goes-on-host", NULL, "RFC9112-3.2", "does not look at Host",
     "MUST respond with 400 to a request that lacks Host, has two, or an invalid one", RIGHT_OURS},
    {"goes-on-origin-form", NULL, "RFC9112-3.2.1", "takes bytes in a path that none may hold",
     "origin-form = absolute-path [ \"?\" query ]", RIGHT_OURS},
    {"goes-on-absolute-form", NULL, "RFC9112-3.2.2", "takes an authority that is none", "absolute-form = absolute-URI",
     RIGHT_OURS},
    {"goes-on-authority-form", NULL, "RFC9112-3.2.3", "takes CONNECT to no port, or to one that cannot be",
     "authority-form = uri-host \":\" port", RIGHT_OURS},
    {"goes-on-asterisk", NULL, "RFC9112-3.2.4", "takes * for any method",
     "asterisk-form is only used for a server-wide OPTIONS request", RIGHT_OURS},
    {"goes-on-no-host", NULL, "RFC9110-4.2.1", "takes an http URI without host",
     "a recipient MUST reject an http URI with an empty host as invalid", RIGHT_OURS},
    {"goes-on-user", NULL, "RFC9110-4.2.4", "takes an http URI with a user",
     "ought to parse for userinfo and treat its presence as an error", RIGHT_BOTH},
    {"goes-on-status-line", NULL, "RFC9112-4", "takes a status line with other blanks and numbers",
     "status-line = HTTP-version SP status-code SP [ reason-phrase ]", RIGHT_BOTH},
    {"goes-on-status-range", NULL, "RFC9110-15", "takes any three digits",
     "a client SHOULD process an invalid status code as a 5xx", RIGHT_BOTH},
    {"goes-on-major", NULL, "RFC9110-15.6.6", "takes any major version",
     "505: does not support, or refuses to support, the major version", RIGHT_BOTH},
    {"goes-on-blank-colon", NULL, "RFC9112-5.1", "takes a space in front of the colon",
     "a server MUST reject whitespace between a field name and colon", RIGHT_OURS},
    {"goes-on-name", NULL, "RFC9110-5.1", "takes other bytes in a field name", "field-name = token", RIGHT_OURS},
    {"goes-on-fold", NULL, "RFC9112-5.2", "takes an obs-fold",
     "a server MUST either reject the message or replace each obs-fold with spaces", RIGHT_BOTH},
    {"goes-on-control", NULL, "RFC9110-5.5", "takes control bytes in values",
     "CR, LF and NUL MUST be rejected or replaced; other control bytes are invalid", RIGHT_BOTH},
    {"goes-on-coding", NULL, "RFC9112-6.1", "takes codings that it does not decode",
     "a server that receives a coding it does not understand SHOULD respond with 501", RIGHT_BOTH},
    {"goes-on-length", NULL, "RFC9112-6.3", "counts lengths up to 2^64; frames by a coding it does not know",
     "an invalid Content-Length is an unrecoverable error", RIGHT_BOTH},
    {"goes-on-chunk", NULL, "RFC9112-7.1", "takes what stands behind a chunk size",
     "chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF", RIGHT_OURS},
    {"goes-on-extension", NULL, "RFC9112-7.1.1", "does not look at chunk extensions",
     "chunk-ext = *( BWS \";\" BWS chunk-ext-name [ BWS \"=\" BWS chunk-ext-val ] )", RIGHT_OURS},
};

const struct difference *differ_table(size_t *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}

const struct difference *differ_row(const struct differ_case *c)
{
    const bool refuses = refused(c->ours);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        /* A body that we refuse it may frame differently, and never see what is wrong. */
        bool framed = !refuses || c->ours->has_body;
        if (table[i].is != NULL ? framed && table[i].is(c)
                                : refuses && strcmp(table[i].rule, refusal(c->ours)->rule) == 0)
            return &table[i];
    }
    return NULL;
}

enum peer_body differ_body(enum http_kind kind, enum http_method request)
{
    if (kind == HTTP_RESPONSE && request == HTTP_HEAD)
        return PEER_BODY_NONE;
    return kind == HTTP_RESPONSE && request == HTTP_CONNECT ? PEER_BODY_TUNNEL : PEER_BODY_AS_TOLD;
}

/* libFuzzer reads what stands in this section as counters of its own: an input that
 * meets a new row is kept. */
__attribute__((section("__libfuzzer_extra_counters"), used)) static uint8_t rows_met[FEEDBACK_ROWS];
_Static_assert(sizeof table / sizeof table[0] <= FEEDBACK_ROWS, "a counter for each row");

void differ_check(const struct read_message *ours, const struct plain_message *plain, const char *data, size_t len,
                  enum http_method request)
{
    if (!peer_is_here())
        return;
    const struct peer_reading peer =
        peer_read(ours->head.kind == HTTP_RESPONSE, data, len, differ_body(ours->head.kind, request));
    const struct differ_case c = {.ours = ours, .plain = plain, .peer = &peer, .data = data, .len = len};
    if (differ_agree(&c))
        return;
    const struct difference *row = differ_row(&c);
    if (row == NULL)
        fprintf(stderr, "http-parser: %d at %zu (%s), keep-alive %d; here: %s\n", (int)peer.what, peer.end,
                peer.what == PEER_REFUSED ? peer.error : "", peer.keep_alive,
                refused(ours) ? refusal(ours)->rule : "not refused");
    FUZZ_CHECK(row != NULL);
    rows_met[row - table]++;
}
