/* A TextMate grammar, as VS Code and others read it. */
#include "manual/manual.h"
#include "manual/syntax.h"

#include <jansson.h>
#include <stdlib.h>

static const struct {
    const char *name, *match;
} MARKS[] = {
    {"comment.line.number-sign.sockspec", "(?:^|(?<=\\s))#.*$"},
    {"constant.numeric.sockspec", "\\b\\d+(\\.\\d+)?(us|ms|s|min|h|B|KB|KiB|MB|MiB|GB|GiB|%)?(/s)?(?![\\w-])"},
};

/* What {name} puts in, inside of strings and raw lines. */
static json_t *placeholder(void)
{
    return json_pack("{s:s, s:s}", "name", "variable.other.sockspec", "match", "\\{[^{}\"]+\\}");
}

static json_t *words_of(enum syntax_class class, const char *name)
{
    struct syntax_words words;
    struct buf match = {0};
    syntax_words_of(class, &words);
    buf_puts(&match, "(?<![\\w-])(?:");
    /* Longer ones first: an alternative that begins another would hide it. */
    for (size_t i = words.count; i-- > 0;)
        buf_printf(&match, "%s%s", words.items[i], i ? "|" : "");
    buf_puts(&match, ")(?![\\w-])");
    json_t *rule = json_pack("{s:s, s:s}", "name", name, "match", buf_text(&match));
    buf_free(&match);
    syntax_words_free(&words);
    return rule;
}

static json_t *string_rule(void)
{
    return json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}, o]}", "name", "string.quoted.double.sockspec", "begin", "\"",
                     "end", "\"|$", "patterns", "name", "constant.character.escape.sockspec", "match",
                     "\\\\(x[0-9A-Fa-f]{2}|.)", placeholder());
}

void syntax_textmate(struct buf *out)
{
    static const char *const names[] = {[SYNTAX_HEAD] = "keyword.other.sockspec",
                                        [SYNTAX_ACTOR] = "storage.type.sockspec",
                                        [SYNTAX_STEP] = "keyword.control.sockspec",
                                        [SYNTAX_VALUE] = "constant.language.sockspec"};
    json_t *patterns = json_array();
    json_array_append_new(patterns, json_pack("{s:s, s:s, s:[o]}", "name", "string.unquoted.sockspec", "match",
                                              "^\\s*\\|.*$", "patterns", placeholder()));
    json_array_append_new(patterns, string_rule());
    json_array_append_new(patterns, json_pack("{s:s, s:s}", "name", "string.regexp.sockspec", "match",
                                              "(?:^|(?<=\\s))/(?=\\S)(?:\\\\.|[^/\\\\])*/"));
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(*MARKS); i++)
        json_array_append_new(patterns, json_pack("{s:s, s:s}", "name", MARKS[i].name, "match", MARKS[i].match));
    for (int class = 0; class < SYNTAX_CLASS_COUNT; class ++)
        json_array_append_new(patterns, words_of((enum syntax_class) class, names[class]));
    json_t *all = json_pack("{s:s, s:s, s:[s, s], s:o}", "name", "sockspec", "scopeName", "source.sockspec",
                            "fileTypes", "scn", "subject", "patterns", patterns);
    char *text = json_dumps(all, JSON_INDENT(2));
    buf_puts(out, text);
    buf_putc(out, '\n');
    free(text);
    json_decref(all);
}
