/* Conclusions from recorded looks: what is proven, and each way out that keeps it from being proven. */
#include "diagnosis/diagnosis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD    "snapshot us=1 whole=1\n"
#define PROCESS "process pid=10 name=server alarm=0 opaque=0 rings=0\n"
/* Objects 0 and 1: the connections of client "a" (port 1) and "b" (port 2); 2: the listener. */
#define CONN(port, receive, send)                                                                                      \
    "object kind=stream inode=10" port " pid=10 fd=5 holders=1 armed=0 seen=1 receive=" receive " send=" send          \
    " state=1 peer=0 local=127.0.0.1:80 remote=127.0.0.1:" port "\n"
#define LISTENER(waiting)                                                                                              \
    "object kind=listener inode=99 pid=10 fd=3 holders=1 armed=0 seen=1 receive=" waiting                              \
    " send=0 state=10 peer=0 local=127.0.0.1:80 remote=-\n"
#define QUIET CONN("1", "0", "0") CONN("2", "0", "0") LISTENER("0")
#define THREAD(call, wait, more)                                                                                       \
    "thread process=0 tid=10 state=S wait=" wait " limited=0 call=" call " fd=5 switches=7 " more "\n"
#define READS_A  THREAD("recvfrom", "objects", "wants=1") "want object=0 events=1\n"
#define WRITES_A THREAD("sendto", "objects", "wants=1") "want object=0 events=2\n"
#define LOOPS                                                                                                          \
    THREAD("epoll_wait", "objects", "wants=3")                                                                         \
    "want object=0 events=1\nwant object=1 events=1\nwant object=2 events=1\n"

/* Who takes part: a and b have connections; c waits without one. */
#define NOBODY DIAGNOSIS_WAIT_NOTHING

struct row {
    const char *name;
    const char *now;
    const char *before; /* NULL: the same */
    enum diagnosis_wait a, b, c;
    uint32_t receive, send; /* queues of a's own socket */
    enum conclusion_kind kind;
    const char *who; /* the actor that is spoken of */
    const char *why; /* a part of the sentence */
};

