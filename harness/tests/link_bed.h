/*
 * A link between two ends that a test holds, all in one thread: nothing moves but by bed_turn.
 *
 *     client <---> [ link ] <---> server
 */
#ifndef SOCKSPEC_TESTS_LINK_BED_H
#define SOCKSPEC_TESTS_LINK_BED_H

#include "base/clock.h"
#include "base/mem.h"
#include "fault/link.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Nothing here takes so long, whatever else the machine does. */
#define BED_PATIENCE_US (60 * 1000 * 1000)
#define EVENTS_KEPT     4096
#define BED_PLACE_MAX   64

struct bed {
    struct ev_loop *loop;
    struct link *link;
    struct link_place listen, target;
    int target_fd, door;
    struct link_event events[EVENTS_KEPT];
    size_t event_count;
};

struct pair {
    int client, server;
};

static inline void bed_on_event(const struct link_event *e, void *data)
{
    struct bed *b = data;
    if (b->event_count < EVENTS_KEPT)
        b->events[b->event_count++] = *e;
}

static inline void bed_place(char to[BED_PLACE_MAX], const char *form)
{
    const char *mark = strstr(form, "%d");
    if (mark)
        snprintf(to, BED_PLACE_MAX, "%.*s%d%s", (int)(mark - form), form, (int)getpid(), mark + 2);
    else
        snprintf(to, BED_PLACE_MAX, "%s", form);
}

/* The link begins anew on the same loop: with this seed, without faults. */
static inline void bed_link(struct bed *b, uint64_t seed)
{
    struct err e = {0};
    struct link_options options = {.seed = seed, .patience = 1, .on_event = bed_on_event, .data = b};
    link_free(b->link);
    b->event_count = 0;
    b->link = link_new(b->loop, &options, &e);
    assert_non_null(b->link);
    b->door = link_open(b->link, &b->listen, &b->target, &e);
    if (b->door < 0)
        fail_msg("%s", e.text);
}

/*
 * `listen_form` and `target_form` as link_place_parse reads them, with port 0; a `%d` in them becomes our process id,
 * so that two runs of a test at the same time have two paths.
 */
static inline struct bed *bed_open(const char *listen_form, const char *target_form)
{
    char listen_at[BED_PLACE_MAX], target_at[BED_PLACE_MAX];
    bed_place(listen_at, listen_form);
    bed_place(target_at, target_form);
    struct bed *b = mem_new(1, sizeof(*b));
    struct err e = {0};
    signal(SIGPIPE, SIG_IGN); /* as link.h asks */
    b->loop = ev_loop_new(EVFLAG_AUTO);
    if (link_place_parse(&b->listen, listen_at, &e) != 0 || link_place_parse(&b->target, target_at, &e) != 0)
        fail_msg("%s", e.text);
    b->target_fd = socket(b->target.address.ss_family, b->target.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(b->target_fd, (struct sockaddr *)&b->target.address, b->target.len), 0);
    if (b->target.type != SOCK_DGRAM)
        assert_int_equal(listen(b->target_fd, 4096), 0);
    b->target.len = sizeof(b->target.address);
    getsockname(b->target_fd, (struct sockaddr *)&b->target.address, &b->target.len);
    bed_link(b, 1);
    return b;
}

static inline void bed_close(struct bed *b)
{
    link_free(b->link);
    close(b->target_fd);
    if (b->target.address.ss_family == AF_UNIX)
        unlink(((struct sockaddr *)&b->target.address)->sa_data);
    ev_loop_destroy(b->loop);
    free(b);
}

static inline void bed_fault(struct bed *b, struct link_fault f)
{
    struct err e = {0};
    if (link_add(b->link, &f, &e) < 0)
        fail_msg("%s", e.text);
}

static inline void bed_turn(struct bed *b)
{
    ev_run(b->loop, EVRUN_NOWAIT);
}

