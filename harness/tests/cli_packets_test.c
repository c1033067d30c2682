/* The whole program over a link that loses packets: the same ones in two runs with one seed, in others with another. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Ends in a failure on purpose: then the report tells the timeline, and in it what the link did. */
static const char scenario[] = "scenario \"Echo over a path that loses packets\"\n"
                               "rule SOCK-PATH MUST \"TCP repairs what the path does\"\n"
                               "timeout 30s\n"
                               "link { loss 5% }\n"
                               "client {\n"
                               "    set intake 1MB\n"
                               "    connect\n"
                               "    let data = random 200KB\n"
                               "    send data\n"
                               "    expect data\n"
                               "    shutdown write\n"
                               "    expect close\n"
                               "    expect \"the timeline\"\n"
                               "}\n";

/* What a report says of one direction. */
struct told {
    unsigned lost[200], count, packets;
};

struct outcome {
    struct told up, down;
    bool skipped, whole; /* all bytes came back: it failed at its last step only */
};

static void take_line(struct outcome *o, const char *line)
{
    unsigned number, total, lost;
    char direction[8];
    const char *at = strstr(line, "link ");
    if (at && sscanf(at, "link packet %u %7s lost", &number, direction) == 2) {
        struct told *t = strcmp(direction, "up") == 0 ? &o->up : &o->down;
        if (t->count < sizeof(t->lost) / sizeof(*t->lost))
            t->lost[t->count++] = number;
    } else if (at && sscanf(at, "link %7s %u packets: %u lost", direction, &total, &lost) == 3) {
        struct told *t = strcmp(direction, "up") == 0 ? &o->up : &o->down;
        t->packets = total;
        assert_int_equal(lost, t->count); /* the list and the sum agree */
    }
    o->skipped |= strncmp(line, "SKIP ", 5) == 0;
    o->whole |= strstr(line, "expected \"the timeline\"") != NULL;
}

static void run(struct outcome *o, unsigned seed)
{
    char dir[] = "/tmp/sockspec-test-XXXXXX", line[4096];
    struct buf command = {0};
    assert_non_null(mkdtemp(dir));
    buf_printf(&command, "cat >%s/lossy.scn <<'END'\n%sEND\n", dir, scenario);
    buf_printf(
        &command,
        "SOCKSPEC_SCENARIOS=%s/scenarios %s/sockspec test %s/lossy.scn --profile echo-server --seed %u --colour never",
        SOURCE_DIR, BINARY_DIR, dir, seed);
    buf_printf(&command, " -- %s/targets/echo-server {host} {port} 2>&1; code=$?; rm -r %s; exit $code", BINARY_DIR,
               dir);
    *o = (struct outcome){0};
    FILE *f = popen(buf_text(&command), "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        /* One blank in place of many, so that the columns do not matter. */
        char *to = line;
        for (const char *from = line; *from; from++)
            if (*from != ' ' || (to > line && to[-1] != ' '))
                *to++ = *from;
        *to = '\0';
        take_line(o, line);
    }
    assert_int_equal(WEXITSTATUS(pclose(f)), o->skipped ? 3 : 1);
    buf_free(&command);
    if (o->skipped) {
        print_message("skipped: no link of packets on this machine\n");
        skip();
    }
    assert_true(o->whole);
}

/* How many are the same, as far as both runs went. `differ` is set where one has a loss that the other has not. */
static unsigned same(const struct told *a, const struct told *b, bool *differ)
{
    unsigned both = a->packets < b->packets ? a->packets : b->packets, n = 0;
    while (n < a->count && n < b->count && a->lost[n] == b->lost[n])
        n++;
    *differ |= (n < a->count && a->lost[n] <= both) || (n < b->count && b->lost[n] <= both);
    return n;
}

static void the_same_seed_loses_the_same_packets(void **state)
{
    (void)state;
    struct outcome first, second, other;
    bool differ = false;
    run(&first, 42);
    run(&second, 42);
    run(&other, 43);
    unsigned up = same(&first.up, &second.up, &differ), down = same(&first.down, &second.down, &differ);
    assert_false(differ);
    assert_true(up > 0 && down > 0);
    assert_true(first.up.packets > 200000 / 1500);
    same(&first.up, &other.up, &differ);
    assert_true(differ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_seed_loses_the_same_packets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
