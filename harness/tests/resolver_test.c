/* Messages of the resolver, and the resolver itself over UDP and TCP, as root and without rights. */
#include "subject_modes.h"

#include "base/clock.h"
#include "base/mem.h"
#include "fault/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>

#include <cmocka.h>

#define PATIENCE 30.0

/* id 0x1234, recursion desired, one question, and OPT (EDNS, RFC 6891) behind it, as many programs send. */
static const unsigned char query_a[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"
                                       "\x06SerVer\x08sockspec\x04test\x00\x00\x01\x00\x01"
                                       "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00";
#define QUESTION_END (12 + 22 + 4)
#define QUERY_LEN    (sizeof(query_a) - 1)

/* --- messages ------------------------------------------------------------------------------------------- */

static void a_query_is_read(void **state)
{
    (void)state;
    struct resolver_query q;
    assert_int_equal(resolver_query_read(&q, query_a, QUERY_LEN), RESOLVER_QUERY);
    assert_int_equal(q.id, 0x1234);
    assert_int_equal(q.type, RESOLVER_A);
    assert_int_equal(q.class, 1);
    assert_int_equal(q.end, QUESTION_END);
    assert_true(q.recursion_desired);
    assert_string_equal(q.name, "SerVer.sockspec.test");
    assert_true(resolver_query_is_for(&q, RESOLVER_NAME));
    assert_false(resolver_query_is_for(&q, "server.sockspec.tes"));
}

/* Names on the wire and as text; NULL: refused. */
static void names_of_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        size_t len;
        const char *text;
    } table[] = {
        {"\0", 1, "."},        {"\3a.b\1\\\0", 7, "a\\046b.\\092"}, {"\2\0\xff\0", 4, "\\000\\255"},
        {"\xc0\x0c", 2, NULL}, /* a pointer to itself */
        {"\100a", 2, NULL},    /* a label type that does not exist */
        {"\3ab", 3, NULL},     /* longer than the message */
        {"\1a", 2, NULL},      /* without an end */
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        unsigned char data[64] = {0, 1, 0, 0, 0, 1};
        struct resolver_query q;
        size_t len = 12 + table[i].len + (table[i].text ? 4 : 0);
        memcpy(data + 12, table[i].wire, table[i].len);
        enum resolver_reading got = resolver_query_read(&q, data, len);
        assert_int_equal(got, table[i].text ? RESOLVER_QUERY : RESOLVER_BROKEN);
        assert_int_equal(q.id, 1);
        if (table[i].text)
            assert_string_equal(q.name, table[i].text);
    }
}

/* 255 bytes are a name, 256 are none (RFC 1035 section 2.3.4); each byte may take four as text. */
static void the_longest_name(void **state)
{
    (void)state;
    for (size_t last = 61; last <= 62; last++) {
        unsigned char data[12 + 256 + 4] = {0, 1, 0, 0, 0, 1}, *at = data + 12;
        struct resolver_query q;
        for (int i = 0; i < 4; i++) {
            size_t label = i < 3 ? 63 : last;
            *at++ = (unsigned char)label;
            memset(at, 0x80, label);
            at += label;
        }
        *at++ = 0;
        enum resolver_reading got = resolver_query_read(&q, data, (size_t)(at + 4 - data));
        assert_int_equal(got, last == 61 ? RESOLVER_QUERY : RESOLVER_BROKEN);
        if (last == 61)
            assert_int_equal(strlen(q.name), 250 * 4 + 3);
    }
}

static void what_is_cut_off_or_no_query_is_told_apart(void **state)
{
    (void)state;
    struct resolver_query q;
    for (size_t len = 0; len < QUESTION_END; len++) {
        unsigned char *cut = mem_new(len, 1);
        memcpy(cut, query_a, len);
        assert_int_equal(resolver_query_read(&q, cut, len), len < 12 ? RESOLVER_NOTHING : RESOLVER_BROKEN);
        free(cut);
    }
    unsigned char other[QUERY_LEN];
    memcpy(other, query_a, QUERY_LEN);
    other[2] = 0x81; /* an answer */
    assert_int_equal(resolver_query_read(&q, other, QUERY_LEN), RESOLVER_NOTHING);
    memcpy(other, query_a, QUERY_LEN);
    other[5] = 2; /* two questions */
    assert_int_equal(resolver_query_read(&q, other, QUERY_LEN), RESOLVER_BROKEN);
}

