#include "cli/premises.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Lines of the page that are no rows of a table end before. */
#define PAGE_COLUMNS 118

static bool names_fact(const struct scn_scenario *s, const char *fact)
{
    for (size_t i = 0; i < s->need_count; i++)
        if (strcmp(s->needs[i].name, fact) == 0)
            return true;
    for (size_t i = 0; i < s->fact_count; i++)
        if (strcmp(s->facts[i].name, fact) == 0)
            return true;
    return false;
}

bool premise_is_needed(const struct scn_premise *premise, const struct scn_scenario *s)
{
    if (premise->fact)
        return names_fact(s, premise->fact);
    for (size_t i = 0; i < s->need_count; i++)
        if (strcmp(s->needs[i].name, "premise") == 0 && strcmp(s->needs[i].word, premise->scenario) == 0)
            return true;
    return false;
}

/* --- as a list ------------------------------------------------------------------------------------------ */

static bool same_fact(const struct scn_premise *a, const struct scn_premise *b)
{
    return a->fact && b->fact && strcmp(a->fact, b->fact) == 0;
}

/* The names of the premise and of those behind it for the same fact. Returns whether one before it has told it. */
static bool add_names(struct buf *out, const struct scn_profile *p, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (same_fact(&p->premises[i], &p->premises[number]))
            return true;
    buf_printf(out, "%s/%s", p->name, p->premises[number].scenario);
    for (size_t i = number + 1; i < p->premise_count; i++)
        if (same_fact(&p->premises[i], &p->premises[number]))
            buf_printf(out, ", %s", p->premises[i].scenario);
    return false;
}

void premises_list(struct buf *out, const struct lineage *l, const struct collection *c)
{
    const struct scn_profile *p = l->profiles[0];
    for (size_t i = 0; i < p->premise_count; i++) {
        const struct scn_premise *premise = &p->premises[i];
        if (add_names(out, p, i))
            continue;
        buf_printf(out, " %s%s\n",
                   premise->learns        ? "learns the fact "
                   : premise->fact        ? "for the fact "
                   : premise->when_needed ? "when needed: "
                                          : "for all: ",
                   premise->fact ? premise->fact : premise->assumes);
        for (size_t s = 0; s < c->count && (premise->fact || premise->when_needed); s++)
            if (premise_is_needed(premise, c->items[s]))
                buf_printf(out, "  %s\n", c->items[s]->name);
    }
}

/* --- as a page ------------------------------------------------------------------------------------------ */

/* What one row of the table is about. */
struct ground {
    const struct scn_premise *premise; /* of all, or when needed */
    const char *fact;                  /* or this */
};

static bool rests_on(const struct scn_scenario *s, const struct ground *g)
{
    return g->fact ? names_fact(s, g->fact) : g->premise->when_needed && premise_is_needed(g->premise, s);
}

static const char *short_name(const struct scn_scenario *s)
{
    const char *slash = strrchr(s->name, '/');
    return slash ? slash + 1 : s->name;
}

static void add_scenarios(struct buf *out, const struct collection *c, const struct ground *g, bool which)
{
    const char *separator = "";
    for (size_t i = 0; i < c->count; i++) {
        if (rests_on(c->items[i], g) != which)
            continue;
        buf_printf(out, "%s`%s`", separator, short_name(c->items[i]));
        separator = ", ";
    }
}

/* Those that rest on it, or the others where these are fewer. */
static void add_who_rests(struct buf *out, const struct collection *c, const struct ground *g)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        count += rests_on(c->items[i], g);
    if (g->premise && !g->premise->when_needed) {
        buf_puts(out, "all");
    } else if (count * 2 <= c->count) {
        add_scenarios(out, c, g, true);
    } else {
        buf_puts(out, count == c->count ? "all" : "all but ");
        add_scenarios(out, c, g, false);
    }
}

static const struct scn_fact_def *fact_of_lineage(const struct lineage *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        for (size_t k = 0; k < l->profiles[i]->fact_count; k++)
            if (strcmp(l->profiles[i]->facts[k].name, name) == 0)
                return &l->profiles[i]->facts[k];
    return NULL;
}

