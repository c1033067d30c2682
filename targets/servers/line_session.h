/*
 * A line server: answers each line with its length in bytes, decimal, LF. The unterminated rest at the end of
 * the stream is a line too. A line of more than 64 KiB gets "ERR too long", and the connection ends.
 */
#ifndef SOCKSPEC_SERVERS_LINE_SESSION_H
#define SOCKSPEC_SERVERS_LINE_SESSION_H

#include "net/tcp_server.h"
#include "protocol/line.h"

/* Longest line, without its LF. */
#define LINE_MOST 65536

struct line_session;

/* The points where it goes wrong; NULL stands for the right thing. */
struct line_ops {
    /* Bytes have come, or (n == 0) the stream has ended: answers the lines in them. False: the conversation
     * is over. */
    bool (*received)(struct line_session *s, size_t n);
    /* The number that a line is answered with. */
    size_t (*measure)(const struct line *line);
    /* Sends an answer. Returns 0 or -1. */
    int (*answer)(struct line_session *s, const char *text, size_t len);
};

struct line_session {
    int fd;
    struct line_ops ops;
    struct line_splitter splitter;
    size_t start, end; /* data[start .. end) has been received and not been answered */
    char *data;        /* LINE_ROOM bytes */
};

/* A line of the greatest length with its end, and a piece behind it. */
#define LINE_ROOM (LINE_MOST + 16384)

/* As tcp_server's `handle`; `data` is a struct line_ops, or NULL for all right. */
void line_session(int fd, const struct net_address *peer, void *data);

/* The default operations. */
bool line_received(struct line_session *s, size_t n);
size_t line_measure(const struct line *line);
int line_answer(struct line_session *s, const char *text, size_t len);

/* Answers one line with its number. Returns 0 or -1. */
int line_answer_number(struct line_session *s, const struct line *line);

#endif
