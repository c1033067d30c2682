/* The verb `check`: reads scenarios, profiles, rules and subject files and tells what is wrong, without
 * opening a socket. */
#include "base/mem.h"
#include "cli/catalogue.h"
#include "cli/verb.h"

#include <dirent.h>
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
    struct scn_rules *rules;
};

struct checking {
    struct scn_messages messages;
    struct folder folder; /* the one of the last file: files come folder by folder */
    size_t scenarios, others;
};

static void folder_leave(struct folder *f)
{
    free(f->path);
    free(f->name);
    lineage_free(&f->lineage);
    scn_facts_free(&f->facts);
    if (f->rules)
        scn_rules_free(f->rules);
    *f = (struct folder){0};
}

/* The rules of DIR, else of the folder above it; NULL where neither has some. */
static struct scn_rules *load_rules(const char *dir, struct scn_messages *messages)
{
    static const char *const places[] = {"rules", "../rules"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char *path = mem_printf("%s/%s", dir, places[i]);
        struct scn_rules *rules = path_is_file(path) ? scn_rules_load(path, messages) : NULL;
        bool there = path_is_file(path);
        free(path);
        if (there)
            return rules;
    }
    return NULL;
}

static void folder_enter(struct checking *c, const char *path)
{
    struct folder *f = &c->folder;
    if (f->path && strcmp(f->path, path) == 0)
        return;
    folder_leave(f);
    f->path = mem_dup(path);
    char *real = realpath(path, NULL), *profile = mem_printf("%s/profile", path), *above = mem_printf("%s/..", path);
    f->name = path_base(real ? real : path);
    if (path_is_file(profile))
        lineage_load(&f->lineage, above, f->name, &c->messages);
    lineage_known_facts(&f->lineage, &f->facts);
    f->rules = load_rules(path, &c->messages);
    free(above);
    free(profile);
    free(real);
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
    if (s)
        scn_free(s);
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

static void check_subject(struct checking *c, const char *path)
{
    struct scn_subject_file *s = scn_subject_file_load(path, &c->messages);
    if (s)
        scn_subject_file_free(s);
    c->others++;
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

static int check_operand(struct checking *c, const struct line *line, const struct word *w)
{
    struct buf error = {0};
    const char *text = w->text;
    if (path_is_folder(text)) {
        if (check_folder(c, text, 0) == 0)
            return 0;
        usage_error(&error, line, w, NULL, "cannot read the folder '%s'", text);
    } else if (!path_is_file(text)) {
        usage_error(&error, line, w, NULL, "there is no file or folder '%s'", text);
    } else if (check_file(c, text)) {
        return 0;
    } else {
        usage_error(&error, line, w, "FILE.scn, FILE.subject, profile, rules or a folder", "'%s' cannot be checked",
                    text);
    }
    tell_error(&error);
    return -1;
}

static int check_all(struct checking *c, const struct line *line, const struct operands *operands)
{
    for (size_t i = 0; i < operands->words.count; i++) {
        if (check_operand(c, line, &operands->words.items[i]) < 0)
            return EXIT_CODE_USAGE;
    }
    if (operands->words.count == 0) {
        struct err e = {0};
        char *dir = catalogue_find(NULL, &e);
        if (!dir) {
            tell_trouble("check", "%s", e.text);
            return EXIT_CODE_USAGE;
        }
        int rc = check_folder(c, dir, 0);
        free(dir);
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    }
    return EXIT_CODE_OK;
}

static int run_check(const struct verb *verb, const struct line *line)
{
    struct operands operands = {0};
    int rc = verb_options(verb, line, NULL, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    struct checking c = {0};
    int code = check_all(&c, line, &operands);
    size_t errors = c.messages.count;
    print_messages(&c.messages);
    if (code == EXIT_CODE_OK || errors) {
        struct buf out = {0};
        buf_printf(&out, "%zu scenario%s, ", c.scenarios, c.scenarios == 1 ? "" : "s");
        if (c.others)
            buf_printf(&out, "%zu other file%s, ", c.others, c.others == 1 ? "" : "s");
        buf_printf(&out, "%zu error%s\n", errors, errors == 1 ? "" : "s");
        if (tell_output(&out) < 0)
            code = EXIT_CODE_UNTESTED;
    }
    folder_leave(&c.folder);
    free(operands.words.items);
    return errors ? EXIT_CODE_USAGE : code;
}

const struct verb verb_check = {
    .name = "check",
    .synopsis = "sockspec check [FILE|DIR]...",
    .purpose = "read scenarios and tell what is wrong with them, without running anything",
    .about = "FILE is FILE.scn, FILE.subject, a profile or a list of rules; a folder is searched for these. "
             "Without\n"
             "one, the scenarios that come with the program are checked. A scenario is checked against the "
             "profile\n"
             "in its folder and the rules there or one folder above.",
    .examples = "sockspec check scenarios\n"
                "sockspec check my.scn",
    .exit_codes = "  0  nothing is wrong\n"
                  "  2  a file is wrong, or the command line\n",
    .run = run_check,
};
