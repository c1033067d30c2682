#include "run/plan.h"

#include "base/mem.h"
#include "base/typo.h"

#include <stdlib.h>
#include <string.h>

/* From here on a wait is long: the order of the others is kept. */
#define LONG_WAIT_S 0.5
/* What TCP waits for in vain where packets are lost, about: its shortest time limit is a fifth of a second, and
 * doubles. */
#define PACKETS_WAIT_S 1.5

/* --- why a scenario is skipped: each returns the reason, or NULL ---------------------------------------- */

static const char *in_arena(struct plan *p, char *text)
{
    const char *copy = arena_dup(&p->arena, text);
    free(text);
    return copy;
}

/* A fact may hold several words ("exit, output"): whether one of them is `word`. */
static bool has_word(const char *value, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = value; *at;) {
        size_t run = strcspn(at, ", ");
        if (run == len && strncmp(at, word, len) == 0)
            return true;
        at += run;
        at += strspn(at, ", ");
    }
    return false;
}

static const char *lacks_fact(struct plan *p, const struct scn_facts *facts, const char *name)
{
    const char *why = facts ? scn_facts_why(facts, name) : NULL;
    return in_arena(p, why ? mem_printf("needs the fact '%s': %s (--set %s=...)", name, why, name)
                           : mem_printf("needs the fact '%s' (--set %s=...)", name, name));
}

/* Why what a scenario builds on is known not to hold, or NULL. */
static const char *untrue(struct plan *p, const struct run_options *o, const char *kind, const char *name)
{
    char *key = mem_printf("%s%s", kind, name);
    const char *why = o->untrue ? scn_facts_why(o->untrue, key) : NULL;
    free(key);
    return why ? in_arena(p, mem_printf("needs %s%s: %s", *kind ? kind : "the fact ", name, why)) : NULL;
}

static const char *skip_need(struct plan *p, const struct scn_need *need, const struct run_options *o,
                             const struct plan_machine *m)
{
    const char *value = o->facts ? scn_facts_get(o->facts, need->name) : NULL;
    if (strcmp(need->name, "premise") == 0)
        return untrue(p, o, "premise ", need->word);
    const struct scn_mechanism *mechanism = scn_mechanism_find(need->name);
    if (mechanism)
        return m->lacks ? m->lacks(m->data, mechanism->id) : NULL;
    const char *false_fact = untrue(p, o, "", need->name);
    if (false_fact)
        return false_fact;
    if (need->absent) {
        bool there = value && (!need->word || has_word(value, need->word));
        return !there ? NULL
                      : in_arena(p, mem_printf("needs a subject whose %s is not %s", need->name,
                                               need->word ? need->word : "known"));
    }
    if (!value && o->facts && scn_facts_why(o->facts, need->name))
        return lacks_fact(p, o->facts, need->name);
    if (need->has_number) {
        double have;
        if (!value)
            return in_arena(p, mem_printf("needs %s %.10g, the subject's is not known (--set %s=%.10g)", need->name,
                                          need->number, need->name, need->number));
        if (scn_number_parse(value, SCN_UNIT_COUNT, &have) == 0 && have >= need->number)
            return NULL;
        return in_arena(p, mem_printf("needs %s %.10g, the subject's is %s", need->name, need->number, value));
    }
    if (need->word) {
        if (!value)
            return in_arena(p, mem_printf("needs %s %s, the subject's is not known (--set %s=%s)", need->name,
                                          need->word, need->name, need->word));
        if (has_word(value, need->word))
            return NULL;
        return in_arena(p, mem_printf("needs %s %s, the subject's is %s", need->name, need->word, value));
    }
    if (value)
        return NULL;
    return lacks_fact(p, o->facts, need->name);
}

/* What only a fact can give a value: the checker has told. */
static const char *skip_missing_fact(struct plan *p, const struct scn_scenario *s, const struct run_options *o)
{
    const char *why = NULL;
    for (size_t i = 0; i < s->fact_count && !why; i++) {
        if (!o->facts || !scn_facts_get(o->facts, s->facts[i].name))
            return lacks_fact(p, o->facts, s->facts[i].name);
        why = untrue(p, o, "", s->facts[i].name);
    }
    return why;
}

