/* The verb `check`: reads scenarios, profiles, rules and subject files and tells what is wrong, without
 * opening a socket. */
#include "base/mem.h"
#include "cli/catalogue.h"
#include "cli/verb.h"
#include "scenario/message.h"

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Folders inside folders: more is a circle of links. */
#define DEPTH_MAX 16

/* What is the same for all files of a folder. */
struct folder {
    char *path, *name;
    struct lineage lineage;
    struct scn_facts facts;
    const struct scn_rules *rules;
    struct scn_rules *own; /* those, where they are not the catalogue's; else NULL */
};

struct check_settings {
    struct word profile;
    struct words scenarios;
};

struct checking {
    const struct line *line;
    const struct check_settings *settings;
    struct catalogue catalogue;
    struct scn_rules *rules; /* of the catalogue */
    struct scn_messages messages;
    struct folder folder;       /* the one of the last file: files come folder by folder */
    struct name_list contracts; /* what files without a profile of their own are about */
    size_t scenarios, others;
};

static void folder_leave(struct folder *f)
{
    free(f->path);
    free(f->name);
    lineage_free(&f->lineage);
    scn_facts_free(&f->facts);
    if (f->own)
        scn_rules_free(f->own);
    *f = (struct folder){0};
}

/* The rules of the folder and the one above it, and those of the catalogue that these do not have. */
static void load_rules(struct checking *c, struct folder *f)
{
    char *above = mem_printf("%s/..", f->path);
    bool known = catalogue_has_folder(&c->catalogue, f->path) || catalogue_has_folder(&c->catalogue, above);
    f->own = known ? NULL : rules_near(f->path, &c->messages);
    if (f->own && c->rules)
        scn_rules_merge(f->own, c->rules);
    f->rules = rules_held(f->own ? f->own : c->rules, f->path);
    free(above);
}

static void load_contract(struct checking *c, struct folder *f)
{
    char *own = mem_printf("%s/profile", f->path);
    if (path_is_file(own) && !c->settings->profile.text)
        lineage_load(&f->lineage, &c->catalogue, f->path, f->name, &c->messages);
    for (size_t i = 0; !f->lineage.count && i < c->contracts.count; i++)
        lineage_find(&f->lineage, &c->catalogue, c->contracts.items[i], &c->messages);
    free(own);
}

static void folder_enter(struct checking *c, const char *path)
{
    struct folder *f = &c->folder;
    if (f->path && strcmp(f->path, path) == 0)
        return;
    folder_leave(f);
    f->path = mem_dup(path);
    char *real = realpath(path, NULL);
    f->name = path_base(real ? real : path);
    load_contract(c, f);
    lineage_known_facts(&f->lineage, &f->facts);
    load_rules(c, f);
    free(real);
}

static bool captures(const struct scn_block *block, const char *name)
{
    for (size_t i = 0; i < block->count; i++) {
        const struct scn_step *s = &block->steps[i];
        if ((s->kind == SCN_STEP_CAPTURE && strcmp(s->u.capture.name, name) == 0) ||
            (s->kind == SCN_STEP_REPEAT && captures(&s->u.repeat.body, name)))
            return true;
    }
    return false;
}

/* A fact can only be learnt from who captures it. */
static void check_what_it_learns(struct checking *c, const struct scn_scenario *s, const char *base, const char *path)
{
    const struct scn_profile *p = c->folder.lineage.count ? c->folder.lineage.profiles[0] : NULL;
    for (size_t i = 0; p && i < p->premise_count; i++) {
        const struct scn_premise *premise = &p->premises[i];
        bool there = !premise->learns || strcmp(premise->scenario, base) != 0;
        for (size_t k = 0; k < s->actor_count && !there; k++)
            there = captures(&s->actors[k].body, premise->fact);
        if (!there)
            message_add_file(&c->messages, path, "the fact '%s' is learnt from here, and nothing is captured as that",
                             premise->fact);
    }
}

static void check_scenario(struct checking *c, const char *path)
{
    char *folder = path_folder(path), *base = path_base(path);
    folder_enter(c, folder);
    base[strlen(base) - strlen(".scn")] = '\0';
    const struct folder *f = &c->folder;
    const struct scn_context context = {f->lineage.count ? f->lineage.profiles[0] : NULL, f->rules, &f->facts, false};
    char *name = mem_printf("%s/%s", f->name, base);
    struct scn_scenario *s = scn_load(path, name, &context, &c->messages);
    if (s) {
        check_what_it_learns(c, s, base, path);
        scn_free(s);
    }
    c->scenarios++;
    free(name);
    free(base);
    free(folder);
}

