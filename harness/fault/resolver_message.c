#include "fault/resolver_message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* RFC 1035 section 4.1.1. */
#define HEADER 12
/* Bits of the header's second 16-bit word. */
enum {
    FLAG_ANSWER = 0x8000,
    FLAG_AUTHORITY = 0x0400,
    FLAG_RECURSION_DESIRED = 0x0100,
    FLAG_RECURSION_AVAILABLE = 0x0080
};
/* RFC 1035 section 2.3.4. */
#define LABEL_MAX     63
#define NAME_MAX_WIRE 255
/* The question's name stands right behind the header: a pointer to it (RFC 1035 section 4.1.4). */
#define POINTER_TO_QUESTION (0xc000 | HEADER)
#define CLASS_IN            1

static uint16_t read16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static unsigned char *put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
    return at + 2;
}

/* One byte of a label, as RFC 1035 section 5.1 writes it. Returns how many bytes were written. */
static size_t put_byte(char *to, unsigned char c)
{
    if (c > ' ' && c < 0x7f && c != '.' && c != '\\') {
        to[0] = (char)c;
        return 1;
    }
    to[0] = '\\';
    to[1] = (char)('0' + c / 100);
    to[2] = (char)('0' + c / 10 % 10);
    to[3] = (char)('0' + c % 10);
    return 4;
}

/* Reads the name at *at and moves behind it. A first name cannot be compressed: there is nothing
 * before it to point to. */
static bool read_name(char text[RESOLVER_NAME_TEXT], const unsigned char *data, size_t len, size_t *at)
{
    size_t from = *at, used = 0;
    for (;;) {
        if (*at >= len)
            return false;
        size_t label = data[(*at)++];
        if (label == 0)
            break;
        if (label > LABEL_MAX || label > len - *at || *at + label - from > NAME_MAX_WIRE - 1)
            return false;
        if (used)
            text[used++] = '.';
        for (size_t i = 0; i < label; i++)
            used += put_byte(text + used, data[*at + i]);
        *at += label;
    }
    if (!used)
        text[used++] = '.';
    text[used] = '\0';
    return true;
}

enum resolver_reading resolver_query_read(struct resolver_query *out, const unsigned char *data, size_t len)
{
    *out = (struct resolver_query){0};
    if (len < HEADER)
        return RESOLVER_NOTHING;
    unsigned flags = read16(data + 2);
    if (flags & FLAG_ANSWER)
        return RESOLVER_NOTHING;
    out->id = read16(data);
    out->opcode = flags >> 11 & 0xf;
    out->recursion_desired = flags & FLAG_RECURSION_DESIRED;
    size_t at = HEADER;
    if (read16(data + 4) != 1 || read16(data + 6) != 0 || !read_name(out->name, data, len, &at) || len - at < 4)
        return RESOLVER_BROKEN;
    out->type = read16(data + at);
    out->class = read16(data + at + 2);
    out->end = at + 4;
    return RESOLVER_QUERY;
}

bool resolver_query_is_for(const struct resolver_query *q, const char *name)
{
    return q->class == CLASS_IN && strcasecmp(q->name, name) == 0;
}

static unsigned char *put_header(unsigned char *to, const struct resolver_query *q, enum resolver_code code,
                                 unsigned questions, unsigned answers)
{
    unsigned flags = FLAG_ANSWER | FLAG_AUTHORITY | FLAG_RECURSION_AVAILABLE | q->opcode << 11 | (unsigned)code;
    to = put16(to, q->id);
    to = put16(to, q->recursion_desired ? flags | FLAG_RECURSION_DESIRED : flags);
    to = put16(to, questions);
    to = put16(to, answers);
    to = put16(to, 0);
    return put16(to, 0);
}

/* RFC 1035 section 3.2.1. */
static unsigned char *put_record(unsigned char *to, enum resolver_type type, const void *data, size_t len)
{
    to = put16(to, POINTER_TO_QUESTION);
    to = put16(to, type);
    to = put16(to, CLASS_IN);
    to = put16(to, 0); /* seconds to live, both halves */
    to = put16(to, 0);
    to = put16(to, (unsigned)len);
    memcpy(to, data, len);
    return to + len;
}

/* RFC 1035 section 3.4.1, RFC 3596 section 2.2. */
static unsigned char *put_address(unsigned char *to, const struct resolver_address *a)
{
    return put_record(to, a->v6 ? RESOLVER_AAAA : RESOLVER_A, a->bytes, a->v6 ? 16 : 4);
}

size_t resolver_answer_write(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                             const unsigned char *data, enum resolver_code code,
                             const struct resolver_address *addresses, size_t count)
{
    unsigned answers = 0;
    unsigned char *at = out + q->end;
    memcpy(out + HEADER, data + HEADER, q->end - HEADER);
    for (size_t i = 0; i < count && code == RESOLVER_NOERROR; i++) {
        const size_t most = 12 + 16; /* the fixed part of a record and an IPv6 address */
        bool wanted = q->type == (addresses[i].v6 ? RESOLVER_AAAA : RESOLVER_A);
        if (!wanted || (size_t)(out + RESOLVER_ANSWER_MAX - at) < most)
            continue;
        at = put_address(at, &addresses[i]);
        answers++;
    }
    put_header(out, q, code, 1, answers);
    return (size_t)(at - out);
}

/* RFC 1035 section 3.3.12. */
size_t resolver_pointer_write(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                              const unsigned char *data, const char *name)
{
    unsigned char wire[1 + LABEL_MAX + 1] = {0};
    size_t len = strlen(name);
    len = len < LABEL_MAX ? len : LABEL_MAX;
    wire[0] = (unsigned char)len;
    memcpy(wire + 1, name, len);
    memcpy(out + HEADER, data + HEADER, q->end - HEADER);
    unsigned char *end = put_record(out + q->end, RESOLVER_PTR, wire, len + 2);
    put_header(out, q, RESOLVER_NOERROR, 1, 1);
    return (size_t)(end - out);
}

size_t resolver_refusal_write(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                              enum resolver_code code)
{
    return (size_t)(put_header(out, q, code, 0, 0) - out);
}

const char *resolver_type_name(uint16_t type, char room[16])
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {{1, "A"},    {2, "NS"},    {5, "CNAME"}, {6, "SOA"},    {12, "PTR"}, {15, "MX"},
                 {16, "TXT"}, {28, "AAAA"}, {33, "SRV"},  {65, "HTTPS"}, {255, "ANY"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].type == type)
            return names[i].name;
    snprintf(room, 16, "type %u", type);
    return room;
}
