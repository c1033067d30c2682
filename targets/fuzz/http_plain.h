/*
 * An HTTP message read a second time, by the grammar of the RFCs (http_grammar.h) and their sentences on
 * meaning, with nothing of the parser's code: slow, plain, and over all bytes at once. A strict parser must
 * agree in both directions: it takes exactly what is right here, and refuses the rest; where the RFCs leave
 * the choice, a refusal of ours is a row of the table in http_plain.c.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_PLAIN_H
#define SOCKSPEC_FUZZ_HTTP_PLAIN_H

#include "fuzz/http_read.h"

/* What is wrong with a message whose form is right. */
struct plain_problem {
    const char *rule; /* the id that a refusal for this alone carries; NULL: several may */
    bool choice;      /* the RFC would let us take it */
    const char *sentence;
};

struct plain_problems {
    size_t count;
    const struct plain_problem *first;
};

enum plain_answer {
    PLAIN_WRONG, /* by its form, at `wrong_at` */
    PLAIN_SHORT, /* nothing is wrong with its form yet */
    PLAIN_RIGHT,
};

/* A body, or as much as there is. Counts and digest are those of struct read_body; valid when PLAIN_RIGHT. */
struct plain_body {
    enum plain_answer answer;
    size_t wrong_at; /* PLAIN_WRONG: from its first byte */
    struct plain_problems problems;
    uint64_t content, chunks, trailers, digest;
    uint64_t content_digest; /* without the trailers */
    size_t length;
    /* Valid with any answer: what limits are asked about. */
    uint64_t announced;   /* content with the whole of a chunk that has begun */
    size_t longest_line;  /* of the chunk lines, as far as they are there */
    size_t trailer_bytes; /* behind the last chunk's line, as far as they are there */
};

struct plain_message {
    enum plain_answer head;
    size_t wrong_at;
    struct plain_problems head_problems; /* of the start line once it is whole, of all once the head is */
    size_t length;                       /* of the head; from here on: valid when PLAIN_RIGHT */
    int minor, status;
    struct plain_problems framing_problems;
    enum http_body_kind kind; /* from here on: valid when there are no problems */
    uint64_t body_length;
    bool has_length, keep_alive, interim, expect_continue;
    uint64_t told_length;
    struct plain_body body;
};

/* Reads the message that data[0 .. len) begins with; `request` is the method that a response answers. */
void plain_read(struct plain_message *p, enum http_kind kind, const char *data, size_t len, enum http_method request);

/* Reads the chunked body that data[0 .. len) begins with. */
void plain_chunked(struct plain_body *b, const char *data, size_t len);

/* The problem of this number, or NULL behind the last: for tests and documents. */
const struct plain_problem *plain_problem_at(size_t number);

#endif