/* A profile or a list of rules: read as the context of its folder, so that no error is told twice. */
static void check_context(struct checking *c, const char *path)
{
    char *folder = path_folder(path);
    folder_enter(c, folder);
    c->others++;
    free(folder);
}

/* The folders of the command line, and those that the subject file names. */
static int open_for(const struct checking *c, const struct scn_subject_file *s, struct catalogue *catalogue,
                    struct err *e)
{
    const struct word *where;
    int rc = catalogue_open(catalogue, &c->settings->scenarios, &where, e);
    for (size_t i = 0; i < s->folder_count && rc == 0; i++)
        rc = catalogue_add(catalogue, s->folders[i], "'scenarios'", e);
    return rc;
}

static void check_subject(struct checking *c, const char *path)
{
    struct scn_subject_file *s = scn_subject_file_load(path, &c->messages);
    c->others++;
    if (!s)
        return;
    struct catalogue catalogue = {0};
    struct err e = {0};
    int rc = open_for(c, s, &catalogue, &e);
    for (size_t i = 0; i < s->profile_count && rc == 0; i++)
        if (!name_list_has(&catalogue.profiles, s->profiles[i]))
            message_add_file(&c->messages, path, "there is no profile '%s'", s->profiles[i]);
    if (rc < 0)
        message_add_file(&c->messages, path, "%s", e.text);
    catalogue_close(&catalogue);
    scn_subject_file_free(s);
}

/* Returns whether the file is of a kind that is checked. */
static bool check_file(struct checking *c, const char *path)
{
    char *base = path_base(path);
    bool known = true;
    if (path_ends(path, ".scn"))
        check_scenario(c, path);
    else if (path_ends(path, ".subject"))
        check_subject(c, path);
    else if (strcmp(base, "profile") == 0 || strcmp(base, "rules") == 0)
        check_context(c, path);
    else
        known = false;
    free(base);
    return known;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Files first, then folders, so that what belongs to one folder comes in a row. */
static int check_folder(struct checking *c, const char *path, int depth)
{
    struct dirent **entries;
    int count = depth < DEPTH_MAX ? scandir(path, &entries, not_hidden, by_name) : -1;
    if (count < 0)
        return -1;
    int rc = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < count; i++) {
            char *inner = mem_printf("%s/%s", path, entries[i]->d_name);
            if (path_is_folder(inner) != (pass == 1)) {
                free(inner);
                continue;
            }
            if (pass == 0)
                check_file(c, inner);
            else if (check_folder(c, inner, depth + 1) < 0)
                rc = -1;
            free(inner);
        }
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return rc;
}

static int check_operand(struct checking *c, const struct word *w)
{
    struct buf error = {0};
    const char *text = w->text;
    if (path_is_folder(text)) {
        if (check_folder(c, text, 0) == 0)
            return 0;
        usage_error(&error, c->line, w, NULL, "cannot read the folder '%s'", text);
    } else if (!path_is_file(text)) {
        usage_error(&error, c->line, w, NULL, "there is no file or folder '%s'", text);
    } else if (check_file(c, text)) {
        return 0;
    } else {
        usage_error(&error, c->line, w, "FILE.scn, FILE.subject, profile, rules or a folder", "'%s' cannot be checked",
                    text);
    }
    tell_error(&error);
    return -1;
}

/* Files without a profile of their own are about --profile, else about those of a subject file that is named beside
 * them. */
