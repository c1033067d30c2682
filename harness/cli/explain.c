/* The verb `explain`: all that is known of a scenario, a rule, a profile or a word of the language. */
#include "base/mem.h"
#include "base/visible.h"
#include "cli/catalogue.h"
#include "cli/verb.h"
#include "scenario/vocabulary.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cases of a scenario that are listed by name. */
#define CASES_SHOWN 20

struct explain_settings {
    struct words scenarios;
};

struct explaining {
    struct catalogue catalogue;
    const char *name; /* what is asked for */
    struct scn_rules *rules;
    struct scn_messages messages;
    struct name_list known; /* all names that could have been meant */
    struct buf out;
};

static void add_field(struct buf *out, const char *name, const char *text)
{
    if (text && *text)
        buf_printf(out, "%-9s%s\n", name, text);
}

static void add_rule(struct explaining *x, const struct scn_rule *r)
{
    add_field(&x->out, "source", r->source);
    add_field(&x->out, "why", r->why);
    add_field(&x->out, "wrong", r->wrong);
}

/* The scenarios that rest on the rule, told by a search for its id in their heads. */
static void add_users(struct explaining *x, const char *id)
{
    const struct name_list *profiles = &x->catalogue.profiles;
    const char *label = "tested by";
    for (size_t i = 0; i < profiles->count; i++) {
        struct shelf shelf;
        struct scn_messages unheard = {0}; /* a broken scenario is what `check` is for */
        shelf_open(&shelf, &x->catalogue, profiles->items[i], &unheard);
        shelf_fill(&shelf, &unheard);
        for (size_t k = 0; k < shelf.scenarios.count; k++) {
            if (strcmp(shelf.scenarios.items[k]->rule.id, id) != 0)
                continue;
            buf_printf(&x->out, "%-9s %s\n", label, shelf.scenarios.items[k]->name);
            label = "";
        }
        shelf_close(&shelf);
        scn_messages_free(&unheard);
    }
}

static bool explain_rule(struct explaining *x)
{
    const struct scn_rule *r = x->rules ? scn_rules_find(x->rules, x->name) : NULL;
    for (size_t i = 0; x->rules && i < x->rules->count; i++)
        name_list_add(&x->known, x->rules->items[i].id);
    if (!r)
        return false;
    buf_printf(&x->out, "%s  %s\n", r->id, scn_level_name(r->level));
    add_field(&x->out, "text", r->text);
    add_rule(x, r);
    add_users(x, r->id);
    return true;
}

static void add_needs(struct buf *out, const struct scn_scenario *s)
{
    for (size_t i = 0; i < s->need_count; i++) {
        const struct scn_need *n = &s->needs[i];
        buf_printf(out, "%-9s%s", i ? "" : "needs", n->name);
        if (n->has_number)
            buf_printf(out, " %.10g", n->number);
        buf_printf(out, "%s%s\n", n->word ? " " : "", n->word ? n->word : "");
    }
    for (size_t i = 0; i < s->tag_count; i++)
        add_field(out, i ? "" : "tags", s->tags[i]);
}

static void add_cases(struct buf *out, const struct scn_scenario *s)
{
    size_t count = scn_case_count(s);
    if (count == 1 && !s->param_count)
        return;
    buf_printf(out, "%-9s%zu\n", "cases", count);
    for (size_t i = 0; i < count && i < CASES_SHOWN; i++) {
        char *name = scn_case_name(s, i);
        buf_printf(out, "%-9s%s\n", "", name);
        free(name);
    }
    if (count > CASES_SHOWN)
        buf_printf(out, "%-9s... and %zu more\n", "", count - CASES_SHOWN);
}

static void add_scenario(struct explaining *x, const struct scn_scenario *s)
{
    const struct scn_rule *rule = x->rules ? scn_rules_find(x->rules, s->rule.id) : NULL;
    buf_printf(&x->out, "%s\n%s\n\n", s->name, s->title);
    buf_printf(&x->out, "%-9s%s %s\n", "rule", s->rule.id, scn_level_name(s->rule.level));
    add_field(&x->out, "text", s->rule.sentence ? s->rule.sentence : rule ? rule->text : NULL);
    add_field(&x->out, "why", s->why);
    if (rule)
        add_rule(x, rule);
    add_needs(&x->out, s);
    add_cases(&x->out, s);
    buf_printf(&x->out, "file     %s\n\n", s->file);
    buf_add(&x->out, s->source, s->source_len);
    if (s->source_len && s->source[s->source_len - 1] != '\n')
        buf_putc(&x->out, '\n');
}

/* The name with or without its profile; a case's name without its parameters. */
static bool is_asked_for(const struct explaining *x, const char *profile, const char *base)
{
    size_t len = strcspn(x->name, "[");
    char *full = mem_printf("%s/%s", profile, base);
    bool yes = (strlen(full) == len && memcmp(full, x->name, len) == 0) ||
               (strlen(base) == len && memcmp(base, x->name, len) == 0);
    free(full);
    return yes;
}

