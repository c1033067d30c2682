/*
 * HTTP/1.x messages as RFC 9110 and RFC 9112 write them: head, framing, body. Pure: no sockets, no
 * allocation.
 *
 * A message is read in three steps, each of which can be cut anywhere by the network:
 *
 *     http_head_parse     start line and fields     "GET / HTTP/1.1\r\nHost: a\r\n\r\n"   -> where the head
 * ends http_framing        where does the body end?  RFC 9112, section 6.3                 -> none, N bytes,
 * chunked, close http_body_read      the body itself           "5\r\nhello\r\n0\r\n\r\n"             ->
 * pieces of data, trailers, end
 *
 * The caller keeps the bytes: a parser remembers offsets, never pointers, so that the buffer may move between
 * calls. Strict by default: what the RFCs forbid is refused, and where they leave the choice ("MUST either
 * reject or ...") it is refused too. Each leniency is a bit in `allow`; each use of one leaves a finding, so
 * that a lenient reader can still say all that is wrong with a message. A refusal and a finding carry the
 * rule ("RFC9112-5.1"), the offset and a sentence. However the bytes are cut, results, refusals and offsets
 * are the same.
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_H
#define SOCKSPEC_PROTOCOL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most fields that a head can hold here, whatever the options say: browsers send 15, proxies add a few. */
#define HTTP_FIELDS_MAX 128

/* Most findings that are kept; a message with more than these is bad enough. */
#define HTTP_FINDINGS_MAX 16

/* --- what was wrong --- */

/* A refusal or a finding. The strings are constants. */
struct http_note {
    const char *rule;     /* "RFC9112-5.1" */
    const char *sentence; /* for a person: what is wrong, one sentence without a full stop */
    uint64_t offset;      /* of the byte in question, from the start of what was parsed (head: message; body: body) */
    int status;           /* what a server answers: 400, 413, 414, 431, 501, 505 */
    bool limit;           /* a limit of ours was passed: nothing is wrong with the syntax */
};

struct http_findings {
    struct http_note items[HTTP_FINDINGS_MAX];
    size_t count; /* kept in `items` */
    size_t lost;  /* more that had no room */
};

/* What may pass with a finding in place of a refusal. The section is the one that allows or mentions it. */
enum http_allow {
    HTTP_ALLOW_BARE_LF = 1 << 0,         /* a line that ends in LF alone (RFC 9112, 2.2: MAY) */
    HTTP_ALLOW_BARE_CR = 1 << 1,         /* CR inside a line, read as a space (2.2) */
    HTTP_ALLOW_EMPTY_LINES = 1 << 2,     /* more empty lines before the start line than RFC 9112, 2.2 speaks of */
    HTTP_ALLOW_SPACES = 1 << 3,          /* runs of blanks in the start line, blanks at its ends (3, 4: MAY) */
    HTTP_ALLOW_SPACE_COLON = 1 << 4,     /* blanks between field name and colon (5.1: a server MUST refuse) */
    HTTP_ALLOW_OBS_FOLD = 1 << 5,        /* a field that goes on in the next line (5.2) */
    HTTP_ALLOW_NO_COLON = 1 << 6,        /* a field line without colon or with a bad name is skipped */
    HTTP_ALLOW_CONTROL = 1 << 7,         /* control bytes and NUL in values and reason (RFC 9110, 5.5) */
    HTTP_ALLOW_NO_REASON_SPACE = 1 << 8, /* "HTTP/1.1 200" without the space after it (4) */
    HTTP_ALLOW_STATUS_RANGE = 1 << 9,    /* a status of three digits outside 100..599 (RFC 9110, 15) */
    HTTP_ALLOW_TARGET = 1 << 10,         /* any visible bytes as request target (3.2) */
    HTTP_ALLOW_HOST = 1 << 11,           /* Host missing, doubled or invalid (3.2: a server MUST refuse) */
    HTTP_ALLOW_SAME_LENGTHS = 1 << 12,   /* Content-Length repeated with one and the same value (RFC 9110, 8.6) */
    HTTP_ALLOW_TE_AND_LENGTH = 1 << 13,  /* Transfer-Encoding wins over Content-Length, then close (6.1, 6.3) */
    HTTP_ALLOW_CODINGS = 1 << 14,        /* transfer codings other than chunked before it; the body stays encoded */
    HTTP_ALLOW_CHUNK_BLANKS = 1 << 15,   /* blanks after a chunk size that no extension follows (7.1) */
    HTTP_ALLOW_VERSION = 1 << 16,        /* "http/1.1", major versions other than 1 */
    HTTP_ALLOW_ALL = (1 << 17) - 1,
};

