#include "manual/complete.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *name;
    enum place place;
} PLACES[] = {
    {"FILE", PLACE_FILE},         {"SUBJECT-FILE", PLACE_FILE}, {"FILE.scn", PLACE_FILE},   {"PATH", PLACE_FILE},
    {"DIR", PLACE_FOLDER},        {"CMD", PLACE_SHELL_COMMAND}, {"PROFILE", PLACE_PROFILE}, {"NAME", PLACE_PROFILE},
    {"SCENARIO", PLACE_SCENARIO}, {"GLOB", PLACE_SCENARIO},     {"RULE", PLACE_RULE},       {"WORD", PLACE_WORD},
    {"FACT=VALUE", PLACE_FACT},   {"TAG,...", PLACE_TAG},       {"VERB", PLACE_VERB},
};

static const char *const LISTED[] = {
    [PLACE_PROFILE] = "profiles", [PLACE_SCENARIO] = "scenarios", [PLACE_RULE] = "rules",
    [PLACE_WORD] = "words",       [PLACE_FACT] = "facts",         [PLACE_LITERAL] = NULL,
};

enum place place_named(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(PLACES) / sizeof(*PLACES); i++)
        if (strlen(PLACES[i].name) == len && memcmp(PLACES[i].name, name, len) == 0)
            return PLACES[i].place;
    return PLACE_ANYTHING;
}

const char *place_listed(enum place place)
{
    return LISTED[place];
}

static bool ends_word(char c)
{
    return c == '\0' || strchr(" \n[]|'", c) != NULL;
}

static bool is_literal(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!islower((unsigned char)text[i]) && text[i] != '-')
            return false;
    return len > 0 && text[0] != '-';
}

/* Behind the line that holds `at`. */
static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return at + (*at == '\n');
}

bool operand_next(const struct verb *verb, struct operand_walk *walk, struct operand *out)
{
    const char *at = walk->next ? walk->next : verb->synopsis;
    while (*at) {
        size_t len = 0;
        while (!ends_word(at[len]))
            len++;
        const char *word = at;
        at += len + (at[len] != '\0');
        bool of_option = len > 0 && word[0] == '-';
        if (of_option) { /* from the options on there are no words, but in the next line */
            at = next_line(word);
            continue;
        }
        while (len > 3 && memcmp(word + len - 3, "...", 3) == 0)
            len -= 3;
        enum place place = is_literal(word, len) ? PLACE_LITERAL : place_named(word, len);
        bool is_name =
            place == PLACE_LITERAL && (strncmp(word, "sockspec ", 9) == 0 || strncmp(word, verb->name, len) == 0);
        if (len == 0 || is_name || place == PLACE_ANYTHING || (walk->seen & 1U << place))
            continue;
        walk->seen |= place == PLACE_LITERAL ? 0 : 1U << place;
        *out = (struct operand){place, word, len};
        walk->next = at;
        return true;
    }
    walk->next = at;
    return false;
}

bool verb_takes_command(const struct verb *verb)
{
    return strstr(verb->synopsis, "-- COMMAND") != NULL;
}