static int choose_contracts(struct checking *c, const struct operands *operands)
{
    const struct word *given = &c->settings->profile;
    struct name_list *names = &c->catalogue.profiles;
    if (given->text && !name_list_has(names, given->text)) {
        struct buf error = {0};
        char *hint = suggestion(given->text, (const char *const *)names->items, names->count,
                                "'sockspec list profiles' tells which there are");
        usage_error(&error, c->line, given, hint, "no profile '%s'", given->text);
        tell_error(&error);
        free(hint);
        return -1;
    }
    if (given->text)
        name_list_add(&c->contracts, given->text);
    for (size_t i = 0; i < operands->words.count && !c->contracts.count; i++) {
        const char *path = operands->words.items[i].text;
        struct scn_messages unheard = {0}; /* what is wrong with it is told in its turn */
        struct scn_subject_file *s = path_ends(path, ".subject") ? scn_subject_file_load(path, &unheard) : NULL;
        struct err e = {0};
        for (size_t k = 0; s && k < s->folder_count; k++)
            catalogue_add(&c->catalogue, s->folders[k], "'scenarios'", &e);
        for (size_t k = 0; s && k < s->profile_count; k++)
            if (name_list_has(names, s->profiles[k]))
                name_list_add(&c->contracts, s->profiles[k]);
        if (s)
            scn_subject_file_free(s);
        scn_messages_free(&unheard);
    }
    return 0;
}

/* Without an operand: every folder of profiles that there is. */
static int check_catalogue(struct checking *c)
{
    int rc = 0;
    if (!c->catalogue.folders.count) {
        tell_trouble("check", CATALOGUE_EMPTY);
        rc = -1;
    }
    for (size_t i = 0; i < c->catalogue.folders.count && rc == 0; i++)
        rc = check_folder(c, c->catalogue.folders.items[i], 0);
    return rc;
}

static int check_all(struct checking *c, const struct operands *operands)
{
    struct err e = {0};
    const struct word *where;
    if (catalogue_open(&c->catalogue, &c->settings->scenarios, &where, &e) < 0) {
        struct buf error = {0};
        usage_error(&error, c->line, where, NULL, "%s", e.text);
        tell_error(&error);
        return -1;
    }
    if (choose_contracts(c, operands) < 0)
        return -1;
    c->rules = catalogue_rules(&c->catalogue, &c->messages);
    int rc = operands->words.count ? 0 : check_catalogue(c);
    for (size_t i = 0; i < operands->words.count && rc == 0; i++)
        rc = check_operand(c, &operands->words.items[i]);
    return rc;
}

static int tell(const struct checking *c, size_t errors)
{
    struct buf out = {0};
    buf_printf(&out, "%zu scenario%s, ", c->scenarios, c->scenarios == 1 ? "" : "s");
    if (c->others)
        buf_printf(&out, "%zu other file%s, ", c->others, c->others == 1 ? "" : "s");
    buf_printf(&out, "%zu error%s\n", errors, errors == 1 ? "" : "s");
    return tell_output(&out);
}

static int run_check(const struct verb *verb, const struct line *line)
{
    struct check_settings settings = {0};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0) {
        free(settings.scenarios.items);
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    }
    struct checking c = {.line = line, .settings = &settings};
    int code = check_all(&c, &operands) < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    size_t errors = c.messages.count;
    print_messages(&c.messages);
    if ((code == EXIT_CODE_OK || errors) && tell(&c, errors) < 0)
        code = EXIT_CODE_UNTESTED;
    folder_leave(&c.folder);
    name_list_free(&c.contracts);
    catalogue_close(&c.catalogue);
    if (c.rules)
        scn_rules_free(c.rules);
    free(settings.scenarios.items);
    free(operands.words.items);
    return errors ? EXIT_CODE_USAGE : code;
}

static const struct option rows[] = {
    {OPTION_TEXT, 0, "profile", "NAME", "The contract that plain scenario files are about",
     .at = offsetof(struct check_settings, profile)},
    SCENARIOS_OPTION(offsetof(struct check_settings, scenarios), false),
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

const struct verb verb_check = {
    .name = "check",
    .synopsis = "sockspec check [OPTION...] [FILE|DIR]...",
    .purpose = "read scenarios and tell what is wrong with them, without running anything",
    .about = "FILE is FILE.scn, FILE.subject, a profile or a list of rules; a folder is searched for these. "
             "Without\n"
             "one, all folders of profiles are. A scenario is checked against --profile, else the profile in its "
             "folder,\n"
             "else those of a subject file that is named with it; rules are those there, one folder above, and of "
             "all\n"
             "folders of profiles.",
    .examples = "sockspec check scenarios\n"
                "sockspec check my.scn --profile echo-server\n"
                "sockspec check --scenarios my-profiles",
    .options = &table,
    .exit_codes = "  0  nothing is wrong\n"
                  "  2  a file is wrong, or the command line\n",
    .run = run_check,
};
