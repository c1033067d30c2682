/* Chunked bodies, read plainly: RFC 9112, 7.1. */
#include "fuzz/http_grammar.h"
#include "fuzz/http_plain.h"
#include "fuzz/plain_text.h"

static void take_trailers(struct plain_body *b, struct text lines)
{
    while (lines.len > 2) {
        struct text line = cut(&lines, '\n');
        line.len--; /* its CR */
        struct text name = cut(&line, ':'), value = trimmed(line);
        b->digest = fuzz_digest(fuzz_digest(b->digest, name.data, name.len), ":", 1);
        b->digest = fuzz_digest(fuzz_digest(b->digest, value.data, value.len), "\n", 1);
        b->trailers++;
    }
}

/* Whether data[at .. len) begins as the rule says; b->length is moved behind it, else the answer is set. */
static bool take_lines(struct plain_body *b, enum grammar_start rule, const char *data, size_t len)
{
    size_t end;
    enum abnf_found found = abnf_begins(grammar_of(rule), data + b->length, len - b->length, &end);
    b->answer = found == ABNF_NONE ? PLAIN_WRONG : PLAIN_SHORT;
    b->wrong_at = b->length + end;
    const char *lf = len == b->length ? NULL : memchr(data + b->length, '\n', len - b->length);
    size_t line = lf == NULL ? len - b->length : (size_t)(lf - data) + 1 - b->length;
    if (rule == GRAMMAR_TRAILERS)
        b->trailer_bytes = found == ABNF_WHOLE ? end : len - b->length;
    else if (line > b->longest_line)
        b->longest_line = line;
    if (found == ABNF_WHOLE)
        b->length += end;
    return found == ABNF_WHOLE;
}

/* chunk-data CRLF; false when it is not all there, or no chunk-data. */
static bool take_chunk(struct plain_body *b, uint64_t size, const char *data, size_t len)
{
    uint64_t left = len - b->length;
    if (left <= size)
        return false;
    b->digest = fuzz_digest(b->digest, data + b->length, (size_t)size);
    b->content += size;
    b->length += (size_t)size;
    for (int i = 0; i < 2; i++) {
        if (b->length == len)
            return false;
        if (data[b->length] != "\r\n"[i]) {
            b->answer = PLAIN_WRONG;
            b->wrong_at = b->length;
            return false;
        }
        b->length++;
    }
    return true;
}

void plain_chunked(struct plain_body *b, const char *data, size_t len)
{
    *b = (struct plain_body){.digest = FUZZ_DIGEST};
    static const struct plain_problem huge = {"RFC9112-7.1", true,
                                              "no upper limit is set for a chunk; we count to 2^63 - 1"};
    uint64_t size;
    do {
        size_t from = b->length, digits = from;
        if (!take_lines(b, GRAMMAR_CHUNK_LINE, data, len))
            return;
        while (strchr(";\t \r", data[digits]) == NULL)
            digits++;
        if (!number((struct text){data + from, digits - from}, 16, &size)) {
            b->problems = (struct plain_problems){1, &huge};
            return;
        }
        b->chunks++;
        b->announced = b->content + size;
        if (size > 0 && !take_chunk(b, size, data, len))
            return;
    } while (size > 0);
    b->content_digest = b->digest;
    size_t from = b->length;
    if (!take_lines(b, GRAMMAR_TRAILERS, data, len))
        return;
    take_trailers(b, (struct text){data + from, b->length - from});
    b->answer = PLAIN_RIGHT;
}
