/*
 * The engine on conversations that it plays on both sides: each row is a scenario, the verdict and what the message
 * must say.
 */
#include "base/mem.h"
#include "engine_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct bench_row rows[] = {
    {"get",
     HEAD "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 200 with body "
          "\"hi\"\n expect close }\n"
          "server { accept\n expect request GET \"/\"\n send \"HTTP/1.1 200 OK\\r\\nContent-Length: "
          "2\\r\\n\\r\\nhi\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"wrong status",
     HEAD
     "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 200 }\n"
     "server { accept\n expect request GET\n send \"HTTP/1.1 404 No\\r\\nContent-Length: 0\\r\\n\\r\\n\"\n hold }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "its status is 404"},
    {"truncated body",
     HEAD
     "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 200 }\n"
     "server { accept\n expect request GET\n send \"HTTP/1.1 200 No\\r\\nContent-Length: 5\\r\\n\\r\\nab\"\n close }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "after 2 bytes of its body of 5"},
    {"a body that is cut",
     HEAD "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 404 or response 2xx "
          "with cut body\n expect close }\n"
          "server { accept\n expect request GET\n send \"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: "
          "chunked\\r\\n\\r\\n2\\r\\nab\\r\\n\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"a whole body is not cut",
     HEAD
     "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 200 with cut body }\n"
     "server { accept\n expect request GET\n send \"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nab\"\n close }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "its body is whole"},
    {"a fact's time and a second",
     HEAD "client { connect\n expect close within {moment} }\nserver { accept\n pause 600ms\n close }\n", VERDICT_PASS,
     DIAGNOSIS_NONE, NULL},
    {"a fact's timeout",
     HEAD "timeout {moment}\nclient { connect\n expect close }\nserver { accept\n pause 100ms\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"a time of one's own is exact",
     HEAD "client { connect\n expect close within 200ms }\nserver { accept\n pause 600ms\n close }\n", VERDICT_FAIL,
     DIAGNOSIS_TIMEOUT, "did not end within 0.2 s"},
    {"interim responses are passed over",
     HEAD
     "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 204 }\n"
     "server { accept\n expect request GET\n send \"HTTP/1.1 100 C\\r\\n\\r\\nHTTP/1.1 204 N\\r\\n\\r\\n\"\n hold }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"head has no body",
     HEAD
     "client { connect\n send \"HEAD / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 200\n expect close }\n"
     "server { accept\n expect request HEAD\n send \"HTTP/1.1 200 N\\r\\nContent-Length: 9\\r\\n\\r\\n\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"alternatives", HEAD "client { connect\n expect \"ab\" or close or reset }\nserver { accept\n reset }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"first complete wins",
     HEAD "client { connect\n expect \"abc\" or \"ab\"\n expect \"c\"\n expect close }\n"
          "server { accept\n send \"abc\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"a reset may cut the answer it follows",
     HEAD "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 400 or reset }\n"
          "server { accept\n expect request GET\n send \"HTTP/1.1 400 No\\r\\nContent-Length: 9\\r\\n\\r\\nhal\"\n "
          "reset }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"a reset excuses no wrong answer",
     HEAD "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 400 or reset }\n"
          "server { accept\n expect request GET\n send \"HTTP/1.1 200 No\\r\\nContent-Length: 9\\r\\n\\r\\nhal\"\n "
          "reset }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "its status is 200"},
    {"reset seen", HEAD "client { connect\n expect reset }\nserver { accept\n reset }\n", VERDICT_PASS, DIAGNOSIS_NONE,
     NULL},
    {"reset is no close", HEAD "client { connect\n expect close }\nserver { accept\n reset }\n", VERDICT_FAIL,
     DIAGNOSIS_RESET, "a RST came in place of a FIN"},
    {"close is no reset", HEAD "client { connect\n expect reset }\nserver { accept\n close }\n", VERDICT_FAIL,
     DIAGNOSIS_MISMATCH, "a FIN came"},
    {"bytes differ", HEAD "client { connect\n expect \"hello\" }\nserver { accept\n send \"help!\"\n hold }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "byte 3 of 5 differs"},
    {"lost bytes", HEAD "client { connect\n expect \"hello\" }\nserver { accept\n send \"he\"\n close }\n",
     VERDICT_FAIL, DIAGNOSIS_LOST_BYTES, "after 2 of 5 bytes"},
    {"large data both ways",
     HEAD "client { connect\n let d = random 5MB\n send d\n shutdown write\n expect d\n expect close }\n"
          "server { accept\n set intake 6MB\n echo until close\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"echo with a reader",
     HEAD
     "client { set intake 3MB\n connect\n let d = random 2MB\n send d\n expect d\n shutdown write\n expect close }\n"
     "server { accept\n echo until close\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"pieces",
     HEAD "client { connect\n send in 1 byte pieces \"hello\"\n expect \"x\" }\nserver { accept\n expect \"hello\"\n "
          "send \"x\"\n hold }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"every cut",
     HEAD "client { connect\n send split everywhere \"hello\"\n expect \"x\" }\nserver { accept\n expect \"hello\"\n "
          "send \"x\"\n hold }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"signals order",
     HEAD "client a { wait go\n connect\n send \"a\" }\nclient b { connect\n send \"b\"\n signal go }\n"
          "server { accept\n expect \"b\"\n accept\n expect \"a\" }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"an actor that ends with a signal ends once",
     HEAD "client a { connect\n signal go }\nclient b { wait go\n connect\n expect \"x\" }\n"
          "server { accept\n accept\n send \"y\"\n hold }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "byte 0 of 1 differs"},
    {"a barrier of copies",
     HEAD "client crowd 5 { connect\n signal all\n wait all\n send \"x\"\n expect \"y\" }\n"
          "server s 5 { accept\n expect \"x\"\n send \"y\"\n expect close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"or skip",
     HEAD "client a { wait never within 20ms or skip \"it never comes\" }\nclient b { connect\n expect \"x\"\n signal "
          "never }\n"
          "server { accept\n hold }\n",
     VERDICT_SKIP, DIAGNOSIS_NONE, "it never comes"},
    {"nothing",
     HEAD "client { connect\n expect nothing for 20ms\n send \"x\"\n expect \"y\" }\nserver { accept\n expect \"x\"\n "
          "send \"y\"\n hold }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"something in place of nothing",
     HEAD "client { connect\n expect nothing for 5s }\nserver { accept\n send \"y\"\n hold }\n", VERDICT_FAIL,
     DIAGNOSIS_MISMATCH, "bytes came"},
    {"out of time", HEAD "timeout 50ms\nclient { connect\n expect \"x\" }\nserver { accept\n hold }\n", VERDICT_FAIL,
     DIAGNOSIS_TIMEOUT, "expect did not end within 0.05 s"},
    {"line and capture",
     HEAD "client { connect\n expect line /id=([0-9]+)/\n capture id /id=([0-9]+)/\n send \"{id}\\n\" }\n"
          "server { accept\n send \"the id=42 here\\r\\n\"\n expect line \"42\" }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"capture of a response",
     HEAD "client { connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n expect response 200\n"
          " capture tag /\\r\\nETag: *(.*)\\r\\n/\n capture content /\\r\\n\\r\\n(..)/\n send \"{tag} {content}\" }\n"
          "server { accept\n expect request GET\n"
          " send \"HTTP/1.1 200 OK\\r\\nETag: \\\"x\\\"\\r\\nContent-Length: 4\\r\\n\\r\\nbody\"\n"
          " expect \"\\\"x\\\" bo\" }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"capture of nothing",
     HEAD "client { connect\n expect line /./\n capture id /id=([0-9]+)/\n hold }\n"
          "server { accept\n send \"no number\\n\"\n hold }\n",
     VERDICT_FAIL, DIAGNOSIS_MISMATCH, "matches /id="},
    {"capture or skip",
     HEAD "client { connect\n expect line /./\n capture id /id=([0-9]+)/ or skip \"no {host} has an id\"\n hold }\n"
          "server { accept\n send \"no number\\n\"\n hold }\n",
     VERDICT_SKIP, DIAGNOSIS_NONE, "has an id"},
    {"repeat",
     HEAD "client { connect\n repeat 100 { send \"ping\\n\"\n expect line \"pong\" } }\n"
          "server { accept\n repeat 100 { expect line \"ping\"\n send \"pong\\n\" } }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"half-close",
     HEAD "client { connect\n send \"a\"\n shutdown write\n expect \"b\"\n expect close }\n"
          "server { accept\n expect \"a\"\n expect close\n send \"b\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"bytes before a reset that comes at once",
     HEAD "client { connect\n expect \"abc\"\n expect reset }\n"
          "server { accept\n send \"abc\"\n reset }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"udp",
     HEAD "transport udp\nclient { connect\n send \"ask\"\n expect \"answer\" }\nserver { expect \"ask\"\n send "
          "\"answer\" }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"udp6",
     HEAD "transport udp6\nclient { connect\n send \"ask\"\n expect \"answer\" }\nserver { expect \"ask\"\n send "
          "\"answer\" }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"tcp6",
     HEAD "transport tcp6\nclient { connect\n send \"a\"\n expect close }\nserver { accept\n expect \"a\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"unix stream",
     HEAD "transport unix-stream\nclient { connect\n send in 1 byte pieces \"abc\"\n expect close }\nserver { accept\n "
          "expect \"abc\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"unix datagrams",
     HEAD "transport unix-dgram\nclient { connect\n send \"ask\"\n expect \"answer\" }\nserver { expect \"ask\"\n send "
          "\"answer\" }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"unix seqpacket",
     HEAD "transport unix-seqpacket\nclient { connect\n send \"ab\"\n send \"c\"\n expect close }\n"
          "server { accept\n expect \"ab\"\n expect \"c\"\n close }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"blocked peer",
     HEAD
     "client { set rcvbuf 4096\n connect\n stop reading\n wait peer blocked\n resume reading\n expect 1MB bytes }\n"
     "server { set sndbuf 4096\n accept\n send zeros 1MB }\n",
     VERDICT_PASS, DIAGNOSIS_NONE, NULL},
    {"should is a warning",
     "scenario \"t\"\nrule SOCK-TEST SHOULD \"t\"\nclient { connect\n expect \"a\" }\nserver { accept\n close }\n",
     VERDICT_WARN, DIAGNOSIS_LOST_BYTES, NULL},
};

static void conversations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        bench_run(&rows[i], DELIVERY_WHOLE);
}

/* However the bytes leave, a right conversation stays right. */
static void conversations_in_other_deliveries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        /* Megabytes byte by byte take minutes, and a message that is cut is another datagram. */
        if (rows[i].verdict != VERDICT_PASS || strstr(rows[i].source, "MB") || strstr(rows[i].source, "transport u"))
            continue;
        bench_run(&rows[i], DELIVERY_BYTES);
        bench_run(&rows[i], DELIVERY_EVERYWHERE);
        bench_run(&rows[i], DELIVERY_DELAYED);
        bench_run(&rows[i], DELIVERY_RANDOM);
    }
}

/* What a client and a server do with a name that has no value; what the other side does meanwhile. */
static const struct nameless {
    const char *client, *server;
} nameless[] = {
    {"connect within {nobody}", "accept"},
    {"connect\n send random {nobody}", "accept"},
    {"connect\n send \"{nobody}\"", "accept"},
    {"connect\n send file \"{nobody}\"", "accept"},
    {"connect\n send \"ab\" in {nobody} byte pieces", "accept\n expect 2 bytes"},
    {"connect\n send \"ab\" split at {nobody}", "accept\n expect 2 bytes"},
    {"connect\n send \"ab\" in 1 byte pieces every {nobody}", "accept\n expect 2 bytes"},
    {"connect\n send \"ab\" at {nobody}", "accept\n expect 2 bytes"},
    {"connect\n expect {nobody} bytes", "accept\n send \"x\"\n hold"},
    {"connect\n expect \"{nobody}\"", "accept\n send \"x\"\n hold"},
    {"connect\n expect line \"{nobody}\"", "accept\n send \"x\\n\"\n hold"},
    {"connect\n expect nothing for {nobody}", "accept\n hold"},
    {"connect\n expect \"x\" within {nobody}", "accept\n hold"},
    {"connect\n send \"GET {nobody} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"", "accept\n expect request GET"},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold", "accept\n expect request GET \"{nobody}\""},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold",
     "accept\n expect request GET with header Host \"{nobody}\""},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold",
     "accept\n expect request GET with header \"{nobody}\""},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold",
     "accept\n expect request GET without header \"{nobody}\""},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold",
     "accept\n expect request GET with version \"{nobody}\""},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold",
     "accept\n expect request GET with body {nobody} bytes"},
    {"connect\n send \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n hold",
     "accept\n expect request GET with body \"{nobody}\""},
    {"set rcvbuf {nobody}\n connect", "accept"},
    {"set linger {nobody}\n connect", "accept"},
    {"connect\n read at {nobody}", "accept"},
    {"connect\n pause {nobody}", "accept"},
    {"connect\n let x = \"{nobody}\"\n send x", "accept"},
    {"connect\n repeat {nobody} { send \"x\" }", "accept"},
};