static void an_answer_word_for_word(void **state)
{
    (void)state;
    static const unsigned char want[] = "\x12\x34\x85\x80\x00\x01\x00\x02\x00\x00\x00\x00"
                                        "\x06SerVer\x08sockspec\x04test\x00\x00\x01\x00\x01"
                                        "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x42"
                                        "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x01";
    const struct resolver_address addresses[] = {{false, {127, 0, 0, 66}}, {true, {[15] = 1}}, {false, {127, 0, 0, 1}}};
    unsigned char out[RESOLVER_ANSWER_MAX];
    struct resolver_query q;
    assert_int_equal(resolver_query_read(&q, query_a, QUERY_LEN), RESOLVER_QUERY);
    assert_int_equal(resolver_answer_write(out, &q, query_a, RESOLVER_NOERROR, addresses, 3), sizeof(want) - 1);
    assert_memory_equal(out, want, sizeof(want) - 1);
    assert_int_equal(resolver_answer_write(out, &q, query_a, RESOLVER_NXDOMAIN, addresses, 3), QUESTION_END);
    assert_int_equal(out[3] & 0xf, RESOLVER_NXDOMAIN);
    assert_int_equal(out[7], 0);
}

/* --- the resolver --------------------------------------------------------------------------------------- */

struct desk {
    struct ev_loop *loop;
    struct resolver *resolver;
    struct err e;
    unsigned reports;
};

static void count_report(void *data, const struct resolver_receipt *r)
{
    (void)r;
    ((struct desk *)data)->reports++;
}

static void open_desk(struct desk *d, const struct resolver_fault *fault)
{
    *d = (struct desk){.loop = ev_loop_new(EVFLAG_NOENV)};
    const struct resolver_spec spec = {
        .server = {false, {127, 0, 0, 1}}, .seed = 42, .report = count_report, .data = d};
    d->resolver = resolver_open(d->loop, &spec, &d->e);
    if (!d->resolver)
        fail_msg("%s", d->e.text);
    if (fault)
        assert_int_equal(resolver_fault(d->resolver, fault, &d->e), 0);
}

static void close_desk(struct desk *d)
{
    resolver_close(d->resolver);
    ev_loop_destroy(d->loop);
}

static int dial(int type)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, RESOLVER_HOST, &at.sin_addr);
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

/* The answer's length, 0 when none came within `seconds`. */
static size_t receive(struct desk *d, int fd, unsigned char *out, size_t room, double seconds)
{
    uint64_t until = clock_us() + (uint64_t)(seconds * 1e6);
    while (clock_us() < until) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ev_run(d->loop, EVRUN_NOWAIT);
        if (poll(&p, 1, 1) > 0)
            return (size_t)recv(fd, out, room, 0);
    }
    return 0;
}

/* Asks for type A or AAAA; the answer's code, -1 for none, and how many addresses. */
static int ask(struct desk *d, bool v6, double seconds, int *addresses)
{
    unsigned char query[QUERY_LEN], out[600];
    int fd = dial(SOCK_DGRAM);
    memcpy(query, query_a, QUERY_LEN);
    query[QUESTION_END - 3] = v6 ? RESOLVER_AAAA : RESOLVER_A;
    assert_int_equal(send(fd, query, QUERY_LEN, 0), QUERY_LEN);
    size_t n = receive(d, fd, out, sizeof(out), seconds);
    close(fd);
    if (n == 0)
        return -1;
    assert_true(n >= QUESTION_END);
    *addresses = out[7];
    return out[3] & 0xf;
}