static const char *skip_tag(struct plan *p, const struct scn_scenario *s, const struct run_options *o,
                            const struct plan_machine *m)
{
    static const char *const by_default[] = {"slow", NULL};
    const char *const *excluded = o->tags_excluded ? o->tags_excluded : by_default;
    for (size_t i = 0; i < s->tag_count; i++) {
        bool root = m->lacks && strcmp(s->tags[i], "needs-root") == 0;
        const char *lacking = root ? m->lacks(m->data, SCN_HAS_ROOT) : NULL;
        if (lacking)
            return lacking;
        for (size_t j = 0; excluded[j]; j++)
            if (strcmp(s->tags[i], excluded[j]) == 0)
                return in_arena(p, mem_printf("tagged %s, which this run leaves out", s->tags[i]));
    }
    return NULL;
}

static bool one_connection(const struct run_options *o)
{
    const char *lifetime = o->facts ? scn_facts_get(o->facts, "lifetime") : NULL;
    return lifetime && strcmp(lifetime, "one-connection") == 0;
}

static bool is_server(const struct run_options *o)
{
    return o->profile && o->profile->role == SCN_ROLE_SERVER;
}

static const char *skip_reason(struct plan *p, const struct scn_scenario *s, const struct run_options *o,
                               const struct plan_machine *m)
{
    const char *why = NULL;
    for (int i = 0; !why && m->lacks && i < SCN_MECHANISM_COUNT; i++)
        if (s->mechanisms >> i & 1)
            why = m->lacks(m->data, (enum scn_mechanism_id)i);
    for (size_t i = 0; !why && i < s->need_count; i++)
        why = skip_need(p, &s->needs[i], o, m);
    if (!why)
        why = skip_missing_fact(p, s, o);
    if (!why)
        why = skip_tag(p, s, o, m);
    if (!why && is_server(o) && one_connection(o) &&
        (s->splits_everywhere || o->engine.delivery == DELIVERY_EVERYWHERE))
        why = "needs a connection for each cut, the subject's lifetime is one-connection";
    return why;
}

/* --- which cases match the filter ----------------------------------------------------------------------- */

bool plan_glob(const char *pattern, const char *name)
{
    if (!strpbrk(pattern, "*?"))
        return strstr(name, pattern) != NULL;
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* One of the patterns that `|` separates. `exact`: some case has just this name, so that no other is meant. */
struct pattern {
    const char *text;
    bool exact;
};

struct patterns {
    struct pattern *items;
    size_t count;
};

static void patterns_split(struct plan *p, const char *filter, struct patterns *out)
{
    for (const char *at = filter;; at++) {
        size_t len = strcspn(at, "|");
        struct pattern *one = arena_push(&p->arena, &out->items, &out->count, sizeof(*out->items));
        one->text = arena_copy(&p->arena, at, len);
        at += len;
        if (!*at)
            break;
    }
}

static void patterns_exact(struct patterns *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (strcmp(patterns->items[i].text, name) == 0)
            patterns->items[i].exact = true;
}

static bool patterns_match(const struct patterns *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        const struct pattern *one = &patterns->items[i];
        if (one->exact ? strcmp(one->text, name) == 0 : plan_glob(one->text, name))
            return true;
    }
    return patterns->count == 0;
}

static void each_name(const struct run_options *o, struct patterns *patterns)
{
    for (size_t i = 0; i < o->scenario_count; i++)
        for (size_t k = 0, n = scn_case_count(o->scenarios[i]); k < n; k++) {
            char *name = scn_case_name(o->scenarios[i], k);
            patterns_exact(patterns, name);
            free(name);
        }
}

static int no_match(struct plan *p, const struct run_options *o, struct err *e)
{
    if (!o->filter)
        return err_set(e, 0, "there is no scenario to run");
    const char **names = arena_new(&p->arena, o->scenario_count, sizeof(*names));
    for (size_t i = 0; i < o->scenario_count; i++)
        names[i] = o->scenarios[i]->name;
    const char *near = typo_nearest(o->filter, names, o->scenario_count);
    if (near)
        return err_set(e, 0, "no case matches --filter '%s'; did you mean '%s'?", o->filter, near);
    return err_set(e, 0, "no case matches --filter '%s'", o->filter);
}

