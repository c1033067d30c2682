/* The link of packets: fates, headers, and traffic over it as root and without rights. */
#include "subject_modes.h"

#include "base/clock.h"
#include "base/mem.h"
#include "fault/packet.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#define SEED 42
/* Whatever comes at all comes within this, on a loaded machine too. Seconds. */
#define PATIENCE 60.0
/* Nothing for so long after the last one was seen, and nothing more comes: a packet waits 10 ms at most. Seconds. */
#define QUIET 0.5

/* --- fates ---------------------------------------------------------------------------------------------- */

static size_t count_fate(const struct packet_faults *f, uint64_t seed, enum packet_direction d, unsigned fate)
{
    size_t count = 0;
    for (uint64_t n = 1; n <= 100000; n++)
        count += (packet_fate(f, seed, d, n) & fate) != 0;
    return count;
}

static void fates_are_as_likely_as_asked(void **state)
{
    (void)state;
    const struct packet_faults f = {.loss = 0.05, .reorder = 0.2, .duplicate = 0.01}, none = {0}, all = {.loss = 1};
    for (int d = 0; d < 2; d++) {
        assert_in_range(count_fate(&f, SEED, d, PACKET_LOST), 4700, 5300); /* 4 standard deviations are 276 */
        assert_in_range(count_fate(&f, SEED, d, PACKET_SWAPPED), 18400, 19600);
        assert_in_range(count_fate(&f, SEED, d, PACKET_DOUBLED), 800, 1100);
        assert_int_equal(count_fate(&none, SEED, d, ~0u), 0);
        assert_int_equal(count_fate(&all, SEED, d, PACKET_LOST), 100000);
    }
}

static void a_fate_hangs_on_seed_direction_and_number_alone(void **state)
{
    (void)state;
    const struct packet_faults some = {.loss = 0.5},
                               more = {.loss = 0.5, .reorder = 0.5, .duplicate = 0.5, .jitter = 1};
    size_t by_seed = 0, by_direction = 0;
    for (uint64_t n = 1; n <= 10000; n++) {
        bool lost = packet_fate(&some, SEED, PACKET_UP, n) & PACKET_LOST;
        assert_int_equal(packet_fate(&more, SEED, PACKET_UP, n) & PACKET_LOST, lost);
        by_seed += lost != (bool)(packet_fate(&some, SEED + 1, PACKET_UP, n) & PACKET_LOST);
        by_direction += lost != (bool)(packet_fate(&some, SEED, PACKET_DOWN, n) & PACKET_LOST);
        double late = packet_lateness(&more, SEED, PACKET_UP, n);
        assert_true(late >= 0 && late < 1);
    }
    assert_in_range(by_seed, 4700, 5300);
    assert_in_range(by_direction, 4700, 5300);
}

/* --- headers -------------------------------------------------------------------------------------------- */

/* Version 4, 20 bytes of header, TCP from 8080 to 40000, sequence 0x01020304, 3 bytes of payload. */
static const unsigned char tcp4[] = {0x45, 0,   0,    43,   0x12, 0x34, 0x40, 0,    64,   6, 0,   0,   127, 0, 0,
                                     1,    127, 0,    0,    1,    0x1f, 0x90, 0x9c, 0x40, 1, 2,   3,   4,   0, 0,
                                     0,    0,   0x50, 0x18, 0,    0,    0,    0,    0,    0, 'a', 'b', 'c'};
/* The same datagram's second fragment, 5 bytes at offset 1480, of UDP. */
static const unsigned char later4[] = {0x45, 0, 0, 25,  0x12, 0x34, 0x00, 0xb9, 64, 17, 0, 0, 127,
                                       0,    0, 1, 127, 0,    0,    1,    1,    2,  3,  4, 5};
/* Version 6, a fragment header (first, more to come), UDP from 53 to 1024, 2 bytes. */
static const unsigned char first6[] = {0x60, 0, 0, 0, 0, 18, 44, 64, 0, 0,  0, 0, 0, 0,  0, 0, 0,   0,  0, 0,
                                       0,    0, 0, 1, 0, 0,  0,  0,  0, 0,  0, 0, 0, 0,  0, 0, 0,   0,  0, 1,
                                       17,   0, 0, 1, 0, 0,  0,  9,  0, 53, 4, 0, 0, 10, 0, 0, 'h', 'i'};

