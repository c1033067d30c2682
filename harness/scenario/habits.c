/* What hands write that know other languages, and what this one says in its place. */
#include "scenario/parse.h"

#include <string.h>

/* Words as they are typed, and words that are in a table or a list (scenario_words_test sees to it). */
static const struct scn_habit HABITS[] = {
    {"sleep", "pause"},    {"usleep", "pause"},
    {"delay", "pause"},    {"recv", "expect"},
    {"receive", "expect"}, {"read", "expect"},
    {"assert", "expect"},  {"match", "expect"},
    {"write", "send"},     {"sendall", "send"},
    {"print", "send"},     {"open", "connect"},
    {"dial", "connect"},   {"disconnect", "close"},
    {"exit", "close"},     {"rst", "reset"},
    {"abort", "reset"},    {"fin", "shutdown"},
    {"loop", "repeat"},    {"for", "repeat"},
    {"while", "repeat"},   {"var", "let"},
    {"const", "let"},      {"notify", "signal"},
    {"await", "wait"},     {"test", "scenario"},
    {"title", "scenario"}, {"param", "with"},
    {"parameter", "with"}, {"require", "needs"},
    {"requires", "needs"}, {"tag", "tags"},
    {"must", "MUST"},      {"should", "SHOULD"},
    {"may", "MAY"},        {"shall", "MUST"},
    {"SHALL", "MUST"},     {"RECOMMENDED", "SHOULD"},
    {"eof", "close"},      {"EOF", "close"},
    {"SIGTERM", "TERM"},   {"SIGINT", "INT"},
    {"SIGKILL", "KILL"},   {"SIGHUP", "HUP"},
};

bool scn_habit_at(size_t i, struct scn_habit *out)
{
    if (i >= sizeof(HABITS) / sizeof(*HABITS))
        return false;
    *out = HABITS[i];
    return true;
}

const char *habit_instead(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(HABITS) / sizeof(*HABITS); i++)
        if (strncmp(HABITS[i].typed, word, len) == 0 && HABITS[i].typed[len] == '\0')
            return HABITS[i].instead;
    return NULL;
}

/* `// text` and `/ * text` begin as a regex does. */
bool habit_is_comment(const struct parser *p, const struct tok *t)
{
    if (t->kind != TOK_REGEX || t->text <= p->source)
        return false;
    const char *at = t->text - 1;
    return at[0] == '/' && (at[1] == '/' || at[1] == '*');
}