static const struct row ROWS[] = {
    {"both write", HEAD PROCESS WRITES_A CONN("1", "4000", "5000") LISTENER("0"), NULL, DIAGNOSIS_WAIT_WRITE, NOBODY,
     NOBODY, 3000, 2000, CONCLUSION_DEADLOCK, "a", "waits for the other to read"},
    {"both read", HEAD PROCESS READS_A QUIET, NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_DEADLOCK, "a",
     "waits for the other to send"},
    {"both read, event loop", HEAD PROCESS LOOPS QUIET, NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0,
     CONCLUSION_DEADLOCK, "a", "waits for the other to send"},
    {"one silent client holds up another", HEAD PROCESS READS_A QUIET, NULL, DIAGNOSIS_WAIT_ACTORS, DIAGNOSIS_WAIT_READ,
     NOBODY, 0, 0, CONCLUSION_DEADLOCK, "b", "waits for a and serves nobody before"},
    {"the end of the program, which waits for more", HEAD PROCESS READS_A QUIET, NULL, DIAGNOSIS_WAIT_OTHERS, NOBODY,
     DIAGNOSIS_WAIT_EXIT, 0, 0, CONCLUSION_DEADLOCK, "c", "waits for a"},
    {"an edge that will not come",
     HEAD PROCESS THREAD("epoll_wait", "objects", "wants=1") "want object=0 events=5\n" CONN("1", "9", "0"), NULL,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_HANG, "a", "EPOLLET"},
    {"input is not looked for",
     HEAD PROCESS THREAD("epoll_wait", "objects", "wants=1") "want object=0 events=2\n" CONN("1", "9", "0"), NULL,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_HANG, "a", "9 bytes wait to be read"},
    {"a forgotten connection",
     HEAD PROCESS THREAD("accept4", "objects", "wants=1") "want object=2 events=1\n" CONN("1", "9", "0")
         CONN("2", "0", "0") LISTENER("0"),
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_HANG, "a",
     "neither reads this connection nor waits for it"},
    {"two locks", HEAD PROCESS THREAD("futex", "own", "wants=0") QUIET, NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0,
     CONCLUSION_HANG, "a", "neither uses this connection nor waits for it"},
    {"a signal that nobody sends", HEAD PROCESS THREAD("pause", "signal", "wants=0") QUIET, NULL, DIAGNOSIS_WAIT_READ,
     NOBODY, NOBODY, 0, 0, CONCLUSION_HANG, "a", "neither uses"},

    /* Each way out, one change away from a proof. */
    {"it runs",
     HEAD PROCESS "thread process=0 tid=10 state=R wait=runs limited=0 call=- fd=-1 switches=7 wants=0\n" QUIET, NULL,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_MOVES, "a", "it runs"},
    {"it has run", HEAD PROCESS READS_A QUIET,
     HEAD PROCESS "thread process=0 tid=10 state=S wait=objects limited=0 call=recvfrom fd=5 switches=6 wants=1\nwant "
                  "object=0 events=1\n" QUIET,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "has just run"},
    {"a thread has ended", HEAD PROCESS READS_A QUIET,
     HEAD PROCESS READS_A
     "thread process=0 tid=11 state=S wait=own limited=0 call=futex fd=-1 switches=1 wants=0\n" QUIET,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "more or fewer threads"},
    {"another thread sleeps",
     HEAD PROCESS READS_A
     "thread process=0 tid=11 state=S wait=time limited=0 call=clock_nanosleep fd=-1 switches=1 wants=0\n" QUIET,
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "thread 11 may go on: it sleeps"},
    {"SO_RCVTIMEO",
     HEAD PROCESS "thread process=0 tid=10 state=S wait=objects limited=1 call=recvfrom fd=5 switches=7 wants=1\nwant "
                  "object=0 events=1\n" QUIET,
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "time limit"},
    {"alarm", HEAD "process pid=10 name=server alarm=1 opaque=0 rings=0\n" READS_A QUIET, NULL, DIAGNOSIS_WAIT_READ,
     NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "timer of its own"},
    {"io_uring", HEAD "process pid=10 name=server alarm=0 opaque=0 rings=1\n" READS_A QUIET, NULL, DIAGNOSIS_WAIT_READ,
     NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "io_uring"},
    {"not to be looked into", HEAD "process pid=10 name=server alarm=0 opaque=1 rings=0\n" READS_A QUIET, NULL,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "may not be looked at"},
    {"timerfd",
     HEAD PROCESS THREAD("epoll_wait", "objects", "wants=2") "want object=0 events=1\nwant object=2 events=1\n" CONN(
         "1", "0", "0") CONN("2", "0", "0") "object kind=timerfd inode=0 pid=10 fd=6 holders=1 armed=1 seen=0 "
                                            "receive=0 send=0 state=0 peer=0 local=- remote=-\n",
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "timerfd"},
    {"timerfd that is not set",
     HEAD PROCESS THREAD("epoll_wait", "objects", "wants=2") "want object=0 events=1\nwant object=2 events=1\n" CONN(
         "1", "0", "0") CONN("2", "0", "0") "object kind=timerfd inode=0 pid=10 fd=6 holders=1 armed=0 seen=0 "
                                            "receive=0 send=0 state=0 peer=0 local=- remote=-\n",
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_DEADLOCK, "a", "other to send"},
    {"somebody else's connection",
     HEAD PROCESS THREAD("recvfrom", "objects",
                         "wants=1") "want object=0 events=1\n"
                                    "object kind=stream inode=7 pid=10 fd=5 holders=1 armed=0 seen=1 receive=0 send=0 "
                                    "state=1 peer=0 local=127.0.0.1:5000 remote=127.0.0.1:5432\n" QUIET,
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "somebody else"},
    {"a socket that the kernel's tables do not show",
     HEAD PROCESS THREAD("read", "objects",
                         "wants=1") "want object=0 events=1\n"
                                    "object kind=stream inode=7 pid=10 fd=5 holders=1 armed=0 seen=0 receive=0 send=0 "
                                    "state=0 peer=0 local=- remote=-\n" QUIET,
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "somebody else"},
    {"a connection waits for accept", HEAD PROCESS LOOPS CONN("1", "0", "0") CONN("2", "0", "0") LISTENER("1"), NULL,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "waits to be accepted"},
    {"not all was seen", "snapshot us=1 whole=0\n" PROCESS READS_A QUIET, NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0,
     0, CONCLUSION_STALL, "a", "not all"},
    {"the program has ended", HEAD, NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "threads"},
    {"it is stopped",
     HEAD PROCESS "thread process=0 tid=10 state=T wait=stopped limited=0 call=- fd=-1 switches=7 wants=0\n" QUIET,
     NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "stopped by a signal"},
    {"an actor pauses", HEAD PROCESS LOOPS QUIET, NULL, DIAGNOSIS_WAIT_READ, DIAGNOSIS_WAIT_TIME, NOBODY, 0, 0,
     CONCLUSION_STALL, "a", "one of them may go on"},
    {"an actor waits for one that pauses", HEAD PROCESS READS_A QUIET, NULL, DIAGNOSIS_WAIT_ACTORS, DIAGNOSIS_WAIT_TIME,
     DIAGNOSIS_WAIT_EXIT, 0, 0, CONCLUSION_STALL, "c", "one of them may go on"},
    {"bytes have come", HEAD PROCESS LOOPS QUIET, NULL, DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 5, 0, CONCLUSION_STALL,
     "a", "may go on"},
    {"bytes are on their way", HEAD PROCESS LOOPS CONN("1", "0", "5") CONN("2", "0", "0") LISTENER("0"), NULL,
     DIAGNOSIS_WAIT_READ, NOBODY, NOBODY, 0, 0, CONCLUSION_STALL, "a", "may go on"},
    {"a write that the peer has taken", HEAD PROCESS WRITES_A CONN("1", "0", "5000") LISTENER("0"), NULL,
     DIAGNOSIS_WAIT_WRITE, NOBODY, NOBODY, 3000, 0, CONCLUSION_STALL, "a", "may go on"},
    {"nobody waits for the program", HEAD PROCESS LOOPS QUIET, NULL, DIAGNOSIS_WAIT_ACTORS, NOBODY, NOBODY, 0, 0,
     CONCLUSION_STALL, "", "may go on"},
};

