/* `sockspec test`: finds and loads what the command line names. */
#include "cli/test_settings.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int test_plan_refuse(const struct test_plan *p, const struct word *where, const char *hint, const char *format, ...)
{
    struct buf error = {0}, message = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);
    usage_error(&error, p->line, where, hint, "%s", buf_text(&message));
    tell_error(&error);
    buf_free(&message);
    return EXIT_CODE_USAGE;
}

static int wrong_source(struct scn_messages *messages)
{
    print_messages(messages);
    return EXIT_CODE_USAGE;
}

/* Each operand is a profile, a subject file or a scenario file, told apart by how it ends. */
static int sort_operands(struct test_plan *p)
{
    p->profile_word = p->settings->profile;
    for (size_t i = 0; i < p->operands->words.count; i++) {
        struct word *w = &p->operands->words.items[i];
        if (path_ends(w->text, ".scn")) {
            p->files.items = mem_realloc(p->files.items, (p->files.count + 1) * sizeof(*w));
            p->files.items[p->files.count++] = *w;
        } else if (path_ends(w->text, ".subject")) {
            if (p->subject_word)
                return test_plan_refuse(p, w, NULL, "one subject file at a time");
            p->subject_word = w;
        } else if (p->profile_word.text) {
            return test_plan_refuse(p, w, p->operands->command ? NULL : "the subject's command stands behind --",
                                    "one profile at a time: '%s' was named already", p->profile_word.text);
        } else {
            p->profile_word = *w;
        }
    }
    if (p->profile_word.text || p->subject_word || p->files.count)
        return 0;
    return test_plan_refuse(p, NULL, "'sockspec list profiles' tells which there are; see also: sockspec test --help",
                            "what to test against is missing: a profile, a subject file or scenario files");
}

static int unknown_profile(struct test_plan *p, const char *name, const struct word *where)
{
    if (path_is_folder(name) || path_is_file(name))
        return test_plan_refuse(p, where, "name a profile, FILE.scn or FILE.subject", "'%s' is no profile", name);
    const struct name_list *names = &p->catalogue.profiles, *folders = &p->catalogue.folders;
    char *all = enumerate((const char *const *)names->items, names->count, "and");
    char *places = enumerate((const char *const *)folders->items, folders->count, "or");
    char *hint = suggestion(name, (const char *const *)names->items, names->count, NULL);
    test_plan_refuse(p, where, hint, "no profile '%s' in %s; there are %s", name, places, names->count ? all : "none");
    free(hint);
    free(places);
    free(all);
    return EXIT_CODE_USAGE;
}

static int load_profile(struct test_plan *p, const char *name, const struct word *where)
{
    if (!p->catalogue.folders.count)
        return test_plan_refuse(p, NULL, NULL, CATALOGUE_EMPTY);
    if (!name_list_has(&p->catalogue.profiles, name))
        return unknown_profile(p, name, where);
    struct scn_messages messages = {0};
    int rc = lineage_find(&p->lineage, &p->catalogue, name, &messages) < 0 ? wrong_source(&messages) : 0;
    scn_messages_free(&messages);
    return rc;
}

static int load_subject(struct test_plan *p)
{
    if (!p->subject_word)
        return 0;
    struct scn_messages messages = {0};
    p->subject = scn_subject_file_load(p->subject_word->text, &messages);
    int rc = p->subject ? 0 : wrong_source(&messages);
    scn_messages_free(&messages);
    return rc;
}

static int profiles_of_subject(struct test_plan *p)
{
    int rc = 0;
    for (size_t i = 0; i < p->subject->profile_count && rc == 0; i++)
        rc = load_profile(p, p->subject->profiles[i], p->subject_word);
    return rc;
}

/* Where they are in different folders, the first that is elsewhere. */
static const struct word *elsewhere(const struct test_plan *p, const char *folder)
{
    for (size_t i = 1; i < p->files.count; i++) {
        char *other = path_folder(p->files.items[i].text);
        bool same = strcmp(other, folder) == 0;
        free(other);
        if (!same)
            return &p->files.items[i];
    }
    return NULL;
}

/* A file in a folder with a profile of its own is about that one; else about those of the subject file beside it. */
static int profile_of_files(struct test_plan *p)
{
    char *folder = path_folder(p->files.items[0].text);
    char *real = realpath(folder, NULL), *name = path_base(real ? real : folder);
    char *own = mem_printf("%s/profile", folder);
    const struct word *other = elsewhere(p, folder);
    struct scn_messages messages = {0};
    int rc = 0;
    if (!other && path_is_file(own)) {
        if (lineage_load(&p->lineage, &p->catalogue, folder, name, &messages) < 0)
            rc = wrong_source(&messages);
    } else if (p->subject) {
        rc = profiles_of_subject(p);
    } else if (other) {
        rc = test_plan_refuse(p, other, NULL,
                              "files of different folders; name the contract they are about with --profile");
    }
    scn_messages_free(&messages);
    free(own);
    free(name);
    free(real);
    free(folder);
    return rc;
}

/* The folders that the command line and the subject file name, besides the shipped one. */
static int open_catalogue(struct test_plan *p)
{
    struct err e = {0};
    const struct word *where;
    if (catalogue_open(&p->catalogue, &p->settings->scenarios, &where, &e) < 0)
        return test_plan_refuse(p, where, NULL, "%s", e.text);
    for (size_t i = 0; p->subject && i < p->subject->folder_count; i++)
        if (catalogue_add(&p->catalogue, p->subject->folders[i], "the subject file", &e) < 0)
            return test_plan_refuse(p, p->subject_word, NULL, "%s", e.text);
    return 0;
}

