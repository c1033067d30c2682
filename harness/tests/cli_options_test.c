/* The option parser: what is read, what is refused, and how the errors look. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a group of options fills. */
struct fruit {
    struct word apple;
    bool pear;
};

struct settings {
    bool loud, quick;
    struct fruit fruit;
    struct word name;
    struct words list;
    int count, colour;
    uint64_t seed;
    double time, factor;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define AT(field) .at = offsetof(struct settings, field)

static bool fruit_option(size_t index, struct option *out)
{
    static const struct option members[] = {
        {OPTION_TEXT, 'a', "apple", "SORT", "An apple", .at = offsetof(struct fruit, apple)},
        {OPTION_FLAG, 0, "pear", NULL, "A pear", .at = offsetof(struct fruit, pear)},
    };
    if (index >= sizeof(members) / sizeof(members[0]))
        return false;
    *out = members[index];
    return true;
}

static const struct option rows[] = {
    {OPTION_HEADING, .purpose = "First"},
    {OPTION_FLAG, 'l', "loud", NULL, "Say much", AT(loud)},
    {OPTION_FLAG, 'q', "quick", NULL, "Say it fast", AT(quick)},
    {OPTION_TEXT, 0, "name", "NAME", "A name", AT(name)},
    {OPTION_LIST, 0, "set", "A=B", "Set it", AT(list)},
    {OPTION_GROUP, .member = fruit_option, AT(fruit)},
    {OPTION_HEADING, .purpose = "Second"},
    {OPTION_COUNT, 'j', "jobs", "N", "How many", AT(count), .low = 1, .high = 64},
    {OPTION_SEED, 0, "seed", "S", "Chance", AT(seed)},
    {OPTION_SECONDS, 0, "timeout", "T", "How long", AT(time)},
    {OPTION_FACTOR, 0, "patience", "X", "How patient", AT(factor), .low = 0.1, .high = 10},
    {OPTION_CHOICE, 0, "colour", "C", "Of what colour", AT(colour), .choices = colours, .also = "color"},
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

#define WORDS_MAX 24

static char program[] = "sockspec", verb[] = "test";

/* One parse of a command line of words separated by '|'. */
struct parse {
    char text[512];
    char *argv[WORDS_MAX + 1];
    struct line line;
    struct settings settings;
    struct operands operands;
    struct buf error;
    int rc;
};

static void parse(struct parse *p, const char *words)
{
    *p = (struct parse){0};
    int argc = 0;
    p->argv[argc++] = program;
    p->argv[argc++] = verb;
    strncpy(p->text, words, sizeof(p->text) - 1);
    char *rest = p->text;
    for (char *word = *rest ? strsep(&rest, "|") : NULL; word && argc < WORDS_MAX; word = strsep(&rest, "|"))
        p->argv[argc++] = word;
    p->line = (struct line){argc, p->argv};
    p->rc = options_parse(&table, &p->line, &p->settings, &p->operands, &p->error);
}

static void done(struct parse *p)
{
    free(p->settings.list.items);
    free(p->operands.words.items);
    buf_free(&p->error);
}

static void test_all_kinds_in_both_spellings(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "--loud|--apple|cox|--pear|--name=x=y|--set|a=1|--set=b=2|--jobs=4|--seed=0x10|--timeout=250ms|--patience=2.5|-"
        "-colour=green",
        "-l|-acox|--pear|--name|x=y|--set=a=1|--set|b=2|-j4|--seed|16|--timeout|0.25|--patience|2.5|--color|green",
        "-l|-a=cox|--pear|--name|x=y|--set=a=1|--set|b=2|-j=4|--seed|16|--timeout|0.25s|--patience|2.5|--color|green",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct parse p;
        parse(&p, lines[i]);
        assert_string_equal(buf_text(&p.error), "");
        assert_int_equal(p.rc, 0);
        assert_true(p.settings.loud);
        assert_false(p.settings.quick);
        assert_string_equal(p.settings.name.text, "x=y");
        assert_string_equal(p.settings.fruit.apple.text, "cox");
        assert_true(p.settings.fruit.pear);
        assert_int_equal(p.settings.list.count, 2);
        assert_string_equal(p.settings.list.items[0].text, "a=1");
        assert_string_equal(p.settings.list.items[1].text, "b=2");
        assert_int_equal(p.settings.count, 4);
        assert_int_equal(p.settings.seed, 16);
        assert_true(p.settings.time > 0.2499 && p.settings.time < 0.2501);
        assert_true(p.settings.factor > 2.49 && p.settings.factor < 2.51);
        assert_int_equal(p.settings.colour, 1);
        done(&p);
    }
}

static void test_operands_and_the_command(void **state)
{
    (void)state;
    struct parse p;
    parse(&p, "one|-ql|two|-|--|./server|--loud|--nonsense");
    assert_int_equal(p.rc, 0);
    assert_true(p.settings.loud && p.settings.quick);
    assert_int_equal(p.operands.words.count, 3);
    assert_string_equal(p.operands.words.items[1].text, "two");
    assert_string_equal(p.operands.words.items[2].text, "-");
    assert_string_equal(p.argv[p.operands.command], "./server");
    done(&p);
    parse(&p, "one|--");
    assert_int_equal(p.operands.command, p.line.argc);
    done(&p);
    parse(&p, "one");
    assert_int_equal(p.operands.command, 0);
    done(&p);
}

static void test_help_ends_the_reading(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help|--nonsense", "-h", "-qh", "one|--help"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct parse p;
        parse(&p, lines[i]);
        assert_int_equal(p.rc, 0);
        assert_true(p.operands.help);
        done(&p);
    }
}