static void load_scenario(struct explaining *x, const struct shelf *shelf, const char *full, const char *base)
{
    const struct scn_context context = {shelf->profile, rules_held(x->rules, shelf->folder), &shelf->facts, true};
    char *path = mem_printf("%s/%s.scn", shelf->folder, base);
    struct scn_scenario *s = scn_load(path, full, &context, &x->messages);
    if (s) {
        buf_puts(&x->out, x->out.len ? "\n" : "");
        add_scenario(x, s);
        scn_free(s);
    }
    free(path);
}

static bool explain_scenario_of(struct explaining *x, const char *profile)
{
    char *folder = catalogue_profile(&x->catalogue, NULL, profile);
    struct name_list names = catalogue_scenarios(folder);
    bool found = false;
    for (size_t i = 0; i < names.count; i++) {
        char *full = mem_printf("%s/%s", profile, names.items[i]);
        name_list_add(&x->known, full);
        name_list_add(&x->known, names.items[i]);
        if (is_asked_for(x, profile, names.items[i])) {
            struct shelf shelf;
            shelf_open(&shelf, &x->catalogue, profile, &x->messages);
            if (shelf.profile)
                load_scenario(x, &shelf, full, names.items[i]);
            shelf_close(&shelf);
            found = true;
        }
        free(full);
    }
    name_list_free(&names);
    free(folder);
    return found;
}

static bool explain_scenario(struct explaining *x)
{
    bool found = false;
    for (size_t i = 0; i < x->catalogue.profiles.count; i++) {
        if (explain_scenario_of(x, x->catalogue.profiles.items[i]))
            found = true;
    }
    return found;
}

static void add_facts(struct buf *out, const struct scn_profile *p)
{
    for (size_t i = 0; i < p->fact_count; i++) {
        const struct scn_fact_def *f = &p->facts[i];
        struct buf text = {0};
        buf_printf(&text, "%s", f->name);
        if (f->value) {
            buf_puts(&text, " = ");
            visible_quoted(&text, f->value, strlen(f->value), 0);
        }
        buf_printf(&text, ": %s", f->meaning);
        add_field(out, i ? "" : "facts", buf_text(&text));
        buf_free(&text);
    }
}

/* What the profile's own scenarios hold a subject to: each rule once, with its text. */
static void add_contract(struct explaining *x, const struct collection *c)
{
    struct name_list ids = {0};
    for (size_t i = 0; i < c->count; i++) {
        const struct scn_rule_ref *ref = &c->items[i]->rule;
        const struct scn_rule *rule = x->rules ? scn_rules_find(x->rules, ref->id) : NULL;
        if (name_list_has(&ids, ref->id))
            continue;
        char *text = mem_printf("%s %s: %s", ref->id, scn_level_name(ref->level), rule && rule->text ? rule->text : "");
        add_field(&x->out, ids.count ? "" : "rules", text);
        name_list_add(&ids, ref->id);
        free(text);
    }
    name_list_free(&ids);
}

static bool explain_profile(struct explaining *x)
{
    const struct name_list *profiles = &x->catalogue.profiles;
    for (size_t i = 0; i < profiles->count; i++)
        name_list_add(&x->known, profiles->items[i]);
    if (!name_list_has(profiles, x->name))
        return false;
    struct shelf shelf;
    shelf_open(&shelf, &x->catalogue, x->name, &x->messages);
    shelf_fill(&shelf, &x->messages);
    if (shelf.profile) {
        const struct scn_profile *p = shelf.profile;
        buf_printf(&x->out, "%s%s\n%s\n\n", x->out.len ? "\n" : "", p->name, p->title);
        add_field(&x->out, "usage", p->usage);
        for (size_t i = 0; i < p->extend_count; i++)
            add_field(&x->out, i ? "" : "extends", p->extends[i]);
        add_facts(&x->out, p);
        add_contract(x, &shelf.scenarios);
    }
    shelf_close(&shelf);
    return true;
}

static void add_word(struct explaining *x, const struct scn_word *w)
{
    buf_printf(&x->out, "%s%s\n", x->out.len ? "\n" : "", w->word);
    add_field(&x->out, "where", w->where);
    add_field(&x->out, "how", w->synopsis);
    add_field(&x->out, "what", w->purpose);
    add_field(&x->out, "example", w->example);
}

/* `bytes` is a word of "N bytes", `wait peer` begins two. */
static bool is_part_of(const char *name, const char *word)
{
    size_t len = strlen(name);
    for (const char *at = word; (at = strstr(at, name)); at++)
        if ((at == word || strchr(" [|", at[-1])) && (at[len] == '\0' || strchr(" ]|", at[len])))
            return true;
    return false;
}