/* The scenarios that try the fact, nearest profile first; else whose word it is. */
static void add_who_tries(struct buf *out, const struct lineage *l, const char *fact)
{
    size_t before = out->len;
    for (size_t i = 0; i < l->count; i++) {
        const struct scn_profile *p = l->profiles[i];
        for (size_t k = 0; k < p->premise_count; k++)
            if (p->premises[k].fact && strcmp(p->premises[k].fact, fact) == 0)
                buf_printf(out, "%s`%s%s%s`%s", out->len > before ? ", " : "", i ? p->name : "", i ? "/" : "",
                           p->premises[k].scenario, p->premises[k].learns ? ", unless it is said" : "");
    }
    if (out->len == before)
        buf_puts(out, "whoever runs it says so");
}

static void add_fact_row(struct buf *out, const struct lineage *l, const struct collection *c, const char *fact)
{
    const struct ground g = {.fact = fact};
    const struct scn_fact_def *def = fact_of_lineage(l, fact);
    buf_printf(out, "| fact `%s`: %s | ", fact, def ? def->meaning : "what it says of itself");
    add_who_tries(out, l, fact);
    buf_puts(out, " | ");
    add_who_rests(out, c, &g);
    buf_puts(out, " |\n");
}

static void add_premise_rows(struct buf *out, const struct lineage *l, const struct collection *c)
{
    const struct scn_profile *p = l->profiles[0];
    for (size_t i = 0; i < p->premise_count; i++) {
        const struct ground g = {.premise = &p->premises[i]};
        if (p->premises[i].fact)
            continue;
        buf_printf(out, "| %s | `%s` | ", p->premises[i].assumes, p->premises[i].scenario);
        add_who_rests(out, c, &g);
        buf_puts(out, " |\n");
    }
}

/* What stands behind `needs` besides facts. */
static bool is_no_fact(const char *name)
{
    return strcmp(name, "premise") == 0 || scn_mechanism_find(name) != NULL;
}

/* Each fact that one of the scenarios rests on, once, in order of the alphabet. */
static struct name_list facts_rested_on(const struct collection *c)
{
    struct name_list all = {0};
    for (size_t i = 0; i < c->count; i++) {
        const struct scn_scenario *s = c->items[i];
        for (size_t k = 0; k < s->need_count; k++)
            if (!is_no_fact(s->needs[k].name) && !name_list_has(&all, s->needs[k].name))
                name_list_add(&all, s->needs[k].name);
        for (size_t k = 0; k < s->fact_count; k++)
            if (!name_list_has(&all, s->facts[k].name))
                name_list_add(&all, s->facts[k].name);
    }
    name_list_sort(&all);
    return all;
}

static bool rests_on_something(const struct scn_scenario *s)
{
    for (size_t i = 0; i < s->need_count; i++)
        if (!scn_mechanism_find(s->needs[i].name))
            return true;
    return s->fact_count > 0;
}

static void add_others(struct buf *out, const struct collection *c)
{
    static const char begin[] = "\nOn nothing more than their rules rest";
    size_t column = sizeof(begin) - 2, count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const char *name = short_name(c->items[i]);
        size_t len = strlen(name) + strlen(" ``,");
        if (rests_on_something(c->items[i]))
            continue;
        buf_puts(out, count++ ? "," : begin);
        column = column + len > PAGE_COLUMNS ? len : column + len;
        buf_printf(out, "%c`%s`", column == len ? '\n' : ' ', name);
    }
    if (count)
        buf_puts(out, ".\n");
}

void premises_page(struct buf *out, const struct lineage *l, const struct collection *c)
{
    struct name_list facts = facts_rested_on(c);
    size_t resting = 0;
    for (size_t i = 0; i < c->count; i++)
        resting += rests_on_something(c->items[i]);
    buf_printf(out, "\n## %s\n\n%zu scenarios, of which %zu rest on something that their rules do not say.\n",
               l->profiles[0]->name, c->count, resting);
    if (resting || l->profiles[0]->premise_count) {
        buf_puts(out, "\n| taken for granted | tried by | scenarios |\n| --- | --- | --- |\n");
        add_premise_rows(out, l, c);
        for (size_t i = 0; i < facts.count; i++)
            add_fact_row(out, l, c, facts.items[i]);
    }
    add_others(out, c);
    name_list_free(&facts);
}
