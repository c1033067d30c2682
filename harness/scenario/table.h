/*
 * Tables of words: what may stand at a place, a row each. Parser, "did you mean", "expected one of", names of steps,
 * `list words`, `explain` and the list in scenarios/README.md are made from the rows.
 */
#ifndef SOCKSPEC_SCENARIO_TABLE_H
#define SOCKSPEC_SCENARIO_TABLE_H

#include "scenario/parse.h"

/*
 * What each row of a table begins with. The word: one or several, "split everywhere"; what begins with a capital is a
 * hole that the row's function reads: "in N byte pieces". A row whose word begins with a hole or a mark is told to
 * people only. The rest is as in scn_word.
 */
#define WORD_ROW const char *word, *synopsis, *purpose, *example
struct word_row {
    WORD_ROW;
};

struct table {
    const char *what;   /* for messages: "step" */
    const char *where;  /* for people: "send"; NULL: where_of tells */
    const char *prefix; /* a word that may be left out before those of the rows ("with "), or NULL */
    const void *rows;
    size_t count, size;
    /* Whether a row may stand where the parser is; NULL: each. */
    bool (*fits)(const struct parser *p, const void *row);
    const char *(*where_of)(const void *row);
};

#define TABLE_ROWS(array) .rows = (array), .count = sizeof(array) / sizeof(*(array)), .size = sizeof(*(array))

/* Row number `i`; it begins with a struct word_row. */
const void *table_row(const struct table *t, size_t i);

/* Whether the current token is the first word of a row that fits. */
bool table_has(const struct parser *p, const struct table *t);

/* Takes the words of a row. NULL (reported) where none fits: "unknown step 'conect'", "expected 'blocked' or 'accepted'
 * after 'wait peer'". */
const void *table_take(struct parser *p, const struct table *t);

/* Adds the first words of the rows that fit to `words` (room for `max`), for "did you mean"; they live in the parser's
 * arena. Returns how many there are then. */
size_t table_words(struct parser *p, const struct table *t, const char **words, size_t count, size_t max);

/* Reports the current word, which none of the tables (each may be NULL) has, with the nearest that they have. */
void table_unknown(struct parser *p, const struct table *a, const struct table *b);

/* Whether some row begins with `word`. */
bool table_begins(const struct table *t, const char *word);

/* A row of the steps. */
struct step_row {
    WORD_ROW;
    enum scn_step_kind kind;
    unsigned actors; /* bits 1 << kind of actor */
    bool within;     /* takes `within T` behind it */
    enum flow_kind flow;
    enum scn_medium medium;
    bool (*parse)(struct parser *p, struct scn_step *step); /* what stands behind its words; NULL: nothing */
};

/* --- the tables, in the order of the README ------------------------------------------------------------- */

extern const struct table heads_table;      /* head.c */
extern const struct table actors_table;     /* whole.c */
extern const struct table steps_table;      /* steps.c */
extern const struct table manners_table;    /* send.c */
extern const struct table items_table;      /* payload.c */
extern const struct table matches_table;    /* match.c */
extern const struct table conditions_table; /* match.c */
extern const struct table states_table;     /* subject_steps.c */
extern const struct table effects_table;    /* fault.c */
extern const struct table when_table;       /* fault.c */
extern const struct table links_table;      /* link.c */

#endif
