/* What the faults of the link do: to the byte where bytes are meant, at least so long where time is. */
#include "tests/link_bed.h"

#include <math.h>

static struct bed *bed_with(struct link_fault f)
{
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    bed_fault(b, f);
    return b;
}

static double seconds(uint64_t since)
{
    return (double)(clock_us() - since) / 1e6;
}

static void a_delay_is_at_least_that_long_and_keeps_the_order(void **state)
{
    (void)state;
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_DELAY, .down = true, .amount = 0.05});
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_JITTER, .down = true, .amount = 0.02});
    struct pair p = bed_pair(b);
    uint64_t begin = clock_us();
    char text[26];
    for (int i = 0; i < 26; i++) {
        send_all(p.server, &(char){(char)('a' + i)}, 1);
        bed_turn(b);
    }
    close(p.server);
    assert_int_equal(bed_recv(b, p.client, text, 1), 1);
    assert_true(seconds(begin) >= 0.05);
    assert_int_equal(bed_take(b, p.client, text + 1, 25, NULL), 25);
    assert_memory_equal(text, "abcdefghijklmnopqrstuvwxyz", 26);
    assert_int_equal(bed_end(b, p.client), 0);
    assert_true(link_reached(b->link, 0) > 0);
    assert_true(link_reached(b->link, 1) > 0);
    close(p.client);
    bed_close(b);
}

static void a_delayed_end_comes_behind_the_bytes(void **state)
{
    (void)state;
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_DELAY, .amount = 0.03});
    struct pair p = bed_pair(b);
    char text[8];
    uint64_t begin = clock_us();
    send_all(p.client, "question", 8);
    shutdown(p.client, SHUT_WR);
    assert_int_equal(bed_take(b, p.server, text, 8, NULL), 8);
    assert_int_equal(bed_end(b, p.server), 0);
    assert_true(seconds(begin) >= 0.03);
    send_all(p.server, "answer", 6);
    struct linger none = {.l_onoff = 1};
    setsockopt(p.server, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    close(p.server);
    assert_int_equal(bed_take(b, p.client, text, 6, NULL), 6);
    assert_int_equal(bed_end(b, p.client), -ECONNRESET);
    close(p.client);
    bed_close(b);
}

/*
 * How late each of six bytes came, at best: what the machine adds on top of the link's own waiting is never below zero,
 * so that the least of several runs comes to what the link itself did.
 */
static void least_spans(struct bed *b, uint64_t seed, double spans[6])
{
    bed_link(b, seed);
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_JITTER, .up = true, .amount = 0.3});
    struct pair p = bed_pair(b);
    for (int i = 0; i < 6; i++) {
        char c;
        uint64_t begin = clock_us();
        send_all(p.client, "x", 1);
        assert_int_equal(bed_recv(b, p.server, &c, 1), 1);
        spans[i] = fmin(spans[i], seconds(begin));
    }
    pair_close(p);
}

static int differences(const double a[6], const double b[6])
{
    int count = 0;
    for (int i = 0; i < 6; i++)
        count += fabs(a[i] - b[i]) > 0.02;
    return count;
}

/* When each byte may leave depends on the seed alone. Jitter of its own in each run would bring all to nothing in the
 * end, and none to differ. */
static void jitter_repeats_by_seed(void **state)
{
    (void)state;
    double first[6], again[6], other[6];
    for (int i = 0; i < 6; i++)
        first[i] = again[i] = other[i] = INFINITY;
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    int rounds = 0;
    do {
        least_spans(b, 1, first);
        least_spans(b, 2, other);
        least_spans(b, 1, again);
    } while (++rounds < 20 && (differences(first, again) > 0 || differences(first, other) < 3));
    assert_int_equal(differences(first, again), 0);
    assert_true(differences(first, other) >= 3);
    bed_close(b);
}

