/* The options of `sockspec test`. */
#include "cli/test_settings.h"

#include "base/clock.h"
#include "report/console.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

static const char *const net_words[] = {"private", "host", NULL};

/* Time limits of ours may be cut to a tenth at most, and more than this is no patience but a hang. */
#define PATIENCE_LOW  0.1
#define PATIENCE_HIGH 1000
/* More workers than this only wait for each other's fork. */
#define JOBS_HIGH   256
#define REPEAT_HIGH 1000000

#define AT(field) offsetof(struct test_settings, field)

static const struct option test_option_rows[] = {
    {OPTION_HEADING, .purpose = "The subject"},
    {OPTION_TEXT, 0, "at", "HOST:PORT", "A server that already runs, in place of a command", .at = AT(at),
     .decides = true},
    {OPTION_TEXT, 0, "restart", "CMD", "With --at: the shell command that gives a fresh server", .at = AT(restart),
     .decides = true},
    {OPTION_TEXT, 0, "listen", "HOST:PORT", "Listen here for a client that someone else starts", .at = AT(listen),
     .decides = true},
    {OPTION_FLAG, 0, "allow-remote", NULL, "Let --at and --listen name hosts outside of loopback",
     .at = AT(allow_remote), .decides = true},
    {OPTION_TEXT, 0, "ready-output", "REGEX",
     "Take the server for ready when its output matches, where its listening socket cannot be seen",
     .at = AT(ready_output), .decides = true},
    {OPTION_SECONDS, 0, "start-timeout", "T", "How long it may take to start (10s)", .at = AT(start_timeout),
     .decides = true},
    {OPTION_CHOICE, 0, "isolation", "HOW", "The namespaces that it runs in", .at = AT(isolation),
     .choices = isolation_words, .decides = true},
    {OPTION_CHOICE, 0, "net", "WHICH", "The network: its own where allowed, or this machine's", .at = AT(net),
     .choices = net_words, .decides = true},
    {OPTION_LIST, 0, "allow-files", "PATH", "Let scenarios read this file, or those of this folder; may be repeated",
     .at = AT(allow_files), .decides = true},
    {OPTION_LIST, 0, "set", "FACT=VALUE", "What the subject says of itself; may be repeated", .at = AT(set),
     .decides = true},

    {OPTION_HEADING, .purpose = "What is run"},
    {OPTION_LIST, 0, "filter", "GLOB",
     "Only cases of such names; without * or ? a part of the name will do; may be repeated: one of them is enough",
     .at = AT(filter)},
    {OPTION_LIST, 0, "tags", "TAG,...", "Only scenarios with one of these tags; may be repeated", .at = AT(tags)},
    {OPTION_FLAG, 0, "slow", NULL, "Scenarios tagged slow as well", .at = AT(slow), .decides = true},
    {OPTION_TEXT, 0, "shard", "K/N", "Only the K-th of N parts of the cases", .at = AT(shard)},
    {OPTION_COUNT, 0, "repeat", "N", "Each case N times", .at = AT(repeat), .low = 1, .high = REPEAT_HIGH},
    {OPTION_FLAG, 0, "until-fail", NULL, "Again and again until something fails", .at = AT(until_fail)},
    {OPTION_TEXT, 0, "profile", "NAME", "The contract that plain scenario files are about", .at = AT(profile),
     .decides = true},
    SCENARIOS_OPTION(AT(scenarios), true),

    {OPTION_HEADING, .purpose = "How it is run"},
    {OPTION_COUNT, 'j', "jobs", "N", "Workers side by side (eight a core, 32 at most: cases wait more than they work)",
     .at = AT(jobs), .low = 1, .high = JOBS_HIGH},
    {OPTION_SEED, 0, "seed", "S", "Chance that can be repeated (drawn afresh, and told)", .at = AT(seed)},
    {OPTION_FACTOR, 0, "patience", "X", "Multiply every time limit that is ours and not a rule's (1)",
     .at = AT(patience), .low = PATIENCE_LOW, .high = PATIENCE_HIGH, .decides = true},
    {OPTION_SECONDS, 0, "timeout", "T", "For a step that sets none, in a scenario that sets none (5s)",
     .at = AT(timeout), .decides = true},
    {OPTION_CHOICE, 0, "delivery", "HOW", "How bytes leave where a scenario leaves it open", .at = AT(delivery),
     .choices = delivery_words, .decides = true},

    {OPTION_HEADING, .purpose = "Reports (a FILE of - is standard output, in place of the console's report)"},
    {OPTION_FLAG, 0, "strict", NULL, "A broken SHOULD counts as broken", .at = AT(strict)},
    {OPTION_TEXT, 0, "baseline", "FILE", "Known failures with reasons: only new ones count", .at = AT(baseline)},
    {OPTION_TEXT, 0, "write-baseline", "FILE", "Write what fails now as such a file", .at = AT(write_baseline)},
    REPORT_OPTIONS(AT(reports)),
    {OPTION_CHOICE, 0, "capture", "WHICH", "Keep the packets of cases, a pcapng each", .at = AT(capture),
     .choices = capture_words},
    {OPTION_TEXT, 0, "capture-dir", "DIR", "Where to (the current folder)", .at = AT(capture_dir)},
    COLOUR_OPTION(AT(colour)),
    {OPTION_FLAG, 'q', "quiet", NULL, "Say nothing; the exit code tells", .at = AT(quiet)},
    {OPTION_FLAG, 'v', "verbose", NULL, "Name every case as it ends", .at = AT(verbose)},
};

const struct options test_options = {test_option_rows, sizeof(test_option_rows) / sizeof(test_option_rows[0])};

struct test_settings test_settings_default(void)
{
    struct test_settings s = {
        .start_timeout = 10,
        .repeat = 1,
        .patience = 1,
        .timeout = 5,
    };
    /* Short enough to be typed again. */
    uint32_t seed = 0;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
        seed = (uint32_t)clock_us();
    s.seed = seed;
    return s;
}

void test_settings_free(struct test_settings *s)
{
    free(s->scenarios.items);
    free(s->set.items);
    free(s->filter.items);
    free(s->tags.items);
    free(s->allow_files.items);
}