/* Limits in bytes, each with its line ends. Zero means the default named. */
struct http_options {
    unsigned allow;          /* enum http_allow */
    uint32_t line_max;       /* start line: 8,192 (RFC 9112, 3 recommends at least 8,000). Beyond: 414 */
    uint32_t head_max;       /* whole head: 65,536, at most 16 MiB. Beyond: 431 */
    uint32_t field_max;      /* one field line: 16,384. Beyond: 431 */
    uint32_t fields_max;     /* number of fields: 100, at most HTTP_FIELDS_MAX. Beyond: 431 */
    uint32_t chunk_line_max; /* a chunk-size line with its extensions: 4,096. Beyond: 400 */
    uint32_t trailer_max;    /* all trailers together: 16,384. Beyond: 431 */
    uint64_t body_max;       /* content of one message: no limit. Beyond: 413 */
};

/* --- the head --- */

enum http_kind { HTTP_REQUEST, HTTP_RESPONSE };

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_CONNECT,
    HTTP_OPTIONS,
    HTTP_TRACE, /* RFC 9110, 9.3 */
    HTTP_PATCH, /* RFC 5789 */
    HTTP_METHOD_OTHER,
};

/* The four forms of a request target (RFC 9112, 3.2.1 .. 3.2.4). */
enum http_form { HTTP_FORM_ORIGIN, HTTP_FORM_ABSOLUTE, HTTP_FORM_AUTHORITY, HTTP_FORM_ASTERISK, HTTP_FORM_OTHER };

/* Bytes of the caller's buffer, by offset from the start of the message. */
struct http_span {
    uint32_t at, len;
};

/* Fields that heads and framing have rules about, told by their names while these are read. */
enum http_field_id {
    HTTP_FIELD_OTHER,
    HTTP_FIELD_HOST,
    HTTP_FIELD_CONNECTION,
    HTTP_FIELD_CONTENT_LENGTH,
    HTTP_FIELD_TRANSFER_ENCODING,
    HTTP_FIELD_EXPECT,
};

/* A field line. An obs-fold that was allowed leaves its line ends in the value; blanks around the value are
 * cut off. */
struct http_field {
    struct http_span name, value;
    enum http_field_id id;
};

/* A head while and after it is parsed. Set up by http_head_init; read-only for the caller. */
struct http_head {
    enum http_kind kind;
    struct http_options options; /* defaults filled in */

    /* Found: valid once http_head_parse has returned a length; before that what has been read so far. */
    size_t length;           /* of the head with its empty line and any empty lines before it; 0 while incomplete */
    enum http_method method; /* requests */
    struct http_span method_text, target;
    enum http_form form;
    int major, minor; /* "HTTP/1.1": 1, 1 */
    int status;       /* responses: 100 .. 599 */
    struct http_span reason;
    struct http_field fields[HTTP_FIELDS_MAX]; /* those below field_count; the others are not set */
    size_t field_count;
    unsigned ids;   /* 1 << id of each field: what is not here need not be looked for */
    unsigned again; /* the same for ids that came more than once */
    size_t host;    /* index of the first Host, where there is one */
    struct http_findings
        findings;           /* leniencies used; http_framing and http_body_read add theirs to lists of their own */
    struct http_note error; /* once http_head_parse has returned -1 */

    /* How far the parser is. */
    enum { HTTP_AT_START, HTTP_AT_FIELDS, HTTP_AT_END, HTTP_AT_ERROR } state;
    size_t line;    /* where the line begins that is not complete yet */
    size_t most;    /* bytes that this line may have */
    size_t scanned; /* no LF in data[line .. scanned) */
    size_t empty_lines;
    uint8_t after_skipped; /* the last field line was skipped: a fold belongs to it */
};

/* Sets up an empty head. `options` may be NULL: strict, default limits. */
void http_head_init(struct http_head *h, enum http_kind kind, const struct http_options *options);

/*
 * Parses the head that begins at data[0]. Call it again with the same bytes and more behind them until it has
 * an answer; all calls together look at each byte a constant number of times. Returns the length of the
 * complete head (> 0), 0 when more bytes are needed, -1 when it is refused (h->error).
 */
long http_head_parse(struct http_head *h, const char *data, size_t len);

/*
 * The path of a request's target as it was written, without the query. Empty where an absolute-form has none:
 * for http that is the path "/" (RFC 9110, 4.2.3), as in http://example.org?q. Of the other forms the whole
 * target.
 */
struct http_span http_target_path(const struct http_head *h, const char *data);

/* Whether the target is a URI of another scheme than http: not what a server without TLS can answer for, so
 * it says 421 (RFC 9110, 7.4, 15.5.20). */
bool http_target_foreign(const struct http_head *h, const char *data);

/* The text of a span. `data` is what was parsed. Not NUL-terminated. */
static inline const char *http_text(const char *data, struct http_span s)
{
    return data + s.at;
}

/* Whether a span is this C string: exactly (methods are case-sensitive), or case-blind (names, tokens). */
bool http_span_is(const char *data, struct http_span s, const char *text);
bool http_span_is_nocase(const char *data, struct http_span s, const char *text);

/* The first field of this name (case-blind) at or after index `from`, or NULL. Index of a field: f -
 * h->fields. */
const struct http_field *http_field_find(const struct http_head *h, const char *data, const char *name, size_t from);

