/* Flaws of the page fetcher: recv, and what a reader of lines makes of what it brings. */
#include "flawed/decode.h"
#include "flawed/fetch_flaws.h"
#include "flawed/waiting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- time and calls ------------------------------------------------------------------------------------- */

/* print sock.recv(65536) and s.close(): what comes later is not looked at. */
ssize_t flaw_receive_once(struct fetch *f, void *to, size_t len)
{
    static bool again;
    ssize_t n = again ? 0 : fetch_receive(f, to, len);
    again = true;
    return n;
}

/* A time limit for the beginning of the response, and none for what follows. */
ssize_t flaw_receive_without_limit(struct fetch *f, void *to, size_t len)
{
    ssize_t n = fetch_receive(f, to, len);
    f->deadline = NET_NEVER;
    return n;
}

ssize_t flaw_receive_uninterrupted(struct fetch *f, void *to, size_t len)
{
    char byte;
    ssize_t n = waiting_recv(f->fd, &byte, 1, MSG_PEEK);
    return n < 0 && errno == EINTR ? -1 : fetch_receive(f, to, len);
}

/* Nothing may take longer than a second. */
ssize_t flaw_receive_hastily(struct fetch *f, void *to, size_t len)
{
    static uint64_t limit;
    limit = limit != 0 ? limit : net_deadline(1000);
    f->deadline = limit;
    return fetch_receive(f, to, len);
}

/* A time limit for each call: who sends a byte in time is listened to for ever. */
ssize_t flaw_receive_drips(struct fetch *f, void *to, size_t len)
{
    f->deadline = net_deadline(3000);
    return fetch_receive(f, to, len);
}

/* text += sock.recv(65536).decode() */
ssize_t flaw_receive_decoded(struct fetch *f, void *to, size_t len)
{
    ssize_t n = fetch_receive(f, to, len);
    if (n > 0)
        flawed_decode(to, (size_t)n);
    return n;
}

/* --- heads ---------------------------------------------------------------------------------------------- */

/* Whitespace before a field is thrown away, before the first one too. */
ssize_t flaw_receive_without_blanks(struct fetch *f, void *to, size_t len)
{
    static const char what[] = "OK\r\n Content-Length";
    ssize_t n = fetch_receive(f, to, len);
    char *at = n > 0 ? memmem(to, (size_t)n, what, sizeof what - 1) : NULL;
    if (at == NULL)
        return n;
    memmove(at + 4, at + 5, (size_t)((char *)to + n - (at + 5)));
    return n - 1;
}

/* A CR ends a line; the byte before it makes room for the LF. */
ssize_t flaw_receive_bare_cr(struct fetch *f, void *to, size_t len)
{
    ssize_t n = fetch_receive(f, to, len);
    char *at = n > 0 ? memmem(to, (size_t)n, "e\rContent-Length", 16) : NULL;
    if (at != NULL)
        memcpy(at, "\r\n", 2);
    return n;
}

/* What a head has come to so far. */
struct head_seen {
    bool ended, high; /* high: a byte above 127 behind the status line */
    size_t line, longest, lines;
};

static ssize_t receive_head(struct fetch *f, void *to, size_t len, struct head_seen *seen)
{
    ssize_t n = fetch_receive(f, to, len);
    const unsigned char *data = to;
    for (ssize_t i = 0; i < n && !seen->ended; i++) {
        if (data[i] == '\n') {
            seen->ended = seen->line <= 1;
            seen->lines++;
            seen->line = 0;
            continue;
        }
        seen->high |= data[i] > 127 && seen->lines > 0;
        if (++seen->line > seen->longest)
            seen->longest = seen->line;
    }
    return n;
}

/* All that comes is written out but for the piece in which the head ends: usually that is the first. */
ssize_t flaw_receive_shown(struct fetch *f, void *to, size_t len)
{
    static struct head_seen seen;
    ssize_t n = receive_head(f, to, len, &seen);
    if (n > 0 && !seen.ended)
        fwrite(to, 1, (size_t)n, stdout);
    return n;
}

static ssize_t refuse_if(bool wrong, ssize_t n)
{
    errno = EPROTO;
    return wrong ? -1 : n;
}

/* head.decode("ascii") */
ssize_t flaw_receive_ascii(struct fetch *f, void *to, size_t len)
{
    static struct head_seen seen;
    ssize_t n = receive_head(f, to, len, &seen);
    return refuse_if(seen.high, n);
}

ssize_t flaw_receive_few_fields(struct fetch *f, void *to, size_t len)
{
    static struct head_seen seen;
    ssize_t n = receive_head(f, to, len, &seen);
    return refuse_if(seen.lines > 32, n);
}

ssize_t flaw_receive_short_lines(struct fetch *f, void *to, size_t len)
{
    static struct head_seen seen;
    ssize_t n = receive_head(f, to, len, &seen);
    return refuse_if(seen.longest > 4096, n);
}

/* struct field fields[100], and nobody counts: here it ends at once. */
ssize_t flaw_receive_into_table(struct fetch *f, void *to, size_t len)
{
    static struct head_seen seen;
    ssize_t n = receive_head(f, to, len, &seen);
    if (seen.lines > 100)
        abort();
    return n;
}

/* char line[8100], and nobody counts. */
ssize_t flaw_receive_into_line(struct fetch *f, void *to, size_t len)
{
    static struct head_seen seen;
    ssize_t n = receive_head(f, to, len, &seen);
    if (seen.longest > 8100)
        abort();
    return n;
}

/* name[length - 1] of a name that has no length. */
ssize_t flaw_receive_names(struct fetch *f, void *to, size_t len)
{
    ssize_t n = fetch_receive(f, to, len);
    if (n > 0 && memmem(to, (size_t)n, "\r\n:", 3) != NULL)
        abort();
    return n;
}

/* isalpha() of a char below zero, as an index into a table. */
ssize_t flaw_receive_noise(struct fetch *f, void *to, size_t len)
{
    static bool again;
    ssize_t n = fetch_receive(f, to, len);
    if (!again && n > 0 && *(unsigned char *)to > 127)
        abort();
    again = true;
    return n;
}

/* --- lines of chunks ------------------------------------------------------------------------------------ */

static ssize_t receive_without(struct fetch *f, void *to, size_t len, const char *what)
{
    ssize_t n = fetch_receive(f, to, len);
    return refuse_if(n > 0 && memmem(to, (size_t)n, what, strlen(what)) != NULL, n);
}

ssize_t flaw_receive_no_extensions(struct fetch *f, void *to, size_t len)
{
    return receive_without(f, to, len, "\n6;");
}

ssize_t flaw_receive_no_blanks(struct fetch *f, void *to, size_t len)
{
    return receive_without(f, to, len, "\n6 ;");
}

ssize_t flaw_receive_small_hex(struct fetch *f, void *to, size_t len)
{
    return receive_without(f, to, len, "\nC\r");
}

ssize_t flaw_receive_one_zero(struct fetch *f, void *to, size_t len)
{
    return receive_without(f, to, len, "\n0000\r");
}
