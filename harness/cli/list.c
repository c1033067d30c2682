/* The verb `list`: which profiles, scenarios, rules, words, facts and options there are. */
#include "base/mem.h"
#include "base/visible.h"
#include "cli/catalogue.h"
#include "cli/premises.h"
#include "cli/verb.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list_settings {
    struct words scenarios;
    bool markdown, names;
};

/* What is listed, and from where. */
struct listing {
    const struct line *line;
    struct catalogue catalogue;
    struct name_list profiles; /* those to list */
    bool markdown, names;
    struct scn_messages messages;
    struct buf out;
};

static void list_profiles(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct lineage lineage = {0};
        if (lineage_find(&lineage, &l->catalogue, l->profiles.items[i], &l->messages) == 0) {
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

/* Calls `tell` for each profile that can be read, with its scenarios. */
static void each_profile(struct listing *l,
                         void (*tell)(struct buf *out, const struct lineage *lineage, const struct collection *c))
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct shelf shelf;
        shelf_open(&shelf, &l->catalogue, l->profiles.items[i], &l->messages);
        shelf_fill(&shelf, &l->messages);
        if (shelf.profile)
            tell(&l->out, &shelf.lineage, &shelf.scenarios);
        shelf_close(&shelf);
    }
}

static void scenarios_of_profile(struct buf *out, const struct lineage *lineage, const struct collection *c)
{
    (void)lineage;
    for (size_t k = 0; k < c->count; k++) {
        const struct scn_scenario *s = c->items[k];
        size_t cases = scn_case_count(s);
        buf_printf(out, "%-48s %-6s %s", s->name, scn_level_name(s->rule.level), s->title);
        if (cases > 1)
            buf_printf(out, " (%zu cases)", cases);
        for (size_t t = 0; t < s->tag_count; t++)
            buf_printf(out, " #%s", s->tags[t]);
        buf_putc(out, '\n');
    }
}

static void list_scenarios(struct listing *l)
{
    each_profile(l, scenarios_of_profile);
}

static void list_facts(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++) {
        struct lineage lineage = {0};
        if (lineage_find(&lineage, &l->catalogue, l->profiles.items[i], &l->messages) == 0) {
            const struct scn_profile *p = lineage.profiles[0];
            buf_printf(&l->out, "%s%s\n", i ? "\n" : "", p->name);
            for (size_t k = 0; k < p->fact_count; k++) {
                const struct scn_fact_def *f = &p->facts[k];
                struct buf value = {0};
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

/* What stands above the tables: why the page is there. */
static const char PAGE_HEAD[] =
    "# What scenarios take for granted\n\n"
    "Printed by `sockspec list premises --markdown`; a test compares.\n\n"
    "A scenario blames a program for one rule. What it takes for granted beyond that rule is a premise, tried by a\n"
    "scenario of its own and told once, or a fact, which somebody says of the program or a premise tries; where it "
    "does\n"
    "not hold, what rests on it is skipped with the reason. [The language](README.md#profiles) says how.\n\n"
    "A premise is tried once a run, on an instance of its own, and not on each: all instances are one command, so "
    "that\n"
    "what one shows holds for the next, and where it fails a second, fresh instance has confirmed it before anything "
    "is\n"
    "skipped. A program of which one instance has HEAD and the next has not is told of as flaky, by the same "
    "premise.\n";

static void list_premises(struct listing *l)
{
    if (l->markdown)
        buf_puts(&l->out, PAGE_HEAD);
    each_profile(l, l->markdown ? premises_page : premises_list);
}

static void list_rules(struct listing *l)
{
    struct scn_rules *rules = catalogue_rules(&l->catalogue, &l->messages);
    for (size_t i = 0; rules && i < rules->count; i++) {
        const struct scn_rule *r = &rules->items[i];
        buf_printf(&l->out, "%-28s %-6s %s\n", r->id, scn_level_name(r->level), r->text ? r->text : "");
    }
    if (rules)
        scn_rules_free(rules);
}

static void list_words(struct listing *l)
{
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++)
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
            char *purpose = option_purpose(&o);
            option_spelling(&o, &spelling);
            buf_printf(&l->out, "%-10s %-26s %s\n", verbs[i]->name, buf_text(&spelling), purpose);
            buf_free(&spelling);
            free(purpose);
        }
    }
}

/* --- the names alone ------------------------------------------------------------------------------------ */

static void name_profiles(struct listing *l)
{
    for (size_t i = 0; i < l->profiles.count; i++)
        buf_printf(&l->out, "%s\n", l->profiles.items[i]);
}

static void names_of_scenarios(struct buf *out, const struct lineage *lineage, const struct collection *c)
{
    (void)lineage;
    for (size_t k = 0; k < c->count; k++)
        buf_printf(out, "%s\n", c->items[k]->name);
}

static void name_scenarios(struct listing *l)
{
    each_profile(l, names_of_scenarios);
}

static void names_of_facts(struct buf *out, const struct lineage *lineage, const struct collection *c)
{
    (void)c;
    for (size_t k = 0; k < lineage->profiles[0]->fact_count; k++)
        buf_printf(out, "%s\n", lineage->profiles[0]->facts[k].name);
}

static void name_facts(struct listing *l)
{
    each_profile(l, names_of_facts);
}

static void names_of_premises(struct buf *out, const struct lineage *lineage, const struct collection *c)
{
    (void)c;
    const struct scn_profile *p = lineage->profiles[0];
    for (size_t k = 0; k < p->premise_count; k++)
        buf_printf(out, "%s/%s\n", p->name, p->premises[k].scenario);
}

static void name_premises(struct listing *l)
{
    each_profile(l, names_of_premises);
}

static void name_rules(struct listing *l)
{
    struct scn_rules *rules = catalogue_rules(&l->catalogue, &l->messages);
    for (size_t i = 0; rules && i < rules->count; i++)
        buf_printf(&l->out, "%s\n", rules->items[i].id);
    if (rules)
        scn_rules_free(rules);
}

static void name_words(struct listing *l)
{
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++)
        buf_printf(&l->out, "%s\n", w.word);
}

static void name_options(struct listing *l)
{
    for (size_t i = 0; verbs[i]; i++) {
        struct option o;
        for (struct option_walk walk = {0}; verbs[i]->options && options_next(verbs[i]->options, &walk, &o);)
            if (o.kind != OPTION_HEADING)
                buf_printf(&l->out, "%s --%s\n", verbs[i]->name, o.name);
    }
}

static const struct {
    const char *name;
    void (*list)(struct listing *);
    void (*names)(struct listing *);
    bool by_profile;
} kinds[] = {
    {"profiles", list_profiles, name_profiles, true}, {"scenarios", list_scenarios, name_scenarios, true},
    {"rules", list_rules, name_rules, false},         {"words", list_words, name_words, false},
    {"facts", list_facts, name_facts, true},          {"options", list_options, name_options, false},
    {"premises", list_premises, name_premises, true},
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
    (l->names ? kinds[kind].names : kinds[kind].list)(l);
    return 0;
}

static const struct option rows[] = {
    SCENARIOS_OPTION(offsetof(struct list_settings, scenarios), false),
    {OPTION_FLAG, 0, "markdown", NULL, "Premises as a page, with the facts that scenarios rest on",
     .at = offsetof(struct list_settings, markdown)},
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
    struct listing l = {.line = line, .markdown = settings.markdown, .names = settings.names};
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
                "sockspec list words\n"
                "sockspec list premises http-client",
    .options = &table,
    .exit_codes = "  0  told\n"
                  "  2  the command line is wrong, or a file\n",
    .run = run_list,
};