/* Turns the loop until `condition` holds. */
#define BED_UNTIL(b, condition)                                                                                        \
    do {                                                                                                               \
        uint64_t until_ = clock_us() + BED_PATIENCE_US;                                                                \
        while (!(condition)) {                                                                                         \
            if (clock_us() > until_)                                                                                   \
                fail_msg("in vain: %s", #condition);                                                                   \
            bed_turn(b);                                                                                               \
        }                                                                                                              \
    } while (0)

static inline bool bed_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static inline int bed_dial(struct bed *b)
{
    const struct link_place *door = link_door(b->link, b->door);
    int fd = socket(door->address.ss_family, door->type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    sa_family_t own = AF_UNIX;
    if (door->address.ss_family == AF_UNIX)
        assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&door->address, door->len), 0);
    return fd;
}

/* A connection from end to end; both ends do not block. */
static inline struct pair bed_pair(struct bed *b)
{
    struct pair p = {.client = bed_dial(b)};
    BED_UNTIL(b, bed_readable(b->target_fd));
    p.server = accept4(b->target_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(p.server >= 0);
    return p;
}

static inline void pair_close(struct pair p)
{
    close(p.client);
    close(p.server);
}

/*
 * Whether a sender that never waits is stuck: `since` is when it last got rid of something, `turns` how often the loop
 * has turned since. Time alone would not do: on a loaded machine all of it may have passed without the link having had
 * its turn.
 */
static inline bool bed_is_stuck(uint64_t since, int turns)
{
    return clock_us() - since > 300 * 1000 && turns > 100;
}

/* One recv of what comes next: its length, 0 at the end, or -errno. */
static inline ssize_t bed_recv(struct bed *b, int fd, void *to, size_t size)
{
    BED_UNTIL(b, bed_readable(fd));
    ssize_t n = recv(fd, to, size, MSG_DONTWAIT);
    return n < 0 ? -errno : n;
}

/* All until `size` bytes, the end or an error; *end is what ended it (1: nothing did). */
static inline size_t bed_take(struct bed *b, int fd, char *to, size_t size, ssize_t *end)
{
    size_t got = 0;
    ssize_t n = 1;
    while (got < size && (n = bed_recv(b, fd, to + got, size - got)) > 0)
        got += (size_t)n;
    if (end)
        *end = n > 0 ? 1 : n;
    return got;
}

/* How the stream ends from here: 0 for FIN, -errno; fails on a byte. */
static inline ssize_t bed_end(struct bed *b, int fd)
{
    char c;
    ssize_t n = bed_recv(b, fd, &c, 1);
    if (n > 0)
        fail_msg("a byte came where the end was expected: %d", c);
    return n;
}

/* Sends and takes `size` seeded bytes at the same time and compares. */
static inline void bed_transfer(struct bed *b, int from, int to, size_t size, uint64_t seed)
{
    char *data = mem_new(1, size), *back = mem_new(1, size);
    struct rng r = {seed};
    rng_fill(&r, data, size);
    size_t sent = 0, got = 0;
    uint64_t until = clock_us() + BED_PATIENCE_US;
    while (got < size) {
        if (clock_us() > until)
            fail_msg("%zu of %zu bytes sent, %zu came", sent, size, got);
        ssize_t n = sent < size ? send(from, data + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        sent += n > 0 ? (size_t)n : 0;
        bed_turn(b);
        n = recv(to, back + got, size - got, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            fail_msg("the stream ends after %zu bytes: %s", got, n ? strerror(errno) : "FIN");
        got += n > 0 ? (size_t)n : 0;
    }
    assert_memory_equal(data, back, size);
    free(data);
    free(back);
}

static inline void send_all(int fd, const void *data, size_t len)
{
    assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

/* Events of a kind so far; the last of them in *last (may be NULL). */
static inline size_t bed_events(const struct bed *b, enum link_event_kind kind, struct link_event *last)
{
    size_t count = 0;
    for (size_t i = 0; i < b->event_count; i++)
        if (b->events[i].kind == kind) {
            count++;
            if (last)
                *last = b->events[i];
        }
    return count;
}

#endif
