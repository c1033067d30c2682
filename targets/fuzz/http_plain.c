#include "fuzz/http_plain.h"

#include "fuzz/http_grammar.h"
#include "fuzz/plain_text.h"

enum problem {
    MAJOR_VERSION,
    TARGET_NOT_OF_METHOD,
    CONNECT_TARGET,
    CONNECT_NO_HOST,
    ASTERISK,
    WEB_TARGET,
    WEB_NO_HOST,
    WEB_USER,
    NO_HOST,
    TWO_HOSTS,
    BAD_HOST,
    STATUS_RANGE,
    LENGTH_INVALID,
    LENGTHS_DIFFER,
    LENGTH_REPEATED,
    LENGTH_HUGE,
    LENGTH_AND_CODING,
    CODING_INVALID,
    CODING_EMPTY,
    CODING_UNKNOWN,
    CHUNKED_TWICE,
    CHUNKED_NOT_LAST,
    CHUNKED_PARAMETER,
    PROBLEMS
};

/* The rows with `true` are the refusals by choice, each with the sentence that leaves it to us. */
static const struct plain_problem problems[] = {
    [MAJOR_VERSION] = {"RFC9110-15.6.6", true, "a server may refuse to support a major version"},
    [TARGET_NOT_OF_METHOD] = {NULL, false, "authority-form is only used for CONNECT"},
    [CONNECT_TARGET] = {"RFC9112-3.2.3", false, "CONNECT: host and port, and a port that can be (9110, 9.3.6)"},
    [CONNECT_NO_HOST] = {"RFC9112-3.2.3", true, "a tunnel to a host without name: the grammar would let it be"},
    [ASTERISK] = {"RFC9112-3.2.4", false, "asterisk-form is only used for OPTIONS"},
    [WEB_TARGET] = {"RFC9112-3.2.2", false, "http and https have an authority (9110, 4.2.1 and 4.2.2)"},
    [WEB_NO_HOST] = {"RFC9110-4.2.1", false, "an http URI with an empty host MUST be rejected as invalid"},
    [WEB_USER] = {"RFC9110-4.2.4", true, "userinfo: its presence SHOULD be treated as an error"},
    [NO_HOST] = {"RFC9112-3.2", false, "an HTTP/1.1 request without Host: MUST 400"},
    [TWO_HOSTS] = {"RFC9112-3.2", false, "more than one Host: MUST 400"},
    [BAD_HOST] = {"RFC9112-3.2", false, "an invalid Host: MUST 400"},
    [STATUS_RANGE] = {"RFC9110-15", true, "a status outside 100..599 is invalid; SHOULD be read as a 5xx"},
    [LENGTH_INVALID] = {"RFC9112-6.3", false, "an invalid Content-Length is an unrecoverable error"},
    [LENGTHS_DIFFER] = {"RFC9112-6.3", false, "a list of lengths that are not all the same"},
    [LENGTH_REPEATED] = {"RFC9110-8.6", true, "a repeated length: MAY be rejected or taken once"},
    [LENGTH_HUGE] = {"RFC9112-6.3", true, "no upper limit is set; we count to 2^63 - 1"},
    [LENGTH_AND_CODING] = {"RFC9112-6.3", true, "both fields: MAY be rejected, ought to be handled as an error"},
    [CODING_INVALID] = {"RFC9112-6.1", false, "Transfer-Encoding is no list of transfer codings"},
    [CODING_EMPTY] = {"RFC9112-6.1", true, "Transfer-Encoding without any coding frames nothing"},
    [CODING_UNKNOWN] = {"RFC9112-6.1", true, "a coding that is not understood: SHOULD 501"},
    [CHUNKED_TWICE] = {"RFC9112-6.1", false, "chunked MUST NOT be applied more than once"},
    [CHUNKED_NOT_LAST] = {NULL, false, "a request whose final coding is not chunked: MUST 400"},
    [CHUNKED_PARAMETER] = {"RFC9112-6.1", true, "parameters of chunked SHOULD be treated as an error (7.1)"},
};

