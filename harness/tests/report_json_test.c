/* JSON: against its schema, the schema against the tables, and reading back what is right and what is hostile. */
#include "data/report/sample.h"

#include "base/clock.h"
#include "report/json_read.h"
#include "scenario/scenario.h"

#include <jansson.h>

/* --- the schema: the words of JSON Schema that results.schema.json uses; another one fails the test
 * ---------- */

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

/* A list of the schema against the words `from` to `count` of the C, in the same order; `has_null`: null stands before.
 */
static void assert_enum(const json_t *schema, const char *def, const char *field, size_t from, size_t count,
                        const char *(*word)(size_t), bool has_null)
{
    const json_t *properties = json_object_get(json_object_get(json_object_get(schema, "$defs"), def), "properties");
    const json_t *list = json_object_get(json_object_get(properties, field), "enum");
    size_t at = 0;
    assert_true(json_is_array(list));
    if (has_null)
        assert_true(json_equal(json_array_get(list, at++), json_null()));
    for (size_t i = from; i < count; i++, at++) {
        const char *there = json_string_value(json_array_get(list, at));
        if (!there || strcmp(there, word(i)) != 0)
            fail_msg("results.schema.json: the enum of `%s` has `%s` where the C has `%s`", field,
                     there ? there : "nothing", word(i));
    }
    assert_int_equal(json_array_size(list), at);
}

static const char *verdict_at(size_t i)
{
    return verdict_name((enum verdict)i);
}

static const char *diagnosis_at(size_t i)
{
    return diagnosis_name((enum diagnosis)i);
}

static const char *kind_at(size_t i)
{
    return event_kind_name((enum event_kind)i);
}

static const char *level_at(size_t i)
{
    return result_levels[i];
}

static size_t level_count(void)
{
    size_t count = 0;
    while (result_levels[count])
        count++;
    return count;
}

static void the_schema_has_the_words_of_the_tables(void **state)
{
    (void)state;
    json_t *schema = load_schema();
    assert_enum(schema, "case", "verdict", 0, VERDICT_COUNT, verdict_at, false);
    assert_enum(schema, "case", "diagnosis", DIAGNOSIS_NONE + 1, DIAGNOSIS_COUNT, diagnosis_at, true);
    assert_enum(schema, "case", "level", 0, level_count(), level_at, true);
    assert_enum(schema, "event", "kind", EVENT_NOTE + 1, EVENT_KIND_COUNT, kind_at, false);
    const json_t *top = json_object_get(schema, "properties"), *summary = json_object_get(top, "summary");
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        assert_string_equal(json_string_value(json_array_get(json_object_get(summary, "required"), i)), verdict_at(i));
        assert_non_null(json_object_get(json_object_get(summary, "properties"), verdict_at(i)));
    }
    assert_int_equal(json_object_size(json_object_get(summary, "properties")), VERDICT_COUNT);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(top, "schema"), "const")), JSON_SCHEMA);
    json_decref(schema);
}

/* The reports know no scenarios: the words of levels stand in both. */
static void levels_are_those_of_rules(void **state)
{
    (void)state;
    assert_int_equal(level_count(), SCN_MUST - SCN_MAY + 1);
    for (size_t i = 0; i < level_count(); i++)
        assert_string_equal(result_levels[i], scn_level_name((enum scn_level)(SCN_MUST - i)));
}

/* Each text of a result has its property in the schema, and none is lost on its way out and in again. */
static void every_text_of_a_result_is_told(void **state)
{
    (void)state;
    json_t *schema = load_schema();
    const json_t *properties = json_object_get(json_object_get(json_object_get(schema, "$defs"), "case"), "properties");
    struct result one = {.verdict = VERDICT_FAIL};
    struct run r = {.results = &one, .count = 1}, back;
    struct err e = {0};
#define SET_TEXT(field) one.field = mem_dup("the " #field);
    RESULT_TEXTS(SET_TEXT)
    free(one.level); /* the only one that is of a list */
    one.level = mem_dup(result_levels[1]);
    struct buf text = written("json", &r, false);
    assert_int_equal(json_read("r.json", text.data, text.len, &back, &e), 0);
#define SAME_TEXT(field)                                                                                               \
    if (!json_object_get(properties, #field))                                                                          \
        fail_msg("results.schema.json has no property `%s`", #field);                                                  \
    if (!back.results[0].field || strcmp(back.results[0].field, one.field) != 0)                                       \
        fail_msg("`%s` is lost between format_json.c and json_read.c", #field);
    RESULT_TEXTS(SAME_TEXT)
    json_read_free(&back);
    buf_free(&text);
    json_decref(schema);
    result_clear(&one);
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
        {"{\"sockspec\":\"9\",\"schema\":3,\"cases\":7}",
         "r.json: results of schema 3; this sockspec reads up to 2: take a newer one"},
        {"{\"sockspec\":\"9\",\"schema\":\"2\"}", "r.json: schema: must be a whole number"},
        {HEAD "[1]}", "r.json: cases[0].name: a case must be an object"},
        {HEAD "[{}]}", "r.json: cases[0].name: must be there"},
        {HEAD "[{\"name\":\"a\",\"verdict\":\"good\"}]}", "r.json: cases[0].verdict: no such verdict"},
        {HEAD CASE ",\"line\":-1}]}", "r.json: cases[0].line: is out of range"},
        {HEAD CASE ",\"line\":99999999999}]}", "r.json: cases[0].line: is out of range"},
        {HEAD CASE ",\"message\":[]}]}", "r.json: cases[0].message: must be a string"},
        {HEAD CASE ",\"message\":\"a\\u0000b\"}]}", "r.json:1:"},
        {HEAD CASE ",\"diagnosis\":\"bad luck\"}]}", "r.json: cases[0].diagnosis: no such diagnosis"},
        {HEAD CASE ",\"level\":\"MU<script>ST\"}]}", "r.json: cases[0].level: no such level"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_fits_its_schema),
        cmocka_unit_test(the_schema_refuses_what_it_should),
        cmocka_unit_test(the_schema_has_the_words_of_the_tables),
        cmocka_unit_test(levels_are_those_of_rules),
        cmocka_unit_test(every_text_of_a_result_is_told),
        cmocka_unit_test(results_come_back_the_same),
        cmocka_unit_test(wrong_results_are_refused_with_the_place),
        cmocka_unit_test(garbled_results_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
