/* Which clauses hold for which calls: pure, from counts, offsets and chance. */
#include "fault/inject_internal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Clauses under test with what they have met. */
struct bench {
    struct inject_clause clauses[3];
    struct inject_count counts[3];
    _Atomic uint32_t spared[3];
    size_t count;
};

static struct inject_clause clause(enum scn_call call, enum scn_effect effect, uint64_t amount, int error)
{
    return (struct inject_clause){
        .call = call, .effect = effect, .amount = amount, .error = error, .actor = -1, .probability = 1};
}

static struct bench bench_of(struct inject_clause c)
{
    return (struct bench){.clauses = {c}, .count = 1};
}

/* A send of `asked` bytes at `offset` of a stream. */
static struct inject_verdict try(struct bench *b, enum scn_call call, uint64_t asked, uint64_t offset)
{
    const struct inject_event e = {
        .call = call, .asked = asked, .offset = offset, .has_offset = true, .can_be_short = true, .actor = -1};
    struct inject_verdict v;
    inject_decide(b->clauses, b->count, UINT64_MAX, b->counts, &e, &v, b->spared);
    return v;
}

static void short_ones(void **state)
{
    (void)state;
    struct bench b = bench_of(clause(SCN_CALL_SEND, SCN_EFFECT_SHORT, 10, 0));
    assert_int_equal(try(&b, SCN_CALL_SEND, 100, 0).limit, 10);
    assert_true(try(&b, SCN_CALL_SEND, 10, 0).limit == UINT64_MAX); /* asks for no more than that */
    assert_true(try(&b, SCN_CALL_RECV, 100, 0).limit == UINT64_MAX);
    assert_int_equal(b.counts[0].hits, 1);
    assert_int_equal(b.counts[0].calls, 1);
}

static void datagrams_are_never_short(void **state)
{
    (void)state;
    struct bench b = bench_of(clause(SCN_CALL_SEND, SCN_EFFECT_SHORT, 1, 0));
    const struct inject_event e = {.call = SCN_CALL_SEND, .asked = 100, .spared_short = SPARED_DATAGRAM, .actor = -1};
    struct inject_verdict v;
    inject_decide(b.clauses, 1, UINT64_MAX, b.counts, &e, &v, b.spared);
    assert_true(v.limit == UINT64_MAX && v.clause == -1);
    assert_int_equal(b.spared[0], SPARED_DATAGRAM);
}

/* One letter a call: X hit, - left alone. */
static void assert_pattern(struct inject_clause c, const char *pattern)
{
    struct bench b = bench_of(c);
    char got[64] = "";
    for (size_t i = 0; i < strlen(pattern); i++)
        got[i] = try(&b, c.call, 100, 0).error ? 'X' : '-';
    assert_string_equal(got, pattern);
}

static void conditions(void **state)
{
    (void)state;
    struct inject_clause c = clause(SCN_CALL_RECV, SCN_EFFECT_ERROR, 0, EINTR);
    assert_pattern(c, "XXXX");
    c.every = 3;
    assert_pattern(c, "--X--X--X-");
    c.times = 2;
    assert_pattern(c, "--X--X-----");
    c.after_calls = 2;
    assert_pattern(c, "----X--X---");
    c.every = 0;
    assert_pattern(c, "--XX---");
    c.times = c.after_calls = 0;
    c.probability = 0;
    assert_pattern(c, "------");
}

static void chance_is_seeded(void **state)
{
    (void)state;
    struct inject_clause c = clause(SCN_CALL_RECV, SCN_EFFECT_ERROR, 0, EINTR);
    c.probability = 0.3;
    uint64_t runs[3];
    for (int run = 0; run < 3; run++) {
        struct bench b = bench_of(c);
        b.counts[0].rng.state = run == 2 ? 99 : 42;
        runs[run] = 0;
        for (int i = 0; i < 64; i++)
            runs[run] |= (uint64_t)(try(&b, SCN_CALL_RECV, 1, 0).error != 0) << i;
        assert_in_range(b.counts[0].hits, 5, 40);
    }
    assert_true(runs[0] == runs[1]);
    assert_true(runs[0] != runs[2]);
}

