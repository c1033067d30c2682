#include "servers/line_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a client may say nothing, or read nothing. */
#define IDLE_MS 60000

/* After ERR: what may still come before the connection is cut off, and for how long. */
#define UNREAD_MOST (16 << 20)
#define FINISH_MS   2000

size_t line_measure(const struct line *line)
{
    return line->len;
}

int line_answer(struct line_session *s, const char *text, size_t len)
{
    return net_send_all(s->fd, text, len, net_deadline(IDLE_MS));
}

int line_answer_number(struct line_session *s, const struct line *line)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%zu\n", s->ops.measure(line));
    return s->ops.answer(s, text, (size_t)len);
}

bool line_received(struct line_session *s, size_t n)
{
    struct line line;
    size_t used;
    s->end += n;
    for (;;) {
        enum line_event event = line_next(&s->splitter, s->data + s->start, s->end - s->start, &line, &used);
        if (event == LINE_MORE && n == 0) /* the end: what is left is a line without its LF */
            return line_rest(&s->splitter, s->data + s->start, s->end - s->start, &line) == LINE_FOUND &&
                   line_answer_number(s, &line) == 0;
        if (event == LINE_MORE)
            break;
        if (event == LINE_TOO_LONG) {
            s->ops.answer(s, "ERR too long\n", 13);
            return false;
        }
        s->start += used;
        if (line_answer_number(s, &line) < 0)
            return false;
    }
    /* To the front, so that there is always room for a piece behind the longest line. */
    memmove(s->data, s->data + s->start, s->end - s->start);
    s->end -= s->start;
    s->start = 0;
    return true;
}

static const struct line_ops right = {line_received, line_measure, line_answer};

void line_session(int fd, const struct net_address *peer, void *data)
{
    const struct line_ops *given = data;
    struct line_session s = {.fd = fd, .ops = OPS_COPY(line_ops, given), .data = malloc(LINE_ROOM)};
    (void)peer;
    OPS_COMPLETE(&s.ops, &right, answer);
    if (s.data == NULL)
        return;
    line_init(&s.splitter, '\n', false, LINE_MOST);
    for (;;) {
        ssize_t n = net_recv_some(fd, s.data + s.end, LINE_ROOM - s.end, net_deadline(IDLE_MS));
        if (n < 0 || !s.ops.received(&s, (size_t)n) || n == 0)
            break;
    }
    net_finish(fd, UNREAD_MOST, net_deadline(FINISH_MS));
    free(s.data);
}
