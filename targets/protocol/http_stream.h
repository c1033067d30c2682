/*
 * A connection's worth of HTTP/1.x messages, one behind the other (RFC 9112, 9.3.2): head, framing and body
 * readers put together, event by event.
 *
 *     HEAD  DATA DATA ... TRAILER ...  END   HEAD ...  END   OVER
 *     '------------ a message -----------'
 *
 * The caller keeps the bytes, as with the readers it is made of (http.h), and gives on from where the last
 * call's *used ended. Offsets in notes are turned into offsets from the start of the stream. However the
 * bytes are cut, events, refusals and offsets are the same, except that content comes in other pieces.
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_STREAM_H
#define SOCKSPEC_PROTOCOL_HTTP_STREAM_H

#include "protocol/http.h"

enum http_stream_event {
    HTTP_STREAM_ERROR =
        -1, /* refused: s->error. Nothing can be read any more: where the next message begins is unknown */
    HTTP_STREAM_MORE = 0,    /* more bytes are needed: keep those not used and come back with more behind them */
    HTTP_STREAM_HEAD = 1,    /* a head: s->head, s->framing; its text is the *used bytes of this call */
    HTTP_STREAM_DATA = 2,    /* content: part->data, part->len (> 0); also what goes through a tunnel */
    HTTP_STREAM_TRAILER = 3, /* a trailer field: part->name, part->value */
    HTTP_STREAM_END = 4,     /* a message is complete */
    HTTP_STREAM_OVER = 5,    /* no further message on this connection, whatever follows: s->over */
};

/* Why a stream carries no further message. */
enum http_over {
    HTTP_NOT_OVER,
    HTTP_OVER_CLOSE,   /* the last message said so: Connection: close, or HTTP/1.0 without keep-alive (RFC
                          9112, 9.3) */
    HTTP_OVER_UPGRADE, /* 101: the rest belongs to another protocol (RFC 9110, 7.8) */
    HTTP_OVER_CONNECT, /* a CONNECT request: what follows depends on its answer (RFC 9110, 9.3.6) */
    HTTP_OVER_EOF,     /* the peer has closed */
};

/* A stream while it is read. Set up by http_stream_init; read-only for the caller. */
struct http_stream {
    enum http_kind kind;
    struct http_options options;
    const enum http_method *methods; /* borrowed */
    size_t method_count;
    enum { HTTP_STREAM_IN_HEAD, HTTP_STREAM_IN_BODY, HTTP_STREAM_AT_END, HTTP_STREAM_FAILED } state;
    enum http_over over;
    struct http_head head;       /* of the message being read, from HTTP_STREAM_HEAD until HTTP_STREAM_END */
    struct http_framing framing; /* the same */
    struct http_body body;       /* of the message being read or, after HTTP_STREAM_END, read last */
    uint64_t offset;             /* bytes used so far */
    uint64_t message_at;         /* where the message begins: add it to offsets in head.findings and framing.findings */
    uint64_t body_at;            /* where its body begins: add it to offsets in body.findings */
    uint64_t messages;           /* complete ones, interim responses too */
    bool final_awaited;          /* the last message was an interim response */
    uint64_t finals;             /* complete final responses */
    struct http_note error;      /* offset from the start of the stream */
};

/*
 * Sets up a stream of requests or of responses. methods[i] is what the i-th final response answers; the last
 * one holds for all that come after it, none means GET. `options` may be NULL: strict, default limits.
 */
void http_stream_init(struct http_stream *s, enum http_kind kind, const struct http_options *options,
                      const enum http_method *methods, size_t method_count);

/* Reads on: one event a call, *used bytes are done with once it has been handled. Call until MORE, ERROR or
 * OVER. */
enum http_stream_event http_stream_read(struct http_stream *s, const char *data, size_t len, size_t *used,
                                        struct http_part *part);

/*
 * The peer has closed; data[0 .. len) are the bytes that http_stream_read did not use. END: a body that lasts
 * until close is complete now (call again); OVER: nothing is missing; ERROR: a message was cut short (RFC
 * 9112, 8), s->error.
 */
enum http_stream_event http_stream_eof(struct http_stream *s, const char *data, size_t len);

/* The method that the response being read answers. */
enum http_method http_stream_method(const struct http_stream *s);

#endif
