/* Flaws of the page fetcher: which connection a request goes over, and what its end means. */
#include "flawed/fetch_flaws.h"

#include <errno.h>
#include <string.h>

/* --- whether it persists -------------------------------------------------------------------------------- */

static bool says_close(const struct http_head *h, const char *data)
{
    return http_field_has_token(h, data, "Connection", "close");
}

/* Frames as it ought to be done, but persists when `wrong`, where the body tells its end. */
static int persists(bool wrong, struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    framing->keep_alive |= wrong && framing->kind != HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* HTTP/1.1 has persistent connections, so this is one. */
int flaw_persists_after_close(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return persists(h->minor >= 1, framing, h, data);
}

/* The whole of the first Connection field is compared with "close". */
int flaw_close_stands_alone(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = http_field_find(h, data, "Connection", 0);
    return persists(h->minor >= 1 && (f == NULL || !http_span_is(data, f->value, "close")), framing, h, data);
}

/* Nothing said is nothing said, in HTTP/1.0 too. */
int flaw_persists_in_1_0(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return persists(!says_close(h, data), framing, h, data);
}

/* keep-alive is what the server has promised, whatever else it says. */
int flaw_persists_with_chunks_in_1_0(struct http_framing *framing, const struct http_head *h, const char *data)
{
    bool asked = http_field_has_token(h, data, "Connection", "keep-alive") && !says_close(h, data);
    return persists(asked && h->minor == 0, framing, h, data);
}

/* The connection is put back into the pool, though its end was the end of the body. */
int flaw_persists_at_its_end(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    framing->keep_alive |= framing->kind == HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* if (length) read(length); else read until the end. */
int flaw_no_length_is_0(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    if (framing->kind == HTTP_BODY_LENGTH && framing->length == 0)
        framing->kind = HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* --- what is behind the body ---------------------------------------------------------------------------- */

/* What has come is what the next request gets. */
bool flaw_keeps_the_rest(struct fetch *f, const struct http_framing *framing)
{
    return f->more && framing->keep_alive;
}

/* What has come is forgotten, and what follows it is not. */
bool flaw_drops_the_rest(struct fetch *f, const struct http_framing *framing)
{
    f->start = f->end = 0;
    return f->more && framing->keep_alive;
}

/* The last chunk is the end: its trailers are not looked for. */
ssize_t flaw_receive_no_trailers(struct fetch *f, void *to, size_t len)
{
    static const char last[] = "\r\n0\r\n";
    ssize_t n = len > 2 ? fetch_receive(f, to, len - 2) : -1;
    char *at = n > 0 ? memmem(to, (size_t)n, last, sizeof last - 1) : NULL;
    if (at == NULL)
        return n;
    at += sizeof last - 1;
    memmove(at + 2, at, (size_t)((char *)to + n - at));
    memcpy(at, "\r\n", 2);
    return n + 2;
}

/* --- the connection that was kept ----------------------------------------------------------------------- */

bool flaw_always_usable(const struct fetch *f)
{
    (void)f;
    return true;
}

bool flaw_never_again(const struct fetch *f, int tries)
{
    (void)f;
    (void)tries;
    return false;
}

bool flaw_again_and_again(const struct fetch *f, int tries)
{
    (void)f;
    return tries < 10;
}

int flaw_reset_is_the_end(const char *program, const struct net_error *e)
{
    int status = net_tell(program, e);
    return e->code == ECONNRESET || e->code == ECONNREFUSED ? 0 : status;
}

/* What is no HTTP is believed to be an older version of it. */
int flaw_incomplete_is_fine(int status)
{
    return status == FETCH_BAD_RESPONSE ? 0 : status;
}