static void slices_come_one_by_one(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 3, 1000};
    static const char *const places[][2] = {{"127.0.0.1:0", "127.0.0.1:0"},
                                            {"unix:/tmp/link-slice-%d-l", "unix:/tmp/link-slice-%d-t"}};
    for (size_t k = 0; k < 6; k++) {
        size_t size = sizes[k % 3], total = size * 20 + size / 2, got = 0, count = 0;
        struct bed *b = bed_open(places[k / 3][0], places[k / 3][1]);
        bed_fault(b, (struct link_fault){.kind = SCN_LINK_SLICE, .up = true, .amount = (double)size});
        struct pair p = bed_pair(b);
        char *data = mem_new(1, total), *back = mem_new(1, total);
        struct rng r = {7};
        rng_fill(&r, data, total);
        send_all(p.client, data, total);
        shutdown(p.client, SHUT_WR);
        while (got < total) {
            ssize_t n = bed_recv(b, p.server, back + got, total - got);
            assert_true(n > 0 && (size_t)n <= size);
            got += (size_t)n;
            count++;
        }
        assert_memory_equal(data, back, total);
        assert_int_equal(count, 20 + (size > 1));
        assert_int_equal(bed_end(b, p.server), 0);
        send_all(p.server, data, total < 100 ? total : 100); /* the other way is not sliced */
        assert_int_equal(bed_recv(b, p.client, back, 100), total < 100 ? total : 100);
        free(data);
        free(back);
        pair_close(p);
        bed_close(b);
    }
}

/* Who reads only when more has come (SO_RCVLOWAT) must not wait for ever. */
static void slices_do_not_stop_a_reader_that_wants_more(void **state)
{
    (void)state;
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_SLICE, .amount = 1});
    struct pair p = bed_pair(b);
    char text[64];
    setsockopt(p.server, SOL_SOCKET, SO_RCVLOWAT, &(int){40}, sizeof(int));
    memset(text, 'x', sizeof(text));
    send_all(p.client, text, 40);
    assert_int_equal(bed_recv(b, p.server, text, sizeof(text)), 40);
    pair_close(p);
    bed_close(b);
}

/* By bytes: in any time that has passed no more came than the rate allows, with a portion or two on top. */
static void a_rate_is_not_exceeded(void **state)
{
    (void)state;
    enum { RATE = 200000, TOTAL = 60000 };
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_RATE, .down = true, .amount = RATE});
    struct pair p = bed_pair(b);
    char *block = mem_new(1, TOTAL);
    send_all(p.server, block, TOTAL);
    close(p.server);
    uint64_t begin = clock_us();
    size_t got = 0;
    while (got < TOTAL) {
        ssize_t n = bed_recv(b, p.client, block, TOTAL);
        assert_true(n > 0);
        got += (size_t)n;
        double allowed = RATE * seconds(begin) + 0.05 * RATE;
        if ((double)got > allowed)
            fail_msg("%zu bytes after %.3f s at %d bytes/s", got, seconds(begin), RATE);
    }
    assert_true(seconds(begin) >= 0.2);
    assert_int_equal(bed_end(b, p.client), 0);
    assert_true(link_reached(b->link, 0) > 0);
    free(block);
    close(p.client);
    bed_close(b);
}

static void a_slow_rate_comes_to_whole_bytes(void **state)
{
    (void)state;
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_RATE, .amount = 20});
    struct pair p = bed_pair(b);
    uint64_t begin = clock_us();
    char text[8];
    send_all(p.client, "12345", 5);
    assert_int_equal(bed_take(b, p.server, text, 5, NULL), 5);
    assert_true(seconds(begin) >= 0.15);
    pair_close(p);
    bed_close(b);
}

/* Counts at which something must happen, against what one send brings. */
static const size_t counts[] = {0, 1, 999, 1000, 65536, 300001};

static void a_reset_comes_after_exactly_n_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct bed *b =
            bed_with((struct link_fault){.kind = SCN_LINK_RESET, .down = true, .amount = (double)counts[i]});
        struct pair p = bed_pair(b);
        char *block = mem_new(1, 400000);
        ssize_t end = 1;
        size_t got = 0, sent = 0;
        while (end > 0) {
            ssize_t n = sent < 400000 ? send(p.server, block + sent, 400000 - sent, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
            sent += n > 0 ? (size_t)n : 0;
            bed_turn(b);
            if (!bed_readable(p.client))
                continue;
            end = bed_recv(b, p.client, block, 400000);
            got += end > 0 ? (size_t)end : 0;
        }
        assert_int_equal(end, -ECONNRESET);
        assert_int_equal(got, counts[i]);
        assert_int_equal(link_reached(b->link, 0), 1);
        BED_UNTIL(b, link_alive(b->link) == 0);
        ssize_t n = 1; /* the sender is told as well */
        while (n > 0)
            n = bed_recv(b, p.server, block, 10);
        assert_true(n == -ECONNRESET || n == -EPIPE);
        free(block);
        pair_close(p);
        bed_close(b);
    }
}