static int load_profiles(struct test_plan *p)
{
    int rc = load_subject(p);
    if (rc == 0)
        rc = open_catalogue(p);
    if (rc)
        return rc;
    if (p->profile_word.text)
        return load_profile(p, p->profile_word.text, &p->profile_word);
    return p->files.count ? profile_of_files(p) : profiles_of_subject(p);
}

static int unknown_fact(struct test_plan *p, const struct word *w, const char *name)
{
    const char **names = mem_new(p->known.count + 1, sizeof(*names));
    for (size_t k = 0; k < p->known.count; k++)
        names[k] = p->known.items[k].name;
    char *hint = suggestion(name, names, p->known.count, "'sockspec list facts' tells which there are");
    test_plan_refuse(p, w, hint, "the profile knows no fact '%s'", name);
    free(hint);
    free(names);
    return EXIT_CODE_USAGE;
}

static int set_facts(struct test_plan *p)
{
    int rc = 0;
    lineage_known_facts(&p->lineage, &p->known);
    if (p->subject)
        scn_facts_merge(&p->known, &p->subject->facts);
    for (size_t i = 0; i < p->settings->set.count && rc == 0; i++) {
        const struct word *w = &p->settings->set.items[i];
        size_t len = strcspn(w->text, "=");
        if (len == 0 || w->text[len] != '=')
            return test_plan_refuse(p, w, NULL, "--set takes FACT=VALUE, such as --set concurrency=1");
        char *name = mem_printf("%.*s", (int)len, w->text);
        if (p->lineage.count && !scn_facts_get(&p->known, name))
            rc = unknown_fact(p, w, name);
        else
            scn_facts_set(&p->known, name, w->text + len + 1);
        free(name);
    }
    return rc;
}

static void load_files(struct test_plan *p, const struct scn_context *context, struct scn_messages *messages)
{
    for (size_t i = 0; i < p->files.count; i++) {
        char *folder = path_folder(p->files.items[i].text);
        char *real = realpath(folder, NULL), *base = path_base(real ? real : folder);
        const char *profile = context->profile ? context->profile->name : base;
        collection_load(&p->scenarios, p->files.items[i].text, profile, context, messages);
        free(base);
        free(real);
        free(folder);
    }
}

/* Without a contract nobody knows what the program is: which of the sides, and over which transport. */
static int miss_contract(const struct test_plan *p)
{
    bool asked = p->operands->command || p->settings->at.text || p->settings->listen.text;
    static const char hint[] = "--profile NAME, a file 'profile' in its folder ('sockspec new profile' writes one), or "
                               "a subject file";
    for (size_t i = 0; i < p->scenarios.count; i++)
        if (p->scenarios.items[i]->uses_subject)
            return test_plan_refuse(p, &p->files.items[i], hint,
                                    "the contract is missing: which profile is this scenario about? It says whether "
                                    "the program is a server or a client, and over which transport");
    return asked ? test_plan_refuse(p, &p->files.items[0], hint,
                                    "this scenario plays both sides itself; which of them is the program?")
                 : 0;
}

static int load_scenarios(struct test_plan *p)
{
    struct scn_messages messages = {0};
    p->rules = catalogue_rules(&p->catalogue, &messages);
    if (messages.count)
        return wrong_source(&messages);
    struct scn_context context = {p->lineage.count ? p->lineage.profiles[0] : NULL, p->rules, &p->known,
                                  p->settings->allow_files.count > 0};
    if (p->files.count) {
        /* A user's file may rest on a rule of its own; `sockspec check` is what holds it to a list. */
        context.rules = NULL;
        load_files(p, &context, &messages);
    }
    for (size_t i = 0; i < p->lineage.count && !p->files.count; i++) {
        context.profile = p->lineage.profiles[i];
        context.rules = rules_held(p->rules, p->lineage.folders.items[i]);
        collection_load_profile(&p->scenarios, p->lineage.folders.items[i], context.profile->name, &context, &messages);
    }
    if (p->scenarios.failed)
        return wrong_source(&messages);
    scn_messages_free(&messages);
    return p->files.count && !p->lineage.count ? miss_contract(p) : 0;
}

int test_plan_make(struct test_plan *p)
{
    int rc = sort_operands(p);
    if (rc == 0)
        rc = load_profiles(p);
    if (rc == 0)
        rc = set_facts(p);
    if (rc == 0)
        rc = load_scenarios(p);
    return rc ? rc : test_plan_options(p);
}

void test_plan_free(struct test_plan *p)
{
    for (size_t i = 0; p->own_argv && p->argv[i]; i++)
        free(p->argv[i]);
    free(p->repeat_words);
    free(p->allow_files);
    free(p->argv);
    free(p->subject_name);
    free(p->filter);
    free(p->tags);
    free(p->files.items);
    catalogue_close(&p->catalogue);
    free(p->capture_suffix);
    if (p->capture_lock > 0)
        close(p->capture_lock);
    collection_free(&p->scenarios);
    lineage_free(&p->lineage);
    scn_facts_free(&p->facts);
    scn_facts_free(&p->known);
    scn_facts_free(&p->untrue);
    for (size_t i = 0; i < p->premise_count; i++)
        free((char *)(uintptr_t)p->premises[i]);
    free(p->premises);
    if (p->subject)
        scn_subject_file_free(p->subject);
    if (p->rules)
        scn_rules_free(p->rules);
}
