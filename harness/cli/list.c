/* The verb `list`: which profiles, scenarios, rules, words, facts and options there are. */
#include "base/mem.h"
#include "base/visible.h"
#include "cli/catalogue.h"
#include "cli/verb.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list_settings {
    struct words scenarios;
    bool names;
};

/* What is listed, and from where. */
struct listing {
    const struct line *line;
    struct catalogue catalogue;
    struct name_list profiles; /* those to list */
    bool names;                /* these alone, one a line */
    struct scn_messages messages;
    struct buf out;
};

/* With --names, lists this and returns true: the entry is told. */
static bool name_alone(struct listing *l, const char *name)
{
    if (l->names)
        buf_printf(&l->out, "%s\n", name);
    return l->names;
}

static void list_profiles(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct lineage lineage = {0};
        if (!name_alone(l, l->profiles.items[i]) &&
            lineage_find(&lineage, &l->catalogue, l->profiles.items[i], &l->messages) == 0) {
            const struct scn_profile *p = lineage.profiles[0];
            buf_printf(&l->out, "%-14s %s", p->name, p->title ? p->title : "");
            for (size_t k = 0; k < p->extend_count; k++)
                buf_printf(&l->out, "%s%s", k ? ", " : " (and all of ", p->extends[k]);
            buf_puts(&l->out, p->extend_count ? ")\n" : "\n");
            if (p->usage)
                buf_printf(&l->out, "%-14s   %s\n", "", p->usage);
        }
        lineage_free(&lineage);
    }
}

static void list_scenarios(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct shelf shelf;
        shelf_open(&shelf, &l->catalogue, l->profiles.items[i], &l->messages);
        shelf_fill(&shelf, &l->messages);
        for (size_t k = 0; k < shelf.scenarios.count; k++) {
            const struct scn_scenario *s = shelf.scenarios.items[k];
            size_t cases = scn_case_count(s);
            if (name_alone(l, s->name))
                continue;
            buf_printf(&l->out, "%-48s %-6s %s", s->name, scn_level_name(s->rule.level), s->title);
            if (cases > 1)
                buf_printf(&l->out, " (%zu cases)", cases);
            for (size_t t = 0; t < s->tag_count; t++)
                buf_printf(&l->out, " #%s", s->tags[t]);
            buf_putc(&l->out, '\n');
        }
        shelf_close(&shelf);
    }
}

static void list_facts(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct lineage lineage = {0};
        if (lineage_find(&lineage, &l->catalogue, l->profiles.items[i], &l->messages) == 0) {
            const struct scn_profile *p = lineage.profiles[0];
            if (!l->names)
                buf_printf(&l->out, "%s%s\n", i ? "\n" : "", p->name);
            for (size_t k = 0; k < p->fact_count; k++) {
                const struct scn_fact_def *f = &p->facts[k];
                struct buf value = {0};
                if (name_alone(l, f->name))
                    continue;
                if (f->value)
                    visible_quoted(&value, f->value, strlen(f->value), 0);
                else
                    buf_puts(&value, "(none)");
                buf_printf(&l->out, "  %-18s %-20s %s\n", f->name, buf_text(&value), f->meaning);
                buf_free(&value);
            }
        }
        lineage_free(&lineage);
    }
}

/* The words behind `needs premise` in the scenario. */
static bool needs_premise(const struct scn_scenario *s, const struct scn_premise *premise)
{
    for (size_t i = 0; i < s->need_count; i++) {
        const struct scn_need *n = &s->needs[i];
        if (premise->fact ? strcmp(n->name, premise->fact) == 0
                          : strcmp(n->name, "premise") == 0 && strcmp(n->word, premise->scenario) == 0)
            return true;
    }
    return false;
}

/* The names of the premise and of those behind it for the same fact. Returns whether one before it has told it. */
static bool add_premises(struct buf *out, const struct scn_profile *p, size_t number)
{
    const char *fact = p->premises[number].fact;
    for (size_t i = 0; fact && i < number; i++)
        if (p->premises[i].fact && strcmp(p->premises[i].fact, fact) == 0)
            return true;
    buf_printf(out, "%s/%s", p->name, p->premises[number].scenario);
    for (size_t i = number + 1; fact && i < p->premise_count; i++)
        if (p->premises[i].fact && strcmp(p->premises[i].fact, fact) == 0)
            buf_printf(out, ", %s", p->premises[i].scenario);
    return false;
}

/* Each premise, what hangs on it, and the scenarios that say so. */
static void list_premises(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct shelf shelf;
        shelf_open(&shelf, &l->catalogue, l->profiles.items[i], &l->messages);
        shelf_fill(&shelf, &l->messages);
        const struct scn_profile *p = shelf.profile;
        const struct collection *c = &shelf.scenarios;
        for (size_t k = 0; p && k < p->premise_count; k++) {
            const struct scn_premise *premise = &p->premises[k];
            if (add_premises(&l->out, p, k))
                continue;
            if (l->names) {
                buf_putc(&l->out, '\n');
                continue;
            }
            buf_printf(&l->out, " %s%s\n",
                       premise->fact          ? "for the fact "
                       : premise->when_needed ? "when needed"
                                              : "for all",
                       premise->fact ? premise->fact : "");
            for (size_t s = 0; s < c->count && (premise->fact || premise->when_needed); s++)
                if (needs_premise(c->items[s], premise))
                    buf_printf(&l->out, "  %s\n", c->items[s]->name);
        }
        shelf_close(&shelf);
    }
}

