#include "fault/json_line.h"

#include "base/visible.h"

#include <stdlib.h>

/* Digits of 86,400 seconds with their microseconds. */
#define REAL_DIGITS 11

void json_line_add(struct buf *out, json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER |
                                                 JSON_REAL_PRECISION(REAL_DIGITS))
                        : NULL;
    if (!text)
        abort();
    size_t from = out->len;
    buf_puts(out, text);
    visible_break_json(out, from);
    free(text);
    json_decref(object);
}
