/*
 * What protocols of lines say, bytes by a regex, and played servers that answer in the order of their client, on
 * conversations that the harness plays on both sides: whole, a byte at a time and with every cut.
 */
#include "engine_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SPEAKS(what) HEAD "speaks " what "\n"
#define PASS         VERDICT_PASS, DIAGNOSIS_NONE, NULL
#define MISMATCH     VERDICT_FAIL, DIAGNOSIS_MISMATCH

/* A client that reads as `expect`, a server that sends as `send`. */
#define TOLD(head, expect, send) head "client { connect\n expect " expect " }\nserver { accept\n " send "\n hold }\n"
/* The same the other way round, for payloads. */
#define SAYS(head, send, expect) head "client { connect\n send " send " }\nserver { accept\n expect " expect " }\n"

/* An SMTP session of a client that says what it likes. */
#define SESSION(client, server)                                                                                        \
    SPEAKS("smtp")                                                                                                     \
    "client { connect\n expect reply 220\n " client " }\n"                                                             \
    "server { accept\n send reply 220 \"ready\"\n answers\n " server " }\n"

static const struct bench_row rows[] = {
    {"a regex waits for the first byte", TOLD(HEAD, "/[0-9]+;/", "pause 50ms\n send \"12;\""), PASS},
    {"a regex against other bytes", TOLD(HEAD, "/[0-9]+;/", "send \"1x;\""), MISMATCH, "the bytes that came are other"},
    {"a regex that is cut", HEAD "client { connect\n expect /ab;/ }\nserver { accept\n send \"ab\"\n close }\n",
     MISMATCH, "what came does not match"},
    {"what could be longer waits",
     HEAD "client { connect\n expect /[0-9]+/\n expect \";\" }\n"
          "server { accept\n send \"1\"\n pause 30ms\n send \"2;\"\n hold }\n",
     PASS},
    {"or for the end",
     HEAD "client { connect\n expect /[0-9]+/\n expect close }\nserver { accept\n send \"12\"\n close }\n", PASS},
    {"no more than so much",
     HEAD "client { connect\n expect /[0-9]+/ at most 2\n expect \"3\" }\nserver { accept\n send \"123\"\n hold }\n",
     PASS},
    {"a value in a regex is plain",
     HEAD
     "client { connect\n let name = \"a.b\"\n expect /{name}{2};/ }\nserver { accept\n send \"a.ba.b;\"\n hold }\n",
     PASS},
    {"and no pattern",
     HEAD
     "client { connect\n let name = \"a.b\"\n expect line /^{name}$/ }\nserver { accept\n send \"axb\\n\"\n hold }\n",
     MISMATCH, "the line is another one"},
    {"lines until one", TOLD(HEAD, "lines /^-/ until /^[.]$/\n expect \"x\"", "send \"-a\\r\\n-b\\r\\n.\\r\\nx\""),
     PASS},
    {"a line that is none of them", TOLD(HEAD, "lines /^-/ until /^[.]$/", "send \"-a\\r\\nb\\r\\n.\\r\\n\""), MISMATCH,
     "line 2 matches neither"},
    {"bytes until close",
     HEAD "client { connect\n expect bytes until close\n capture all /(?s)^.+$/\n connect\n send all }\n"
          "server { accept\n send \"a\\nb\"\n close\n accept\n expect \"a\\nb\" }\n",
     PASS},

    {"a reply of three lines",
     TOLD(SPEAKS("smtp"), "reply 250 with line \"SIZE 10\" with valid lines\n expect \"x\"",
          "send \"250-a\\r\\n250-SIZE 10\\r\\n250 b\\r\\nx\""),
     PASS},
    {"its code", TOLD(SPEAKS("smtp"), "reply 2xx", "send \"550-no\\r\\n550 never\\r\\n\""), MISMATCH,
     "its code is 550"},
    {"its lines", TOLD(SPEAKS("smtp"), "reply 250 with line /SIZE/", "send \"250-a\\r\\n250 b\\r\\n\""), MISMATCH,
     "none of its 2 lines is that"},
    {"its grammar", TOLD(SPEAKS("smtp"), "reply 250 with valid lines", "send \"250 b\\n\""), MISMATCH, "LF"},
    {"lines of two codes", TOLD(SPEAKS("smtp"), "reply 250", "send \"250-a\\r\\n550 b\\r\\n\""), MISMATCH, NULL},
    {"half a reply",
     SPEAKS("smtp") "client { connect\n expect reply 250 }\nserver { accept\n send \"250-a\\r\\n\"\n close }\n",
     MISMATCH, "in the middle of it"},
    {"a reply as it is written", SAYS(SPEAKS("ftp"), "reply 211 \"a\" \"end\"", "\"211-a\\r\\n211 end\\r\\n\""), PASS},
    {"a reply has no NUL", SAYS(SPEAKS("smtp"), "reply 250 \"a\\0b\"", "\"250 a\""), VERDICT_ERROR, DIAGNOSIS_NONE,
     "has no NUL"},
    {"a text is stuffed", SAYS(HEAD, "text \"a\\r\\n.b\\r\\n\"", "\"a\\r\\n..b\\r\\n.\\r\\n\""), PASS},
    {"and unstuffed", TOLD(HEAD, "text \"a\\r\\n.b\\r\\n\"", "send \"a\\r\\n..b\\r\\n.\\r\\n\""), PASS},
    {"a text that is another", TOLD(HEAD, "text \"a\\r\\n\"", "send \"b\\r\\n.\\r\\n\""), MISMATCH,
     "its text of 3 bytes is"},
    {"a literal", SAYS(HEAD, "literal \"ab\"", "\"{{2}}\\r\\nab\""), PASS},
    {"a status line", TOLD(SPEAKS("pop3"), "reply +OK\n expect \"x\"", "send \"+OK fine\\r\\nx\""), PASS},
    {"the other status", TOLD(SPEAKS("pop3"), "reply +OK", "send \"-ERR no\\r\\n\""), MISMATCH, "it is -ERR"},
    {"a status with its text",
     TOLD(SPEAKS("pop3"), "reply +OK with text \"a\\r\\n\"", "send \"+OK\\r\\na\\r\\n.\\r\\n\""), PASS},
    {"untagged lines before the tagged one",
     TOLD(SPEAKS("imap"), "reply OK to a with line /EXISTS/ with literal \"x.\\r\\n\"",
          "send \"* 2 EXISTS\\r\\n* 1 FETCH (BODY[] {{4}}\\r\\nx.\\r\\n)\\r\\na OK done\\r\\n\""),
     PASS},
    {"the tag's word", TOLD(SPEAKS("imap"), "reply OK to a", "send \"* 2 EXISTS\\r\\na NO never\\r\\n\""), MISMATCH,
     "it is "},
    {"replies of one's own",
     TOLD(HEAD "replies until /^(END|ERROR)/\n", "reply \"END\" with line /^VALUE/", "send \"VALUE a\\r\\nEND\\r\\n\""),
     PASS},
    {"of another last line", TOLD(HEAD "replies until /^(END|ERROR)/\n", "reply \"END\"", "send \"ERROR\\r\\n\""),
     MISMATCH, "ERROR"},

    {"a client says what it likes",
     SESSION("send \"EHLO me\\r\\nNOOP\\r\\n\"\n expect reply 250\n expect reply 250\n send \"DATA\\r\\n\"\n expect "
             "reply 354\n "
             "send text \"hi\\r\\n\"\n expect reply 250\n send \"QUIT\\r\\n\"\n expect reply 221\n expect close",
             "expect command /^DATA$/\n send reply 354 \"go on\"\n expect text \"hi\\r\\n\"\n send reply 250 \"ok\"\n "
             "expect close"),
     PASS},
    {"the last answer counts",
     SESSION("send \"NOOP\\r\\n\"\n expect reply 259", "on /^NOOP/ send reply 259 \"mine\"\n expect close"), PASS},
    {"a command that nobody answers",
     HEAD "client { connect\n send \"B\\r\\n\"\n expect \"x\" }\n"
          "server { accept\n on /^A/ send \"x\"\n expect command /^C/ }\n",
     MISMATCH, "the command that came is"},
    {"half a command is no end",
     SESSION("send \"NOO\"\n pause 30ms\n send \"P\\r\\n\"\n expect reply 250\n close", "expect close"), PASS},
    {"a RST behind an answer is an end", SESSION("send \"NOOP\\r\\n\"\n expect reply 250\n reset", "expect close"),
     PASS},
    {"and before none", SESSION("reset", "expect close"), VERDICT_FAIL, DIAGNOSIS_RESET,
     "a RST came in place of a FIN"},
    {"a literal is asked for",
     SPEAKS("imap") "client { connect\n send \"a LOGIN {{2}}\\r\\n\"\n expect line /^[+] /\n send \"me {{2}}\\r\\n\"\n "
                    "expect line /^[+] /\n send \"pw\\r\\n\"\n expect reply OK to a }\n"
                    "server { accept\n answers\n expect close }\n",
     PASS},
};

static void speaks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bench_run(&rows[i], DELIVERY_WHOLE);
        bench_run(&rows[i], DELIVERY_BYTES);
    }
}

/* Every cut of what is sent: the same comes of it. */
static void speaks_in_two_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        bench_run(&rows[i], DELIVERY_EVERYWHERE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks),
        cmocka_unit_test(speaks_in_two_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