/* Taken for 0 or for nothing it would fail a program for what nobody knew. */
static void a_name_without_a_value_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(nameless) / sizeof(*nameless); i++) {
        char *source = mem_printf(HEAD "client { %s }\nserver { %s }\n", nameless[i].client, nameless[i].server);
        const struct bench_row row = {source, source, VERDICT_ERROR, DIAGNOSIS_NONE, "{nobody}"};
        bench_run(&row, DELIVERY_WHOLE);
        free(source);
    }
    static const struct bench_row others[] = {
        {"copies", HEAD "client {nobody} { connect }\nserver { accept }\n", VERDICT_ERROR, DIAGNOSIS_NONE, "{nobody}"},
        {"timeout", HEAD "timeout {nobody}\nclient { connect\n expect \"x\" }\nserver { accept\n hold }\n",
         VERDICT_ERROR, DIAGNOSIS_NONE, "{nobody}"},
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        bench_run(&others[i], DELIVERY_WHOLE);
}

/* As it is written in its place, sign and all. */
static void a_parameter_is_read_as_its_place_is(void **state)
{
    (void)state;
    static const struct bench_row row = {
        "negative offset",
        HEAD "with at in -1, 2\nclient { connect\n send \"abc\" split at {at} every 300ms }\n"
             "server { accept\n expect \"ab\"\n expect nothing for 100ms\n expect \"c\" }\n",
        VERDICT_PASS, DIAGNOSIS_NONE, NULL};
    bench_run(&row, DELIVERY_WHOLE);
}

/* Where our send() met the RST it took the error along: recv() returns 0 behind it, as behind a FIN that nobody has
 * sent. */
static void a_reset_met_in_sending_is_told_as_no_fin(void **state)
{
    (void)state;
    static const char source[] = HEAD "client { connect\n signal up\n wait gone\n send \"x\"\n expect close }\nserver "
                                      "{ accept\n wait up\n reset\n signal gone }\n";
    struct result result = {0};
    size_t resets = 0;
    bench_play(source, DELIVERY_WHOLE, &result);
    assert_int_equal(result.verdict, VERDICT_FAIL);
    assert_int_equal(result.diagnosis, DIAGNOSIS_RESET);
    for (size_t i = 0; i < result.event_count; i++) {
        assert_int_not_equal(result.timeline[i].kind, EVENT_FIN_RECEIVED);
        resets += result.timeline[i].kind == EVENT_RST_RECEIVED;
    }
    assert_int_equal(resets, 1);
    result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations),
        cmocka_unit_test(conversations_in_other_deliveries),
        cmocka_unit_test(a_name_without_a_value_is_an_error),
        cmocka_unit_test(a_parameter_is_read_as_its_place_is),
        cmocka_unit_test(a_reset_met_in_sending_is_told_as_no_fin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