static void it_tells_the_truth(void **state)
{
    (void)state;
    struct desk d;
    int n;
    open_desk(&d, NULL);
    assert_int_equal(ask(&d, false, PATIENCE, &n), RESOLVER_NOERROR);
    assert_int_equal(n, 1);
    assert_int_equal(ask(&d, true, PATIENCE, &n), RESOLVER_NOERROR);
    assert_int_equal(n, 0);
    unsigned char other[] = "\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01", out[600];
    int fd = dial(SOCK_DGRAM);
    send(fd, "no query", 8, 0); /* passed over */
    send(fd, other, sizeof(other) - 1, 0);
    assert_true(receive(&d, fd, out, sizeof(out), PATIENCE) > 12);
    assert_int_equal(out[1], 7);
    assert_int_equal(out[3] & 0xf, RESOLVER_NXDOMAIN);
    close(fd);
    assert_int_equal(d.reports, 3);
    assert_int_equal(resolver_queries(d.resolver), 3);
    close_desk(&d);
}

static void faults_and_their_conditions(void **state)
{
    (void)state;
    static const struct {
        struct resolver_fault fault;
        int codes[6]; /* of six lookups in a row; -1: no answer */
    } table[] = {
        {{.effect = RESOLVER_SAYS_NXDOMAIN}, {3, 3, 3, 3, 3, 3}},
        {{.effect = RESOLVER_SAYS_SERVFAIL, .times = 2}, {2, 2, 0, 0, 0, 0}},
        {{.effect = RESOLVER_SAYS_SERVFAIL, .after = 3}, {0, 0, 0, 2, 2, 2}},
        {{.effect = RESOLVER_SAYS_SERVFAIL, .every = 2}, {0, 2, 0, 2, 0, 2}},
        {{.effect = RESOLVER_SAYS_NXDOMAIN, .after = 1, .every = 2, .times = 1}, {0, 0, 3, 0, 0, 0}},
        {{.effect = RESOLVER_IS_SILENT, .times = 1}, {-1, 0, 0, 0, 0, 0}},
        {{.effect = RESOLVER_DEAD_FIRST}, {0, 0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct desk d;
        uint64_t hits = 0;
        open_desk(&d, &table[i].fault);
        for (int k = 0; k < 6; k++) {
            int n = 0, code = table[i].codes[k];
            /* Both types fare alike. */
            assert_int_equal(ask(&d, false, code < 0 ? 0.2 : PATIENCE, &n), code);
            if (code == RESOLVER_NOERROR)
                assert_int_equal(n, table[i].fault.effect == RESOLVER_DEAD_FIRST ? 2 : 1);
            assert_int_equal(ask(&d, true, code < 0 ? 0.2 : PATIENCE, &n), code);
            hits += code != 0 || table[i].fault.effect == RESOLVER_DEAD_FIRST ? 2 : 0;
        }
        assert_int_equal(resolver_hits(d.resolver, 0), hits);
        close_desk(&d);
    }
}

static void a_late_answer_is_late(void **state)
{
    (void)state;
    struct desk d;
    int n;
    open_desk(&d, &(struct resolver_fault){.effect = RESOLVER_IS_LATE, .delay = 0.1});
    uint64_t began = clock_us();
    assert_int_equal(ask(&d, false, PATIENCE, &n), RESOLVER_NOERROR);
    assert_true(clock_us() - began >= 95000);
    int fd = dial(SOCK_DGRAM); /* one that is still to come when the resolver closes */
    assert_int_equal(send(fd, query_a, QUERY_LEN, 0), QUERY_LEN);
    unsigned char out[600];
    assert_int_equal(receive(&d, fd, out, sizeof(out), 0.02), 0);
    close(fd);
    close_desk(&d);
}

static void chance_is_seeded(void **state)
{
    (void)state;
    int codes[2][40];
    for (int run = 0; run < 2; run++) {
        struct desk d;
        int n, failed = 0;
        open_desk(&d, &(struct resolver_fault){.effect = RESOLVER_SAYS_SERVFAIL, .probability = 0.5});
        for (int k = 0; k < 40; k++)
            failed += (codes[run][k] = ask(&d, false, PATIENCE, &n)) != 0;
        assert_in_range(failed, 8, 32);
        close_desk(&d);
    }
    assert_memory_equal(codes[0], codes[1], sizeof(codes[0]));
}

/* Two queries, cut anywhere, then one too long: the first two are answered, then the connection ends. */
static void over_tcp_queries_come_in_any_pieces(void **state)
{
    (void)state;
    struct desk d;
    unsigned char stream[2 * (QUERY_LEN + 2) + 2], in[600];
    for (int i = 0; i < 2; i++) {
        stream[(size_t)i * (QUERY_LEN + 2)] = 0;
        stream[(size_t)i * (QUERY_LEN + 2) + 1] = (unsigned char)QUERY_LEN;
        memcpy(stream + (size_t)i * (QUERY_LEN + 2) + 2, query_a, QUERY_LEN);
    }
    memset(stream + sizeof(stream) - 2, 0xff, 2);
    for (size_t cut = 1; cut < sizeof(stream); cut += 7) {
        open_desk(&d, NULL);
        int fd = dial(SOCK_STREAM);
        size_t want = 2 * (2 + QUESTION_END + 16), got = 0;
        assert_int_equal(send(fd, stream, cut, 0), cut);
        ev_run(d.loop, EVRUN_NOWAIT);
        ev_run(d.loop, EVRUN_NOWAIT);
        assert_int_equal(send(fd, stream + cut, sizeof(stream) - cut, 0), sizeof(stream) - cut);
        for (size_t n; got < want && (n = receive(&d, fd, in, sizeof(in), PATIENCE)) > 0;)
            got += n;
        assert_int_equal(got, want);
        assert_int_equal(receive(&d, fd, in, sizeof(in), PATIENCE), 0);
        close(fd);
        close_desk(&d);
    }
}

static void the_dead_address_refuses(void **state)
{
    (void)state;
    struct desk d;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8080)}, from;
    socklen_t len = sizeof(from);
    open_desk(&d, NULL);
    inet_pton(AF_INET, RESOLVER_DEAD, &at.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0), probe = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), -1);
    assert_int_equal(errno, ECONNREFUSED);
    /* Its source is itself, or programs would try the other address first (RFC 6724). */
    assert_int_equal(connect(probe, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&from, &len), 0);
    assert_int_equal(from.sin_addr.s_addr, at.sin_addr.s_addr);
    close(fd);
    close(probe);
    close_desk(&d);
}

