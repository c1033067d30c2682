/* Which cases are run, and why others are not. */
#include "run/plan.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static const char *sizes[] = {"1", "1024", "5MB"};
static struct scn_param size_param[] = {{.name = "size", .values = sizes, .count = 3}};

static struct scn_scenario scenario(const char *name)
{
    return (struct scn_scenario){
        .name = name, .file = "x.scn", .title = "t", .rule = {.id = "R", .level = SCN_MUST, .sentence = "s"}};
}

static struct run_options options(struct scn_scenario *const *list, size_t count)
{
    return (struct run_options){.scenarios = list, .scenario_count = count, .repeat = 1};
}

/* A machine with nothing, in the words that the tests look for. */
static const char *lacks_all(void *data, enum scn_mechanism_id mechanism)
{
    (void)data;
    return mechanism == SCN_HAS_ROOT ? "needs root" : "needs what is not here";
}

static struct plan make(const struct run_options *o, bool root)
{
    struct plan p;
    struct err e = {0};
    const struct plan_machine machine = {.lacks = root ? NULL : lacks_all};
    assert_int_equal(plan_make(&p, o, &machine, &e), 0);
    return p;
}

static void assert_names(const struct plan *p, const char *const *names, size_t count)
{
    assert_int_equal(p->count, count);
    for (size_t i = 0; i < count; i++) {
        char *name = scn_case_name(p->cases[i].scenario, p->cases[i].index);
        assert_string_equal(name, names[i]);
        free(name);
    }
}

static void parameters_multiply_in_order(void **state)
{
    (void)state;
    struct scn_scenario a = scenario("p/a"), b = scenario("p/b"), *list[] = {&a, &b};
    a.params = size_param;
    a.param_count = 1;
    struct run_options o = options(list, 2);
    struct plan p = make(&o, false);
    const char *want[] = {"p/a[size=1]", "p/a[size=1024]", "p/a[size=5MB]", "p/b"};
    assert_names(&p, want, LENGTH(want));
    assert_int_equal(p.runnable, 4);
    plan_free(&p);

    o.repeat = 2;
    p = make(&o, false);
    const char *twice[] = {"p/a[size=1]", "p/a[size=1024]", "p/a[size=5MB]", "p/b",
                           "p/a[size=1]", "p/a[size=1024]", "p/a[size=5MB]", "p/b"};
    assert_names(&p, twice, LENGTH(twice));
    plan_free(&p);
}

static void long_waits_come_first(void **state)
{
    (void)state;
    struct scn_scenario a = scenario("p/a"), b = scenario("p/b"), c = scenario("p/c"), d = scenario("p/d"),
                        *list[] = {&a, &b, &c, &d};
    a.waits = 0.1;
    b.waits = 1;
    d.waits = 2;
    struct run_options o = options(list, 4);
    o.repeat = 2;
    struct plan p = make(&o, false);
    static const uint32_t want[] = {3, 1, 0, 2, 7, 5, 4, 6};
    assert_int_equal(p.count, LENGTH(want));
    for (size_t i = 0; i < p.count; i++)
        assert_int_equal(p.order[i], want[i]);
    plan_free(&p);
}

static void filters(void **state)
{
    (void)state;
    struct scn_scenario a = scenario("p/get"), b = scenario("p/get-large"), c = scenario("p/put"),
                        *list[] = {&a, &b, &c};
    a.params = size_param;
    a.param_count = 1;
    c.params = size_param;
    c.param_count = 1;
    struct run_options o = options(list, 3);
    static const struct {
        const char *filter;
        const char *names[8];
    } table[] = {
        {"get", {"p/get[size=1]", "p/get[size=1024]", "p/get[size=5MB]", "p/get-large"}},
        {"*large", {"p/get-large"}},
        {"p/?et-*", {"p/get-large"}},
        {"p/get[size=1]", {"p/get[size=1]"}}, /* brackets are themselves, and the whole name is just that case */
        {"p/get[size=5MB]|p/get-large", {"p/get[size=5MB]", "p/get-large"}},
        {"=1024", {"p/get[size=1024]", "p/put[size=1024]"}},
    };
    for (size_t i = 0; i < LENGTH(table); i++) {
        size_t count = 0;
        while (table[i].names[count])
            count++;
        o.filter = table[i].filter;
        struct plan p = make(&o, false);
        assert_names(&p, table[i].names, count);
        plan_free(&p);
    }
}

static void exact_name_is_not_a_substring(void **state)
{
    (void)state;
    struct scn_scenario a = scenario("p/get"), b = scenario("p/get-large"), *list[] = {&a, &b};
    struct run_options o = options(list, 2);
    o.filter = "p/get";
    struct plan p = make(&o, false);
    assert_names(&p, (const char *[]){"p/get"}, 1);
    plan_free(&p);
}

