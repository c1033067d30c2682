/* The vocabulary: the rows of all tables, one after the other. */
#include "scenario/table.h"

/* In the order of scenarios/README.md. */
static const struct table *const TABLES[] = {
    &heads_table,      &actors_table, &steps_table,   &manners_table, &items_table, &matches_table,
    &conditions_table, &states_table, &effects_table, &when_table,    &links_table,
};

bool scn_word_at(size_t i, struct scn_word *out)
{
    for (size_t t = 0; t < sizeof(TABLES) / sizeof(*TABLES); t++) {
        for (size_t r = 0; r < TABLES[t]->count; r++) {
            const struct word_row *row = table_row(TABLES[t], r);
            if (!row->synopsis || i-- > 0) /* told elsewhere: the subject's `expect` by its states */
                continue;
            const char *where = TABLES[t]->where ? TABLES[t]->where : TABLES[t]->where_of(row);
            *out = (struct scn_word){row->word, where, row->synopsis, row->purpose, row->example};
            return true;
        }
    }
    return false;
}