static void after_a_byte(void **state)
{
    (void)state;
    struct inject_clause c = clause(SCN_CALL_SEND, SCN_EFFECT_ERROR, 0, ECONNRESET);
    c.by_bytes = true;
    c.after_bytes = 137;
    struct bench b = bench_of(c);
    assert_int_equal(try(&b, SCN_CALL_SEND, 100, 0).clause, -1);
    struct inject_verdict v = try(&b, SCN_CALL_SEND, 100, 100); /* would reach beyond: cut there, which is no hit yet */
    assert_int_equal(v.limit, 37);
    assert_int_equal(v.effect, SCN_EFFECT_SHORT);
    assert_int_equal(b.counts[0].hits, 0);
    assert_int_equal(try(&b, SCN_CALL_SEND, 100, 137).error, ECONNRESET);
    assert_int_equal(b.counts[0].hits, 1);
}

static void several_at_once(void **state)
{
    (void)state;
    struct bench b = {.clauses = {clause(SCN_CALL_SEND, SCN_EFFECT_SHORT, 10, 0),
                                  clause(SCN_CALL_SEND, SCN_EFFECT_DELAY, 500, 0),
                                  clause(SCN_CALL_SEND, SCN_EFFECT_SHORT, 3, 0)},
                      .count = 3};
    struct inject_verdict v = try(&b, SCN_CALL_SEND, 100, 0);
    assert_int_equal(v.limit, 3);
    assert_int_equal(v.delay_us, 500);
    assert_int_equal(v.clause, 2);
    assert_int_equal(v.fired, 7);
    b.clauses[1] = clause(SCN_CALL_SEND, SCN_EFFECT_ERROR, 0, EPIPE);
    v = try(&b, SCN_CALL_SEND, 100, 0);
    assert_int_equal(v.error, EPIPE);
    assert_int_equal(v.clause, 1);
}

static void only_where_it_may_be(void **state)
{
    (void)state;
    struct bench b = bench_of(clause(SCN_CALL_RECV, SCN_EFFECT_ERROR, 0, EAGAIN));
    struct inject_event e = {.call = SCN_CALL_RECV, .asked = 1, .spared_again = SPARED_BLOCKING, .actor = 4};
    struct inject_verdict v;
    inject_decide(b.clauses, 1, UINT64_MAX, b.counts, &e, &v, b.spared);
    assert_int_equal(v.error, 0);
    assert_int_equal(b.spared[0], SPARED_BLOCKING);
    e.spared_again = 0;
    inject_decide(b.clauses, 1, 0, b.counts, &e, &v, b.spared); /* not armed */
    assert_int_equal(v.error, 0);
    b.clauses[0].actor = 3;
    inject_decide(b.clauses, 1, UINT64_MAX, b.counts, &e, &v, b.spared); /* of another actor */
    assert_int_equal(v.error, 0);
    b.clauses[0].actor = 4;
    b.clauses[0].on_listener = true;
    inject_decide(b.clauses, 1, UINT64_MAX, b.counts, &e, &v, b.spared);
    assert_int_equal(v.error, 0);
    e.listening = true;
    inject_decide(b.clauses, 1, UINT64_MAX, b.counts, &e, &v, b.spared);
    assert_int_equal(v.error, EAGAIN);
}

static void texts(void **state)
{
    (void)state;
    struct inject_clause c = clause(SCN_CALL_RECV, SCN_EFFECT_ERROR, 0, EINTR);
    struct buf out = {0};
    c.every = 3;
    c.times = 5;
    c.after_calls = 2;
    c.probability = 0.5;
    inject_clause_text(&c, &out);
    assert_string_equal(buf_text(&out), "recv error EINTR every 3 times 5 after 2 calls with probability 50%");
    buf_clear(&out);
    struct inject_receipt r = {.us = 1500000,
                               .pid = 7,
                               .tid = 8,
                               .fd = 3,
                               .effect = SCN_EFFECT_ERROR,
                               .has_offset = true,
                               .offset = 12,
                               .asked = 100,
                               .returned = -EINTR,
                               .inode = 9,
                               .peer = "127.0.0.1:80"};
    inject_receipt_json(&r, &c, 500000, &out);
    assert_string_equal(
        buf_text(&out),
        "{\"seconds\":1.0,\"pid\":7,\"thread\":8,\"call\":\"write\",\"fd\":3,\"socket\":9,"
        "\"peer\":\"127.0.0.1:80\",\"offset\":12,\"asked\":100,\"returned\":-1,\"errno\":\"EINTR\","
        "\"effect\":\"error\",\"fault\":\"recv error EINTR every 3 times 5 after 2 calls with probability "
        "50%\"}");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_ones),           cmocka_unit_test(datagrams_are_never_short),
        cmocka_unit_test(conditions),           cmocka_unit_test(chance_is_seeded),
        cmocka_unit_test(after_a_byte),         cmocka_unit_test(several_at_once),
        cmocka_unit_test(only_where_it_may_be), cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
