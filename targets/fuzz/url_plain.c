#include "fuzz/url_plain.h"

#include "fuzz/fuzz.h"

/* Up to the first byte of `set`; all when there is none. */
static struct text before_any(struct text t, const char *set)
{
    size_t i = 0;
    while (i < t.len && (t.data[i] == '\0' || strchr(set, t.data[i]) == NULL))
        i++;
    return (struct text){t.data, i};
}

static struct text behind(struct text t, size_t n)
{
    return (struct text){t.data + n, t.len - n};
}

/* authority = [ userinfo "@" ] host [ ":" port ]; neither holds "@", and a port no "]" and no ":". */
static void split_authority(struct plain_url *u)
{
    struct text rest = u->authority, user = before_any(rest, "@");
    if (user.len < rest.len) {
        u->userinfo = user;
        rest = behind(rest, user.len + 1);
    }
    struct text host = before_any(rest, "]");
    host = host.len < rest.len ? (struct text){rest.data, host.len + 1} : before_any(rest, ":");
    u->host = host;
    if (host.len < rest.len)
        u->port = behind(rest, host.len + 1);
}

/* ^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))? */
struct plain_url plain_url_split(struct text t)
{
    struct plain_url u;
    memset(&u, 0, sizeof u);
    struct text scheme = before_any(t, ":/?#");
    if (scheme.len > 0 && scheme.len < t.len && t.data[scheme.len] == ':') {
        u.scheme = scheme;
        t = behind(t, scheme.len + 1);
    }
    if (t.len >= 2 && t.data[0] == '/' && t.data[1] == '/') {
        u.authority = before_any(behind(t, 2), "/?#");
        t = behind(t, 2 + u.authority.len);
        split_authority(&u);
    }
    u.path = before_any(t, "?#");
    t = behind(t, u.path.len);
    if (t.len > 0 && t.data[0] == '?') {
        u.query = before_any(behind(t, 1), "#");
        t = behind(t, 1 + u.query.len);
    }
    if (t.len > 0)
        u.fragment = behind(t, 1);
    return u;
}

static bool begins(struct text t, const char *word)
{
    return t.len >= strlen(word) && memcmp(t.data, word, strlen(word)) == 0;
}

/* The letters are the steps of RFC 3986, 5.2.4, 2. */
size_t plain_remove_dots(struct text in, char *out)
{
    size_t n = 0;
    while (in.len > 0) {
        if (begins(in, "../") || begins(in, "./")) { /* A */
            in = behind(in, begins(in, "./") ? 2 : 3);
        } else if (begins(in, "/./")) { /* B */
            in = behind(in, 2);
        } else if (is_exactly(in, "/.")) {
            in = (struct text){"/", 1};
        } else if (begins(in, "/../") || is_exactly(in, "/..")) { /* C */
            in = in.len == 3 ? (struct text){"/", 1} : behind(in, 3);
            while (n > 0 && out[n - 1] != '/')
                n--;
            n -= n > 0;
        } else if (is_exactly(in, ".") || is_exactly(in, "..")) { /* D */
            in.len = 0;
        } else { /* E */
            size_t segment = 1 + before_any(behind(in, 1), "/").len;
            if (in.data[0] != '/')
                segment = before_any(in, "/").len;
            memcpy(out + n, in.data, segment);
            n += segment;
            in = behind(in, segment);
        }
    }
    return n;
}

static size_t put(char *out, size_t at, const char *before, struct text t)
{
    if (t.data == NULL)
        return at;
    memcpy(out + at, before, strlen(before));
    at += strlen(before);
    memcpy(out + at, t.data, t.len);
    return at + t.len;
}

/* RFC 3986, 5.2.3: the reference's path behind the base's last "/"; to out[0 .. ), returns its length. */
static size_t merge(const struct plain_url *base, struct text path, char *out)
{
    if (base->authority.data != NULL && base->path.len == 0)
        return put(out, 0, "/", path);
    struct text folder = base->path;
    while (folder.len > 0 && folder.data[folder.len - 1] != '/')
        folder.len--;
    return put(out, put(out, 0, "", folder), "", path);
}

size_t plain_resolve(const struct plain_url *base, const struct plain_url *r, char *out)
{
    const bool own_scheme = r->scheme.data != NULL, own_place = own_scheme || r->authority.data != NULL;
    const struct text scheme = own_scheme ? r->scheme : base->scheme;
    const struct text authority = own_place ? r->authority : base->authority;
    struct text query = r->query, path = r->path;
    char *merged = fuzz_scratch(1, base->path.len + r->path.len + 1);
    char *clean = fuzz_scratch(2, base->path.len + r->path.len + 1);
    if (!own_place && r->path.len == 0) {
        path = base->path;
        query = r->query.data != NULL ? r->query : base->query;
    } else {
        if (!own_place && r->path.data[0] != '/')
            path = (struct text){merged, merge(base, r->path, merged)};
        path = (struct text){clean, plain_remove_dots(path, clean)};
    }
    size_t at = put(out, put(out, 0, "", scheme), ":", (struct text){"", 0});
    at = put(out, at, "//", authority);
    /* What begins with "//" would be read as an authority: the one place where 5.3 does not say enough. */
    at = put(out, at, authority.data == NULL && begins(path, "//") ? "/." : "", path);
    at = put(out, at, "?", query);
    return put(out, at, "#", r->fragment);
}