const struct plain_problem *plain_problem_at(size_t number)
{
    return number < PROBLEMS ? &problems[number] : NULL;
}

static void found(struct plain_problems *list, enum problem p)
{
    if (list->count++ == 0)
        list->first = &problems[p];
}

static bool is_of(enum grammar_start start, struct text t)
{
    return abnf_is(grammar_of(start), t.data, t.len);
}

/* --- start lines --- */

static void check_connect(struct plain_message *p, struct text target)
{
    if (!is_of(GRAMMAR_AUTHORITY_FORM, target)) {
        found(&p->head_problems, CONNECT_TARGET);
        return;
    }
    size_t colon = target.len;
    while (target.data[colon - 1] != ':')
        colon--;
    uint64_t port;
    bool counts = number((struct text){target.data + colon, target.len - colon}, 10, &port);
    if (!counts || port == 0 || port > 65535) /* none at all is 0 too */
        found(&p->head_problems, CONNECT_TARGET);
    if (colon == 1)
        found(&p->head_problems, CONNECT_NO_HOST);
}

static void check_absolute(struct plain_message *p, struct text target)
{
    struct text rest = target, scheme = cut(&rest, ':');
    if (!is_word(scheme, "http") && !is_word(scheme, "https"))
        return;
    if (!is_of(GRAMMAR_WEB_URI, target)) {
        found(&p->head_problems, WEB_TARGET);
        return;
    }
    rest.data += 2;
    rest.len -= 2;
    rest = cut(&rest, '?');
    struct text host = cut(&rest, '/');
    if (memchr(host.data, '@', host.len) != NULL) {
        found(&p->head_problems, WEB_USER);
        cut(&host, '@');
    }
    if (host.len == 0 || host.data[0] == ':')
        found(&p->head_problems, WEB_NO_HOST);
}

/* request-line = method SP request-target SP HTTP-version, which it is. */
static void check_request_line(struct plain_message *p, struct text line)
{
    struct text method = cut(&line, ' '), target = cut(&line, ' ');
    if (line.data[5] != '1')
        found(&p->head_problems, MAJOR_VERSION);
    p->minor = line.data[7] - '0';
    if (is_exactly(method, "CONNECT"))
        check_connect(p, target);
    else if (is_of(GRAMMAR_ASTERISK_FORM, target) && !is_exactly(method, "OPTIONS"))
        found(&p->head_problems, ASTERISK);
    else if (is_of(GRAMMAR_ABSOLUTE_FORM, target))
        check_absolute(p, target);
    else if (!is_of(GRAMMAR_ORIGIN_FORM, target) && !is_of(GRAMMAR_ASTERISK_FORM, target))
        found(&p->head_problems, TARGET_NOT_OF_METHOD);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ], which it is. */
static void check_status_line(struct plain_message *p, struct text line)
{
    if (line.data[5] != '1')
        found(&p->head_problems, MAJOR_VERSION);
    p->minor = line.data[7] - '0';
    uint64_t status;
    number((struct text){line.data + 9, 3}, 10, &status);
    p->status = (int)status;
    if (p->status < 100 || p->status > 599)
        found(&p->head_problems, STATUS_RANGE);
}

/* --- fields --- */

/* What the fields that matter say, all lines of a name together. */
struct fields {
    size_t hosts, bad_hosts;
    size_t lengths;      /* members of Content-Length */
    bool length_invalid; /* one is no number */
    bool length_huge, lengths_differ;
    uint64_t length;
    bool coding; /* Transfer-Encoding is there */
    bool coding_invalid, chunked_parameter, chunked_last;
    size_t codings, chunked;
    bool close, keep_alive, expect_continue;
};

