/* References resolved against a base (RFC 3986, 5.2 and 5.3), and dot segments (5.2.4). */
#include "protocol/http_write.h"
#include "protocol/url_internal.h"

#include <errno.h>
#include <string.h>

/* Whether path[i .. len), which begins with "/", begins with a segment of so many dots. */
static bool dot_segment(const char *path, size_t i, size_t len, size_t dots)
{
    if (len - i <= dots || memcmp(path + i, "/..", dots + 1) != 0)
        return false;
    return len - i == dots + 1 || path[i + dots + 1] == '/';
}

/* Steps A and D: dot segments at the very beginning of a path without "/" before them. Returns where the rest
 * begins. */
static size_t leading_dots(const char *path, size_t len)
{
    size_t i = 0;
    for (;;) {
        size_t dots = 0;
        while (dots < 2 && i + dots < len && path[i + dots] == '.')
            dots++;
        if (dots == 0)
            return i;
        if (i + dots == len)
            return len;
        if (path[i + dots] != '/')
            return i;
        i += dots + 1;
    }
}

/*
 * Reads at i, writes at o <= i, so that the work is linear and in place. Letters are the steps of 5.2.4.
 *
 *     /a/b/c/./../../g
 *          o ^   i ^        "/." takes nothing back (B), "/.." the segment before o (C)
 */
size_t url_remove_dot_segments(char *path, size_t len)
{
    size_t o = 0, i = leading_dots(path, len);
    while (i < len && path[i] != '/') /* E for a first segment without "/" */
        path[o++] = path[i++];
    while (i < len) {
        bool up = dot_segment(path, i, len, 2);
        if (!up && !dot_segment(path, i, len, 1)) {
            do
                path[o++] = path[i++];
            while (i < len && path[i] != '/');
            continue;
        }
        if (up) {
            while (o > 0 && path[--o] != '/') {
            }
        }
        i += up ? 3 : 2;
        if (i == len)
            path[o++] = '/';
    }
    return o;
}

static void put(struct http_writer *w, const char *text, struct http_span s)
{
    http_write_bytes(w, text + s.at, s.len);
}

/* The path of the target before its dot segments are taken out: 5.2.3 for what is relative to the base's. */
static void put_merged(struct http_writer *w, const struct url *base, const char *base_text,
                       const struct url *reference, const char *text)
{
    struct http_span folder = base->path;
    while (folder.len > 0 && base_text[folder.at + folder.len - 1] != '/')
        folder.len--;
    if (base->has_authority && base->path.len == 0)
        http_write_bytes(w, "/", 1);
    else
        put(w, base_text, folder);
    put(w, text, reference->path);
}

/*
 * Takes the dot segments out of the path that was written last, from `from` on. Where that leaves "//x"
 * without an authority before it, it would be read as one: "/." goes before it.
 */
static void finish_path(struct http_writer *w, size_t from, bool has_authority)
{
    if (w->overflow)
        return;
    char *path = w->data + from;
    size_t len = url_remove_dot_segments(path, w->len - from);
    w->len = from + len;
    if (has_authority || len < 2 || path[0] != '/' || path[1] != '/')
        return;
    memmove(path + 2, path, len); /* where "/." or more has just been taken out: there is room */
    memcpy(path, "/.", 2);
    w->len += 2;
}

/* Path and query. */
static void put_path(struct http_writer *w, const struct url *base, const char *base_text, const struct url *reference,
                     const char *text, bool has_authority)
{
    size_t from = w->len;
    bool own_place = reference->scheme_kind != URL_NO_SCHEME || reference->has_authority;
    bool empty = !own_place && reference->path.len == 0;
    if (empty)
        put(w, base_text, base->path);
    else if (own_place || text[reference->path.at] == '/')
        put(w, text, reference->path);
    else
        put_merged(w, base, base_text, reference, text);
    if (!empty)
        finish_path(w, from, has_authority);
    if (reference->has_query) {
        http_write_bytes(w, "?", 1);
        put(w, text, reference->query);
    } else if (empty && base->has_query) {
        http_write_bytes(w, "?", 1);
        put(w, base_text, base->query);
    }
}

long url_resolve(const struct url *base, const char *base_text, const struct url *reference, const char *reference_text,
                 char *out, size_t cap)
{
    if (base->scheme_kind == URL_NO_SCHEME) {
        errno = EINVAL;
        return -1;
    }
    struct http_writer w;
    http_write_init(&w, out, cap);
    bool own_scheme = reference->scheme_kind != URL_NO_SCHEME;
    bool own_authority = own_scheme || reference->has_authority;
    const struct url *place = own_authority ? reference : base;
    if (own_scheme)
        put(&w, reference_text, reference->scheme);
    else
        put(&w, base_text, base->scheme);
    http_write_bytes(&w, ":", 1);
    if (place->has_authority) {
        http_write_bytes(&w, "//", 2);
        put(&w, own_authority ? reference_text : base_text, place->authority);
    }
    put_path(&w, base, base_text, reference, reference_text, place->has_authority);
    if (reference->has_fragment) {
        http_write_bytes(&w, "#", 1);
        put(&w, reference_text, reference->fragment);
    }
    if (w.overflow) {
        errno = ENOSPC;
        return -1;
    }
    return (long)w.len;
}