static void headers_are_read(void **state)
{
    (void)state;
    struct packet_header h;
    assert_int_equal(packet_header_read(&h, tcp4, sizeof(tcp4)), 0);
    assert_true(h.has_ports && !h.fragment && !h.v6 && h.protocol == IPPROTO_TCP);
    assert_int_equal(h.from, 8080);
    assert_int_equal(h.to, 40000);
    assert_int_equal(h.sequence, 0x01020304);
    assert_int_equal(h.payload, 3);
    assert_int_equal(packet_header_read(&h, later4, sizeof(later4)), 0);
    assert_true(h.fragment && !h.has_ports && h.id == 0x1234 && h.payload == 5);
    assert_int_equal(packet_header_read(&h, first6, sizeof(first6)), 0);
    assert_true(h.v6 && h.fragment && h.has_ports && h.id == 9 && h.from == 53 && h.to == 1024 && h.payload == 2);
}

/* Each in memory of just its length, so that the sanitizers see a read behind it. */
static void what_is_cut_off_or_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const unsigned char *data;
        size_t len;
    } whole[] = {{tcp4, sizeof(tcp4)}, {later4, sizeof(later4)}, {first6, sizeof(first6)}};
    struct packet_header h;
    for (size_t i = 0; i < 3; i++) {
        for (size_t len = 0; len < whole[i].len; len++) {
            unsigned char *cut = mem_new(len, 1);
            memcpy(cut, whole[i].data, len);
            assert_int_equal(packet_header_read(&h, cut, len), -1);
            free(cut);
        }
        struct rng r = {SEED + i}; /* and any other bytes: read or refused, but nothing behind the end */
        for (int k = 0; k < 20000; k++) {
            size_t len = rng_below(&r, whole[i].len + 1);
            unsigned char *any = mem_new(len, 1);
            memcpy(any, whole[i].data, len);
            for (int flips = 0; flips < 3 && len; flips++)
                any[rng_below(&r, len)] = (unsigned char)rng_next(&r);
            if (packet_header_read(&h, any, len) == 0)
                assert_true(h.payload < len);
            free(any);
        }
    }
    unsigned char icmp[sizeof(tcp4)];
    memcpy(icmp, tcp4, sizeof(icmp));
    icmp[9] = IPPROTO_ICMP;
    assert_int_equal(packet_header_read(&h, icmp, sizeof(icmp)), -1);
}

/* --- traffic -------------------------------------------------------------------------------------------- */

#define EVENTS_MAX 4000

struct play {
    struct ev_loop *loop;
    struct packet_network *network;
    struct packet_link *link;
    struct packet_event events[EVENTS_MAX];
    size_t event_count;
    int family, port, server, client;
};

static struct packet_network *shared_network;

static void note(void *data, const struct packet_event *event)
{
    struct play *p = data;
    if (p->event_count < EVENTS_MAX)
        p->events[p->event_count++] = *event;
}

static socklen_t loopback(int family, int port, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof(*to));
    if (family == AF_INET6) {
        *(struct sockaddr_in6 *)to = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_loopback};
        return sizeof(struct sockaddr_in6);
    }
    *(struct sockaddr_in *)to = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return sizeof(struct sockaddr_in);
}

static int port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* Runs the loop until `fd` has any of `events` (0: only for so long). Returns whether it has. */
static bool await(struct play *p, int fd, short events, double seconds)
{
    uint64_t until = clock_us() + (uint64_t)(seconds * 1e6);
    for (;;) {
        struct pollfd w = {.fd = fd, .events = events};
        ev_run(p->loop, EVRUN_NOWAIT);
        if (poll(&w, 1, 1) > 0 && events)
            return true;
        if (clock_us() > until)
            return false;
    }
}