static void take_length(struct fields *f, struct text value)
{
    struct text one;
    while (next_member(&value, &one)) {
        uint64_t length = 0;
        if (!is_of(GRAMMAR_CONTENT_LENGTH, one))
            f->length_invalid = true;
        else if (!number(one, 10, &length))
            f->length_huge = true;
        if (f->lengths++ == 0)
            f->length = length;
        f->lengths_differ |= length != f->length;
    }
}

static void take_coding(struct fields *f, struct text value)
{
    struct text one;
    f->coding = true;
    f->coding_invalid |= !is_of(GRAMMAR_TRANSFER_ENCODING, value);
    while (next_member(&value, &one)) {
        if (one.len == 0)
            continue;
        struct text parameters = one, name = trimmed(cut(&parameters, ';'));
        f->codings++;
        f->chunked_last = is_word(name, "chunked");
        f->chunked += f->chunked_last;
        f->chunked_parameter |= f->chunked_last && name.len < one.len;
    }
}

static bool has_member(struct text value, const char *word)
{
    while (value.len > 0) {
        if (is_word(trimmed(cut(&value, ',')), word))
            return true;
    }
    return false;
}

static void take_field(struct fields *f, struct text line)
{
    struct text name = cut(&line, ':'), value = trimmed(line);
    if (is_word(name, "Host")) {
        f->hosts++;
        f->bad_hosts += !is_of(GRAMMAR_HOST, value);
    } else if (is_word(name, "Content-Length")) {
        take_length(f, value);
    } else if (is_word(name, "Transfer-Encoding")) {
        take_coding(f, value);
    } else if (is_word(name, "Connection")) {
        f->close |= has_member(value, "close");
        f->keep_alive |= has_member(value, "keep-alive");
    } else if (is_word(name, "Expect")) {
        f->expect_continue |= has_member(value, "100-continue");
    }
}

static void check_hosts(struct plain_message *p, const struct fields *f)
{
    if (f->hosts == 0 && p->minor > 0)
        found(&p->head_problems, NO_HOST);
    if (f->hosts > 1)
        found(&p->head_problems, TWO_HOSTS);
    if (f->bad_hosts > 0)
        found(&p->head_problems, BAD_HOST);
}

/* --- framing: RFC 9112, 6.3, in its order --- */

static void frame_by_coding(struct plain_message *p, enum http_kind kind, const struct fields *f)
{
    struct plain_problems *list = &p->framing_problems;
    if (f->lengths > 0)
        found(list, LENGTH_AND_CODING);
    if (f->coding_invalid)
        found(list, CODING_INVALID);
    if (f->codings == 0)
        found(list, CODING_EMPTY);
    if (f->codings > f->chunked)
        found(list, CODING_UNKNOWN);
    if (f->chunked > 1)
        found(list, CHUNKED_TWICE);
    if (f->chunked_parameter)
        found(list, CHUNKED_PARAMETER);
    if (kind == HTTP_REQUEST && f->codings > 0 && !f->chunked_last)
        found(list, CHUNKED_NOT_LAST);
    p->kind = HTTP_BODY_CHUNKED;
    if (p->minor == 0) /* "MUST treat the message as if the framing is faulty" and close (6.1) */
        p->keep_alive = false;
}

static void frame_by_length(struct plain_message *p, const struct fields *f)
{
    struct plain_problems *list = &p->framing_problems;
    if (f->length_invalid)
        found(list, LENGTH_INVALID);
    if (f->lengths_differ)
        found(list, LENGTHS_DIFFER);
    if (f->length_huge)
        found(list, LENGTH_HUGE);
    if (f->lengths > 1)
        found(list, LENGTH_REPEATED);
    p->kind = HTTP_BODY_LENGTH;
    p->body_length = f->length;
}

