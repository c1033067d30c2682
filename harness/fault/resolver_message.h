/*
 * Messages of the Domain Name System, as far as a resolver needs them that answers for one name (RFC 1035, 3596). Pure:
 * bytes in, bytes out. What comes in is from a program under test, and may be anything.
 */
#ifndef SOCKSPEC_FAULT_RESOLVER_MESSAGE_H
#define SOCKSPEC_FAULT_RESOLVER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 1035 section 2.3.4: a name is 255 bytes on the wire at most; each byte may be written as \DDD. */
#define RESOLVER_NAME_TEXT 1024
/* RFC 1035 section 2.3.4: larger answers go over TCP. None of ours is larger. */
#define RESOLVER_ANSWER_MAX 512

/* RFC 1035 section 3.2.2, RFC 3596 section 2.1. */
enum resolver_type { RESOLVER_A = 1, RESOLVER_PTR = 12, RESOLVER_AAAA = 28 };

/* RFC 1035 section 4.1.1. */
enum resolver_code {
    RESOLVER_NOERROR = 0,
    RESOLVER_FORMERR = 1,
    RESOLVER_SERVFAIL = 2,
    RESOLVER_NXDOMAIN = 3,
    RESOLVER_NOTIMP = 4,
};

/* A query with one question: all that programs send. */
struct resolver_query {
    uint16_t id;
    unsigned opcode; /* 0: a standard query */
    bool recursion_desired;
    char name[RESOLVER_NAME_TEXT]; /* without the last dot; "." is the root. As sent: letters may be of either case */
    uint16_t type, class;
    size_t end; /* of the question: header and question are data[0 .. end) */
};

enum resolver_reading {
    RESOLVER_QUERY,   /* `out` is filled in */
    RESOLVER_BROKEN,  /* the id alone is known: answer FORMERR */
    RESOLVER_NOTHING, /* no header, or an answer of someone's: to be passed over */
};

/* Reads a query (over TCP: without its two bytes of length). */
enum resolver_reading resolver_query_read(struct resolver_query *out, const unsigned char *data, size_t len);

/* Whether the query is for this name (RFC 1035 section 2.3.3: in whatever case). `name` has no last dot. */
bool resolver_query_is_for(const struct resolver_query *q, const char *name);

/* An address to answer with. */
struct resolver_address {
    bool v6;
    unsigned char bytes[16]; /* 4 of them for IPv4 */
};

/*
 * Writes the answer: the question as it came (from `data`, the query's own bytes), the code, and those of the addresses
 * that the type asks for, in their order, each with a life of 0 seconds so that nobody keeps it. Returns its length.
 */
size_t resolver_answer_write(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                             const unsigned char *data, enum resolver_code code,
                             const struct resolver_address *addresses, size_t count);

/* The answer to a question for a PTR: one label, `name`. Returns its length. */
size_t resolver_pointer_write(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                              const unsigned char *data, const char *name);

/* The answer to what is broken: the id and the code. Returns its length. */
size_t resolver_refusal_write(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                              enum resolver_code code);

/* "A", "AAAA", "HTTPS", "type 99". Valid until the next call with the same `room`. */
const char *resolver_type_name(uint16_t type, char room[16]);

#endif