/* An address of IPv4 that is not 127.0.0.1 would hide ::1 from who asks getaddrinfo() with AI_ADDRCONFIG. */
static void it_leaves_no_address_behind(void **state)
{
    (void)state;
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICHOST};
    struct desk d;
    open_desk(&d, NULL);
    close_desk(&d);
    assert_int_equal(getaddrinfo("::1", "80", &hints, &found), 0);
    freeaddrinfo(found);
}

/* Asks the one in the background for what `query` says; the answer's code, and how many records it has. */
static int ask_background(struct desk *d, const char *name, enum resolver_type type, int *records,
                          unsigned char out[600])
{
    unsigned char query[600] = {0, 9, 1, 0, 0, 1};
    size_t len = 12;
    for (const char *at = name; *at;) {
        size_t label = strcspn(at, ".");
        query[len++] = (unsigned char)label;
        memcpy(query + len, at, label);
        len += label;
        at += label + (at[label] == '.');
    }
    query[len + 2] = (unsigned char)type;
    query[len + 4] = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, RESOLVER_BACKGROUND_HOST, &to.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(sendto(fd, query, len + 5, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)len + 5);
    assert_true(receive(d, fd, out, 600, PATIENCE) >= len + 5);
    close(fd);
    *records = out[7];
    return out[3] & 0xf;
}