static void a_filter_without_match_is_an_error_with_a_hint(void **state)
{
    (void)state;
    struct scn_scenario a = scenario("p/get"), *list[] = {&a};
    struct run_options o = options(list, 1);
    struct plan p;
    struct err e = {0};
    o.filter = "p/gte";
    assert_int_equal(plan_make(&p, &o, &(struct plan_machine){0}, &e), -1);
    assert_non_null(strstr(e.text, "did you mean 'p/get'"));
}

static void globs(void **state)
{
    (void)state;
    assert_true(plan_glob("a*c", "abbc"));
    assert_true(plan_glob("*", ""));
    assert_true(plan_glob("a*b*c", "axbxbxc"));
    assert_false(plan_glob("a*c", "abbcd"));
    assert_false(plan_glob("a?", "a"));
    assert_true(plan_glob("[", "a[b"));
    assert_false(plan_glob("[ab]*", "a"));
}

static void shards_part_the_cases(void **state)
{
    (void)state;
    struct scn_scenario a = scenario("p/a"), b = scenario("p/b"), *list[] = {&a, &b};
    a.params = size_param;
    a.param_count = 1;
    struct run_options o = options(list, 2);
    o.shards = 3;
    static const char *want[3][2] = {{"p/a[size=1]", "p/b"}, {"p/a[size=1024]"}, {"p/a[size=5MB]"}};
    for (o.shard = 1; o.shard <= 3; o.shard++) {
        struct plan p = make(&o, false);
        assert_names(&p, want[o.shard - 1], want[o.shard - 1][1] ? 2 : 1);
        plan_free(&p);
    }
    struct plan p;
    struct err e = {0};
    assert_int_equal(plan_make(&p, &o, &(struct plan_machine){0}, &e), -1); /* 4 of 3 */
}

/* The only case's reason, or NULL when it would be run. The caller frees it. */
static char *reason(struct scn_scenario *s, const char *fact, const char *value, bool root)
{
    struct scn_scenario *list[] = {s};
    struct run_options o = options(list, 1);
    struct scn_facts facts = {0};
    if (fact)
        scn_facts_set(&facts, fact, value);
    o.facts = &facts;
    struct plan p = make(&o, root);
    assert_int_equal(p.count, 1);
    assert_int_equal(p.runnable, p.cases[0].skip ? 0 : 1);
    char *text = mem_dup(p.cases[0].skip);
    plan_free(&p);
    scn_facts_free(&facts);
    return text;
}

static void assert_reason(struct scn_scenario *s, const char *fact, const char *value, bool root, const char *want)
{
    char *got = reason(s, fact, value, root);
    if (want) {
        assert_non_null(got);
        assert_string_equal(got, want);
    } else {
        assert_null(got);
    }
    free(got);
}

static void needs(void **state)
{
    (void)state;
    struct scn_scenario s = scenario("p/a");
    struct scn_need need = {.name = "concurrency", .has_number = true, .number = 2};
    s.needs = &need;
    s.need_count = 1;
    assert_reason(&s, "concurrency", "1", false, "needs concurrency 2, the subject's is 1");
    assert_reason(&s, "concurrency", "2", false, NULL);
    assert_reason(&s, "concurrency", "1000", false, NULL);
    assert_reason(&s, "concurrency", "many", false, "needs concurrency 2, the subject's is many");
    assert_reason(&s, NULL, NULL, false, "needs concurrency 2, the subject's is not known (--set concurrency=2)");
    need = (struct scn_need){.name = "errors", .word = "exit"};
    assert_reason(&s, "errors", "exit", false, NULL);
    assert_reason(&s, "errors", "output, exit", false, NULL);
    assert_reason(&s, "errors", "exits", false, "needs errors exit, the subject's is exits");
    need = (struct scn_need){.name = "large"};
    assert_reason(&s, "large", "/large.bin", false, NULL);
    assert_reason(&s, NULL, NULL, false, "needs the fact 'large' (--set large=...)");
    need = (struct scn_need){.name = "large", .absent = true};
    assert_reason(&s, NULL, NULL, false, NULL);
    assert_reason(&s, "large", "/large.bin", false, "needs a subject whose large is not known");
    need = (struct scn_need){.name = "errors", .word = "exit", .absent = true};
    assert_reason(&s, "errors", "output", false, NULL);
    assert_reason(&s, "errors", "output, exit", false, "needs a subject whose errors is not exit");
    need = (struct scn_need){.name = "ipv6"};
    assert_reason(&s, NULL, NULL, false, "needs what is not here");
    assert_reason(&s, NULL, NULL, true, NULL);
    need = (struct scn_need){.name = "root"};
    assert_reason(&s, NULL, NULL, false, "needs root");
    assert_reason(&s, NULL, NULL, true, NULL);
}

/* A scenario as the checker reads it, without a profile. Free with scn_free. */
static struct scn_scenario *parsed(const char *actors)
{
    char *source = mem_printf("scenario \"t\"\n%s\n", actors);
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_parse("p/a", "x.scn", source, strlen(source), NULL, &messages);
    struct buf text = {0};
    for (size_t i = 0; i < messages.count; i++)
        scn_message_print(&text, &messages.items[i], false);
    if (!s)
        fail_msg("%s%s", source, buf_text(&text));
    buf_free(&text);
    scn_messages_free(&messages);
    free(source);
    return s;
}

