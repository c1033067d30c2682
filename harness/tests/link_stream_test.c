/* The link without faults: bytes, ends and errors pass as they would without it. */
#include "tests/link_bed.h"

#include <netinet/in.h>

static const char *const places[] = {"127.0.0.1:0", "[::1]:0", "unix"};

static struct bed *open_kind(size_t i)
{
    return strcmp(places[i], "unix") == 0 ? bed_open("unix:/tmp/link-test-%d-l", "unix:/tmp/link-test-%d-t")
                                          : bed_open(places[i], places[i]);
}

static void rst(int fd)
{
    struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    close(fd);
}

static void bytes_pass_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bed *b = open_kind(i);
        struct pair p = bed_pair(b);
        bed_transfer(b, p.client, p.server, 1, 1);
        bed_transfer(b, p.server, p.client, 100, 2);
        bed_transfer(b, p.client, p.server, 8 * 1000 * 1000, 3);
        bed_transfer(b, p.server, p.client, 8 * 1000 * 1000, 4);
        bed_transfer(b, p.client, p.server, 17, 5);
        pair_close(p);
        BED_UNTIL(b, link_alive(b->link) == 0);
        bed_close(b);
    }
}

static void a_half_close_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bed *b = open_kind(i);
        struct pair p = bed_pair(b);
        char text[16];
        send_all(p.client, "question", 8);
        shutdown(p.client, SHUT_WR);
        assert_int_equal(bed_take(b, p.server, text, 8, NULL), 8);
        assert_int_equal(bed_end(b, p.server), 0);
        bed_transfer(b, p.server, p.client, 3 * 1000 * 1000, 6);
        close(p.server);
        assert_int_equal(bed_end(b, p.client), 0);
        BED_UNTIL(b, link_alive(b->link) == 0);
        close(p.client);
        bed_close(b);
    }
}

static void a_reset_is_passed_on(void **state)
{
    (void)state;
    for (int direction = 0; direction < 2; direction++) {
        struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
        struct pair p = bed_pair(b);
        int from = direction ? p.server : p.client, to = direction ? p.client : p.server;
        char text[8];
        send_all(from, "last", 4);
        rst(from);
        assert_int_equal(bed_take(b, to, text, 4, NULL), 4);
        assert_int_equal(bed_end(b, to), -ECONNRESET);
        BED_UNTIL(b, link_alive(b->link) == 0);
        close(to);
        bed_close(b);
    }
}

/* The receiver takes nothing, the link holds all it may: the RST is told all the same. */
static void a_reset_passes_a_receiver_that_is_blocked(void **state)
{
    (void)state;
    for (int faulty = 0; faulty < 2; faulty++) {
        struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
        if (faulty)
            bed_fault(b, (struct link_fault){.kind = SCN_LINK_DELAY, .amount = 0.001});
        struct pair p = bed_pair(b);
        static char block[65536];
        uint64_t quiet = clock_us();
        for (int turns = 0; !bed_is_stuck(quiet, turns); turns++) {
            if (send(p.client, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
                quiet = clock_us();
                turns = 0;
            }
            bed_turn(b);
        }
        rst(p.client);
        BED_UNTIL(b, link_alive(b->link) == 0);
        ssize_t n;
        while ((n = bed_recv(b, p.server, block, sizeof(block))) > 0)
            ;
        assert_int_equal(n, -ECONNRESET);
        close(p.server);
        bed_close(b);
    }
}

/* In the middle of a bulk transfer, bytes of which sit in a pipe: the sender is told, and what the receiver had sent
 * before still comes. */
static void a_receiver_that_goes_is_told_to_the_sender(void **state)
{
    (void)state;
    for (int blocked = 0; blocked < 2; blocked++) {
        struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
        struct pair p = bed_pair(b);
        static char block[262144];
        bed_transfer(b, p.client, p.server, 8 * 1000 * 1000, 1); /* the link has learnt that it is bulk */
        for (int i = 0; i < (blocked ? 400 : 20); i++) {
            send(p.client, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
            bed_turn(b);
        }
        send_all(p.server, "bye", 3);
        rst(p.server);
        assert_int_equal(bed_take(b, p.client, block, 3, NULL), 3);
        assert_memory_equal(block, "bye", 3);
        assert_int_equal(bed_end(b, p.client), -ECONNRESET);
        BED_UNTIL(b, link_alive(b->link) == 0);
        close(p.client);
        bed_close(b);
    }
}

static void a_target_that_is_not_there_is_a_reset(void **state)
{
    (void)state;
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    close(b->target_fd);
    /* Bound and not listening: the port stays ours, or another program might have it by now. */
    b->target_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(b->target_fd, (struct sockaddr *)&b->target.address, b->target.len), 0);
    int client = bed_dial(b);
    assert_int_equal(bed_end(b, client), -ECONNRESET);
    struct link_event e;
    assert_int_equal(bed_events(b, LINK_EVENT_REFUSED, &e), 1);
    assert_int_equal(e.error, ECONNREFUSED);
    close(client);
    bed_close(b);
}

/* Nobody reads: what the link has taken in stays below its bound, and all of it arrives when somebody does. */
static void memory_is_bounded(void **state)
{
    (void)state;
    static const struct link_fault faults[] = {{.kind = SCN_LINK_RATE, .amount = 1e9},
                                               {.kind = SCN_LINK_DELAY, .amount = 0.2},
                                               {.kind = SCN_LINK_SLICE, .amount = 40000}};
    for (size_t i = 0; i < 4; i++) {
        struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
        if (i)
            bed_fault(b, faults[i - 1]);
        struct pair p = bed_pair(b);
        size_t sent = 0, most = 0;
        struct link_state s;
        struct rng r = {9};
        char block[32768];
        rng_fill(&r, block, sizeof(block));
        uint64_t quiet = clock_us();
        for (int turns = 0; !bed_is_stuck(quiet, turns); turns++) {
            ssize_t n = send(p.client, block + sent % sizeof(block), sizeof(block) - sent % sizeof(block),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) {
                quiet = clock_us();
                turns = 0;
            }
            sent += n > 0 ? (size_t)n : 0;
            bed_turn(b);
            assert_true(link_look(b->link, 1, &s));
            most = s.held[LINK_UP] > most ? s.held[LINK_UP] : most;
        }
        assert_true(sent > 100000);
        assert_true(most > 0);
        assert_true(most <= LINK_HELD_MAX + 64);
        char *back = mem_new(1, sent);
        assert_int_equal(bed_take(b, p.server, back, sent, NULL), sent);
        for (size_t k = 0; k < sent; k++)
            if (back[k] != block[k % sizeof(block)])
                fail_msg("byte %zu of %zu is wrong", k, sent);
        free(back);
        pair_close(p);
        bed_close(b);
    }
}

static void a_thousand_connections(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    struct pair *p = mem_new(MANY, sizeof(*p));
    for (int i = 0; i < MANY; i++)
        p[i] = bed_pair(b);
    assert_int_equal(link_alive(b->link), MANY);
    for (int i = 0; i < MANY; i++)
        send_all(p[i].client, &i, sizeof(i));
    for (int i = 0; i < MANY; i++) {
        int got;
        assert_int_equal(bed_take(b, p[i].server, (char *)&got, sizeof(got), NULL), sizeof(got));
        assert_int_equal(got, i);
        send_all(p[i].server, &got, sizeof(got));
        shutdown(p[i].client, SHUT_WR);
        assert_int_equal(bed_take(b, p[i].client, (char *)&got, sizeof(got), NULL), sizeof(got));
        assert_int_equal(got, i);
    }
    for (int i = 0; i < MANY; i++)
        pair_close(p[i]);
    BED_UNTIL(b, link_alive(b->link) == 0);
    free(p);
    bed_close(b);
}

static void its_ends_are_found_by_their_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bed *b = open_kind(i);
        struct pair one = bed_pair(b), two = bed_pair(b);
        struct sockaddr_storage a = {0};
        socklen_t len = sizeof(a);
        getsockname(two.client, (struct sockaddr *)&a, &len);
        assert_int_equal(link_find(b->link, (struct sockaddr *)&a, len), 2);
        len = sizeof(a);
        getpeername(one.server, (struct sockaddr *)&a, &len);
        assert_int_equal(link_find(b->link, (struct sockaddr *)&a, len), 1);
        struct link_state s;
        BED_UNTIL(b, link_look(b->link, 1, &s) && s.connected); /* the target may know a turn earlier than the link */
        assert_true(s.client_fd >= 0 && s.server_fd >= 0);
        assert_false(link_look(b->link, 3, &s));
        pair_close(one);
        pair_close(two);
        bed_close(b);
    }
}

