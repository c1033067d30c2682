/* Datagrams through the link: whole, to and from the right ones, bounded. */
#include "tests/link_bed.h"

static const char *const places[][2] = {
    {"udp:127.0.0.1:0", "udp:127.0.0.1:0"},
    {"udp:[::1]:0", "udp:[::1]:0"},
    {"unix-dgram:/tmp/link-dgram-%d-l", "unix-dgram:/tmp/link-dgram-%d-t"},
};

struct sender {
    struct sockaddr_storage address;
    socklen_t len;
};

static ssize_t take_from(struct bed *b, char *to, size_t size, struct sender *from)
{
    BED_UNTIL(b, bed_readable(b->target_fd));
    *from = (struct sender){.len = sizeof(from->address)};
    return recvfrom(b->target_fd, to, size, 0, (struct sockaddr *)&from->address, &from->len);
}

static void answers_find_their_way(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct bed *b = bed_open(places[k][0], places[k][1]);
        int clients[3];
        struct sender from[3];
        char text[64];
        for (int i = 0; i < 3; i++) {
            clients[i] = bed_dial(b);
            for (int n = 1; n <= 2; n++) {
                memset(text, 'a' + i, sizeof(text));
                send_all(clients[i], text, (size_t)n * 10);
                assert_int_equal(take_from(b, text, sizeof(text), &from[i]), 10 * n);
                assert_int_equal(text[0], 'a' + i);
            }
        }
        for (int i = 2; i >= 0; i--) {
            text[0] = (char)('A' + i);
            assert_int_equal(sendto(b->target_fd, text, 5, 0, (struct sockaddr *)&from[i].address, from[i].len), 5);
            assert_int_equal(bed_recv(b, clients[i], text, sizeof(text)), 5);
            assert_int_equal(text[0], 'A' + i);
        }
        assert_int_equal(link_alive(b->link), 3);
        assert_int_equal(link_count(b->link), 3);
        for (int i = 0; i < 3; i++)
            close(clients[i]);
        bed_close(b);
    }
}

static void empty_and_large_ones_pass(void **state)
{
    (void)state;
    struct bed *b = bed_open(places[0][0], places[0][1]);
    int client = bed_dial(b);
    struct sender from;
    char *large = mem_new(1, 65507), *back = mem_new(1, 65536);
    assert_int_equal(send(client, "", 0, 0), 0);
    assert_int_equal(take_from(b, back, 65536, &from), 0);
    memset(large, 'x', 65507);
    send_all(client, large, 65507);
    assert_int_equal(take_from(b, back, 65536, &from), 65507);
    assert_memory_equal(large, back, 65507);
    free(large);
    free(back);
    close(client);
    bed_close(b);
}

static void delay_and_silence(void **state)
{
    (void)state;
    struct bed *b = bed_open(places[0][0], places[0][1]);
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_DELAY, .up = true, .amount = 0.04});
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_SILENT, .up = true, .amount = 25});
    int client = bed_dial(b);
    struct sender from;
    char text[64];
    uint64_t begin = clock_us();
    send_all(client, "ten bytes.", 10);
    send_all(client, "TEN BYTES.", 10);
    send_all(client, "ten bytes.", 10); /* the count falls into it: a datagram is not cut */
    assert_int_equal(take_from(b, text, sizeof(text), &from), 10);
    assert_true(clock_us() - begin >= 40 * 1000);
    assert_int_equal(take_from(b, text, sizeof(text), &from), 10);
    assert_memory_equal(text, "TEN", 3);
    BED_UNTIL(b, link_reached(b->link, 1) == 1);
    send_all(client, "x", 1);
    begin = clock_us();
    while (clock_us() - begin < 100 * 1000) {
        bed_turn(b);
        assert_false(bed_readable(b->target_fd));
    }
    sendto(b->target_fd, "back", 4, 0, (struct sockaddr *)&from.address, from.len);
    assert_int_equal(bed_recv(b, client, text, sizeof(text)), 4);
    close(client);
    bed_close(b);
}

/* What waits is bounded: the rest is dropped, and told. */
static void a_full_queue_drops(void **state)
{
    (void)state;
    struct bed *b = bed_open(places[0][0], places[0][1]);
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_DELAY, .up = true, .amount = 100});
    int client = bed_dial(b);
    char block[1000] = {0};
    struct link_state s = {0};
    for (int i = 0; i < 3000; i++) {
        send_all(client, block, sizeof(block));
        bed_turn(b);
        if (link_look(b->link, 1, &s))
            assert_true(s.held[LINK_UP] <= LINK_HELD_MAX + 2048);
    }
    BED_UNTIL(b, s.held[LINK_UP] > LINK_HELD_MAX / 2);
    assert_true(bed_events(b, LINK_EVENT_DROPPED, NULL) > 0);
    close(client);
    bed_close(b);
}

static void flows_are_bounded(void **state)
{
    (void)state;
    struct bed *b = bed_open(places[0][0], places[0][1]);
    char text[8];
    struct sender from;
    for (int i = 0; i < LINK_FLOWS_MAX + 50; i++) {
        int client = bed_dial(b);
        send_all(client, "x", 1);
        assert_int_equal(take_from(b, text, sizeof(text), &from), 1);
        close(client);
    }
    assert_int_equal(link_alive(b->link), LINK_FLOWS_MAX);
    assert_true(link_count(b->link) >= LINK_FLOWS_MAX);
    bed_close(b);
}

static void messages_of_a_connection_stay_whole(void **state)
{
    (void)state;
    struct bed *b = bed_open("unix-seqpacket:/tmp/link-seq-%d-l", "unix-seqpacket:/tmp/link-seq-%d-t");
    bed_fault(b, (struct link_fault){.kind = SCN_LINK_DELAY, .amount = 0.01});
    struct pair p = bed_pair(b);
    char text[16];
    send_all(p.client, "one", 3);
    send_all(p.client, "three", 5);
    assert_int_equal(bed_recv(b, p.server, text, sizeof(text)), 3);
    assert_int_equal(bed_recv(b, p.server, text, sizeof(text)), 5);
    send_all(p.server, "back", 4);
    assert_int_equal(bed_recv(b, p.client, text, sizeof(text)), 4);
    close(p.server);
    assert_int_equal(bed_end(b, p.client), 0);
    close(p.client);
    bed_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_find_their_way), cmocka_unit_test(empty_and_large_ones_pass),
        cmocka_unit_test(delay_and_silence),      cmocka_unit_test(a_full_queue_drops),
        cmocka_unit_test(flows_are_bounded),      cmocka_unit_test(messages_of_a_connection_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
