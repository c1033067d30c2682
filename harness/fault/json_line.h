/*
 * What a fault has done, as one line of JSON: for receipts of calls and events of links.
 */
#ifndef SOCKSPEC_FAULT_JSON_LINE_H
#define SOCKSPEC_FAULT_JSON_LINE_H

#include "base/buf.h"

#include <jansson.h>

/*
 * Appends the object without a line end, in ASCII, its members in the order they were set, reals to the microsecond of
 * a day. Takes the reference over; NULL, where memory was short or a text no UTF-8, aborts.
 */
void json_line_add(struct buf *out, json_t *object);

#endif
