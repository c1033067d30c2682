/*
 * Which connection a request goes over, and what becomes of it behind the response.
 *
 *     page 1   dial, GET, response            persistent, complete, nothing behind it: kept
 *     page 2   still open and silent? GET     else a new one
 *              ended without a byte?          once more, on a new one
 */
#include "clients/fetch_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for a request, or for several short ones: the target is the longest part of it. */
#define REQUEST_ROOM (URL_RESOLVED_MAX + 1024)

/* The connection has ended, nothing of a response came, and the request is to be sent again. */
#define AGAIN (-2)

static void hang_up(struct fetch *f)
{
    net_close(&f->fd);
    f->careful |= f->ahead > 0 && !f->ops.hurries;
    f->ahead = 0;
    f->kept = f->reused = false;
    f->start = f->end = 0;
}

/* Reads f->url_text and leaves in `host` and `port` where it leads to. Returns 0, or the exit status. */
static int aim(struct fetch *f, char *host, size_t host_cap, char *port, size_t port_cap)
{
    if (url_parse(&f->url, f->url_text, strlen(f->url_text)) < 0)
        return fetch_tell(f, FETCH_BAD_URL, f->url.error.rule, f->url.error.sentence);
    if (f->url.scheme_kind == URL_HTTPS)
        return fetch_tell(f, FETCH_BAD_URL, "https is not spoken here: this client has no TLS", "");
    if (url_host_name(&f->url, f->url_text, host, host_cap) < 0)
        return fetch_tell(f, FETCH_BAD_URL, "no host to connect to", "");
    snprintf(port, port_cap, "%u", (unsigned)f->url.port);
    return 0;
}

/* The connection that was kept, when it leads to the right place and is still good, or a new one. Returns 0
 * with one in f->fd; else the exit status, which a twin may take for 0. */
static int dial(struct fetch *f, const char *host, const char *port)
{
    struct net_error e = {0};
    if (f->fd >= 0 && f->kept && strcmp(f->host, host) == 0 && strcmp(f->port, port) == 0 &&
        (f->ahead > 0 || f->ops.usable(f))) {
        f->reused = true;
        f->kept = false;
        return 0;
    }
    hang_up(f);
    strcpy(f->host, host);
    strcpy(f->port, port);
    f->fd = net_dial(f->ops.resolve(host), port, f->deadline, &e);
    return f->fd >= 0 ? 0 : f->ops.failed(f->program, &e);
}

/* Whether `next` is a URL that f->fd leads to. It is read into next->url. */
static bool same_place(const struct fetch *f, struct fetch *next, const char *url)
{
    char host[sizeof f->host];
    if (strlen(url) > URL_LENGTH_MAX)
        return false;
    strcpy(next->url_text, url);
    return url_parse(&next->url, url, strlen(url)) >= 0 && next->url.scheme_kind != URL_HTTPS &&
           url_host_name(&next->url, url, host, sizeof host) >= 0 && strcmp(host, f->host) == 0 &&
           next->url.port == f->url.port;
}

/* The request for this page and, of a pipeline, those for the pages behind it that the connection leads to as
 * well, as far as there is room: f->ahead of them. Returns their length, or -1. */
static long write_requests(struct fetch *f, char *out, size_t cap)
{
    long len = f->ops.request(f, out, cap);
    if (len < 0 || !f->pipelines || f->careful)
        return len;
    for (size_t i = f->index + 1; i < f->count; i++) {
        struct fetch next = *f;
        next.more = i + 1 < f->count;
        long more = same_place(f, &next, f->urls[i]) ? f->ops.request(&next, out + len, cap - (size_t)len) : -1;
        if (more < 0)
            break;
        len += more;
        f->ahead++;
    }
    return len;
}

/* Sends the requests, unless that has been done, and waits for the first bytes that come back. Returns
 * whether to read on; else *status is the exit status, which a twin may take for 0, or AGAIN. */
static bool ask(struct fetch *f, const char *request, size_t len, int tries, int *status)
{
    if (len > 0 && net_send_all(f->fd, request, len, f->deadline) < 0) {
        bool ended = errno == EPIPE || errno == ECONNRESET;
        *status = ended && f->ops.again(f, tries) ? AGAIN : fetch_tell_errno(f, "request");
        return false;
    }
    if (f->start < f->end)
        return true;
    ssize_t n = fetch_receive_more(f);
    bool ended = n == 0 || (n < 0 && errno == ECONNRESET);
    if (ended && f->ops.again(f, tries)) {
        *status = AGAIN;
        return false;
    }
    if (n < 0)
        *status = fetch_tell_errno(f, "response");
    return n >= 0; /* of an end without a byte fetch_response tells */
}

/* One request and its response. Returns the exit status, or FETCH_REDIRECTED. */
static int fetch_once(struct fetch *f)
{
    char request[REQUEST_ROOM], host[sizeof f->host], port[sizeof f->port];
    int status = aim(f, host, sizeof host, port, sizeof port);
    if (status != 0)
        return status;
    for (int tries = 1;; tries++) {
        status = dial(f, host, port);
        if (status != 0 || f->fd < 0)
            return status;
        bool outstanding = f->reused && f->ahead > 0;
        f->ahead -= outstanding;
        long len = outstanding ? 0 : write_requests(f, request, sizeof request);
        if (len < 0)
            status = fetch_tell(f, FETCH_BAD_URL, "the request would be too long", "");
        else if (ask(f, request, (size_t)len, tries, &status))
            status = fetch_response(f);
        if (!f->kept)
            hang_up(f);
        if (status != AGAIN)
            return status;
    }
}

static int fetch_page(struct fetch *f, const char *url)
{
    int status = FETCH_REDIRECTED;
    f->deadline = net_deadline(f->ops.timeout);
    if (strlen(url) > URL_LENGTH_MAX)
        status = fetch_tell(f, FETCH_BAD_URL, "the URL is too long", "");
    else
        strcpy(f->url_text, url);
    for (int i = 0; i <= f->ops.redirects && status == FETCH_REDIRECTED; i++)
        status = fetch_once(f);
    return status == FETCH_REDIRECTED ? fetch_tell(f, FETCH_BAD_STATUS, "too many redirects", "") : status;
}

int fetch_pages(struct fetch *f, const char *program, char *const *urls, size_t count)
{
    int first = 0;
    fetch_complete(&f->ops);
    f->careful = false; /* what broke in an earlier run was another connection */
    f->program = program;
    f->fd = -1;
    f->data = malloc(FETCH_ROOM);
    if (f->data == NULL)
        return fetch_tell(f, 1, strerror(errno), "");
    f->urls = urls;
    f->count = count;
    for (f->index = 0; f->index < count; f->index++) {
        f->more = f->index + 1 < count && !f->one_each;
        int status = fetch_page(f, urls[f->index]);
        if (first == 0 || f->ops.last_counts)
            first = status;
    }
    hang_up(f);
    free(f->data);
    if (fflush(stdout) != 0 && first == 0)
        first = 1;
    return f->ops.exit_with(first);
}
