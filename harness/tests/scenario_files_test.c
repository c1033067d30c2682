/*
 * Numbers, facts, profiles, rules and subject files.
 */
#include "base/mem.h"
#include "scenario/load.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DATA SOURCE_DIR "/harness/tests/data/scenario"

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum scn_unit unit;
        double value;
        int error;
    } rows[] = {
        {"0", SCN_UNIT_COUNT, 0, 0},
        {"17", SCN_UNIT_COUNT, 17, 0},
        {"9007199254740991", SCN_UNIT_COUNT, 9007199254740991.0, 0},
        {"9007199254740993", SCN_UNIT_COUNT, 0, ERANGE},
        {"1.5", SCN_UNIT_COUNT, 0, EINVAL},
        {"", SCN_UNIT_COUNT, 0, EINVAL},
        {"-1", SCN_UNIT_COUNT, 0, EINVAL},
        {"1 ", SCN_UNIT_COUNT, 0, EINVAL},
        {"0x10", SCN_UNIT_COUNT, 0, EINVAL},
        {"1e3", SCN_UNIT_COUNT, 0, EINVAL},
        {"inf", SCN_UNIT_COUNT, 0, EINVAL},
        {"5", SCN_UNIT_BYTES, 5, 0},
        {"5B", SCN_UNIT_BYTES, 5, 0},
        {"5MB", SCN_UNIT_BYTES, 5e6, 0},
        {"64KiB", SCN_UNIT_BYTES, 65536, 0},
        {"2MiB", SCN_UNIT_BYTES, 2097152, 0},
        {"1.5KB", SCN_UNIT_BYTES, 1500, 0},
        {"0.5B", SCN_UNIT_BYTES, 0, EINVAL},
        {"5mb", SCN_UNIT_BYTES, 0, EINVAL},
        {"99999999999GB", SCN_UNIT_BYTES, 0, ERANGE},
        {"1s", SCN_UNIT_TIME, 1, 0},
        {"250ms", SCN_UNIT_TIME, 0.25, 0},
        {"20us", SCN_UNIT_TIME, 20e-6, 0},
        {"2min", SCN_UNIT_TIME, 120, 0},
        {"1.5h", SCN_UNIT_TIME, 5400, 0},
        {"24h", SCN_UNIT_TIME, 86400, 0},
        {"25h", SCN_UNIT_TIME, 0, ERANGE},
        {"3", SCN_UNIT_TIME, 0, EINVAL},
        {"3 s", SCN_UNIT_TIME, 0, EINVAL},
        {"50%", SCN_UNIT_PERCENT, 50, 0},
        {"0.1%", SCN_UNIT_PERCENT, 0.1, 0},
        {"100%", SCN_UNIT_PERCENT, 100, 0},
        {"101%", SCN_UNIT_PERCENT, 0, ERANGE},
        {"50", SCN_UNIT_PERCENT, 0, EINVAL},
        {"10KB/s", SCN_UNIT_RATE, 10000, 0},
        {"1MiB/s", SCN_UNIT_RATE, 1048576, 0},
        {"10KB", SCN_UNIT_RATE, 0, EINVAL},
        {"10", SCN_UNIT_RATE, 0, EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double value = -1;
        errno = 0;
        int rc = scn_number_parse(rows[i].text, rows[i].unit, &value);
        if (rows[i].error ? rc != -1 || errno != rows[i].error : rc != 0 || fabs(value - rows[i].value) > 1e-9)
            fail_msg("'%s' in unit %d: rc %d, errno %d, value %g", rows[i].text, (int)rows[i].unit, rc, errno, value);
    }
    double value;
    char digits[400];
    memset(digits, '9', sizeof(digits) - 1);
    digits[sizeof(digits) - 1] = '\0';
    assert_int_equal(scn_number_parse(digits, SCN_UNIT_BYTES, &value), -1);
    assert_int_equal(errno, ERANGE);
}