/* A server's socket on a fresh port, the link before it. */
static void begin(struct play *p, int family, int type, const struct packet_faults *faults)
{
    struct sockaddr_storage at;
    struct err e = {0};
    *p = (struct play){.loop = ev_loop_new(EVFLAG_NOENV), .family = family, .client = -1};
    p->server = socket(family, type | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(p->server, (struct sockaddr *)&at, loopback(family, 0, &at)), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(p->server, 16), 0);
    p->port = port_of(p->server);
    const struct packet_plan plan = {
        .faults = {faults[0], faults[1]}, .seed = SEED, .ports = &p->port, .port_count = 1, .report = note, .data = p};
    if (!shared_network) {
        shared_network = packet_network_open(&e);
        if (!shared_network)
            fail_msg("%s", e.text);
    }
    p->network = shared_network;
    p->link = packet_link_open(p->loop, p->network, &plan, &e);
    if (!p->link)
        fail_msg("%s", e.text);
    p->client = socket(family, type | SOCK_NONBLOCK, 0);
    int rc = connect(p->client, (struct sockaddr *)&at, loopback(family, p->port, &at));
    assert_true(rc == 0 || errno == EINPROGRESS);
}

static void end(struct play *p)
{
    packet_link_close(p->link);
    close(p->client);
    close(p->server);
    ev_loop_destroy(p->loop);
}

/* Sends `size` bytes up, has them sent back by the other end, and compares. */
static void echo(struct play *p, size_t size)
{
    assert_true(await(p, p->server, POLLIN, PATIENCE));
    int peer = accept4(p->server, NULL, NULL, SOCK_NONBLOCK);
    assert_true(peer >= 0);
    unsigned char *sent = mem_new(size, 1), *got = mem_new(size, 1), *between = mem_new(size, 1);
    struct rng r = {SEED};
    rng_fill(&r, sent, size);
    size_t out = 0, in = 0, back = 0, done = 0;
    uint64_t until = clock_us() + (uint64_t)(PATIENCE * 1e6);
    while (done < size && clock_us() < until) {
        ssize_t n = out < size ? send(p->client, sent + out, size - out, 0) : 0;
        out += n > 0 ? (size_t)n : 0;
        n = recv(peer, between + in, size - in, 0);
        in += n > 0 ? (size_t)n : 0;
        n = back < in ? send(peer, between + back, in - back, 0) : 0;
        back += n > 0 ? (size_t)n : 0;
        n = recv(p->client, got + done, size - done, 0);
        done += n > 0 ? (size_t)n : 0;
        await(p, p->client, 0, 0);
    }
    assert_int_equal(done, size);
    assert_memory_equal(sent, got, size);
    close(peer);
    free(sent);
    free(got);
    free(between);
}

/* Which packets of the direction were lost: as long as both runs go, they are the same. */
static size_t lost(const struct play *p, enum packet_direction d, uint64_t *numbers)
{
    size_t count = 0;
    for (size_t i = 0; i < p->event_count; i++)
        if (p->events[i].what == PACKET_WAS_LOST && p->events[i].direction == d)
            numbers[count++] = p->events[i].number;
    return count;
}

static void a_transfer_over_loss_is_whole_and_loses_the_same_packets(void **state)
{
    (void)state;
    const struct packet_faults five[2] = {{.loss = 0.05}, {.loss = 0.05}};
    static uint64_t numbers[2][2][EVENTS_MAX];
    size_t counts[2][2];
    uint64_t seen[2][2];
    for (int run = 0; run < 2; run++) {
        struct play p;
        begin(&p, AF_INET, SOCK_STREAM, five);
        echo(&p, 1000000);
        assert_int_equal(packet_link_missed(p.link), 0);
        for (int d = 0; d < 2; d++) {
            struct packet_count c = packet_link_count(p.link, d);
            counts[run][d] = lost(&p, d, numbers[run][d]);
            seen[run][d] = c.seen;
            assert_int_equal(c.lost, counts[run][d]);
            assert_true(c.seen >= 1000000 / PACKET_MTU && c.lost > 0);
        }
        end(&p);
    }
    for (int d = 0; d < 2; d++) {
        uint64_t both = seen[0][d] < seen[1][d] ? seen[0][d] : seen[1][d];
        size_t compared = 0;
        for (size_t i = 0; i < counts[0][d] && numbers[0][d][i] <= both; i++, compared++) {
            assert_true(i < counts[1][d]);
            assert_int_equal(numbers[0][d][i], numbers[1][d][i]);
        }
        assert_true(compared > 10);
        assert_true(compared == counts[1][d] || numbers[1][d][compared] > both);
    }
}

