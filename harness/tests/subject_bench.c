#include "subject_bench.h"

#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOSTILE BINARY_DIR "/tests/programs/hostile_subject"

static void on_news(struct subject *s, void *data)
{
    struct bench *b = data;
    (void)s;
    assert_false(b->in_call);
    b->news++;
    ev_break(b->loop, EVBREAK_ONE);
}

static void on_pause_end(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)events;
    (void)timer;
    ev_break(loop, EVBREAK_ONE);
}

void await(struct bench *b, condition *holds, const char *text)
{
    uint64_t end = clock_us() + (uint64_t)(PATIENCE * 1e6);
    while (!holds(b, text)) {
        struct ev_timer timer;
        ev_now_update(b->loop);
        ev_timer_init(&timer, on_pause_end, 0.005, 0);
        ev_timer_start(b->loop, &timer);
        ev_run(b->loop, 0);
        ev_timer_stop(b->loop, &timer);
        if (clock_us() > end)
            fail_msg("waited in vain (state %d, %s) for %s", subject_state(b->subject), subject_error(b->subject),
                     text ? text : "a state");
    }
}

bool is_ready(struct bench *b, const char *text)
{
    (void)text;
    return subject_state(b->subject) == SUBJECT_READY;
}

bool has_failed(struct bench *b, const char *text)
{
    (void)text;
    return subject_state(b->subject) == SUBJECT_FAILED;
}

bool has_ended(struct bench *b, const char *text)
{
    (void)text;
    return subject_state(b->subject) == SUBJECT_EXITED;
}

bool main_has_exited(struct bench *b, const char *text)
{
    (void)text;
    return subject_exited(b->subject, NULL);
}

bool has_one_process(struct bench *b, const char *text)
{
    (void)text;
    return subject_pids(b->subject, NULL, 0) == 1;
}

bool has_one_file(struct bench *b, const char *text)
{
    (void)text;
    return subject_files(b->subject) == 1;
}

bool has_output(struct bench *b, const char *text)
{
    size_t len;
    const char *all = subject_output(b->subject, 0, &len, NULL);
    return memmem(all, len, text, strlen(text)) != NULL;
}

bool activity_has(struct bench *b, const char *text)
{
    struct buf out = {0};
    subject_activity(b->subject, &out);
    bool found = strstr(buf_text(&out), text) != NULL;
    buf_free(&out);
    return found;
}

struct subject_spec spec_of(struct bench *b, const char *deed, const char *argument)
{
    static char program[] = HOSTILE;
    b->words[0] = program;
    b->words[1] = (char *)(uintptr_t)deed;
    b->words[2] = (char *)(uintptr_t)argument;
    b->words[3] = NULL;
    return (struct subject_spec){.argv = b->words, .isolation = b->isolation, .start_timeout = PATIENCE};
}

void start(struct bench *b, const struct subject_spec *spec)
{
    struct err e = {0};
    b->in_call = true;
    b->subject = subject_start(b->loop, spec, on_news, b, &e);
    b->in_call = false;
    if (!b->subject)
        fail_msg("%s", e.text);
}

void start_client(struct bench *b, const char *deed, const char *argument)
{
    struct subject_spec spec = spec_of(b, deed, argument);
    start(b, &spec);
}

int free_port(int type)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (void *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

void start_server(struct bench *b, const char *deed, int port, char text[16])
{
    snprintf(text, 16, "%d", port);
    struct subject_spec spec = spec_of(b, deed, text);
    spec.is_server = true;
    spec.port = port;
    start(b, &spec);
}

bool lives(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return access(path, F_OK) == 0;
}

int stop(struct bench *b, double grace)
{
    pid_t pids[256];
    size_t count = subject_pids(b->subject, pids, 256);
    assert_true(count <= 256);
    uint64_t began = clock_us();
    b->in_call = true;
    subject_stop(b->subject, grace);
    b->in_call = false;
    b->subject = NULL;
    int ms = (int)((clock_us() - began) / 1000);
    for (size_t i = 0; i < count; i++)
        if (lives(pids[i]))
            fail_msg("process %d of the subject lives on", (int)pids[i]);
    return ms;
}

void assert_output(struct bench *b, int which, const char *expected)
{
    size_t len;
    uint64_t total;
    const char *text = subject_output(b->subject, which, &len, &total);
    assert_int_equal(len, strlen(expected));
    assert_int_equal(total, len);
    assert_memory_equal(text, expected, len);
}

void assert_described(struct bench *b, const char *expected)
{
    struct buf out = {0};
    subject_describe(b->subject, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_free(&out);
}

int set_up(void **state)
{
    struct bench *b = *state;
    b->loop = ev_loop_new(0);
    b->subject = NULL;
    return b->loop ? 0 : -1;
}

int tear_down(void **state)
{
    struct bench *b = *state;
    b->in_call = false;
    subject_stop(b->subject, 0); /* where the test failed half-way */
    ev_loop_destroy(b->loop);
    return 0;
}
