/*
 * Times as HTTP writes them (RFC 9110, 5.6.7). Written is one form, read are three:
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate: what is written
 *     Sunday, 06-Nov-94 08:49:37 GMT   RFC 850
 *     Sun Nov  6 08:49:37 1994         asctime()
 *
 * Strict: whatever else stands there is no date, and a field that holds it is ignored by its reader.
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_DATE_H
#define SOCKSPEC_PROTOCOL_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Room for an IMF-fixdate and its NUL. */
#define HTTP_DATE_ROOM 30

/* Reads text[0 .. len) whole. A year of two digits that would lie more than 50 years after `now` is one of
 * the past (RFC 9110, 5.6.7). Seconds since 1970 into *out. False, with *out as it was, for what is none of
 * the three. */
bool http_date_parse(const char *text, size_t len, time_t now, time_t *out);

/* Writes an IMF-fixdate and a NUL. False, with nothing written, outside the years 0 to 9999. */
bool http_date_format(time_t when, char out[HTTP_DATE_ROOM]);

#endif