/* --- the plan ------------------------------------------------------------------------------------------- */

/* What a premise has shown does not keep it from being judged. */
static bool is_premise(const struct run_options *o, const char *name)
{
    for (const char *const *p = o->premises; p && *p; p++)
        if (strcmp(*p, name) == 0)
            return true;
    return false;
}

static void plan_scenario(struct plan *p, const struct scn_scenario *s, const struct run_options *o,
                          const struct plan_machine *m, const struct patterns *patterns, size_t *matched)
{
    struct run_options all = *o;
    if (is_premise(o, s->name))
        all.untrue = NULL;
    const char *skip = skip_reason(p, s, &all, m);
    bool own = is_server(o) && (s->changes_subject || one_connection(o));
    bool packets = s->mechanisms >> SCN_HAS_PACKETS & 1;
    for (size_t k = 0, n = scn_case_count(s); k < n; k++) {
        if (patterns->count > 0) {
            char *name = scn_case_name(s, k);
            bool match = patterns_match(patterns, name);
            free(name);
            if (!match)
                continue;
        }
        size_t number = (*matched)++;
        if (o->shards > 0 && number % (size_t)o->shards != (size_t)o->shard - 1)
            continue;
        struct plan_case *c = arena_push(&p->arena, &p->cases, &p->count, sizeof(*c));
        *c = (struct plan_case){.scenario = s,
                                .index = (uint32_t)k,
                                .own_instance = own,
                                .waits = s->waits + (packets ? PACKETS_WAIT_S : 0),
                                .skip = skip};
        if (!skip)
            p->runnable++;
    }
}

static void plan_repeat(struct plan *p, int times)
{
    size_t once = p->count;
    if (times <= 1 || once == 0)
        return;
    struct plan_case *all = arena_new(&p->arena, once * (size_t)times, sizeof(*all));
    for (size_t i = 0; i < (size_t)times; i++)
        memcpy(all + i * once, p->cases, once * sizeof(*all));
    p->cases = all;
    p->count *= (size_t)times;
    p->runnable *= (size_t)times;
}

/* Long waits first, the others as they stand. */
static int by_wait(const void *a, const void *b, void *data)
{
    const struct plan_case *cases = data;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    double x = cases[i].waits >= LONG_WAIT_S ? cases[i].waits : 0,
           y = cases[j].waits >= LONG_WAIT_S ? cases[j].waits : 0;
    if (x != y)
        return x > y ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* Each repetition of the whole by itself. */
static void plan_order(struct plan *p, size_t once)
{
    p->order = arena_new(&p->arena, p->count, sizeof(*p->order));
    for (size_t i = 0; i < p->count; i++)
        p->order[i] = (uint32_t)i;
    for (size_t i = 0; i < p->count; i += once)
        qsort_r(p->order + i, once, sizeof(*p->order), by_wait, p->cases);
}

int plan_make(struct plan *p, const struct run_options *o, const struct plan_machine *m, struct err *e)
{
    struct patterns patterns = {0};
    size_t matched = 0;
    *p = (struct plan){0};
    if (o->shards < 0 || (o->shards > 0 && (o->shard < 1 || o->shard > o->shards)))
        return err_set(e, 0, "--shard %d/%d: the first number must be from 1 to the second", o->shard, o->shards);
    if (o->filter) {
        patterns_split(p, o->filter, &patterns);
        each_name(o, &patterns);
    }
    for (size_t i = 0; i < o->scenario_count; i++)
        plan_scenario(p, o->scenarios[i], o, m, &patterns, &matched);
    if (matched == 0) {
        no_match(p, o, e);
        plan_free(p);
        return -1;
    }
    size_t once = p->count;
    plan_repeat(p, o->repeat);
    if (once > 0)
        plan_order(p, once);
    return 0;
}

void plan_free(struct plan *p)
{
    arena_free(&p->arena);
    *p = (struct plan){0};
}

void plan_describe(const struct plan_case *c, struct result *out)
{
    engine_describe(c->scenario, c->index, out);
}
