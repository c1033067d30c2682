/*
 * User and password of a URL, as a request tells them (RFC 7617).
 */
#include "clients/fetch.h"

#include <string.h>

/* Base64 (RFC 4648, 4) of data[0 .. len), NUL-terminated; `out` has room for 4 bytes for each 3 begun, and 1. */
static void base64(const unsigned char *data, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3, out += 4) {
        size_t n = len - i < 3 ? len - i : 3;
        unsigned long bits =
            (unsigned long)data[i] << 16 | (n > 1 ? (unsigned long)data[i + 1] << 8 : 0) | (n > 2 ? data[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            out[k] = k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    *out = '\0';
}

bool fetch_credentials(const struct fetch *f, char out[FETCH_CREDENTIALS_MAX])
{
    char plain[URL_LENGTH_MAX];
    if (!f->url.has_userinfo)
        return false;
    long len = url_decode(f->url_text + f->url.userinfo.at, f->url.userinfo.len, plain, sizeof plain);
    if (len <= 0)
        return false;
    memcpy(out, "Basic ", 6);
    base64((const unsigned char *)plain, (size_t)len, out + 6);
    return true;
}