/* Responses that end with their head (6.3, 1 and 2); false: their fields decide. */
static bool frame_by_status(struct plain_message *p, enum http_method request)
{
    bool tunnel = request == HTTP_CONNECT && p->status >= 200 && p->status <= 299;
    p->interim = p->status <= 199 && p->status != 101;
    if (!tunnel && request != HTTP_HEAD && p->status >= 200 && p->status != 204 && p->status != 304)
        return false;
    p->kind = tunnel ? HTTP_BODY_TUNNEL : HTTP_BODY_NONE;
    return true;
}

static void frame(struct plain_message *p, enum http_kind kind, enum http_method request, const struct fields *f)
{
    /* RFC 9112, 9.3: "close" ends it; HTTP/1.1 and later persists; HTTP/1.0 with "keep-alive" does */
    p->keep_alive = !f->close && (p->minor >= 1 || f->keep_alive);
    p->has_length = f->lengths > 0 && !f->length_invalid && !f->length_huge && !f->lengths_differ;
    p->told_length = p->has_length ? f->length : 0;
    if (kind == HTTP_RESPONSE && frame_by_status(p, request))
        return;
    if (f->coding) {
        frame_by_coding(p, kind, f);
    } else if (f->lengths > 0) {
        frame_by_length(p, f);
    } else {
        p->kind = kind == HTTP_REQUEST ? HTTP_BODY_NONE : HTTP_BODY_UNTIL_CLOSE;
        p->keep_alive &= kind == HTTP_REQUEST;
    }
    /* RFC 9110, 10.1.1: in HTTP/1.0 it is ignored; without content nothing waits for it */
    p->expect_continue = kind == HTTP_REQUEST && p->minor >= 1 && f->expect_continue &&
                         (p->kind == HTTP_BODY_CHUNKED || p->body_length > 0);
}

static void take_body(struct plain_message *p, const char *data, size_t len)
{
    struct plain_body *b = &p->body;
    *b = (struct plain_body){.answer = PLAIN_RIGHT, .digest = FUZZ_DIGEST, .content_digest = FUZZ_DIGEST};
    if (p->kind == HTTP_BODY_CHUNKED) {
        plain_chunked(b, data, len);
    } else if (p->kind != HTTP_BODY_NONE) {
        bool counted = p->kind == HTTP_BODY_LENGTH;
        b->length = counted && p->body_length < len ? (size_t)p->body_length : len;
        b->content = b->length;
        b->content_digest = b->digest = fuzz_digest(b->digest, data, b->length);
        if (!counted || b->content < p->body_length)
            b->answer = PLAIN_SHORT;
    }
}

void plain_read(struct plain_message *p, enum http_kind kind, const char *data, size_t len, enum http_method request)
{
    bool asks = kind == HTTP_REQUEST;
    struct abnf *grammar = grammar_of(asks ? GRAMMAR_REQUEST_HEAD : GRAMMAR_RESPONSE_HEAD);
    memset(p, 0, sizeof *p);
    enum abnf_found found = abnf_begins(grammar, data, len, &p->wrong_at);
    if (found == ABNF_NONE)
        return;
    p->head = found == ABNF_WHOLE ? PLAIN_RIGHT : PLAIN_SHORT;
    struct text lines = {data, found == ABNF_WHOLE ? p->wrong_at : len};
    if (asks && lines.len >= 2 && data[0] == '\r')
        cut(&lines, '\n');
    if (lines.len == 0 || memchr(lines.data, '\n', lines.len) == NULL)
        return;
    struct text line = cut(&lines, '\n');
    line.len--; /* its CR */
    if (asks)
        check_request_line(p, line);
    else
        check_status_line(p, line);
    if (p->head == PLAIN_SHORT)
        return;
    p->length = p->wrong_at;
    struct fields f = {0};
    while (lines.len > 2) {
        line = cut(&lines, '\n');
        line.len--;
        take_field(&f, line);
    }
    if (asks)
        check_hosts(p, &f);
    frame(p, kind, request, &f);
    if (p->head_problems.count == 0 && p->framing_problems.count == 0)
        take_body(p, data + p->length, len - p->length);
}
