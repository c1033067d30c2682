#include "protocol/status.h"

#include <string.h>

/* RFC 1939, 3: "Responses may be up to 512 characters long, including the terminating CRLF." */
#define LINE_MAX_LEN 510

const char *status_problem_text(enum status_problem p)
{
    static const char *const texts[] = {
        [STATUS_FINE] = "nothing is wrong",
        [STATUS_NO_INDICATOR] = "the line begins with neither +OK nor -ERR",
        [STATUS_NO_BLANK] = "behind +OK or -ERR stands something else than a blank",
        [STATUS_BYTE] = "a byte that no text may hold",
        [STATUS_LONG] = "the line is longer than 512 bytes",
    };
    return texts[p];
}

enum status_problem status_read(const char *line, size_t len, struct status_line *out)
{
    bool ok = len >= 3 && memcmp(line, "+OK", 3) == 0, error = len >= 4 && memcmp(line, "-ERR", 4) == 0;
    size_t behind = ok ? 3 : 4;
    if (!ok && !error)
        return STATUS_NO_INDICATOR;
    if (len > behind && line[behind] != ' ')
        return STATUS_NO_BLANK;
    size_t text = len > behind ? behind + 1 : behind;
    *out = (struct status_line){.ok = ok, .text = line + text, .len = len - text};
    if (memchr(line, '\0', len) || memchr(line, '\r', len) || memchr(line, '\n', len))
        return STATUS_BYTE;
    return len > LINE_MAX_LEN ? STATUS_LONG : STATUS_FINE;
}
