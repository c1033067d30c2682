/* TAP, JUnit and JSON: golden files, the schema, and reading back what is right and what is hostile. */
#include "data/report/sample.h"

#include "base/clock.h"
#include "report/formats.h"
#include "report/json_read.h"

#include <jansson.h>

static struct buf written(const char *format, const struct run *r, bool strict)
{
    const struct report_format *f = report_format_find(format);
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    assert_non_null(f);
    assert_non_null(out);
    assert_int_equal(f->write(out, r, strict), 0);
    assert_int_equal(fclose(out), 0);
    return (struct buf){.data = data, .len = len, .cap = len + 1};
}

static struct run marked_run(void)
{
    struct run r = sample_run();
    r.results[2].known = mem_dup("upstream bug #12");
    r.results[8].known = mem_dup("was broken");
    return r;
}

static void every_format_as_expected(void **state)
{
    (void)state;
    size_t count;
    const struct report_format *formats = report_formats(&count);
    struct run r = marked_run();
    for (size_t i = 0; i < count; i++) {
        char name[64];
        struct buf out = written(formats[i].name, &r, false);
        assert_harmless(out.data, out.len, false);
        snprintf(name, sizeof(name), "results.%s", formats[i].name);
        assert_golden(name, out.data, out.len);
        buf_free(&out);
    }
    assert_null(report_format_find("morse"));
    sample_free(&r);
}

/* What was not reached is nobody's failure, in no format; the stop of a run is in each of them. */
static void inconclusive_is_told_and_blames_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *format, *told, *strict;
    } expected[] = {
        {"tap", "\nok 1 - late # SKIP inconclusive: not reached\n", "\nnot ok 1 - late\n"},
        {"tap", "\nBail out! nobody is there\n", "\nBail out! nobody is there\n"},
        {"junit", "<skipped message=\"inconclusive: not reached\"/>", "<error message=\"inconclusive: not reached\""},
        {"junit", "name=\"stopped\" value=\"nobody is there\"", "value=\"nobody is there\""},
        {"github", "::warning title=late::not reached", "::error title=late::not reached"},
        {"github", "::error title=sockspec::nobody is there", "::error title=sockspec::nobody is there"},
        {"markdown", "| inconclusive | late |", "| inconclusive | late |"},
        {"markdown", "\nnobody is there\n", "\nnobody is there\n"},
        {"json", "\"verdict\": \"inconclusive\"", "\"inconclusive\": 1"},
        {"json", "\"stopped\": \"nobody is there\"", "\"schema\": 2"},
        {"html", "data-verdict=\"inconclusive\"", "nobody is there"},
    };
    char name[] = "late", message[] = "not reached", why[] = "nobody is there";
    struct result late = {.verdict = VERDICT_INCONCLUSIVE, .name = name, .scenario = name, .message = message};
    struct run r = {.results = &late, .count = 1, .stopped = why};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct buf lax = written(expected[i].format, &r, false), strict = written(expected[i].format, &r, true);
        assert_non_null(strstr(lax.data, expected[i].told));
        assert_non_null(strstr(strict.data, expected[i].strict));
        buf_free(&lax);
        buf_free(&strict);
    }
    struct buf json = written("json", &r, false);
    struct run again;
    struct err e = {0};
    assert_int_equal(json_read("x", json.data, json.len, &again, &e), 0);
    assert_int_equal(again.results[0].verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(again.stopped, why);
    json_read_free(&again);
    buf_free(&json);
}

static void strict_turns_warnings_into_failures(void **state)
{
    (void)state;
    struct run r = sample_run();
    struct buf tap = written("tap", &r, true), junit = written("junit", &r, true);
    assert_non_null(strstr(tap.data, "\nnot ok 4 - http-server/date\n"));
    assert_non_null(strstr(junit.data, "tests=\"9\" failures=\"4\" errors=\"1\" skipped=\"2\""));
    buf_free(&tap);
    buf_free(&junit);
    sample_free(&r);
}

static void interrupted_runs_say_so(void **state)
{
    (void)state;
    struct run r = sample_run();
    r.interrupted = true;
    struct buf tap = written("tap", &r, false), json = written("json", &r, false);
    assert_non_null(strstr(tap.data, "\nBail out! interrupted"));
    assert_non_null(strstr(json.data, "\"interrupted\": true"));
    buf_free(&tap);
    buf_free(&json);
    sample_free(&r);
}