static void a_close_comes_after_exactly_n_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_CLOSE, .up = true, .amount = (double)counts[i]});
        struct pair p = bed_pair(b);
        char *block = mem_new(1, 400000);
        ssize_t end = 1;
        size_t got = 0, sent = 0;
        while (end > 0) {
            ssize_t n = sent < 400000 ? send(p.client, block + sent, 400000 - sent, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
            sent += n > 0 ? (size_t)n : 0;
            bed_turn(b);
            if (!bed_readable(p.server))
                continue;
            end = bed_recv(b, p.server, block, 400000);
            got += end > 0 ? (size_t)end : 0;
        }
        assert_int_equal(end, 0); /* FIN, not RST, though more was on its way */
        assert_int_equal(got, counts[i]);
        send(p.server, "late", 4, MSG_NOSIGNAL); /* brings no RST */
        for (int k = 0; k < 20; k++)
            bed_turn(b);
        assert_int_equal(bed_end(b, p.server), 0);
        close(p.server);
        BED_UNTIL(b, link_alive(b->link) == 0);
        free(block);
        close(p.client);
        bed_close(b);
    }
}

static void silence_hands_nothing_on_and_ends_nothing(void **state)
{
    (void)state;
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_SILENT, .down = true, .amount = 5});
    struct pair p = bed_pair(b);
    char text[16];
    send_all(p.server, "hello, world", 12);
    assert_int_equal(bed_take(b, p.client, text, 5, NULL), 5);
    assert_memory_equal(text, "hello", 5);
    send_all(p.client, "still there?", 12); /* the other way goes on */
    assert_int_equal(bed_take(b, p.server, text, 12, NULL), 12);
    close(p.server);
    uint64_t begin = clock_us();
    while (clock_us() - begin < 100 * 1000) {
        bed_turn(b);
        assert_false(bed_readable(p.client));
    }
    shutdown(p.client, SHUT_WR); /* it has said its last, and still listens */
    begin = clock_us();
    while (clock_us() - begin < 500 * 1000) {
        bed_turn(b);
        assert_false(bed_readable(p.client));
    }
    assert_int_equal(link_alive(b->link), 1);
    close(p.client);
    BED_UNTIL(b, link_alive(b->link) == 0);
    assert_int_equal(link_reached(b->link, 0), 1);
    bed_close(b);
}

static void only_the_nth_connection(void **state)
{
    (void)state;
    struct bed *b = bed_with((struct link_fault){.kind = SCN_LINK_RESET, .amount = 3, .connection = 2});
    for (int i = 1; i <= 3; i++) {
        struct pair p = bed_pair(b);
        char text[8];
        send_all(p.client, "12345", 5);
        ssize_t end;
        size_t got = bed_take(b, p.server, text, 5, &end);
        assert_int_equal(got, i == 2 ? 3 : 5);
        assert_int_equal(end, i == 2 ? -ECONNRESET : 1);
        pair_close(p);
    }
    struct link_event e;
    assert_int_equal(bed_events(b, LINK_EVENT_FAULT, &e), 1);
    assert_int_equal(e.connection, 2);
    assert_int_equal(e.offset, 3);
    bed_close(b);
}

/* Put in force in the middle: what has passed has passed; a count below that acts at once. */
static void faults_may_come_later(void **state)
{
    (void)state;
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    struct pair p = bed_pair(b);
    bed_transfer(b, p.client, p.server, 3 * 1000 * 1000, 1);
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_SLICE, .up = true, .amount = 2});
    char text[8];
    send_all(p.client, "123", 3);
    assert_int_equal(bed_recv(b, p.server, text, 8), 2);
    assert_int_equal(bed_recv(b, p.server, text, 8), 1);
    assert_int_equal(link_reached(b->link, 0), 1);
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_RESET, .up = true, .amount = 10});
    assert_int_equal(bed_end(b, p.server), -ECONNRESET);
    assert_int_equal(bed_end(b, p.client), -ECONNRESET);
    pair_close(p);
    bed_close(b);
}

