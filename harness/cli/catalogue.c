#include "cli/catalogue.h"

#include "base/mem.h"
#include "cli/verb.h"
#include "scenario/message.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Profiles that extend profiles: more than these are a circle or a mistake. */
#define LINEAGE_MAX 16

static bool holds_rules(const char *dir)
{
    char *rules = mem_printf("%s/rules", dir);
    bool yes = path_is_file(rules);
    free(rules);
    return yes;
}

/* From the working directory where it lies below it: places are told to people, who read short paths. Takes
 * and gives memory. */
static char *shorten(char *dir)
{
    char here[PATH_MAX];
    size_t len = getcwd(here, sizeof(here)) ? strlen(here) : 0;
    if (len < 2 || strncmp(dir, here, len) != 0 || dir[len] != '/')
        return dir;
    char *shorter = mem_dup(dir + len + 1);
    free(dir);
    return shorter;
}

/* `scenarios` in the program's folder or one above it, then share/sockspec/scenarios of its prefix. */
static char *find_by_program(void)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (len <= 0)
        return NULL;
    program[len] = '\0';
    for (char *slash = strrchr(program, '/'); slash; slash = strrchr(program, '/')) {
        *slash = '\0';
        static const char *const places[] = {"scenarios", "share/sockspec/scenarios"};
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            char *dir = mem_printf("%s/%s", program, places[i]);
            if (holds_rules(dir))
                return shorten(dir);
            free(dir);
        }
    }
    return NULL;
}

char *catalogue_find(const char *given, struct err *e)
{
    const char *from = given ? "--scenarios" : "SOCKSPEC_SCENARIOS";
    const char *named = given ? given : getenv("SOCKSPEC_SCENARIOS");
    if (named && *named) {
        if (path_is_folder(named))
            return mem_dup(named);
        err_set(e, ENOENT, "%s names '%s', which is no folder", from, named);
        return NULL;
    }
    char *found = find_by_program();
    if (!found)
        err_set(e, ENOENT, "the scenarios are not beside the program; name their folder with --scenarios DIR");
    return found;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_profile(const char *dir, const char *name)
{
    char *path = mem_printf("%s/%s/profile", dir, name);
    bool yes = name[0] != '.' && path_is_file(path);
    free(path);
    return yes;
}

static struct name_list list_folder(const char *dir, bool profiles)
{
    struct name_list l = {0};
    DIR *d = opendir(dir);
    for (struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
        const char *name = entry->d_name;
        if (profiles ? is_profile(dir, name) : name[0] != '.' && path_ends(name, ".scn"))
            name_list_add(&l, name);
    }
    if (d)
        closedir(d);
    for (size_t i = 0; !profiles && i < l.count; i++)
        l.items[i][strlen(l.items[i]) - strlen(".scn")] = '\0';
    if (l.count)
        qsort(l.items, l.count, sizeof(*l.items), by_name);
    return l;
}

struct name_list catalogue_profiles(const char *dir)
{
    return list_folder(dir, true);
}

struct name_list catalogue_scenarios(const char *dir)
{
    return list_folder(dir, false);
}

static int extends_unknown(const struct scn_profile *p, const char *path, const char *base,
                           struct scn_messages *messages)
{
    message_add_file(messages, path, "profile '%s' extends '%s', which is no profile", p->name, base);
    return -1;
}

static bool knows_fact(const struct scn_profile *p, const char *name)
{
    for (size_t i = 0; i < p->fact_count; i++) {
        if (strcmp(p->facts[i].name, name) == 0)
            return true;
    }
    return false;
}

static int check_premises(const struct scn_profile *p, const char *path, const char *dir, struct scn_messages *messages)
{
    for (size_t i = 0; i < p->premise_count; i++) {
        const struct scn_premise *premise = &p->premises[i];
        char *file = mem_printf("%s/%s/%s.scn", dir, p->name, premise->scenario);
        bool there = path_is_file(file);
        free(file);
        if (!there)
            message_add_file(messages, path, "the premise '%s' is no scenario of profile '%s'", premise->scenario,
                             p->name);
        else if (premise->fact && !knows_fact(p, premise->fact))
            message_add_file(messages, path, "the premise '%s' is for '%s', which is no fact of the profile",
                             premise->scenario, premise->fact);
        else
            continue;
        return -1;
    }
    return 0;
}

int lineage_load(struct lineage *l, const char *dir, const char *name, struct scn_messages *messages)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->profiles[i]->name, name) == 0)
            return 0;
    }
    char *path = mem_printf("%s/%s/profile", dir, name);
    struct scn_profile *p = l->count < LINEAGE_MAX ? scn_profile_load(path, name, messages) : NULL;
    int rc = p ? 0 : -1;
    if (p) {
        l->profiles = mem_realloc(l->profiles, (l->count + 1) * sizeof(struct scn_profile *));
        l->profiles[l->count++] = p;
        rc = check_premises(p, path, dir, messages);
        for (size_t i = 0; i < p->extend_count && rc == 0; i++) {
            if (is_profile(dir, p->extends[i]))
                rc = lineage_load(l, dir, p->extends[i], messages);
            else
                rc = extends_unknown(p, path, p->extends[i], messages);
        }
    }
    free(path);
    return rc;
}