/* A full disk must not look like a report. */
static void write_errors_are_told(void **state)
{
    (void)state;
    size_t count;
    const struct report_format *formats = report_formats(&count);
    struct run r = sample_run();
    for (size_t i = 0; i < count; i++) {
        FILE *out = fopen("/dev/full", "w");
        assert_non_null(out);
        assert_int_equal(formats[i].write(out, &r, false), -1);
        fclose(out);
    }
    sample_free(&r);
}

/* --- the schema: the words of JSON Schema that results.schema.json uses; another one fails the test ----- */

static bool has_type(const json_t *value, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value)) || (strcmp(type, "null") == 0 && json_is_null(value));
}

static bool type_fits(const json_t *value, const json_t *type)
{
    if (json_is_string(type))
        return has_type(value, json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (has_type(value, json_string_value(json_array_get(type, i))))
            return true;
    return false;
}

static bool is_one_of(const json_t *value, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(value, json_array_get(list, i)))
            return true;
    return false;
}

static bool valid(json_t *root, json_t *schema, json_t *value);

static bool properties_fit(json_t *root, json_t *schema, json_t *value)
{
    json_t *properties = json_object_get(schema, "properties"), *member;
    const char *key;
    json_object_foreach(value, key, member)
    {
        json_t *rule = json_object_get(properties, key);
        if (!rule ? json_is_false(json_object_get(schema, "additionalProperties")) : !valid(root, rule, member))
            return false;
    }
    return true;
}

static bool all_there(const json_t *value, const json_t *required)
{
    for (size_t i = 0; i < json_array_size(required); i++)
        if (!json_object_get(value, json_string_value(json_array_get(required, i))))
            return false;
    return true;
}

static bool items_fit(json_t *root, json_t *rule, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!valid(root, rule, json_array_get(array, i)))
            return false;
    return true;
}

static bool reference_fits(json_t *root, const char *path, json_t *value)
{
    assert_int_equal(strncmp(path, "#/$defs/", 8), 0);
    json_t *target = json_object_get(json_object_get(root, "$defs"), path + 8);
    assert_non_null(target);
    return valid(root, target, value);
}

/* The one pattern of the schema, or a failed test. */
static bool digits_fit(const char *pattern, const char *text)
{
    assert_string_equal(pattern, "^[0-9]+$");
    return !text || (*text && strspn(text, "0123456789") == strlen(text));
}

static bool word_fits(json_t *root, json_t *schema, const char *word, json_t *rule, json_t *value)
{
    if (strcmp(word, "$ref") == 0)
        return reference_fits(root, json_string_value(rule), value);
    if (strcmp(word, "type") == 0)
        return type_fits(value, rule);
    if (strcmp(word, "enum") == 0)
        return is_one_of(value, rule);
    if (strcmp(word, "const") == 0)
        return json_equal(value, rule);
    if (strcmp(word, "minimum") == 0)
        return !json_is_number(value) || json_number_value(value) >= json_number_value(rule);
    if (strcmp(word, "minItems") == 0)
        return !json_is_array(value) || json_array_size(value) >= (size_t)json_integer_value(rule);
    if (strcmp(word, "maxItems") == 0)
        return !json_is_array(value) || json_array_size(value) <= (size_t)json_integer_value(rule);
    if (strcmp(word, "pattern") == 0)
        return digits_fit(json_string_value(rule), json_string_value(value));
    if (strcmp(word, "items") == 0)
        return items_fit(root, rule, value);
    if (strcmp(word, "required") == 0)
        return !json_is_object(value) || all_there(value, rule);
    if (strcmp(word, "properties") == 0)
        return !json_is_object(value) || properties_fit(root, schema, value);
    static const char *const others[] = {"$schema", "title", "description", "$defs", "additionalProperties"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(word, others[i]) == 0)
            return true;
    fail_msg("this test does not know the schema's word `%s`", word);
    return false;
}

static bool valid(json_t *root, json_t *schema, json_t *value)
{
    const char *word;
    json_t *rule;
    json_object_foreach(schema, word, rule)
    {
        if (!word_fits(root, schema, word, rule, value))
            return false;
    }
    return true;
}

