/*
 * Document 002, "avoiding deadlocks": the deadlock, and each of its remedies, with both ends here.
 *
 *     A: write write write ... (full) waits for B to read
 *     B: write write write ... (full) waits for A to read
 */
#include "servers/duplex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* More than the buffers of both directions can hold, and what fits into any. */
#define MUCH   ((size_t)16 << 20)
#define LITTLE 1000

/* How long nobody may move before it is called a deadlock; how long anything else may take. */
#define DEAD_MS    300
#define PATIENT_MS 20000

struct end {
    struct duplex d;
    enum duplex_manner manner;
    int result, error;
};

static void *run(void *arg)
{
    struct end *e = arg;
    e->result = duplex_exchange(&e->d, e->manner);
    e->error = errno;
    return NULL;
}

/* Both ends at once. */
static void exchange(struct end *a, enum duplex_manner first, struct end *b, enum duplex_manner second, size_t size,
                     int patience)
{
    int fds[2];
    pthread_t thread;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    *a = (struct end){.d = {.fd = fds[0], .size = size, .patience = patience}, .manner = first};
    *b = (struct end){.d = {.fd = fds[1], .size = size, .patience = patience}, .manner = second};
    assert_int_equal(pthread_create(&thread, NULL, run, b), 0);
    run(a);
    pthread_join(thread, NULL);
    close(fds[0]);
    close(fds[1]);
}

static void assert_deadlock(enum duplex_manner first, enum duplex_manner second)
{
    struct end a, b;
    exchange(&a, first, &b, second, MUCH, DEAD_MS);
    assert_true(a.result < 0 && b.result < 0);
    assert_true(a.error == ETIMEDOUT || b.error == ETIMEDOUT); /* the time limit of one frees the other */
    assert_true(a.d.received < MUCH && b.d.received < MUCH);
}

static void assert_right(enum duplex_manner first, enum duplex_manner second, size_t size)
{
    struct end a, b;
    exchange(&a, first, &b, second, size, PATIENT_MS);
    assert_int_equal(a.result, 0);
    assert_int_equal(b.result, 0);
    assert_int_equal(a.d.sent, size);
    assert_int_equal(a.d.received, size);
    assert_int_equal(b.d.received, size);
}

static void test_deadlock(void **state)
{
    (void)state;
    assert_deadlock(DUPLEX_WRITE_FIRST, DUPLEX_WRITE_FIRST);
    assert_deadlock(DUPLEX_READ_FIRST, DUPLEX_READ_FIRST);
    assert_deadlock(DUPLEX_WRITE_FIRST, DUPLEX_TURNS); /* turns that only one side takes */
}

static void test_read_after_each_write(void **state)
{
    (void)state;
    assert_right(DUPLEX_TURNS, DUPLEX_TURNS, MUCH);
}

static void test_write_less(void **state)
{
    (void)state;
    assert_right(DUPLEX_WRITE_FIRST, DUPLEX_WRITE_FIRST, LITTLE);
}

static void test_both_at_the_same_time(void **state)
{
    (void)state;
    assert_right(DUPLEX_WRITE_FIRST, DUPLEX_POLL, MUCH); /* one that does is enough */
    assert_right(DUPLEX_WRITE_FIRST, DUPLEX_THREADS, MUCH);
    assert_right(DUPLEX_READ_FIRST, DUPLEX_POLL, MUCH);
    assert_right(DUPLEX_POLL, DUPLEX_THREADS, MUCH);
}

static void test_early_end(void **state)
{
    (void)state;
    int fds[2];
    for (int m = DUPLEX_TURNS; m <= DUPLEX_THREADS; m++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        struct duplex d = {.fd = fds[0], .size = LITTLE, .patience = PATIENT_MS};
        shutdown(fds[1], SHUT_WR);
        assert_int_equal(duplex_exchange(&d, (enum duplex_manner)m), -1);
        assert_int_equal(errno, ENODATA);
        close(fds[0]);
        close(fds[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deadlock),   cmocka_unit_test(test_read_after_each_write),
        cmocka_unit_test(test_write_less), cmocka_unit_test(test_both_at_the_same_time),
        cmocka_unit_test(test_early_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
