/* Profiles with all that they extend, and the scenarios of each. */
#include "base/mem.h"
#include "cli/catalogue.h"
#include "cli/verb.h"
#include "scenario/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Profiles that extend profiles: more than these are a circle or a mistake. */
#define LINEAGE_MAX 16

static int extends_unknown(const struct scn_profile *p, const char *path, const char *base, const struct catalogue *c,
                           struct scn_messages *messages)
{
    char *places = enumerate((const char *const *)c->folders.items, c->folders.count, "or");
    message_add_file(messages, path, "profile '%s' extends '%s', which is no profile beside it%s%s", p->name, base,
                     c->folders.count ? ", in " : "", places);
    free(places);
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

static int check_premises(const struct scn_profile *p, const char *path, const char *folder,
                          struct scn_messages *messages)
{
    for (size_t i = 0; i < p->premise_count; i++) {
        const struct scn_premise *premise = &p->premises[i];
        char *file = mem_printf("%s/%s.scn", folder, premise->scenario);
        bool there = path_is_file(file);
        free(file);
        if (!there)
            message_add_file(messages, path, "the premise '%s' is no scenario of profile '%s'", premise->scenario,
                             p->name);
        else if (premise->fact && !knows_fact(p, premise->fact))
            message_add_file(messages, path, "the premise '%s' %s '%s', which is no fact of the profile",
                             premise->scenario, premise->learns ? "learns" : "is for", premise->fact);
        else
            continue;
        return -1;
    }
    return 0;
}

static int load_extended(struct lineage *l, const struct catalogue *c, const struct scn_profile *p, const char *path,
                         const char *folder, struct scn_messages *messages)
{
    int rc = 0;
    char *near = mem_printf("%s/..", folder);
    for (size_t i = 0; i < p->extend_count && rc == 0; i++) {
        char *base = catalogue_profile(c, near, p->extends[i]);
        rc = base ? lineage_load(l, c, base, p->extends[i], messages)
                  : extends_unknown(p, path, p->extends[i], c, messages);
        free(base);
    }
    free(near);
    return rc;
}

int lineage_load(struct lineage *l, const struct catalogue *c, const char *folder, const char *name,
                 struct scn_messages *messages)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->profiles[i]->name, name) == 0)
            return 0;
    }
    char *path = mem_printf("%s/profile", folder);
    struct scn_profile *p = l->count < LINEAGE_MAX ? scn_profile_load(path, name, messages) : NULL;
    int rc = p ? 0 : -1;
    if (p) {
        l->profiles = mem_realloc(l->profiles, (l->count + 1) * sizeof(*l->profiles));
        l->profiles[l->count++] = p;
        name_list_add(&l->folders, folder);
        rc = check_premises(p, path, folder, messages);
        if (rc == 0)
            rc = load_extended(l, c, p, path, folder, messages);
    }
    free(path);
    return rc;
}

int lineage_find(struct lineage *l, const struct catalogue *c, const char *name, struct scn_messages *messages)
{
    char *folder = catalogue_profile(c, NULL, name);
    int rc = folder ? lineage_load(l, c, folder, name, messages) : -1;
    free(folder);
    return rc;
}

void lineage_free(struct lineage *l)
{
    for (size_t i = 0; i < l->count; i++)
        scn_profile_free(l->profiles[i]);
    free(l->profiles);
    name_list_free(&l->folders);
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

size_t collection_load_profile(struct collection *c, const char *folder, const char *profile,
                               const struct scn_context *context, struct scn_messages *messages)
{
    struct name_list names = catalogue_scenarios(folder);
    size_t failed = 0;
    for (size_t i = 0; i < names.count; i++) {
        char *path = mem_printf("%s/%s.scn", folder, names.items[i]);
        failed += collection_load(c, path, profile, context, messages) < 0;
        free(path);
    }
    name_list_free(&names);
    return failed;
}

void collection_free(struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        scn_free(c->items[i]);
    free(c->items);
    *c = (struct collection){0};
}

void shelf_open(struct shelf *s, const struct catalogue *c, const char *profile, struct scn_messages *messages)
{
    *s = (struct shelf){0};
    lineage_find(&s->lineage, c, profile, messages);
    lineage_known_facts(&s->lineage, &s->facts);
    s->profile = s->lineage.count ? s->lineage.profiles[0] : NULL;
    s->folder = s->lineage.count ? s->lineage.folders.items[0] : NULL;
}

void shelf_fill(struct shelf *s, struct scn_messages *messages)
{
    const struct scn_context context = {s->profile, NULL, &s->facts, true};
    if (s->profile)
        collection_load_profile(&s->scenarios, s->folder, s->profile->name, &context, messages);
}

void shelf_close(struct shelf *s)
{
    collection_free(&s->scenarios);
    scn_facts_free(&s->facts);
    lineage_free(&s->lineage);
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
