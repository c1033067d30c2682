/* The mutator: bounds, determinism, every operation, and a fair share of what still parses. */
#include "fuzz/mutator.h"
#include "protocol/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 2048

struct seed {
    const char *text;
    size_t len;
};

#define S(text)                                                                                                        \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }

static const struct seed requests[] = {
    S("0aGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    S("0aPOST /a?b HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"),
    S("0aPUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n"),
};

static const struct seed others[] = {
    S("0aHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
    S("0a5\r\nhello\r\n0\r\n\r\n"),
    S("0aGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
    S("0a"),
    S("0"),
    S(""),
    S("0a\0\0\0\r\n\n\r"),
    S("0a\r\n\r\n\r\n\r\n"),
    S("0affffffffffffffffffffffffff\r\n"),
    S("0aGET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"),
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Memory of exactly `max` bytes, so that a write past it is seen. */
static size_t mutate(uint8_t **out, const struct seed *from, size_t max, uint64_t seed, const struct seed *other,
                     unsigned *done)
{
    const struct mutator_other o = {.data = (const uint8_t *)(other == NULL ? NULL : other->text),
                                    .len = other == NULL ? 0 : other->len};
    *out = malloc(max > 0 ? max : 1);
    assert_non_null(*out);
    size_t len = from->len < max ? from->len : max;
    memcpy(*out, from->text, len);
    return mutator_run(*out, len, max, seed, other == NULL ? NULL : &o, done);
}

static void never_beyond_the_room(void **state)
{
    (void)state;
    static const size_t rooms[] = {0, 1, 2, 3, 16, 40, 100, 200, ROOM};
    for (uint64_t seed = 0; seed < 4000; seed++) {
        for (size_t i = 0; i < COUNT(requests) + COUNT(others); i++) {
            const struct seed *s = i < COUNT(requests) ? &requests[i] : &others[i - COUNT(requests)];
            size_t max = rooms[(seed + i) % COUNT(rooms)];
            uint8_t *out;
            size_t len = mutate(&out, s, max, seed, &others[seed % COUNT(others)], NULL);
            assert_true(len <= max);
            free(out);
        }
    }
}

static void the_seed_decides(void **state)
{
    (void)state;
    size_t changed = 0, distinct = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        uint8_t *a, *b, *c;
        const struct seed *s = &requests[seed % COUNT(requests)];
        size_t an = mutate(&a, s, ROOM, seed, &requests[0], NULL);
        size_t bn = mutate(&b, s, ROOM, seed, &requests[0], NULL);
        size_t cn = mutate(&c, s, ROOM, seed + 1, &requests[0], NULL);
        assert_int_equal(an, bn);
        assert_memory_equal(a, b, an);
        changed += an != s->len || memcmp(a, s->text, an) != 0;
        distinct += an != cn || memcmp(a, c, an) != 0;
        free(a);
        free(b);
        free(c);
    }
    assert_true(changed > 900);
    assert_true(distinct > 900);
}

/* An input that is longer than the room is cut, and what it is cut to is mutated. */
static void longer_than_the_room(void **state)
{
    (void)state;
    uint8_t data[32];
    memset(data, 'x', sizeof data);
    for (uint64_t seed = 0; seed < 100; seed++)
        assert_true(mutator_run(data, sizeof data, 7, seed, NULL, NULL) <= 7);
}

static void every_operation_occurs(void **state)
{
    (void)state;
    unsigned done[MUTATOR_OPS] = {0};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        uint8_t *out;
        const struct seed *s = seed % 4 == 3 ? &others[0] : &requests[seed % COUNT(requests)];
        mutate(&out, s, ROOM, seed, &requests[2], done);
        free(out);
    }
    for (int op = 0; op < MUTATOR_OPS; op++) {
        assert_non_null(mutator_op_name((enum mutator_op)op));
        if (done[op] < 20)
            fail_msg("%s was done %u times only", mutator_op_name((enum mutator_op)op), done[op]);
    }
    assert_null(mutator_op_name(MUTATOR_OPS));
}

/* Whether a strict parser takes the head of this input. */
static bool head_is_taken(const uint8_t *data, size_t len)
{
    struct http_head head;
    http_head_init(&head, HTTP_REQUEST, NULL);
    return len > 2 && http_head_parse(&head, (const char *)data + 2, len - 2) > 0;
}

static void a_fair_share_is_still_taken(void **state)
{
    (void)state;
    size_t taken = 0;
    const size_t all = 3000;
    for (uint64_t seed = 0; seed < all; seed++) {
        uint8_t *out;
        size_t len = mutate(&out, &requests[seed % COUNT(requests)], ROOM, seed, NULL, NULL);
        taken += head_is_taken(out, len);
        free(out);
    }
    /* Neither all refused at once, nor nothing but right ones. */
    assert_in_range(taken, all / 5, all * 4 / 5);
}

/* Whether any of many mutations of this request holds these bytes. */
static bool comes_up(const char *bytes, size_t n)
{
    bool found = false;
    for (uint64_t seed = 0; seed < 40000 && !found; seed++) {
        uint8_t *out;
        size_t len = mutate(&out, &requests[2], ROOM, seed, NULL, NULL);
        found = memmem(out, len, bytes, n) != NULL;
        free(out);
    }
    return found;
}

/* What request smuggling is made of comes up from a plain request. */
static void smuggling_comes_up(void **state)
{
    (void)state;
    static const struct seed wanted[] = {
        S("Transfer-Encoding: chunked\r\nContent-Length: "),
        S("Transfer-Encoding: chunked, gzip\r\n"),
        S("Content-Length : "),
        S("Host: a\r\nHost: a\r\n"),
        S("hello0\r\n"), /* no line end behind the data */
        S("\n0x5;x=y\r\n"),
        S("\n10000000000000005;x=y\r\n"),
        S("\n100000005;x=y\r\n"),
        S("\n05;x=y\r\n"),
        S("\n+5;x=y\r\n"),
        S("HTTP/1.1\r\nHost: a\n"),
        S("Host: a\rTransfer-Encoding"),
        S("\r\n\r\nGET / HTTP/1.1\r\n"),
        S("T: a\0b\r\n"),
    };
    for (size_t i = 0; i < COUNT(wanted); i++) {
        if (!comes_up(wanted[i].text, wanted[i].len))
            fail_msg("never made: %s", wanted[i].text);
    }
}

static void crossing_takes_pieces(void **state)
{
    (void)state;
    const struct mutator_other other = {.data = (const uint8_t *)requests[2].text, .len = requests[2].len};
    size_t taken = 0;
    for (uint64_t seed = 0; seed < 500; seed++) {
        uint8_t data[ROOM];
        memcpy(data, requests[0].text, requests[0].len);
        size_t len = mutator_cross(data, requests[0].len, ROOM, seed, &other);
        assert_true(len <= ROOM);
        taken += memmem(data, len, "hello", 5) != NULL || memmem(data, len, "chunked", 7) != NULL;
    }
    assert_true(taken > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_beyond_the_room),       cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(longer_than_the_room),        cmocka_unit_test(every_operation_occurs),
        cmocka_unit_test(a_fair_share_is_still_taken), cmocka_unit_test(smuggling_comes_up),
        cmocka_unit_test(crossing_takes_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
