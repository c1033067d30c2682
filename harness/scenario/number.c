#include "scenario/scenario.h"

#include <errno.h>
#include <string.h>

/* Beyond 2^53 a double no longer counts single bytes. */
#define COUNT_LIMIT 9007199254740992.0
#define DAY_SECONDS 86400.0

struct suffix {
    const char *text;
    double factor;
};

/* MB is 10^6, MiB 2^20. A plain number of bytes needs no unit; a time, a rate and a percentage do. */
static const struct suffix COUNTS[] = {{"", 1}, {NULL, 0}};
static const struct suffix BYTES[] = {{"", 1},     {"B", 1},      {"KB", 1e3},        {"MB", 1e6},
                                      {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576.0}, {"GiB", 1073741824.0},
                                      {NULL, 0}};
static const struct suffix TIMES[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}, {NULL, 0}};
static const struct suffix PERCENTS[] = {{"%", 1}, {NULL, 0}};
static const struct suffix RATES[] = {{"B/s", 1},      {"KB/s", 1e3},        {"MB/s", 1e6},           {"GB/s", 1e9},
                                      {"KiB/s", 1024}, {"MiB/s", 1048576.0}, {"GiB/s", 1073741824.0}, {NULL, 0}};

static const struct suffix *suffixes(enum scn_unit unit)
{
    switch (unit) {
    case SCN_UNIT_COUNT:
        return COUNTS;
    case SCN_UNIT_BYTES:
        return BYTES;
    case SCN_UNIT_TIME:
        return TIMES;
    case SCN_UNIT_PERCENT:
        return PERCENTS;
    case SCN_UNIT_RATE:
        return RATES;
    }
    return COUNTS;
}

static double limit(enum scn_unit unit)
{
    switch (unit) {
    case SCN_UNIT_TIME:
        return DAY_SECONDS;
    case SCN_UNIT_PERCENT:
        return 100.0;
    default:
        return COUNT_LIMIT;
    }
}

/* Decimal digits with at most one point among them. Returns behind them, or NULL when there is no digit. */
static const char *digits(const char *p, double *value)
{
    double v = 0, scale = 1;
    const char *from = p;
    for (; *p >= '0' && *p <= '9'; p++)
        v = v * 10 + (*p - '0');
    if (p == from)
        return NULL;
    if (*p == '.' && p[1] >= '0' && p[1] <= '9') {
        /* Nine places say all that a nanosecond or a byte needs; more are read and dropped. */
        int places = 0;
        for (p++; *p >= '0' && *p <= '9'; p++) {
            if (++places <= 9) {
                v = v * 10 + (*p - '0');
                scale *= 10;
            }
        }
    }
    *value = v / scale;
    return p;
}

int scn_number_parse(const char *text, enum scn_unit unit, double *value)
{
    double v;
    const char *rest = digits(text, &v);
    if (!rest) {
        errno = EINVAL;
        return -1;
    }
    const struct suffix *s = suffixes(unit);
    while (s->text && strcmp(s->text, rest) != 0)
        s++;
    if (!s->text) {
        errno = EINVAL;
        return -1;
    }
    v *= s->factor;
    bool whole = unit == SCN_UNIT_COUNT || unit == SCN_UNIT_BYTES;
    if (!(v <= limit(unit)) || (whole && v >= COUNT_LIMIT)) {
        errno = ERANGE;
        return -1;
    }
    if (whole && v != (double)(uint64_t)v) {
        errno = EINVAL; /* half a byte */
        return -1;
    }
    *value = v;
    return 0;
}
