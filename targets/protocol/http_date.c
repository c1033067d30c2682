/* Dates (RFC 9110, section 5.6.7). Neither strftime nor strptime: their names of days and months follow the
 * locale, and strptime takes blanks and single digits where the grammar has none. */
#include "protocol/http_date.h"

#include "protocol/http_internal.h"

#include <stdio.h>

static const char days[7][10] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* What is left to read. */
struct cursor {
    const char *at, *end;
};

static bool literal(struct cursor *c, const char *text)
{
    size_t len = strlen(text);
    if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
        return false;
    c->at += len;
    return true;
}

/* Exactly `digits` digits. */
static bool number(struct cursor *c, int digits, int *value)
{
    int v = 0;
    if (c->end - c->at < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        if (!http_is(c->at[i], HTTP_DIGIT))
            return false;
        v = v * 10 + (c->at[i] - '0');
    }
    c->at += digits;
    *value = v;
    return true;
}

/* A day's name, whole or its first three letters. Which day it is says nothing that the date does not. */
static bool day_name(struct cursor *c, bool whole)
{
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        char name[sizeof days[0]];
        snprintf(name, sizeof name, "%.*s", whole ? (int)sizeof name - 1 : 3, days[i]);
        if (literal(c, name))
            return true;
    }
    return false;
}

static bool month(struct cursor *c, struct tm *t)
{
    for (t->tm_mon = 0; t->tm_mon < 12; t->tm_mon++) {
        if (literal(c, months[t->tm_mon]))
            return true;
    }
    return false;
}

static bool time_of_day(struct cursor *c, struct tm *t)
{
    return number(c, 2, &t->tm_hour) && literal(c, ":") && number(c, 2, &t->tm_min) && literal(c, ":") &&
           number(c, 2, &t->tm_sec) && t->tm_hour < 24 && t->tm_min < 60 && t->tm_sec <= 60;
}

static bool imf_fixdate(struct cursor c, struct tm *t, int *year)
{
    return day_name(&c, false) && literal(&c, ", ") && number(&c, 2, &t->tm_mday) && literal(&c, " ") && month(&c, t) &&
           literal(&c, " ") && number(&c, 4, year) && literal(&c, " ") && time_of_day(&c, t) && literal(&c, " GMT") &&
           c.at == c.end;
}

static bool asctime_date(struct cursor c, struct tm *t, int *year)
{
    if (!day_name(&c, false) || !literal(&c, " ") || !month(&c, t) || !literal(&c, " "))
        return false;
    bool day = literal(&c, " ") ? number(&c, 1, &t->tm_mday) : number(&c, 2, &t->tm_mday);
    return day && literal(&c, " ") && time_of_day(&c, t) && literal(&c, " ") && number(&c, 4, year) && c.at == c.end;
}

static bool rfc850_date(struct cursor c, struct tm *t, int *year)
{
    return day_name(&c, true) && literal(&c, ", ") && number(&c, 2, &t->tm_mday) && literal(&c, "-") && month(&c, t) &&
           literal(&c, "-") && number(&c, 2, year) && literal(&c, " ") && time_of_day(&c, t) && literal(&c, " GMT") &&
           c.at == c.end;
}

/* The year that two digits mean: of this century, or of the last one where that would be more than 50 years
 * ahead. */
static int whole_year(int two, time_t now)
{
    struct tm t;
    if (gmtime_r(&now, &t) == NULL)
        return 1900 + two;
    int this_year = t.tm_year + 1900, year = this_year / 100 * 100 + two;
    return year > this_year + 50 ? year - 100 : year;
}

bool http_date_parse(const char *text, size_t len, time_t now, time_t *out)
{
    const struct cursor c = {text, text + len};
    struct tm t = {0};
    int year;
    if (rfc850_date(c, &t, &year))
        year = whole_year(year, now);
    else if (!imf_fixdate(c, &t, &year) && !asctime_date(c, &t, &year))
        return false;
    t.tm_year = year - 1900;
    const struct tm told = t;
    time_t when = timegm(&t);
    /* timegm makes 3 March of 31 February. A leap second may become the next minute's first. */
    if (told.tm_mday == 0 || (told.tm_sec < 60 && (t.tm_mday != told.tm_mday || t.tm_mon != told.tm_mon)))
        return false;
    *out = when;
    return true;
}

bool http_date_format(time_t when, char out[HTTP_DATE_ROOM])
{
    struct tm t;
    if (gmtime_r(&when, &t) == NULL || t.tm_year < -1900 || t.tm_year > 9999 - 1900)
        return false;
    char text[64]; /* the compiler does not know that the numbers are small */
    snprintf(text, sizeof text, "%.3s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
             t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    memcpy(out, text, HTTP_DATE_ROOM);
    return true;
}