static void test_errors_underline_the_word(void **state)
{
    (void)state;
    static const struct {
        const char *words, *error;
    } cases[] = {
        {"--quik", "sockspec test: unknown option '--quik'\n"
                   "  sockspec test --quik\n"
                   "                ^~~~~~ did you mean '--quick'?\n"},
        {"--paer", "sockspec test: unknown option '--paer'\n"
                   "  sockspec test --paer\n"
                   "                ^~~~~~ did you mean '--pear'?\n"},
        {"a b|--colour=gren|x", "sockspec test: --colour takes red, green or blue; not 'gren'\n"
                                "  sockspec test 'a b' --colour=gren x\n"
                                "                               ^~~~ did you mean 'green'?\n"},
        {"-j|0", "sockspec test: --jobs takes 1 to 64\n"
                 "  sockspec test -j 0\n"
                 "                   ^\n"},
        {"-j4x", "sockspec test: --jobs takes a whole number, not '4x'\n"
                 "  sockspec test -j4x\n"
                 "                  ^~\n"},
        {"-j|99999999999999999999", "sockspec test: --jobs takes 1 to 64\n"
                                    "  sockspec test -j 99999999999999999999\n"
                                    "                   ^~~~~~~~~~~~~~~~~~~~\n"},
        {"--loud=yes", "sockspec test: --loud takes no value\n"
                       "  sockspec test --loud=yes\n"
                       "                       ^~~\n"},
        {"--name", "sockspec test: --name wants NAME behind it\n"
                   "  sockspec test --name\n"
                   "                ^~~~~~\n"},
        {"--name|--|x", "sockspec test: --name wants NAME behind it\n"
                        "  sockspec test --name -- x\n"
                        "                ^~~~~~\n"},
        {"--name=", "sockspec test: --name takes NAME, not an empty word\n"
                    "  sockspec test --name=\n"
                    "                       ^\n"},
        {"--timeout|5kg", "sockspec test: --timeout takes a time above 0 such as 5s or 250ms, not '5kg'\n"
                          "  sockspec test --timeout 5kg\n"
                          "                          ^~~\n"},
        {"--patience|nan", "sockspec test: --patience takes a number, not 'nan'\n"
                           "  sockspec test --patience nan\n"
                           "                           ^~~\n"},
        {"--seed|-1", "sockspec test: --seed takes a number of 64 bits, not '-1'\n"
                      "  sockspec test --seed -1\n"
                      "                       ^~\n"},
        {"--patience|11", "sockspec test: --patience takes 0.1 to 10\n"
                          "  sockspec test --patience 11\n"
                          "                           ^~\n"},
        {"-x", "sockspec test: unknown option '-x'\n"
               "  sockspec test -x\n"
               "                ^~ 'sockspec test --help' lists the options\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parse p;
        parse(&p, cases[i].words);
        assert_int_equal(p.rc, -1);
        assert_string_equal(buf_text(&p.error), cases[i].error);
        done(&p);
    }
}

/* A word of any length and of any bytes must neither flood nor move the caret. */
static void test_errors_of_hostile_words(void **state)
{
    (void)state;
    static char word[100000];
    memset(word, 'x', sizeof(word) - 1);
    word[0] = word[1] = '-';
    static char colour[] = "\x1b[31m";
    char *argv[] = {program, verb, colour, word, NULL};
    struct line line = {4, argv};
    struct settings settings = {0};
    struct operands operands = {0};
    struct buf error = {0};
    assert_int_equal(options_parse(&table, &line, &settings, &operands, &error), -1);
    const char *shown = strchr(buf_text(&error), '\n');
    assert_non_null(shown);
    assert_true(strlen(shown) < 600);
    assert_null(strchr(buf_text(&error), '\x1b'));
    free(operands.words.items);
    buf_free(&error);
}

static void test_help_comes_from_the_table(void **state)
{
    (void)state;
    struct buf out = {0};
    options_help(&table, &out);
    assert_string_equal(buf_text(&out), "\nFirst\n"
                                        "  -l, --loud               Say much\n"
                                        "  -q, --quick              Say it fast\n"
                                        "  --name NAME              A name\n"
                                        "  --set A=B                Set it\n"
                                        "  -a, --apple SORT         An apple\n"
                                        "  --pear                   A pear\n"
                                        "\nSecond\n"
                                        "  -j, --jobs N             How many\n"
                                        "  --seed S                 Chance\n"
                                        "  --timeout T              How long\n"
                                        "  --patience X             How patient\n"
                                        "  --colour C               Of what colour: red, green or blue (red)\n");
    buf_free(&out);
}

static void test_enumerations(void **state)
{
    (void)state;
    static const char *const want[] = {"", "red", "red or green", "red, green or blue"};
    for (size_t i = 0; i < 4; i++) {
        char *text = enumerate(colours, i, "or");
        assert_string_equal(text, want[i]);
        free(text);
    }
}

static void test_shell_quoting(void **state)
{
    (void)state;
    static char text[6][16] = {"plain", "two words", "it's", "", "{port}", "$x"};
    char *words[] = {text[0], text[1], text[2], text[3], text[4], text[5], NULL};
    char *line = shell_line(words);
    assert_string_equal(line, "plain 'two words' 'it'\\''s' '' {port} '$x'");
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds_in_both_spellings),
        cmocka_unit_test(test_operands_and_the_command),
        cmocka_unit_test(test_help_ends_the_reading),
        cmocka_unit_test(test_errors_underline_the_word),
        cmocka_unit_test(test_errors_of_hostile_words),
        cmocka_unit_test(test_help_comes_from_the_table),
        cmocka_unit_test(test_enumerations),
        cmocka_unit_test(test_shell_quoting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