static void a_shut_door_refuses(void **state)
{
    (void)state;
    struct bed *b = bed_open("127.0.0.1:0", "127.0.0.1:0");
    struct pair p = bed_pair(b);
    struct link_place door = *link_door(b->link, b->door);
    link_shut(b->link, b->door);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&door.address, door.len), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
    bed_transfer(b, p.client, p.server, 1000, 1);
    pair_close(p);
    bed_close(b);
}

static void places_are_read(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        {"127.0.0.1:80", "127.0.0.1:80"},
        {":80", "127.0.0.1:80"},
        {"[::1]:0", "[::1]:0"},
        {"tcp:127.0.0.1:80", "127.0.0.1:80"},
        {"udp:127.0.0.1:53", "udp:127.0.0.1:53"},
        {"unix:/a b", "unix:/a b"},
        {"unix-dgram:/x", "unix-dgram:/x"},
        {"unix-seqpacket:x", "unix-seqpacket:x"},
    };
    static const char *const bad[] = {
        "",      "80",           "::1:80",      "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
        "unix:", "127.0.0.1:-1", "[::1]:123456"};
    struct err e = {0};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        struct link_place p;
        struct buf text = {0};
        if (link_place_parse(&p, good[i][0], &e) != 0)
            fail_msg("%s", e.text);
        link_place_text(&p, &text);
        assert_string_equal(buf_text(&text), good[i][1]);
        assert_true(link_place_is_local(&p));
        buf_free(&text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct link_place p;
        if (link_place_parse(&p, bad[i], &e) == 0)
            fail_msg("'%s' is taken", bad[i]);
    }
    struct link_place p;
    assert_int_equal(link_place_parse(&p, "192.0.2.1:80", &e), 0);
    assert_false(link_place_is_local(&p));
    assert_int_equal(link_place_parse(&p, "[::ffff:127.0.0.1]:80", &e), 0);
    assert_true(link_place_is_local(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_pass_both_ways),
        cmocka_unit_test(a_half_close_is_kept),
        cmocka_unit_test(a_reset_is_passed_on),
        cmocka_unit_test(a_reset_passes_a_receiver_that_is_blocked),
        cmocka_unit_test(a_receiver_that_goes_is_told_to_the_sender),
        cmocka_unit_test(a_target_that_is_not_there_is_a_reset),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_thousand_connections),
        cmocka_unit_test(its_ends_are_found_by_their_addresses),
        cmocka_unit_test(a_shut_door_refuses),
        cmocka_unit_test(places_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
