/* Chunks that are read wrongly. */
#include "flawed/message_flaws.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define FAREWELL_MS 50

/* Most chunks that "few-chunks" reads, and the digits that "plain-sizes-only" knows. */
#define FEW_CHUNKS  1000
#define SIZE_DIGITS 8

static enum http_body_event right(struct http_conn *c, const char *data, size_t len, size_t *used,
                                  struct http_part *part)
{
    return http_body_read(&c->reader, data, len, used, part);
}

static enum http_body_event refused(struct http_conn *c, size_t *used)
{
    *used = 0;
    c->reader.error = (struct http_note){.rule = "", .sentence = "", .status = 400};
    c->reader.state = HTTP_IN_ERROR;
    return HTTP_EVENT_ERROR;
}

/* The length of a complete line that lies at data, with its CR LF; 0 when there is none. */
static size_t whole_line(const char *data, size_t len)
{
    const char *end = len > 0 ? memmem(data, len, "\r\n", 2) : NULL;
    return end == NULL ? 0 : (size_t)(end - data) + 2;
}

static bool at_line(const struct http_conn *c)
{
    return c->reader.state == HTTP_IN_CHUNK_LINE;
}

/* Begins a chunk of this size, whose line has `line` bytes, and reads on. */
static enum http_body_event chunk(struct http_conn *c, uint64_t size, size_t line, const char *data, size_t len,
                                  size_t *used, struct http_part *part)
{
    size_t more = 0;
    c->reader.left = size;
    c->reader.state = size > 0 ? HTTP_IN_CHUNK : HTTP_IN_TRAILERS;
    enum http_body_event e = right(c, data + line, len - line, &more, part);
    *used = line + more;
    return e;
}

/* Reads the CR LF behind the data of a chunk, so that `line` sees each chunk line at its start. */
static enum http_body_event by_lines(struct http_conn *c, const char *data, size_t len, size_t *used,
                                     struct http_part *part,
                                     enum http_body_event (*line)(struct http_conn *c, const char *data, size_t len,
                                                                  size_t *used, struct http_part *part))
{
    size_t skip = 0, one = 1;
    while (skip < len && one > 0 && (c->reader.state == HTTP_IN_CHUNK_CR || c->reader.state == HTTP_IN_CHUNK_LF)) {
        if (right(c, data + skip, 1, &one, part) == HTTP_EVENT_ERROR)
            break;
        skip += one;
    }
    enum http_body_event e = (at_line(c) ? line : right)(c, data + skip, len - skip, used, part);
    *used += skip;
    return e;
}

/* A flaw that lies in how a chunk line is read. */
#define LINE_FLAW(name)                                                                                                \
    static enum http_body_event name##_line(struct http_conn *c, const char *data, size_t len, size_t *used,           \
                                            struct http_part *part);                                                   \
    READ_FLAW(name)                                                                                                    \
    {                                                                                                                  \
        return by_lines(c, data, len, used, part, name##_line);                                                        \
    }                                                                                                                  \
    static enum http_body_event name##_line(struct http_conn *c, const char *data, size_t len, size_t *used,           \
                                            struct http_part *part)

/* Small letters, and no more digits than fit into an int. */
LINE_FLAW(plain_sizes_only)
{
    size_t line = whole_line(data, len), digits = 0;
    while (line > 0 && isxdigit((unsigned char)data[digits]))
        digits++;
    for (size_t i = 0; i < digits; i++) {
        if (isupper((unsigned char)data[i]))
            return refused(c, used);
    }
    return digits > SIZE_DIGITS ? refused(c, used) : right(c, data, len, used, part);
}

/* Digits into 64 bits, or 32, without a look at the overflow. */
LINE_FLAW(sizes_wrap)
{
    size_t line = whole_line(data, len), i = 0;
    uint64_t size = 0;
    for (; line > 0 && isxdigit((unsigned char)data[i]); i++)
        size = size << 4 | (uint64_t)(isdigit((unsigned char)data[i]) ? data[i] - '0' : (data[i] | 32) - 'a' + 10);
    if (i > SIZE_DIGITS && i + 2 == line)
        return chunk(c, (uint32_t)size, line, data, len, used, part);
    return right(c, data, len, used, part);
}

/* strtoul() knows signs, blanks and 0x, and stops where it likes. */
LINE_FLAW(sizes_by_strtoul)
{
    size_t line = whole_line(data, len);
    if (line == 0 || memchr(data, ';', line) != NULL ||
        (isxdigit((unsigned char)data[0]) && strspn(data, "0123456789abcdefABCDEF") + 2 == line))
        return right(c, data, len, used, part);
    uint64_t size = strtoull(data, NULL, 16); /* the line's end stops it */
    return chunk(c, size > len ? 0 : size, line, data, len, used, part);
}

/* Skips two bytes behind the data, whatever they are. */
READ_FLAW(two_bytes_behind_data)
{
    struct http_body *b = &c->reader;
    if (b->state == HTTP_IN_CHUNK_CR && len >= 2 && memcmp(data, "\r\n", 2) != 0) {
        size_t more = 0;
        b->state = HTTP_IN_CHUNK_LINE;
        enum http_body_event e = right(c, data + 2, len - 2, &more, part);
        *used = 2 + more;
        return e;
    }
    return right(c, data, len, used, part);
}

/* Wants the line to end behind the size. */
LINE_FLAW(no_extensions)
{
    size_t line = whole_line(data, len);
    return line > 0 && memchr(data, ';', line) != NULL ? refused(c, used) : right(c, data, len, used, part);
}

READ_FLAW(extensions_without_end)
{
    c->reader.options.chunk_line_max = 1u << 24;
    return right(c, data, len, used, part);
}

/* The body ends with the last size: what follows is the next request. */
LINE_FLAW(no_trailers)
{
    if (len >= 3 && memcmp(data, "0\r\n", 3) == 0) {
        c->reader.state = HTTP_IN_END;
        *used = len >= 5 && memcmp(data + 3, "\r\n", 2) == 0 ? 5 : 3;
        return HTTP_EVENT_END;
    }
    return right(c, data, len, used, part);
}

READ_FLAW(few_chunks)
{
    if (c->reader.chunks >= FEW_CHUNKS) {
        *used = 0;
        c->reader.state = HTTP_IN_END;
        return HTTP_EVENT_END;
    }
    return right(c, data, len, used, part);
}

/* A line that one recv() has cut ends the body: its rest is the next request. */
LINE_FLAW(lines_in_one_piece)
{
    if (len == 0 || whole_line(data, len) > 0)
        return right(c, data, len, used, part);
    *used = 0;
    c->reader.state = HTTP_IN_END;
    return HTTP_EVENT_END;
}

/* Takes the end of the stream for the last chunk. */
READ_FLAW(end_ends_the_chunks)
{
    struct pollfd p = {.fd = c->base.fd, .events = POLLRDHUP};
    enum http_body_event e = right(c, data, len, used, part);
    if (e != HTTP_EVENT_MORE || c->reader.kind != HTTP_BODY_CHUNKED || poll(&p, 1, FAREWELL_MS) <= 0 ||
        (p.revents & POLLRDHUP) == 0)
        return e;
    c->reader.state = HTTP_IN_END;
    return HTTP_EVENT_END;
}

/* Takes the end of the stream for the end of the content. */
READ_FLAW(end_ends_the_content)
{
    enum http_body_event e = right(c, data, len, used, part);
    if (e != HTTP_EVENT_MORE || c->reader.kind != HTTP_BODY_LENGTH || !c->eof)
        return e;
    c->reader.state = HTTP_IN_END;
    return HTTP_EVENT_END;
}