static void what_only_a_fact_can_give_is_asked_for(void **state)
{
    (void)state;
    struct scn_scenario *s = parsed("client { connect ; repeat 2 { send \"x\" } ; send \"{large}\" }");
    assert_reason(s, NULL, NULL, false, "needs the fact 'large' (--set large=...)");
    assert_reason(s, "large", "/x", false, NULL);
    scn_free(s);
}

static void what_the_scenario_defines_is_no_fact(void **state)
{
    (void)state;
    struct scn_scenario *s = parsed("with size in 1, 1024, 5MB\nclient { connect ; expect 1 bytes ; capture token /x/\n"
                                    "send \"{size}{host}{token}{origin.port}\" }\nserver origin { accept }");
    struct scn_scenario *list[] = {s};
    struct run_options o = options(list, 1);
    struct plan p = make(&o, false);
    assert_int_equal(p.runnable, 3);
    plan_free(&p);
    scn_free(s);
}

static void assert_rests(const char *actor, const char *reason)
{
    char *actors = mem_printf("client { connect ; send \"x\" }\n%s", actor);
    struct scn_scenario *s = parsed(actors);
    assert_reason(s, NULL, NULL, false, reason);
    assert_reason(s, NULL, NULL, true, NULL);
    scn_free(s);
    free(actors);
}

static void what_a_step_rests_on_is_asked_of_the_machine(void **state)
{
    (void)state;
    assert_rests("subject { fault send short 1 }", "needs what is not here");
    assert_rests("subject { fault names error SILENT }", "needs what is not here");
    assert_rests("subject { limit ports 2 }", "needs what is not here");
    assert_rests("subject { limit backlog 2 }", "needs what is not here");
    assert_rests("subject { limit files 20 }", NULL);
    assert_rests("link { loss 1% }", "needs what is not here");
    assert_rests("link { delay 1ms }", NULL);
}

static void tags(void **state)
{
    (void)state;
    struct scn_scenario s = scenario("p/a"), *list[] = {&s};
    const char *slow[] = {"slow"}, *root[] = {"needs-root"}, *none[] = {NULL};
    s.tags = slow;
    s.tag_count = 1;
    assert_reason(&s, NULL, NULL, false, "tagged slow, which this run leaves out");
    struct run_options o = options(list, 1);
    o.tags_excluded = none;
    struct plan p = make(&o, false);
    assert_int_equal(p.runnable, 1);
    plan_free(&p);
    s.tags = root;
    assert_reason(&s, NULL, NULL, false, "needs root");
    assert_reason(&s, NULL, NULL, true, NULL);
}

static bool owns(const char *actor, const char *lifetime)
{
    char *actors = mem_printf("client { connect ; send \"x\" }\n%s", actor);
    struct scn_scenario *s = parsed(actors), *list[] = {s};
    struct scn_profile profile = {.name = "p", .role = SCN_ROLE_SERVER};
    struct scn_facts facts = {0};
    struct run_options o = options(list, 1);
    o.profile = &profile;
    o.facts = &facts;
    if (lifetime)
        scn_facts_set(&facts, "lifetime", lifetime);
    struct plan p = make(&o, false);
    bool own = p.cases[0].own_instance;
    plan_free(&p);
    scn_facts_free(&facts);
    scn_free(s);
    free(actors);
    return own;
}

static void what_changes_an_instance_has_one_of_its_own(void **state)
{
    (void)state;
    assert_true(owns("subject { limit files 8 }", NULL));
    assert_true(owns("subject { kill TERM }", NULL));
    assert_true(owns("subject { expect exit any }", NULL));
    assert_true(owns("subject { expect killed by PIPE }", NULL));
    assert_true(owns("subject { fault send short 1 }", NULL));
    assert_true(owns("link { loss 1% }", NULL));
    assert_false(owns("link { delay 1ms }", NULL));
    assert_false(owns("subject { expect alive }", NULL));
    assert_true(owns("subject { expect alive }", "one-connection"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_multiply_in_order),
        cmocka_unit_test(long_waits_come_first),
        cmocka_unit_test(filters),
        cmocka_unit_test(exact_name_is_not_a_substring),
        cmocka_unit_test(a_filter_without_match_is_an_error_with_a_hint),
        cmocka_unit_test(globs),
        cmocka_unit_test(shards_part_the_cases),
        cmocka_unit_test(needs),
        cmocka_unit_test(what_only_a_fact_can_give_is_asked_for),
        cmocka_unit_test(what_the_scenario_defines_is_no_fact),
        cmocka_unit_test(what_a_step_rests_on_is_asked_of_the_machine),
        cmocka_unit_test(tags),
        cmocka_unit_test(what_changes_an_instance_has_one_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