static json_t *load_schema(void)
{
    json_error_t error;
    json_t *schema = json_load_file(SOURCE_DIR "/harness/report/results.schema.json", JSON_REJECT_DUPLICATES, &error);
    if (!schema)
        fail_msg("results.schema.json:%d: %s", error.line, error.text);
    return schema;
}

static json_t *json_of(const struct run *r)
{
    json_error_t error;
    struct buf text = written("json", r, false);
    json_t *value = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!value)
        fail_msg("%d: %s", error.line, error.text);
    buf_free(&text);
    return value;
}

static void json_fits_its_schema(void **state)
{
    (void)state;
    json_t *schema = load_schema();
    struct run r = marked_run();
    r.seed = UINT64_MAX;
    json_t *value = json_of(&r);
    assert_true(valid(schema, schema, value));
    assert_string_equal(json_string_value(json_object_get(value, "seed")), "18446744073709551615");
    json_decref(value);
    sample_free(&r);

    struct result bare = {.verdict = VERDICT_SKIP, .seconds = -1, .line = -5};
    struct run empty = {.results = &bare, .count = 1};
    value = json_of(&empty);
    assert_true(valid(schema, schema, value));
    json_decref(value);
    json_decref(schema);
}

static void the_schema_refuses_what_it_should(void **state)
{
    (void)state;
    json_t *schema = load_schema();
    struct run r = sample_run();
    json_t *value = json_of(&r), *first = json_array_get(json_object_get(value, "cases"), 0);
    json_object_set_new(first, "verdict", json_string("good"));
    assert_false(valid(schema, schema, value));
    json_object_set_new(first, "verdict", json_string("pass"));
    assert_true(valid(schema, schema, value));
    json_object_set_new(first, "surprise", json_true());
    assert_false(valid(schema, schema, value));
    json_object_del(first, "surprise");
    json_object_set_new(first, "line", json_integer(-1));
    assert_false(valid(schema, schema, value));
    json_object_set_new(first, "line", json_integer(1));
    json_object_del(first, "repeat");
    assert_false(valid(schema, schema, value));
    json_decref(value);
    json_decref(schema);
    sample_free(&r);
}

/* --- reading back --------------------------------------------------------------------------------------- */

static void results_come_back_the_same(void **state)
{
    (void)state;
    struct run r = marked_run(), back;
    struct err e = {0};
    struct buf one = written("json", &r, false);
    if (json_read("results.json", one.data, one.len, &back, &e))
        fail_msg("%s", e.text);
    struct buf two = written("json", &back, false);
    assert_string_equal(one.data, two.data);
    assert_int_equal(back.seed, 42);
    assert_int_equal(back.results[1].event_count, 5);
    assert_int_equal(back.results[1].depend_count, 1);
    assert_true(back.results[1].unconfirmed);
    json_read_free(&back);
    buf_free(&one);
    buf_free(&two);
    sample_free(&r);
}

#define HEAD "{\"sockspec\":\"1\",\"seconds\":1,\"cases\":"
#define CASE "[{\"name\":\"a\",\"verdict\":\"pass\",\"seconds\":1"