static void a_transfer_over_everything_at_once_is_whole(void **state)
{
    (void)state;
    const struct packet_faults all = {.loss = 0.02, .reorder = 0.1, .duplicate = 0.05, .delay = 0.001, .jitter = 0.002};
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct play p;
        begin(&p, families[i], SOCK_STREAM, (struct packet_faults[2]){all, all});
        echo(&p, 300000);
        struct packet_count up = packet_link_count(p.link, PACKET_UP);
        assert_true(up.swapped > 0 && up.doubled > 0 && up.lost > 0);
        end(&p);
    }
}

/* Sends datagrams 1 .. count up and returns how many came; their numbers in `got`. */
static size_t datagrams(struct play *p, int count, int got[], size_t max, double seconds)
{
    for (int i = 1; i <= count; i++)
        assert_int_equal(send(p->client, &i, sizeof(i), 0), sizeof(i));
    size_t n = 0;
    uint64_t until = clock_us() + (uint64_t)(seconds * 1e6);
    while (clock_us() < until && n < max) {
        if (!await(p, p->server, POLLIN, QUIET) && packet_link_count(p->link, PACKET_UP).seen == (uint64_t)count)
            break;
        while (n < max && recv(p->server, &got[n], sizeof(int), 0) == sizeof(int))
            n++;
    }
    return n;
}

static void the_nth_datagram_fares_as_its_fate_says(void **state)
{
    (void)state;
    const struct packet_faults half[2] = {{.loss = 0.5}};
    static const int families[] = {AF_INET, AF_INET6};
    for (int f = 0; f < 2; f++) {
        struct play p;
        int got[100];
        begin(&p, families[f], SOCK_DGRAM, half);
        size_t n = datagrams(&p, 100, got, 100, PATIENCE), want = 0;
        for (int i = 1; i <= 100; i++)
            if (!(packet_fate(&half[0], SEED, PACKET_UP, (uint64_t)i) & PACKET_LOST)) {
                assert_true(want < n);
                assert_int_equal(got[want++], i);
            }
        assert_int_equal(n, want);
        end(&p);
    }
}

static void swapping_and_doubling(void **state)
{
    (void)state;
    static const struct {
        struct packet_faults up;
        int want[12];
        size_t count;
    } table[] = {
        {{.reorder = 1}, {2, 1, 4, 3, 6, 5}, 6},
        {{.duplicate = 1}, {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6}, 12},
        {{.loss = 1}, {0}, 0},
        {{.loss = 0}, {1, 2, 3, 4, 5, 6}, 6},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct play p;
        int got[20];
        begin(&p, AF_INET, SOCK_DGRAM, (struct packet_faults[2]){table[i].up, {.loss = 0}});
        size_t n = datagrams(&p, 6, got, 20, PATIENCE);
        assert_int_equal(n, table[i].count);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(got[k], table[i].want[k]);
        end(&p);
    }
}

static void one_that_waits_for_a_swap_leaves_in_time(void **state)
{
    (void)state;
    struct play p;
    int got[2];
    begin(&p, AF_INET, SOCK_DGRAM, (struct packet_faults[2]){{.reorder = 1}, {.loss = 0}});
    assert_int_equal(datagrams(&p, 1, got, 1, PATIENCE), 1);
    assert_int_equal(packet_link_count(p.link, PACKET_UP).swapped, 0);
    end(&p);
}

static void delay_and_rate_take_their_time(void **state)
{
    (void)state;
    static const struct packet_faults table[] = {{.delay = 0.1},
                                                 {.rate = 320}}; /* 32 bytes with their headers take 0.1 s */
    for (size_t i = 0; i < 2; i++) {
        struct play p;
        int got[1];
        begin(&p, AF_INET, SOCK_DGRAM, (struct packet_faults[2]){table[i], {.loss = 0}});
        uint64_t began = clock_us();
        int one = 1;
        assert_int_equal(send(p.client, &one, sizeof(one), 0), sizeof(one));
        assert_true(await(&p, p.server, POLLIN, PATIENCE));
        assert_true(clock_us() - began >= 95000);
        assert_int_equal(recv(p.server, got, sizeof(got), 0), sizeof(int));
        end(&p);
    }
}