static void facts(void **state)
{
    (void)state;
    struct scn_facts a = {0}, b = {0};
    scn_facts_set(&a, "path", "/");
    scn_facts_set(&a, "size", "1");
    scn_facts_set(&b, "path", "/x");
    scn_facts_set(&b, "errors", "exit");
    scn_facts_merge(&a, &b);
    assert_int_equal(a.count, 3);
    assert_string_equal(scn_facts_get(&a, "path"), "/x");
    assert_string_equal(scn_facts_get(&a, "size"), "1");
    assert_string_equal(scn_facts_get(&a, "errors"), "exit");
    assert_null(scn_facts_get(&a, "nothing"));
    scn_facts_free(&a);
    scn_facts_free(&b);
}

static void profile(void **state)
{
    (void)state;
    struct scn_messages messages = {0};
    struct scn_profile *p = scn_profile_load(DATA "/profile", "tests", &messages);
    assert_non_null(p);
    assert_string_equal(p->name, "tests");
    assert_string_equal(p->title, "What the tests' servers owe");
    assert_string_equal(p->usage, "sockspec test tests -- ./my-server {port}");
    assert_int_equal(p->role, SCN_ROLE_SERVER);
    assert_int_equal(p->transport, SCN_TCP);
    assert_int_equal(p->fact_count, 3);
    assert_string_equal(p->facts[1].value, "12");
    assert_string_equal(p->facts[1].meaning, "how many of them");
    assert_null(p->facts[2].value);
    assert_string_equal(p->facts[2].meaning, "the path of a large resource");
    scn_profile_free(p);
}

static void rules(void **state)
{
    (void)state;
    struct scn_messages messages = {0};
    struct scn_rules *r = scn_rules_load(DATA "/rules", &messages);
    assert_non_null(r);
    assert_int_equal(r->count, 2);
    const struct scn_rule *one = scn_rules_find(r, "TEST-ONE");
    assert_non_null(one);
    assert_string_equal(one->source, "RFC 9293 section 3.8");
    assert_string_equal(one->wrong, "conn.recv(1024), then parse.");
    assert_int_equal(scn_rules_find(r, "TEST-TWO")->level, SCN_SHOULD);
    assert_null(scn_rules_find(r, "TEST-THREE"));
    scn_rules_free(r);
}

static void subject_file(void **state)
{
    (void)state;
    struct scn_messages messages = {0};
    struct scn_subject_file *s = scn_subject_file_load(DATA "/nginx.subject", &messages);
    assert_non_null(s);
    assert_int_equal(s->profile_count, 2);
    assert_string_equal(s->profiles[1], "tcp-server");
    assert_int_equal(s->argc, 5);
    assert_string_equal(s->argv[4].parts[0].bytes, "dir");
    assert_int_equal(s->argv[4].parts[0].kind, SCN_PART_NAME);
    assert_string_equal(s->ready_output, "ready [0-9]+");
    assert_true(s->net_host);
    assert_int_equal(s->file_count, 1);
    const struct scn_text *t = &s->files[0].text;
    assert_int_equal(t->count, 5);
    assert_string_equal(t->parts[0].bytes, "daemon off;\nhttp { server { listen ");
    assert_string_equal(t->parts[1].bytes, "port");
    assert_string_equal(t->parts[4].bytes, "; } }\n");
    assert_string_equal(scn_facts_get(&s->facts, "path"), "/index.html");
    assert_string_equal(scn_facts_get(&s->facts, "size"), "100");
    assert_int_equal(s->known_count, 2);
    assert_string_equal(s->known[1].name, "http-server/y*");
    assert_int_equal(s->folder_count, 2);
    assert_string_equal(s->folders[0], DATA "/../mine");
    assert_string_equal(s->folders[1], "/srv/ours");
    scn_subject_file_free(s);
}

/* --- wrong files ---------------------------------------------------------------------------------------- */

enum file_kind { PROFILE, RULES, SUBJECT };

static void *load_kind(enum file_kind kind, const char *path, struct scn_messages *messages)
{
    if (kind == PROFILE)
        return scn_profile_load(path, "tests", messages);
    return kind == RULES ? (void *)scn_rules_load(path, messages) : (void *)scn_subject_file_load(path, messages);
}

