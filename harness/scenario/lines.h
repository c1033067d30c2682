/* Files that are a list of `word values...` lines: profiles, rules, subject files. */
#ifndef SOCKSPEC_SCENARIO_LINES_H
#define SOCKSPEC_SCENARIO_LINES_H

#include "base/buf.h"
#include "scenario/table.h"

/* The most lines of one kind that such a file may have (facts, rules): keeps look-ups
 * over all of them quick. */
#define LINES_MAX 2000

/* One word that may begin a line; `to` is the thing being filled in. */
struct line_row {
    WORD_ROW;
    bool (*parse)(struct parser *p, void *to);
};

#define LINE_ROW(word, parse)                                                                                          \
    {                                                                                                                  \
        word, NULL, NULL, NULL, parse                                                                                  \
    }

/* Parses a text by its table; `file` is for messages. Returns 0, or -1 with messages. The text is the caller's, and
 * must stay as long as the parser is used. */
int lines_parse(const char *file, const char *text, size_t len, const struct table *rows, void *to, struct arena *arena,
                struct parser *p, struct scn_messages *messages);

/* A word or a string as text. */
bool lines_value(struct parser *p, const char *what, const char **out);

#endif