static void a_silent_way_hands_nothing_on(void **state)
{
    (void)state;
    struct play p;
    int got[20];
    begin(&p, AF_INET, SOCK_DGRAM, (struct packet_faults[2]){{.silent = true, .silent_after = 8}, {.loss = 0}});
    assert_int_equal(datagrams(&p, 6, got, 20, PATIENCE), 2);
    assert_int_equal(packet_link_count(p.link, PACKET_UP).silenced, 4);
    assert_int_equal(p.event_count, 1);
    assert_int_equal(p.events[0].number, 3);
    end(&p);
}

static void large_datagrams_pass_in_fragments(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    for (int f = 0; f < 2; f++) {
        static unsigned char sent[20000], got[20000];
        struct rng r = {SEED};
        struct play p;
        rng_fill(&r, sent, sizeof(sent));
        begin(&p, families[f], SOCK_DGRAM, (struct packet_faults[2]){{.loss = 0}, {.loss = 0}});
        assert_int_equal(send(p.client, sent, sizeof(sent), 0), sizeof(sent));
        assert_true(await(&p, p.server, POLLIN, PATIENCE));
        assert_int_equal(recv(p.server, got, sizeof(got), 0), sizeof(got));
        assert_memory_equal(sent, got, sizeof(got));
        assert_true(packet_link_count(p.link, PACKET_UP).seen >= sizeof(sent) / PACKET_MTU);
        assert_int_equal(packet_link_count(p.link, PACKET_DOWN).seen, 0);
        end(&p);
    }
}

static void other_ports_stay_out_of_it(void **state)
{
    (void)state;
    struct play p;
    struct sockaddr_storage at;
    begin(&p, AF_INET, SOCK_DGRAM, (struct packet_faults[2]){{.loss = 1}, {.loss = 1}});
    int other = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0), n = 7;
    assert_int_equal(bind(other, (struct sockaddr *)&at, loopback(AF_INET, 0, &at)), 0);
    socklen_t len = loopback(AF_INET, port_of(other), &at);
    assert_int_equal(sendto(from, &n, sizeof(n), 0, (struct sockaddr *)&at, len), sizeof(n));
    assert_true(await(&p, other, POLLIN, PATIENCE));
    assert_int_equal(packet_link_count(p.link, PACKET_UP).seen, 0);
    close(other);
    close(from);
    int gone = p.port;
    end(&p); /* and the port is an ordinary one again */
    other = socket(AF_INET, SOCK_DGRAM, 0);
    from = socket(AF_INET, SOCK_DGRAM, 0);
    len = loopback(AF_INET, gone, &at);
    assert_int_equal(bind(other, (struct sockaddr *)&at, len), 0);
    assert_int_equal(sendto(from, &n, sizeof(n), 0, (struct sockaddr *)&at, len), sizeof(n));
    struct pollfd w = {.fd = other, .events = POLLIN};
    assert_int_equal(poll(&w, 1, (int)(PATIENCE * 1000)), 1);
    close(other);
    close(from);
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    (void)mode;
    (void)original;
    const struct CMUnitTest pure[] = {
        cmocka_unit_test(fates_are_as_likely_as_asked),
        cmocka_unit_test(a_fate_hangs_on_seed_direction_and_number_alone),
        cmocka_unit_test(headers_are_read),
        cmocka_unit_test(what_is_cut_off_or_wrong_is_refused),
    };
    const struct CMUnitTest traffic[] = {
        cmocka_unit_test(the_nth_datagram_fares_as_its_fate_says),
        cmocka_unit_test(swapping_and_doubling),
        cmocka_unit_test(one_that_waits_for_a_swap_leaves_in_time),
        cmocka_unit_test(delay_and_rate_take_their_time),
        cmocka_unit_test(a_silent_way_hands_nothing_on),
        cmocka_unit_test(large_datagrams_pass_in_fragments),
        cmocka_unit_test(other_ports_stay_out_of_it),
        cmocka_unit_test(a_transfer_over_loss_is_whole_and_loses_the_same_packets),
        cmocka_unit_test(a_transfer_over_everything_at_once_is_whole),
    };
    if (got == ISOLATION_PROCESS) /* no network of our own: nobody else's is touched */
        return cmocka_run_group_tests(pure, NULL, NULL);
    int failed = cmocka_run_group_tests(traffic, NULL, NULL);
    packet_network_close(shared_network);
    return failed;
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