void lineage_free(struct lineage *l)
{
    for (size_t i = 0; i < l->count; i++)
        scn_profile_free(l->profiles[i]);
    free(l->profiles);
    *l = (struct lineage){0};
}

static void set_facts(const struct lineage *l, struct scn_facts *facts, bool all)
{
    for (size_t i = l->count; i-- > 0;) {
        const struct scn_profile *p = l->profiles[i];
        for (size_t k = 0; k < p->fact_count; k++) {
            if (p->facts[k].value || all)
                scn_facts_set(facts, p->facts[k].name, p->facts[k].value ? p->facts[k].value : "");
        }
    }
}

void lineage_facts(const struct lineage *l, struct scn_facts *facts)
{
    set_facts(l, facts, false);
}

void lineage_known_facts(const struct lineage *l, struct scn_facts *facts)
{
    /* What every profile knows (scenarios/README.md). */
    static const char *const always[] = {"concurrency", "lifetime", "errors", "instances"};
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        scn_facts_set(facts, always[i], "");
    set_facts(l, facts, true);
}

int collection_load(struct collection *c, const char *path, const char *profile, const struct scn_context *context,
                    struct scn_messages *messages)
{
    char *base = path_base(path);
    if (path_ends(base, ".scn"))
        base[strlen(base) - strlen(".scn")] = '\0';
    char *name = mem_printf("%s/%s", profile, base);
    free(base);
    bool there = false;
    for (size_t i = 0; i < c->count && !there; i++)
        there = strcmp(c->items[i]->name, name) == 0;
    struct scn_scenario *s = there ? NULL : scn_load(path, name, context, messages);
    free(name);
    if (s) {
        c->items = mem_realloc(c->items, (c->count + 1) * sizeof(struct scn_scenario *));
        c->items[c->count++] = s;
    }
    if (!s && !there)
        c->failed++;
    return s || there ? 0 : -1;
}

size_t collection_load_profile(struct collection *c, const char *dir, const char *profile,
                               const struct scn_context *context, struct scn_messages *messages)
{
    char *folder = mem_printf("%s/%s", dir, profile);
    struct name_list names = catalogue_scenarios(folder);
    size_t failed = 0;
    for (size_t i = 0; i < names.count; i++) {
        char *path = mem_printf("%s/%s.scn", folder, names.items[i]);
        failed += collection_load(c, path, profile, context, messages) < 0;
        free(path);
    }
    name_list_free(&names);
    free(folder);
    return failed;
}

void collection_free(struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        scn_free(c->items[i]);
    free(c->items);
    *c = (struct collection){0};
}

void print_messages(struct scn_messages *messages)
{
    struct buf out = {0};
    bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    for (size_t i = 0; i < messages->count; i++)
        scn_message_print(&out, &messages->items[i], colour);
    tell_error(&out);
    scn_messages_free(messages);
}