/* Whether a comma-separated field (all its lines) holds this token, case-blind: Connection: keep-alive,
 * close. */
bool http_field_has_token(const struct http_head *h, const char *data, const char *name, const char *token);

/* --- framing: RFC 9112, section 6.3 --- */

enum http_body_kind {
    HTTP_BODY_NONE,        /* ends with the head: no Content-Length, HEAD, 1xx, 204, 304 */
    HTTP_BODY_LENGTH,      /* `length` bytes, which may be 0 */
    HTTP_BODY_CHUNKED,     /* until the last chunk and its trailers */
    HTTP_BODY_UNTIL_CLOSE, /* responses only */
    HTTP_BODY_TUNNEL,      /* 2xx to CONNECT: no longer HTTP */
};

struct http_framing {
    enum http_body_kind kind;
    uint64_t length;      /* HTTP_BODY_LENGTH */
    bool has_length;      /* a valid Content-Length stood there, whether it frames (also for HEAD and 304) */
    uint64_t told_length; /* its value */
    bool keep_alive;      /* RFC 9112, 9.3: the connection may carry another message after this one */
    bool expect_continue; /* requests: 100-continue is awaited (RFC 9110, 10.1.1) */
    bool interim;         /* responses: 1xx except 101, a final one follows */
    bool still_coded;     /* codings other than chunked remain on the body (HTTP_ALLOW_CODINGS) */
    struct http_findings findings;
    struct http_note error; /* once http_framing_decide has returned -1; offset from the start of the message */
};

/*
 * Decides where the body of a complete head ends. `request` is the method that a response answers (ignored
 * for requests). Options (allow, body_max) are the head's. Returns 0, or -1 when the framing is refused
 * (f->error).
 */
int http_framing_decide(struct http_framing *f, const struct http_head *h, const char *data, enum http_method request);

/* --- the body
 * ---------------------------------------------------------------------------------------------------------
 */

enum http_body_event {
    HTTP_EVENT_ERROR = -1,  /* refused: b->error */
    HTTP_EVENT_MORE = 0,    /* more bytes are needed: keep those not consumed and come back with more behind them */
    HTTP_EVENT_DATA = 1,    /* content: part->data, part->len (> 0) */
    HTTP_EVENT_TRAILER = 2, /* a trailer field: part->name, part->value, part->value_len */
    HTTP_EVENT_END = 3,     /* the body is complete; bytes behind it belong to the next message */
};

/* Points into the bytes given to the same call. */
struct http_part {
    const char *data;
    size_t len;
    const char *name, *value; /* trailers; not NUL-terminated */
    size_t name_len, value_len;
};

/* A body while it is read. Set up by http_body_init; read-only for the caller. */
struct http_body {
    enum http_body_kind kind;
    struct http_options options;
    enum {
        HTTP_IN_LENGTH,
        HTTP_IN_CLOSE,
        HTTP_IN_CHUNK_LINE,
        HTTP_IN_CHUNK,
        HTTP_IN_CHUNK_CR,
        HTTP_IN_CHUNK_LF,
        HTTP_IN_TRAILERS,
        HTTP_IN_END,
        HTTP_IN_ERROR
    } state;
    uint64_t left;     /* of the length or of the chunk */
    uint64_t content;  /* bytes of content so far */
    uint64_t consumed; /* bytes of the message so far: with chunk lines and trailers */
    size_t scanned;    /* of an incomplete line */
    uint64_t trailer;  /* bytes of trailers so far */
    uint64_t chunks;   /* chunks begun, the last (empty) one included */
    struct http_findings findings;
    struct http_note error;
};

/* Sets up the reading of a body. `options` may be NULL: strict, default limits. */
void http_body_init(struct http_body *b, const struct http_framing *f, const struct http_options *options);

/*
 * Reads on: `data` begins where the last call's *used ended. One event a call; *used is set to the bytes it
 * took (they are done with once the event has been handled). Call until MORE, END or ERROR. A body of no
 * bytes gives END at once, with len 0 too. Content is handed out as it comes, lines (chunk sizes, trailers)
 * when they are complete.
 */
enum http_body_event http_body_read(struct http_body *b, const char *data, size_t len, size_t *used,
                                    struct http_part *part);

/*
 * The peer has closed and all bytes were given to http_body_read. Returns HTTP_EVENT_END when the body was
 * complete or ends so (until close), HTTP_EVENT_ERROR when it was cut short (RFC 9112, 8).
 */
enum http_body_event http_body_eof(struct http_body *b);

/* --- words
 * --------------------------------------------------------------------------------------------------------------
 */

/* The method of these bytes (case-sensitive), HTTP_METHOD_OTHER for any other token. */
enum http_method http_method_of(const char *text, size_t len);

/* "GET", ...; "" for HTTP_METHOD_OTHER. */
const char *http_method_name(enum http_method m);

/* The reason phrase of RFC 9110, section 15: "Not Found"; "" for codes not listed there. */
const char *http_reason(int status);

#endif