static void the_one_in_the_background(void **state)
{
    (void)state;
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    const struct {
        const char *name;
        enum resolver_type type;
        int code, records;
    } table[] = {
        {"localhost", RESOLVER_A, RESOLVER_NOERROR, 1},
        {"localhost", RESOLVER_AAAA, RESOLVER_NOERROR, 1},
        {"localhost", RESOLVER_PTR, RESOLVER_NOERROR, 0},
        {"app.LocalHost", RESOLVER_A, RESOLVER_NOERROR, 1},
        {"notlocalhost", RESOLVER_A, RESOLVER_NXDOMAIN, 0},
        {host, RESOLVER_A, RESOLVER_NOERROR, 1},
        {"1.0.0.127.in-addr.arpa", RESOLVER_PTR, RESOLVER_NOERROR, 1},
        {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", RESOLVER_PTR, RESOLVER_NOERROR, 1},
        {"1.0.0.127.in-addr.arpa", RESOLVER_A, RESOLVER_NXDOMAIN, 0},
        {"9.9.9.9.in-addr.arpa", RESOLVER_PTR, RESOLVER_NXDOMAIN, 0},
        {"example.com", RESOLVER_AAAA, RESOLVER_NXDOMAIN, 0},
        {RESOLVER_NAME, RESOLVER_A, RESOLVER_NXDOMAIN, 0},
    };
    const struct resolver_spec spec = {.background = true};
    struct desk d;
    unsigned char out[600];
    int n;
    open_desk(&d, NULL); /* the other one stands beside it */
    struct resolver *r = resolver_open(d.loop, &spec, &d.e);
    if (!r)
        fail_msg("%s", d.e.text);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        assert_int_equal(ask_background(&d, table[i].name, table[i].type, &n, out), table[i].code);
        assert_int_equal(n, table[i].records);
    }
    assert_int_equal(ask_background(&d, "1.0.0.127.in-addr.arpa", RESOLVER_PTR, &n, out), RESOLVER_NOERROR);
    assert_memory_equal(out + 12 + 24 + 4, "\xc0\x0c\0\x0c\0\1\0\0\0\0\0\x0b\x09localhost", 12 + 11);
    assert_int_equal(ask(&d, false, PATIENCE, &n), RESOLVER_NOERROR);
    resolver_close(d.resolver);
    ev_run(d.loop, 0); /* comes back: it alone is no reason to go on */
    d.resolver = r;
    close_desk(&d);
}

static void files_are_written_and_removed(void **state)
{
    (void)state;
    char dir[] = "/tmp/sockspec-names-XXXXXX", text[200] = "";
    struct resolver_file files[RESOLVER_FILES_MAX];
    struct err e = {0};
    assert_non_null(mkdtemp(dir));
    int count = resolver_files_make(files, dir, RESOLVER_HOST, &e);
    assert_true(count >= 1);
    assert_string_equal(files[0].shown, "/etc/resolv.conf");
    FILE *f = fopen(files[0].path, "r");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof(text), f));
    assert_string_equal(text, "nameserver " RESOLVER_HOST "\n");
    fclose(f);
    resolver_files_remove(files, count);
    assert_int_equal(rmdir(dir), 0); /* nothing is left in it */
    assert_int_equal(resolver_files_make(files, dir, RESOLVER_HOST, &e), -1);
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    (void)mode;
    (void)original;
    const struct CMUnitTest pure[] = {
        cmocka_unit_test(a_query_is_read),         cmocka_unit_test(names_of_all_kinds),
        cmocka_unit_test(the_longest_name),        cmocka_unit_test(what_is_cut_off_or_no_query_is_told_apart),
        cmocka_unit_test(an_answer_word_for_word),
    };
    const struct CMUnitTest served[] = {
        cmocka_unit_test(it_tells_the_truth),
        cmocka_unit_test(faults_and_their_conditions),
        cmocka_unit_test(a_late_answer_is_late),
        cmocka_unit_test(chance_is_seeded),
        cmocka_unit_test(over_tcp_queries_come_in_any_pieces),
        cmocka_unit_test(the_dead_address_refuses),
        cmocka_unit_test(it_leaves_no_address_behind),
        cmocka_unit_test(the_one_in_the_background),
        cmocka_unit_test(files_are_written_and_removed),
    };
    if (got == ISOLATION_PROCESS) /* no network of our own: port 53 of the machine is not ours */
        return cmocka_run_group_tests(pure, NULL, NULL);
    return cmocka_run_group_tests(served, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
