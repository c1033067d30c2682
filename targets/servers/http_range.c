#include "servers/http_range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 1*DIGIT at text[*at]. A number beyond 64 bits is as good as the largest one: both lie behind any end
 * ("recipients MUST anticipate potentially large decimal numerals", 14.1.2). */
static bool number(const char *text, size_t len, size_t *at, uint64_t *value)
{
    uint64_t v = 0;
    size_t i = *at;
    for (; i < len && digit(text[i]); i++) {
        unsigned d = (unsigned)(text[i] - '0');
        v = v > (UINT64_MAX - d) / 10 ? UINT64_MAX : v * 10 + d;
    }
    bool found = i > *at;
    *at = i;
    *value = v;
    return found;
}

/* One range-spec, text[*at ..]: "first-", "first-last" or "-last bytes". False for anything else. With
 * `out->length` 0 it is valid and lies beyond the end. */
static bool range_spec(const char *text, size_t len, size_t *at, uint64_t size, struct http_range *out)
{
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first = number(text, len, at, &first);
    if (*at == len || text[*at] != '-')
        return false;
    ++*at;
    bool has_last = number(text, len, at, &last);
    if (!has_first) { /* a suffix; without a number it is nothing */
        uint64_t count = last < size ? last : size;
        *out = (struct http_range){size - count, count};
        return has_last;
    }
    if (!has_last)
        last = UINT64_MAX;
    if (last < first)
        return false;
    last = last < size ? last : size - 1;
    *out = (struct http_range){first, first < size ? last - first + 1 : 0};
    return true;
}

static void skip_blanks(const char *text, size_t len, size_t *at)
{
    while (*at < len && (text[*at] == ' ' || text[*at] == '\t'))
        ++*at;
}

enum http_range_kind http_range_parse(const char *text, size_t len, uint64_t size, struct http_range *out)
{
    static const char unit[] = "bytes=";
    size_t at = sizeof unit - 1, valid = 0, here = 0;
    if (size == 0 || len < at || strncasecmp(text, unit, at) != 0)
        return HTTP_RANGE_IGNORED;
    while (at < len) {
        struct http_range range;
        skip_blanks(text, len, &at);
        if (at < len && text[at] == ',') { /* an empty member of the list (5.6.1.2) */
            at++;
            continue;
        }
        if (at == len)
            break;
        if (!range_spec(text, len, &at, size, &range))
            return HTTP_RANGE_IGNORED;
        skip_blanks(text, len, &at);
        if (at < len && text[at] != ',')
            return HTTP_RANGE_IGNORED;
        valid++;
        if (range.length > 0 && here++ == 0)
            *out = range;
    }
    if (valid == 0 || here > 1)
        return HTTP_RANGE_IGNORED;
    return here == 1 ? HTTP_RANGE_PART : HTTP_RANGE_NOWHERE;
}