static void list_rules(struct listing *l)
{
    struct scn_rules *rules = catalogue_rules(&l->catalogue, &l->messages);
    for (size_t i = 0; rules && i < rules->count; i++) {
        const struct scn_rule *r = &rules->items[i];
        if (!name_alone(l, r->id))
            buf_printf(&l->out, "%-28s %-6s %s\n", r->id, scn_level_name(r->level), r->text ? r->text : "");
    }
    if (rules)
        scn_rules_free(rules);
}

static void list_words(struct listing *l)
{
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++)
        if (!name_alone(l, w.word))
            buf_printf(&l->out, "%-23s %-23s %s\n", w.word, w.where, w.purpose);
}

static void list_options(struct listing *l)
{
    for (size_t i = 0; verbs[i]; i++) {
        struct option o;
        struct option_walk walk = {0};
        while (verbs[i]->options && options_next(verbs[i]->options, &walk, &o)) {
            if (o.kind == OPTION_HEADING)
                continue;
            struct buf spelling = {0};
            option_spelling(&o, &spelling);
            if (name_alone(l, buf_text(&spelling))) {
                buf_free(&spelling);
                continue;
            }
            char *purpose = option_purpose(&o);
            buf_printf(&l->out, "%-10s %-26s %s\n", verbs[i]->name, buf_text(&spelling), purpose);
            buf_free(&spelling);
            free(purpose);
        }
    }
}

static const struct {
    const char *name;
    void (*list)(struct listing *);
    bool by_profile;
} kinds[] = {
    {"profiles", list_profiles, true}, {"scenarios", list_scenarios, true}, {"rules", list_rules, false},
    {"words", list_words, false},      {"facts", list_facts, true},         {"options", list_options, false},
    {"premises", list_premises, true},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static int refuse(struct listing *l, const struct word *where, const char *const *names, size_t count,
                  const char *otherwise, const char *before, const char *after)
{
    struct buf error = {0};
    char *hint = names ? suggestion(where->text, names, count, otherwise) : mem_dup(otherwise);
    usage_error(&error, l->line, where, hint, "%s'%s'%s", before, where->text, after);
    tell_error(&error);
    free(hint);
    return -1;
}

/* Narrows the profiles to the one that is named. */
static int choose_profile(struct listing *l, const struct word *where)
{
    if (!name_list_has(&l->profiles, where->text))
        return refuse(l, where, (const char *const *)l->profiles.items, l->profiles.count,
                      "'sockspec list profiles' tells which there are", "no profile ", "");
    name_list_free(&l->profiles);
    name_list_add(&l->profiles, where->text);
    return 0;
}

static int list(struct listing *l, const struct operands *operands)
{
    const struct words *w = &operands->words;
    const char *names[KIND_COUNT];
    size_t kind = KIND_COUNT;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        names[i] = kinds[i].name;
        if (strcmp(kinds[i].name, w->count ? w->items[0].text : "profiles") == 0)
            kind = i;
    }
    if (kind == KIND_COUNT) {
        char *all = enumerate(names, KIND_COUNT, "or");
        refuse(l, &w->items[0], names, KIND_COUNT, all, "cannot list ", "");
        free(all);
        return -1;
    }
    if (w->count > 1 && !kinds[kind].by_profile)
        return refuse(l, &w->items[1], NULL, 0, "they are the same for all profiles", "", " is one word too many");
    if (w->count > 2)
        return refuse(l, &w->items[2], NULL, 0, NULL, "", " is one word too many");
    if (w->count == 2 && choose_profile(l, &w->items[1]) < 0)
        return -1;
    kinds[kind].list(l);
    return 0;
}

static const struct option rows[] = {
    SCENARIOS_OPTION(offsetof(struct list_settings, scenarios), false),
    {OPTION_FLAG, 0, "names", NULL, "The names alone, one a line, for shells and scripts",
     .at = offsetof(struct list_settings, names)},
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

static int run_list(const struct verb *verb, const struct line *line)
{
    struct list_settings settings = {0};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0) {
        free(settings.scenarios.items);
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    }
    struct listing l = {.line = line, .names = settings.names};
    int code = EXIT_CODE_USAGE;
    if (catalogue_open_all(&l.catalogue, &settings.scenarios, line) == 0) {
        for (size_t i = 0; i < l.catalogue.profiles.count; i++)
            name_list_add(&l.profiles, l.catalogue.profiles.items[i]);
        if (list(&l, &operands) == 0)
            code = tell_output(&l.out) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
        if (l.messages.count)
            code = EXIT_CODE_USAGE;
        print_messages(&l.messages);
    }
    name_list_free(&l.profiles);
    buf_free(&l.out);
    catalogue_close(&l.catalogue);
    free(settings.scenarios.items);
    free(operands.words.items);
    return code;
}

const struct verb verb_list = {
    .name = "list",
    .synopsis = "sockspec list [profiles|scenarios|rules|words|facts|options|premises] [PROFILE] [OPTION...]",
    .purpose = "tell what there is",
    .about = "Without a word, the profiles. PROFILE narrows profiles, scenarios, facts and premises; options are those "
             "of every verb.",
    .examples = "sockspec list\n"
                "sockspec list scenarios http-server\n"
                "sockspec list facts http-server\n"
                "sockspec list words",
    .options = &table,
    .exit_codes = "  0  told\n"
                  "  2  the command line is wrong, or a file\n",
    .run = run_list,
};