/* A word of a closed list: which list, what else is in it, and where that stands. */
static bool explain_listed(struct explaining *x)
{
    bool found = false;
    for (int list = 0; list < SCN_LIST_COUNT; list++) {
        const char *const *words = scn_list_words((enum scn_list)list), *name = scn_list_name((enum scn_list)list);
        struct buf all = {0};
        struct scn_word w;
        for (size_t i = 0; words[i]; i++)
            buf_printf(&all, "%s%s", i ? " " : "", words[i]);
        if (scn_list_find((enum scn_list)list, x->name) >= 0) {
            buf_printf(&x->out, "%s%s\n", x->out.len ? "\n" : "", x->name);
            add_field(&x->out, "where", name);
            add_field(&x->out, "what", buf_text(&all));
            for (size_t i = 0; scn_word_at(i, &w); i++)
                if (is_part_of(name, w.synopsis) || is_part_of(name, w.purpose))
                    add_field(&x->out, "how", w.synopsis);
            found = true;
        }
        buf_free(&all);
    }
    return found;
}

/* The words of that name; without one those that it is a part of, or that may have it behind them (`within`). */
static bool explain_word(struct explaining *x)
{
    bool found = false;
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++) {
        name_list_add(&x->known, w.word);
        if (strcmp(w.word, x->name) == 0) {
            add_word(x, &w);
            found = true;
        }
    }
    for (size_t i = 0; !found && scn_word_at(i, &w); i++)
        if (is_part_of(x->name, w.word))
            add_word(x, &w);
    found = explain_listed(x) || found || x->out.len > 0;
    for (size_t i = 0; !found && scn_word_at(i, &w); i++)
        if (is_part_of(x->name, w.synopsis))
            add_word(x, &w);
    return found || x->out.len > 0;
}

static bool explain_mechanism(struct explaining *x)
{
    size_t count;
    bool found = false;
    const struct scn_mechanism *all = scn_mechanisms(&count);
    for (size_t i = 0; i < count; i++) {
        name_list_add(&x->known, all[i].name);
        if (strcmp(all[i].name, x->name) != 0)
            continue;
        buf_printf(&x->out, "%s%s\n", x->out.len ? "\n" : "", all[i].name);
        add_field(&x->out, "where", "needs, and sockspec doctor");
        add_field(&x->out, "what", all[i].purpose);
        add_field(&x->out, "how", all[i].remedy);
        found = true;
    }
    return found;
}

static int explain(struct explaining *x, const struct line *line, const struct word *where)
{
    x->rules = catalogue_rules(&x->catalogue, &x->messages);
    bool found = explain_rule(x);
    found = explain_profile(x) || found;
    found = explain_scenario(x) || found;
    found = explain_word(x) || found;
    found = explain_mechanism(x) || found;
    if (found)
        return tell_output(&x->out) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
    struct buf error = {0};
    char *hint = suggestion(x->name, (const char *const *)x->known.items, x->known.count,
                            "'sockspec list' with profiles, scenarios, rules or words tells what there is");
    usage_error(&error, line, where, hint, "no profile, scenario, rule, word or mechanism '%s'", x->name);
    tell_error(&error);
    free(hint);
    return EXIT_CODE_USAGE;
}

static const struct option rows[] = {
    SCENARIOS_OPTION(offsetof(struct explain_settings, scenarios), false),
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

/* `explain stop reading` is as good as `explain 'stop reading'`. */
static char *join_words(const struct words *words)
{
    struct buf b = {0};
    for (size_t i = 0; i < words->count; i++)
        buf_printf(&b, "%s%s", i ? " " : "", words->items[i].text);
    return buf_take(&b);
}

static int run_explain(const struct verb *verb, const struct line *line)
{
    struct explain_settings settings = {0};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0) {
        free(settings.scenarios.items);
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    }
    char *name = join_words(&operands.words);
    struct explaining x = {.name = name};
    int code = EXIT_CODE_USAGE;
    if (operands.words.count == 0) {
        struct buf error = {0};
        usage_error(&error, line, NULL, "sockspec explain SOCK-STREAM-BOUNDARY", "what to explain is missing");
        tell_error(&error);
    } else if (catalogue_open_all(&x.catalogue, &settings.scenarios, line) == 0) {
        code = explain(&x, line, &operands.words.items[0]);
        if (x.messages.count)
            code = EXIT_CODE_USAGE;
        print_messages(&x.messages);
    }
    if (x.rules)
        scn_rules_free(x.rules);
    name_list_free(&x.known);
    buf_free(&x.out);
    catalogue_close(&x.catalogue);
    free(settings.scenarios.items);
    free(name);
    free(operands.words.items);
    return code;
}

const struct verb verb_explain = {
    .name = "explain",
    .synopsis = "sockspec explain PROFILE|SCENARIO|RULE|WORD|MECHANISM",
    .purpose = "tell all about one of them",
    .examples = "sockspec explain line-server\n"
                "sockspec explain http-server/request-in-single-bytes\n"
                "sockspec explain SOCK-STREAM-BOUNDARY\n"
                "sockspec explain stop reading",
    .options = &table,
    .exit_codes = "  0  told\n"
                  "  2  there is no such thing, or its file is wrong\n",
    .run = run_explain,
};