static void wrong_results_are_refused_with_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "r.json:1:0: "},
        {"[]", "r.json: these are no results of sockspec"},
        {"{\"sockspec\":\"1\",\"seconds\":\"x\"}", "r.json: seconds: must be a number"},
        {"{\"sockspec\":\"1\",\"seconds\":1}", "r.json: cases: must be a list"},
        {"{\"sockspec\":\"1\",\"seconds\":1,\"seed\":\"12x\",\"cases\":[]}", "r.json: seed: must be a number"},
        {"{\"sockspec\":\"1\",\"seconds\":1,\"seed\":-1,\"cases\":[]}", "r.json: seed: is out of range"},
        {HEAD "[1]}", "r.json: cases[0].name: a case must be an object"},
        {HEAD "[{}]}", "r.json: cases[0].name: must be there"},
        {HEAD "[{\"name\":\"a\",\"verdict\":\"good\"}]}", "r.json: cases[0].verdict: no such verdict"},
        {HEAD CASE ",\"line\":-1}]}", "r.json: cases[0].line: is out of range"},
        {HEAD CASE ",\"line\":99999999999}]}", "r.json: cases[0].line: is out of range"},
        {HEAD CASE ",\"message\":[]}]}", "r.json: cases[0].message: must be a string"},
        {HEAD CASE ",\"message\":\"a\\u0000b\"}]}", "r.json:1:"},
        {HEAD CASE ",\"diagnosis\":\"bad luck\"}]}", "r.json: cases[0].diagnosis: no such diagnosis"},
        {HEAD CASE ",\"graph\":[1]}]}", "r.json: cases[0].graph: must hold strings"},
        {HEAD CASE ",\"depends\":[\"a\",null]}]}", "r.json: cases[0].depends: must hold strings"},
        {HEAD CASE ",\"timeline\":[[]]}]}", "r.json: cases[0].timeline: an event needs"},
        {HEAD CASE "},{\"name\":\"b\"}]}", "r.json: cases[1].verdict: must be a string"},
        {HEAD CASE ",\"name\":\"twice\"}]}", "r.json:1:"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run r;
        struct err e = {0};
        assert_int_equal(json_read("r.json", cases[i].text, strlen(cases[i].text), &r, &e), -1);
        if (strncmp(e.text, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s\nwanted `%s`, got `%s`", cases[i].text, cases[i].want, e.text);
        assert_null(r.results);
    }
    struct run r;
    struct err e = {0};
    assert_int_equal(json_read_file("/nonexistent/r.json", &r, &e), -1);
    assert_non_null(strstr(e.text, "No such file"));
}

static void garbled_results_do_no_harm(void **state)
{
    (void)state;
    static const char letters[] = "0-9{}[]\",:etn\\u";
    struct rng g = {5};
    struct run r = marked_run();
    struct buf text = written("json", &r, false);
    char *copy = mem_new(text.len, 1);
    for (int i = 0; i < 3000; i++) {
        memcpy(copy, text.data, text.len);
        for (uint64_t n = 1 + rng_below(&g, 3); n > 0; n--)
            copy[rng_below(&g, text.len)] = letters[rng_below(&g, sizeof(letters) - 1)];
        struct run back;
        struct err e = {0};
        size_t len = rng_below(&g, 4) ? text.len : rng_below(&g, text.len);
        int rc = json_read("r.json", copy, len, &back, &e);
        assert_true(rc == 0 || e.text[0]);
        if (rc == 0)
            json_read_free(&back);
    }
    free(copy);
    buf_free(&text);
    sample_free(&r);
}

/* Nothing here may be quadratic: a run of this size would be felt. */
static void ten_thousand_results(void **state)
{
    (void)state;
    struct run r = {.profile = "tcp-server", .count = 10000, .seconds = 9};
    r.results = mem_new(r.count, sizeof(*r.results));
    for (size_t i = 0; i < r.count; i++) {
        r.results[i].name = mem_printf("tcp-server/case[n=%zu]", i);
        r.results[i].scenario = mem_dup("tcp-server/case");
        r.results[i].verdict = i % 10 ? VERDICT_PASS : VERDICT_FAIL;
        for (uint64_t k = 0; k < 20 && i % 10 == 0; k++)
            result_event(&r.results[i], k, "client", (int)k, "sends");
    }
    struct buf tap = written("tap", &r, false), junit = written("junit", &r, false), json = written("json", &r, false);
    assert_non_null(strstr(tap.data, "\nok 10000 - tcp-server/case[n=9999]\n"));
    assert_non_null(strstr(junit.data, "tests=\"10000\" failures=\"1000\""));
    struct run back;
    struct err e;
    assert_int_equal(json_read("r.json", json.data, json.len, &back, &e), 0);
    assert_int_equal(back.count, 10000);
    assert_int_equal(run_summary(&back).count[VERDICT_FAIL], 1000);
    json_read_free(&back);
    buf_free(&tap);
    buf_free(&junit);
    buf_free(&json);
    sample_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_as_expected),
        cmocka_unit_test(strict_turns_warnings_into_failures),
        cmocka_unit_test(interrupted_runs_say_so),
        cmocka_unit_test(write_errors_are_told),
        cmocka_unit_test(json_fits_its_schema),
        cmocka_unit_test(the_schema_refuses_what_it_should),
        cmocka_unit_test(results_come_back_the_same),
        cmocka_unit_test(wrong_results_are_refused_with_the_place),
        cmocka_unit_test(garbled_results_do_no_harm),
        cmocka_unit_test(ten_thousand_results),
        cmocka_unit_test(inconclusive_is_told_and_blames_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