static void wrong_files(void **state)
{
    (void)state;
    static const struct {
        enum file_kind kind;
        const char *text, *says, *hint;
    } rows[] = {
        {PROFILE, "profile \"x\"\nsubjct server\n", "unknown word 'subjct'", "did you mean 'subject'?"},
        {PROFILE, "profile \"x\"\nsubject sever\n", "unknown kind of subject 'sever'", "did you mean 'server'?"},
        {PROFILE, "profile \"x\"\ntransport tpc\n", "unknown transport 'tpc'", "did you mean 'tcp'?"},
        {PROFILE, "profile \"x\"\nextends tests\n", "a profile cannot extend itself", NULL},
        {PROFILE, "profile \"x\"\nfact a \"m\"\nfact a \"m\"\n", "a second fact named 'a'", NULL},
        {PROFILE, "profile \"x\"\npremise a for\n", "expected the name of a fact, found the end of the step", NULL},
        {PROFILE, "profile \"x\"\npremise a\n", "expected what is taken for granted, found the end of the step", NULL},
        {PROFILE, "profile \"x\"\npremise a when\n", "expected 'needed' behind 'when', found the end of the step",
         NULL},
        {PROFILE, "profile \"x\"\npremise a learns\n", "expected the name of a fact, found the end of the step", NULL},
        {PROFILE, "subject server\n", "a profile begins with: profile \"what its subjects owe\"", NULL},
        {RULES, "source \"x\"\n", "source of no rule", "rule ID LEVEL comes first"},
        {RULES, "rule A MUST\nsource \"x\"\n", "rule A has no text", NULL},
        {RULES, "rule A MUST\nsource \"x\"\ntext \"x\"\nrule A MAY\n", "a second rule A (the first: line 1)", NULL},
        {RULES, "rule A MUST\nsource \"x\"\nsource \"x\"\n", "a second source of rule A", NULL},
        {RULES, "rule A MOST\n", "unknown level 'MOST'", "did you mean 'MUST'?"},
        {SUBJECT, "subject \"x\"\nprofiles a\nstart \"x\" \"{prot}\"\n", "unknown name 'prot'", "did you mean 'port'?"},
        {SUBJECT, "subject \"x\"\nprofiles a\n", "no start: how is the subject started?", NULL},
        {SUBJECT, "subject \"x\"\nprofiles a\nstart \"x\"\nfile \"../x\"\n| a\n",
         "the name of a file beside {root}: no '/', no '.' first", NULL},
        {SUBJECT, "subject \"x\"\nprofiles a\nstart \"x\"\nready output /(/\n",
         "the regex does not compile: missing closing parenthesis (at offset 1)", NULL},
        {PROFILE, "sockspec 7\nprofile \"x\"\n", "version 7 of the language is not known here",
         "this program reads sockspec 1"},
        {RULES, "# rules\n\nsockspec 0\n", "version 0 of the language is not known here",
         "this program reads sockspec 1"},
        {SUBJECT, "subject \"x\"\nsockspec 1\n", "the version belongs in the first line", "move it above all else"},
        {SUBJECT, "subject \"x\"\nprofiles a\nstart \"x\"\nnet hsot\n", "unknown network 'hsot'",
         "did you mean 'host'?"},
    };
    char path[512];
    snprintf(path, sizeof(path), "%s/wrong-file-%d", BINARY_DIR, (int)getpid());
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct scn_messages messages = {0};
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(rows[i].text, f);
        fclose(f);
        assert_null(load_kind(rows[i].kind, path, &messages));
        assert_true(messages.count >= 1);
        assert_string_equal(messages.items[0].text, rows[i].says);
        if (rows[i].hint)
            assert_string_equal(messages.items[0].hint, rows[i].hint);
        scn_messages_free(&messages);
    }
    unlink(path);
}

static void missing_files(void **state)
{
    (void)state;
    struct scn_messages messages = {0};
    assert_null(scn_load("/nowhere/x.scn", "p/x", NULL, &messages));
    assert_null(scn_rules_load("/", &messages));
    assert_int_equal(messages.count, 2);
    struct buf out = {0};
    scn_message_print(&out, &messages.items[0], false);
    assert_string_equal(buf_text(&out), "/nowhere/x.scn: error: cannot be read: No such file or directory\n");
    buf_free(&out);
    scn_messages_free(&messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),       cmocka_unit_test(facts),        cmocka_unit_test(profile),
        cmocka_unit_test(rules),         cmocka_unit_test(subject_file), cmocka_unit_test(wrong_files),
        cmocka_unit_test(missing_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
