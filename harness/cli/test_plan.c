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

static int unknown_profile(struct test_plan *p, const char *name, const struct word *where,
                           const struct name_list *names)
{
    if (path_is_folder(name) || path_is_file(name))
        return test_plan_refuse(p, where, "name a profile, FILE.scn or FILE.subject", "'%s' is no profile", name);
    char *all = enumerate((const char *const *)names->items, names->count, "and");
    char *hint = suggestion(name, (const char *const *)names->items, names->count, NULL);
    test_plan_refuse(p, where, hint, "no profile '%s' in %s; there are %s", name, p->dir, names->count ? all : "none");
    free(hint);
    free(all);
    return EXIT_CODE_USAGE;
}

static int load_profile(struct test_plan *p, const char *name, const struct word *where)
{
    struct name_list names = catalogue_profiles(p->dir);
    struct scn_messages messages = {0};
    int rc = 0;
    if (!name_list_has(&names, name))
        rc = unknown_profile(p, name, where, &names);
    else if (lineage_load(&p->lineage, p->dir, name, &messages) < 0)
        rc = wrong_source(&messages);
    scn_messages_free(&messages);
    name_list_free(&names);
    return rc;
}

static int load_subject(struct test_plan *p)
{
    if (!p->subject_word)
        return 0;
    struct scn_messages messages = {0};
    p->subject = scn_subject_file_load(p->subject_word->text, &messages);
    if (!p->subject)
        return wrong_source(&messages);
    scn_messages_free(&messages);
    for (size_t i = 0; i < p->subject->profile_count && !p->profile_word.text && !p->files.count; i++) {
        int rc = load_profile(p, p->subject->profiles[i], p->subject_word);
        if (rc)
            return rc;
    }
    if (!p->files.count && !p->lineage.count)
        return test_plan_refuse(p, p->subject_word, NULL, "the subject file names no profile; name one beside it");
    return 0;
}

/* A file in a folder with a profile of its own is about that one. */
static int profile_of_files(struct test_plan *p)
{
    char *folder = path_folder(p->files.items[0].text);
    char *real = realpath(folder, NULL), *name = path_base(real ? real : folder);
    char *own = mem_printf("%s/profile", folder), *above = mem_printf("%s/..", folder);
    struct scn_messages messages = {0};
    int rc = 0;
    for (size_t i = 1; i < p->files.count && rc == 0; i++) {
        char *other = path_folder(p->files.items[i].text);
        if (strcmp(other, folder) != 0)
            rc = test_plan_refuse(p, &p->files.items[i], NULL,
                                  "files of different folders; name the contract they are about with --profile");
        free(other);
    }
    if (rc == 0 && path_is_file(own) && lineage_load(&p->lineage, above, name, &messages) < 0)
        rc = wrong_source(&messages);
    scn_messages_free(&messages);
    free(above);
    free(own);
    free(name);
    free(real);
    free(folder);
    return rc;
}

static int load_profiles(struct test_plan *p)
{
    struct err e = {0};
    const struct word *given = &p->settings->scenarios;
    p->dir = catalogue_find(given->text, &e);
    if (!p->dir && (given->text || p->profile_word.text || !p->files.count))
        return test_plan_refuse(p, given->text ? given : NULL, NULL, "%s", e.text);
    int rc = 0;
    if (p->profile_word.text)
        rc = load_profile(p, p->profile_word.text, &p->profile_word);
    if (rc == 0)
        rc = load_subject(p);
    if (rc == 0 && p->files.count && !p->lineage.count)
        rc = profile_of_files(p);
    return rc;
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

static int load_scenarios(struct test_plan *p)
{
    struct scn_messages messages = {0};
    char *path = p->dir ? mem_printf("%s/rules", p->dir) : NULL;
    bool there = path && path_is_file(path);
    p->rules = there ? scn_rules_load(path, &messages) : NULL;
    free(path);
    if (there && !p->rules)
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
        collection_load_profile(&p->scenarios, p->dir, context.profile->name, &context, &messages);
    }
    if (p->scenarios.failed)
        return wrong_source(&messages);
    scn_messages_free(&messages);
    return 0;
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
    free(p->dir);
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
