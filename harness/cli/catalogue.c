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
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLE "SOCKSPEC_SCENARIOS"

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

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void name_list_sort(struct name_list *l)
{
    if (l->count)
        qsort(l->items, l->count, sizeof(*l->items), by_name);
}

static bool is_profile(const char *dir, const char *name)
{
    char *path = mem_printf("%s/%s/profile", dir, name);
    bool yes = name[0] != '.' && path_is_file(path);
    free(path);
    return yes;
}

static bool is_profile_itself(const char *dir)
{
    char *path = mem_printf("%s/profile", dir);
    bool yes = path_is_file(path);
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
    name_list_sort(&l);
    return l;
}

struct name_list catalogue_scenarios(const char *folder)
{
    return list_folder(folder, false);
}

/* Whether both paths lead to the same folder. */
static bool is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool catalogue_has_folder(const struct catalogue *c, const char *dir)
{
    for (size_t i = 0; i < c->folders.count; i++)
        if (is_same(c->folders.items[i], dir))
            return true;
    return false;
}

/* The place of a name in the list, or its end. */
static size_t place_of(const struct name_list *l, const char *name)
{
    size_t i = 0;
    while (i < l->count && strcmp(l->items[i], name) != 0)
        i++;
    return i;
}

static void insert(struct name_list *l, size_t at, const char *name)
{
    name_list_add(l, name);
    char *added = l->items[l->count - 1];
    memmove(l->items + at + 1, l->items + at, (l->count - 1 - at) * sizeof(*l->items));
    l->items[at] = added;
}

/* One more profile, in order of the alphabet; of a name that no other folder has. */
static int add_profile(struct catalogue *c, const char *dir, const char *name, struct err *e)
{
    size_t at = 0, other = place_of(&c->profiles, name);
    if (other < c->profiles.count)
        return err_set(e, EEXIST, "there is a profile '%s' in %s and in %s: give one of them another name", name,
                       c->within.items[other], dir);
    while (at < c->profiles.count && strcmp(c->profiles.items[at], name) < 0)
        at++;
    insert(&c->profiles, at, name);
    insert(&c->within, at, dir);
    return 0;
}

int catalogue_add(struct catalogue *c, const char *dir, const char *from, struct err *e)
{
    if (!path_is_folder(dir))
        return err_set(e, ENOENT, "%s names '%s', which is no folder", from, dir);
    if (is_profile_itself(dir))
        return err_set(e, EINVAL, "%s names '%s', which is a profile: name the folder that it is in", from, dir);
    if (catalogue_has_folder(c, dir))
        return 0;
    int rc = 0;
    struct name_list names = list_folder(dir, true);
    for (size_t i = 0; i < names.count && rc == 0; i++)
        rc = add_profile(c, dir, names.items[i], e);
    name_list_add(&c->folders, dir);
    name_list_free(&names);
    return rc;
}

/* The folders that the environment names, with `:` between them; an empty one says nothing. */
static int add_from_environment(struct catalogue *c, struct err *e)
{
    int rc = 0;
    const char *path = getenv(VARIABLE);
    for (const char *at = path ? path : ""; *at && rc == 0; at += *at == ':') {
        size_t len = strcspn(at, ":");
        char *dir = mem_printf("%.*s", (int)len, at);
        if (len)
            rc = catalogue_add(c, dir, VARIABLE, e);
        free(dir);
        at += len;
    }
    return rc;
}

int catalogue_open(struct catalogue *c, const struct words *given, const struct word **where, struct err *e)
{
    char *shipped = find_by_program();
    int rc = shipped ? catalogue_add(c, shipped, "the program", e) : 0;
    free(shipped);
    *where = NULL;
    if (rc == 0)
        rc = add_from_environment(c, e);
    for (size_t i = 0; given && i < given->count && rc == 0; i++) {
        *where = &given->items[i];
        rc = catalogue_add(c, given->items[i].text, "--scenarios", e);
    }
    if (rc == 0)
        *where = NULL;
    return rc;
}

int catalogue_open_all(struct catalogue *c, const struct words *given, const struct line *line)
{
    struct err e = {0};
    struct buf error = {0};
    const struct word *where;
    int rc = catalogue_open(c, given, &where, &e);
    if (rc == 0 && c->folders.count == 0)
        rc = err_set(&e, ENOENT, CATALOGUE_EMPTY);
    if (rc < 0) {
        usage_error(&error, line, where, NULL, "%s", e.text);
        tell_error(&error);
    }
    return rc;
}

void catalogue_close(struct catalogue *c)
{
    name_list_free(&c->folders);
    name_list_free(&c->profiles);
    name_list_free(&c->within);
}

char *catalogue_profile(const struct catalogue *c, const char *near, const char *name)
{
    size_t at = place_of(&c->profiles, name);
    char *known = at < c->profiles.count ? mem_printf("%s/%s", c->within.items[at], name) : NULL;
    if (!near || !is_profile(near, name))
        return known;
    char *beside = mem_printf("%s/%s", near, name);
    bool same = known && is_same(known, beside);
    free(same ? beside : known);
    return same ? known : beside;
}

/* The rules that stand in `dir`, if there are any. */
static void append_rules(struct scn_rules **rules, const char *dir, struct scn_messages *messages)
{
    char *path = mem_printf("%s/rules", dir);
    if (path_is_file(path)) {
        *rules = *rules ? *rules : mem_new(1, sizeof(**rules));
        scn_rules_append(*rules, path, messages);
    }
    free(path);
}

struct scn_rules *catalogue_rules(const struct catalogue *c, struct scn_messages *messages)
{
    struct scn_rules *rules = NULL;
    for (size_t i = 0; i < c->folders.count; i++)
        append_rules(&rules, c->folders.items[i], messages);
    for (size_t i = 0; i < c->profiles.count; i++) {
        char *folder = mem_printf("%s/%s", c->within.items[i], c->profiles.items[i]);
        append_rules(&rules, folder, messages);
        free(folder);
    }
    return rules;
}

struct scn_rules *rules_near(const char *dir, struct scn_messages *messages)
{
    struct scn_rules *rules = NULL;
    char *above = mem_printf("%s/..", dir);
    append_rules(&rules, above, messages);
    append_rules(&rules, dir, messages);
    free(above);
    return rules;
}

const struct scn_rules *rules_held(const struct scn_rules *rules, const char *dir)
{
    char *own = mem_printf("%s/rules", dir), *above = mem_printf("%s/../rules", dir);
    bool held = path_is_file(own) || path_is_file(above);
    free(above);
    free(own);
    return held ? rules : NULL;
}
