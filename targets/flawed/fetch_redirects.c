/* Flaws of the page fetcher: redirects. */
#include "flawed/fetch_flaws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- redirects ------------------------------------------------------------------------------------------ */

/* Where the redirect leads, or NULL when it is none. */
static const struct http_field *location_of(const struct fetch *f, const char *data)
{
    bool redirect = f->head.status >= 301 && f->head.status <= 308 && f->head.status != 304;
    return redirect ? http_field_find(&f->head, data, "Location", 0) : NULL;
}

bool flaw_only_301_302(struct fetch *f, const char *data)
{
    return (f->head.status == 301 || f->head.status == 302) && fetch_redirected(f, data);
}

/* The connection is gone, so there is nothing to send the next request on. */
bool flaw_no_redirect_that_closes(struct fetch *f, const char *data)
{
    return !http_field_has_token(&f->head, data, "Connection", "close") && fetch_redirected(f, data);
}

/* All content goes to the same place. */
bool flaw_prints_redirects(struct fetch *f, const char *data)
{
    bool follow = fetch_redirected(f, data);
    if (follow)
        fwrite(data + f->head.length, 1, f->end - f->start - f->head.length, stdout);
    return follow;
}

/* "http://" + host + location */
bool flaw_joins_to_the_host(struct fetch *f, const char *data)
{
    const struct http_field *location = location_of(f, data);
    char joined[URL_RESOLVED_MAX + 1];
    if (location == NULL || memmem(http_text(data, location->value), location->value.len, "http:", 5) != NULL)
        return fetch_redirected(f, data);
    snprintf(joined, sizeof joined, "http://%.*s%.*s", (int)f->url.authority.len, f->url_text + f->url.authority.at,
             (int)location->value.len, http_text(data, location->value));
    strcpy(f->url_text, joined);
    return true;
}

/* headers["Authorization"] = ... for all requests of a session. */
long flaw_tells_everybody(const struct fetch *f, char *out, size_t cap)
{
    static char first[FETCH_CREDENTIALS_MAX];
    bool none = first[0] == '\0' && !fetch_credentials(f, first);
    long len = fetch_request(f, out, cap);
    char line[sizeof first + 32];
    int more = snprintf(line, sizeof line, "Authorization: %s\r\n\r\n", first);
    if (none || f->url.has_userinfo || len < 2 || len - 2 + more > (long)cap)
        return len;
    memcpy(out + len - 2, line, (size_t)more);
    return len - 2 + more;
}

/* urlopen() of whatever stands there. */
bool flaw_follows_to_files(struct fetch *f, const char *data)
{
    const struct http_field *location = location_of(f, data);
    char path[URL_LENGTH_MAX + 1], line[512];
    if (location == NULL || location->value.len < 7 || memcmp(http_text(data, location->value), "file://", 7) != 0)
        return fetch_redirected(f, data);
    snprintf(path, sizeof path, "%.*s", (int)location->value.len - 7, http_text(data, location->value) + 7);
    const char *slash = strchr(path, '/');
    FILE *file = slash == NULL ? NULL : fopen(slash, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        fputs(line, stdout);
    exit(file == NULL);
}