static struct snapshot *recorded(const struct row *r, const char *text)
{
    int line;
    struct snapshot *s = snapshot_read(text, strlen(text), &line);
    if (!s)
        fail_msg("%s: line %d of the look is wrong", r->name, line);
    return s;
}

static void test_conclusions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *r = &ROWS[i];
        static const size_t for_b[] = {1};
        const struct diagnosis_actor actors[] = {
            {.name = "a",
             .doing = "line 1, expect",
             .wait = r->a,
             .connected = true,
             .local = "127.0.0.1:1",
             .remote = "127.0.0.1:80",
             .receive = r->receive,
             .send = r->send,
             .for_actors = for_b,
             .for_count = 1},
            {.name = "b",
             .doing = "line 2, expect",
             .wait = r->b,
             .connected = true,
             .local = "127.0.0.1:2",
             .remote = "127.0.0.1:80"},
            {.name = "c", .doing = "line 3, expect exit", .wait = r->c},
        };
        struct snapshot *now = recorded(r, r->now), *before = recorded(r, r->before ? r->before : r->now);
        const struct diagnosis_input in = {before, now, actors, 3};
        struct conclusion c = {0};
        diagnosis_conclude(&in, &c);
        const char *who = c.actor < 3 ? actors[c.actor].name : "";
        if (c.kind != r->kind || strcmp(who, r->who) != 0 || !strstr(buf_text(&c.why), r->why))
            fail_msg("%s: concluded %d of '%s': %s", r->name, (int)c.kind, who, buf_text(&c.why));
        if (r->a != DIAGNOSIS_WAIT_NOTHING)
            assert_non_null(strstr(buf_text(&c.graph), "a, line 1, expect"));
        conclusion_free(&c);
        snapshot_free(now);
        snapshot_free(before);
    }
}

/* The graph names the call, both queues, and each kind of thread once. */
static void test_graph(void **state)
{
    (void)state;
    static const char text[] = HEAD PROCESS WRITES_A
        "thread process=0 tid=11 state=S wait=own limited=0 call=futex fd=-1 switches=1 wants=0\n"
        "thread process=0 tid=12 state=S wait=own limited=0 call=futex fd=-1 switches=1 wants=0\n" CONN("1", "4000",
                                                                                                        "5000");
    int line;
    struct snapshot *s = snapshot_read(text, strlen(text), &line);
    assert_non_null(s);
    const struct diagnosis_actor a = {.name = "a",
                                      .doing = "line 9, send",
                                      .wait = DIAGNOSIS_WAIT_WRITE,
                                      .connected = true,
                                      .local = "127.0.0.1:1",
                                      .remote = "127.0.0.1:80",
                                      .receive = 3000,
                                      .send = 2000,
                                      .held = 100};
    const struct diagnosis_input in = {s, s, &a, 1};
    struct conclusion c = {0};
    diagnosis_conclude(&in, &c);
    assert_string_equal(buf_text(&c.graph),
                        "a, line 9, send; unread by the program: 4000 bytes, unread by a: 8100 bytes\n"
                        "server (pid 10) is blocked in sendto(fd 5)\n"
                        "server (pid 10), thread 11 waits in futex\n");
    conclusion_free(&c);
    snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conclusions),
        cmocka_unit_test(test_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