static void every_byte_arrives_under_all_at_once(void **state)
{
    (void)state;
    struct bed *b = bed_open("[::1]:0", "127.0.0.1:0");
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_DELAY, .amount = 0.002});
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_JITTER, .amount = 0.005});
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_SLICE, .amount = 5000});
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_RATE, .amount = 2e6});
    struct pair p = bed_pair(b);
    bed_transfer(b, p.client, p.server, 300000, 1);
    bed_transfer(b, p.server, p.client, 300000, 2);
    pair_close(p);
    BED_UNTIL(b, link_alive(b->link) == 0);
    bed_close(b);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct err e = {0};
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_LOSS, .amount = 5}, &e), -1);
    for (int i = 0; i < 64; i++)
        assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_DELAY, .amount = 0}, &e), i);
    assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_DELAY}, &e), -1);
    bed_close(b);
    b = bed_open("unix:/tmp/link-fit-%d-l", "unix:/tmp/link-fit-%d-t");
    assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_RESET, .amount = 5}, &e), -1);
    assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_CLOSE, .amount = 5}, &e), 0);
    bed_close(b);
    b = bed_open("udp:127.0.0.1:0", "udp:127.0.0.1:0");
    assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_SLICE, .amount = 5}, &e), -1);
    assert_int_equal(link_add(b->link, &(struct link_fault){.kind = SCN_LINK_CLOSE, .amount = 5}, &e), -1);
    assert_int_equal(link_open(b->link, &b->listen, &(struct link_place){.type = SOCK_STREAM}, &e), -1);
    bed_close(b);
}

static void faults_and_events_have_words(void **state)
{
    (void)state;
    static const struct {
        struct link_fault f;
        const char *text;
    } faults[] = {
        {{.kind = SCN_LINK_DELAY, .up = true, .amount = 0.02}, "up delay 20ms"},
        {{.kind = SCN_LINK_JITTER, .amount = 1.5}, "jitter 1.5s"},
        {{.kind = SCN_LINK_SLICE, .down = true, .amount = 1}, "down slice 1"},
        {{.kind = SCN_LINK_RATE, .up = true, .down = true, .amount = 10000}, "rate 10000B/s"},
        {{.kind = SCN_LINK_RESET, .down = true, .amount = 5000000, .connection = 2},
         "down reset after 5000000 bytes on connection 2"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        buf_clear(&out);
        link_fault_text(&faults[i].f, &out);
        assert_string_equal(buf_text(&out), faults[i].text);
    }
    struct link_event e = {.kind = LINK_EVENT_PASSED,
                           .us = 1500000,
                           .connection = 3,
                           .directed = true,
                           .direction = LINK_DOWN,
                           .offset = 7,
                           .bytes = 1};
    buf_clear(&out);
    link_event_text(&e, &out);
    assert_string_equal(buf_text(&out), "1.500000 #3 down passed 1 byte at 7");
    buf_clear(&out);
    link_event_json(&e, &out);
    assert_string_equal(
        buf_text(&out),
        "{\"time\":1.5,\"event\":\"passed\",\"connection\":3,\"direction\":\"down\",\"bytes\":1,\"offset\":7}");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delay_is_at_least_that_long_and_keeps_the_order),
        cmocka_unit_test(a_delayed_end_comes_behind_the_bytes),
        cmocka_unit_test(jitter_repeats_by_seed),
        cmocka_unit_test(slices_come_one_by_one),
        cmocka_unit_test(slices_do_not_stop_a_reader_that_wants_more),
        cmocka_unit_test(a_rate_is_not_exceeded),
        cmocka_unit_test(a_slow_rate_comes_to_whole_bytes),
        cmocka_unit_test(a_reset_comes_after_exactly_n_bytes),
        cmocka_unit_test(a_close_comes_after_exactly_n_bytes),
        cmocka_unit_test(silence_hands_nothing_on_and_ends_nothing),
        cmocka_unit_test(only_the_nth_connection),
        cmocka_unit_test(faults_may_come_later),
        cmocka_unit_test(every_byte_arrives_under_all_at_once),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(faults_and_events_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
