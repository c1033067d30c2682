/* What is installed beside the program says what the program says, and Markdown becomes what man reads. */
#include "base/mem.h"
#include "cli/verb.h"
#include "manual/complete.h"
#include "manual/manual.h"
#include "manual/markdown.h"
#include "manual/syntax.h"
#include "scenario/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char page[] =
    "# Title\n\nleft out\n\n## First\n\nOne `code` and **strong**,\na [word](x.md) and a [site](https://a.example).\n\n"
    "- an item\n  goes on\n- another\n\n  ```text\n  .begins with a dot\n  ```\n\n## Second\n\n"
    "| a | b |\n| --- | --- |\n| `x` | y \\| z |\n\n'quote\n\n## Third\n";

static void markdown_becomes_roff(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_true(markdown_to_roff(&out, page, NULL, NULL));
    assert_string_equal(buf_text(&out), ".SH First\nOne \\fBcode\\fR and \\fBstrong\\fR, a word and a site "
                                        "(https://a.example).\n"
                                        ".IP \\(bu 2\nan item goes on\n.IP \\(bu 2\nanother\n"
                                        ".RS 2\n.PP\n.RS 4\n.nf\n\\&.begins with a dot\n.fi\n.RE\n.RE\n"
                                        ".SH Second\n.TP\n\\fBx\\fR\ny | z\n.PP\n\\&\\(aqquote\n.SH Third\n");
    buf_free(&out);
}

static void a_part_of_a_page(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_true(markdown_to_roff(&out, page, "Second", "Third"));
    assert_non_null(strstr(buf_text(&out), ".SH Second"));
    assert_null(strstr(buf_text(&out), "First"));
    assert_null(strstr(buf_text(&out), "Third"));
    buf_free(&out);
    assert_false(markdown_to_roff(&out, page, "Fourth", NULL));
    assert_false(markdown_to_roff(&out, page, "First", "Fourth"));
    buf_free(&out);
}

/* Every option of every verb stands on its page and in each completion. */
static void options_are_everywhere(void **state)
{
    (void)state;
    struct buf shells[3] = {{0}, {0}, {0}};
    complete_bash(&shells[0]);
    complete_zsh(&shells[1]);
    complete_fish(&shells[2]);
    for (size_t i = 0; verbs[i]; i++) {
        struct buf out = {0};
        struct option o;
        page_of_verb(&out, verbs[i], NULL);
        for (struct option_walk walk = {0}; verbs[i]->options && options_next(verbs[i]->options, &walk, &o);) {
            if (o.kind == OPTION_HEADING)
                continue;
            struct buf dashed = {0}, long_one = {0};
            for (const char *c = o.name; *c; c++)
                buf_printf(&dashed, *c == '-' ? "\\-" : "%c", *c);
            buf_printf(&long_one, "--%s", o.name);
            assert_non_null(strstr(buf_text(&out), buf_text(&dashed)));
            assert_non_null(strstr(buf_text(&shells[0]), buf_text(&long_one)));
            assert_non_null(strstr(buf_text(&shells[1]), buf_text(&long_one)));
            buf_clear(&long_one);
            buf_printf(&long_one, "'__sockspec_verb %s' -l %s ", verbs[i]->name, o.name);
            assert_non_null(strstr(buf_text(&shells[2]), buf_text(&long_one)));
            buf_free(&dashed);
            buf_free(&long_one);
        }
        buf_free(&out);
    }
    for (size_t i = 0; i < 3; i++)
        buf_free(&shells[i]);
}

static bool verb_offers(const char *name, enum place place, const char *text)
{
    struct operand word;
    bool found = false;
    for (struct operand_walk walk = {0}; operand_next(verb_find(name), &walk, &word);)
        found = found || (word.place == place && word.len == strlen(text) && memcmp(word.text, text, word.len) == 0);
    return found;
}

/* What a verb takes is read from its synopsis. */
static void operands_of_verbs(void **state)
{
    (void)state;
    assert_true(verb_offers("test", PLACE_PROFILE, "PROFILE"));
    assert_true(verb_offers("test", PLACE_FILE, "SUBJECT-FILE"));
    assert_false(verb_offers("test", PLACE_FILE, "FILE.scn")); /* a file again */
    assert_true(verb_offers("list", PLACE_LITERAL, "facts"));
    assert_true(verb_offers("list", PLACE_PROFILE, "PROFILE"));
    assert_true(verb_offers("parse", PLACE_LITERAL, "http-request"));
    assert_true(verb_offers("parse", PLACE_FILE, "FILE"));
    assert_true(verb_offers("explain", PLACE_RULE, "RULE"));
    assert_true(verb_offers("help", PLACE_VERB, "VERB"));
    assert_false(verb_offers("inject", PLACE_LITERAL, "inject"));
    assert_true(verb_takes_command(verb_find("inject")));
    assert_false(verb_takes_command(verb_find("check")));
    struct operand none;
    struct operand_walk walk = {0};
    assert_false(operand_next(verb_find("version"), &walk, &none));
}

static bool syntax_has(enum syntax_class class, const char *word)
{
    struct syntax_words words;
    bool found = false;
    syntax_words_of(class, &words);
    for (size_t i = 0; i < words.count; i++)
        found = found || strcmp(words.items[i], word) == 0;
    syntax_words_free(&words);
    return found;
}

static void words_for_editors(void **state)
{
    (void)state;
    assert_true(syntax_has(SYNTAX_HEAD, "scenario"));
    assert_true(syntax_has(SYNTAX_ACTOR, "client"));
    assert_true(syntax_has(SYNTAX_STEP, "expect"));
    assert_true(syntax_has(SYNTAX_STEP, "everywhere"));
    assert_true(syntax_has(SYNTAX_VALUE, "MUST"));
    assert_true(syntax_has(SYNTAX_VALUE, "EINTR"));
    assert_false(syntax_has(SYNTAX_STEP, "scenario"));
    /* What the parser takes for the first word of anything, editors know. */
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++) {
        size_t n = strcspn(w.word, " ");
        char *first = mem_printf("%.*s", (int)n, w.word);
        if (first[0] >= 'a' && first[0] <= 'z' && !syntax_has(SYNTAX_HEAD, first) && !syntax_has(SYNTAX_ACTOR, first) &&
            !syntax_has(SYNTAX_STEP, first) && !syntax_has(SYNTAX_VALUE, first))
            fail_msg("'%s' is no word for editors", first);
        free(first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_becomes_roff),  cmocka_unit_test(a_part_of_a_page),
        cmocka_unit_test(options_are_everywhere), cmocka_unit_test(operands_of_verbs),
        cmocka_unit_test(words_for_editors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
