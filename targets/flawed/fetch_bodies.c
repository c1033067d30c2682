/* Flaws of the page fetcher: what is made of the body. */
#include "flawed/fetch_flaws.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A buffer for the whole body, and a table of chunks. */
#define BODY_BUFFER (4u << 20)
#define CHUNK_TABLE 1000

/* --- print ---------------------------------------------------------------------------------------------- */

void flaw_print_string(const char *data, size_t len)
{
    fwrite(data, 1, strnlen(data, len), stdout);
}

/* text.encode("ascii", "replace"), of what is text. */
void flaw_print_ascii(const char *data, size_t len)
{
    bool text = memchr(data, '\0', len) == NULL;
    for (size_t i = 0; i < len; i++)
        putchar(text && (unsigned char)data[i] > 127 ? '?' : data[i]);
}

void flaw_print_nothing(const char *data, size_t len)
{
    (void)data;
    (void)len;
}

void flaw_print_4_mib(const char *data, size_t len)
{
    static size_t total;
    size_t room = BODY_BUFFER - total, taken = len < room ? len : room;
    total += taken;
    fwrite(data, 1, taken, stdout);
}

/* Small chunks are put into a table; behind its end there is no room for anything. */
void flaw_print_1000_chunks(const char *data, size_t len)
{
    static unsigned small;
    small += len == 1;
    if (small <= CHUNK_TABLE)
        fwrite(data, 1, len, stdout);
}

/* --- the end -------------------------------------------------------------------------------------------- */

bool flaw_any_end(struct http_body *b)
{
    (void)b;
    return true;
}

/* In 32 bits so long a chunk is a short one, and that has come. */
bool flaw_ends_at_4_gib(struct http_body *b)
{
    bool large = b->kind == HTTP_BODY_CHUNKED && b->left > UINT32_MAX / 2;
    return large || http_body_eof(b) == HTTP_EVENT_END;
}

static bool says(const struct http_body *b, const char *what)
{
    return strstr(b->error.sentence, what) != NULL;
}

/* strtol() makes 0 of it. */
bool flaw_no_size_is_the_end(const struct http_body *b)
{
    return !says(b, "does not begin with its size");
}

/* The digits count, whatever is behind them; that the rest does not fit then is nobody's concern. */
bool flaw_odd_size_is_the_end(const struct http_body *b)
{
    return !says(b, "no chunk extension") && !says(b, "blanks behind") && !says(b, "does not begin with its size");
}

bool flaw_large_size_is_the_end(const struct http_body *b)
{
    return !says(b, "too large to count");
}

bool flaw_no_line_end_is_the_end(const struct http_body *b)
{
    return !says(b, "no CR LF behind the data");
}

/* Trailers are fields like others: a coding that it does not know makes content of what has come
 * that it cannot read. */
bool flaw_trailer_counts(struct fetch *f, const struct http_part *part)
{
    (void)f;
    return strncasecmp(part->name, "Content-Encoding", part->name_len) != 0;
}
