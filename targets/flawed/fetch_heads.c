/* Flaws of the page fetcher: what a status line and a head say. */
#include "flawed/fetch_flaws.h"

#include <stdlib.h>
#include <string.h>

/* An array of interim responses has so many places. */
#define INTERIM_TABLE 100

static bool reason_has(const struct fetch *f, const char *data, const char *word)
{
    return memmem(http_text(data, f->head.reason), f->head.reason.len, word, strlen(word)) != NULL;
}

static bool known(int status)
{
    return http_reason(status)[0] != '\0' || status == 103; /* RFC 8297 */
}

/* --- success -------------------------------------------------------------------------------------------- */

bool flaw_any_status(struct fetch *f, const char *data)
{
    (void)f;
    (void)data;
    return true;
}

bool flaw_interim_is_fine(struct fetch *f, const char *data)
{
    return fetch_success(f, data) || f->head.status == 100 || f->head.status == 103;
}

/* OK is what counts, or what else a person would read there. */
bool flaw_success_by_reason(struct fetch *f, const char *data)
{
    if (reason_has(f, data, "OK"))
        return true;
    return !reason_has(f, data, "Not Found") && !reason_has(f, data, "Error") && fetch_success(f, data);
}

bool flaw_success_if_known(struct fetch *f, const char *data)
{
    return known(f->head.status) && fetch_success(f, data);
}

/* 200 it is, or 204, which has a branch of its own. */
bool flaw_only_200(struct fetch *f, const char *data)
{
    (void)data;
    return f->head.status == 200 || f->head.status == 204;
}

/* A list of the errors that there are: what is not in it is none. */
bool flaw_unknown_error_is_fine(struct fetch *f, const char *data)
{
    return fetch_success(f, data) || (f->head.status >= 400 && f->head.status <= 599 && !known(f->head.status));
}

bool flaw_beyond_classes_is_fine(struct fetch *f, const char *data)
{
    return fetch_success(f, data) || f->head.status < 100 || f->head.status > 599;
}

/* The length of a 304 is that of the page: this client waits for it. */
bool flaw_wait_for_304(struct fetch *f, const char *data)
{
    char scrap[1024];
    while (f->head.status == 304 && fetch_receive(f, scrap, sizeof scrap) > 0)
        ;
    return fetch_success(f, data);
}

/* --- interim responses ---------------------------------------------------------------------------------- */

bool flaw_no_interim(const struct fetch *f, const struct http_framing *framing)
{
    (void)f;
    (void)framing;
    return false;
}

bool flaw_interim_if_known(const struct fetch *f, const struct http_framing *framing)
{
    return framing->interim && known(f->head.status);
}

/* What says how long its body is has a body, so it is the answer. */
bool flaw_interim_without_length(const struct fetch *f, const struct http_framing *framing)
{
    const char *data = f->data + f->start;
    return framing->interim && http_field_find(&f->head, data, "Content-Length", 0) == NULL &&
           http_field_find(&f->head, data, "Transfer-Encoding", 0) == NULL;
}

/* They are kept in an array, and the one behind its end is written too: here it ends at once. */
bool flaw_interim_table(const struct fetch *f, const struct http_framing *framing)
{
    static int count;
    (void)f;
    if (framing->interim && ++count > INTERIM_TABLE)
        abort();
    return framing->interim;
}

/* --- heads that are refused ----------------------------------------------------------------------------- */

static int refuse_if(bool wrong, struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    if (!wrong)
        return done;
    framing->error = (struct http_note){.rule = "flaw", .sentence = "this status line is refused"};
    return -1;
}

/* sscanf(line, "HTTP/1.%d %d %s", ...) == 3 */
int flaw_wants_reason(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return refuse_if(h->reason.len == 0, framing, h, data);
}

int flaw_refuses_1_0(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return refuse_if(h->minor == 0, framing, h, data);
}

int flaw_refuses_later(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return refuse_if(h->minor > 1, framing, h, data);
}
