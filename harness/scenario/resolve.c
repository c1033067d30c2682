/* What a name may mean: a parameter, a fact, a value of the engine, a server's port, a let, a capture. */
#include "scenario/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The tables of what may stand behind or beside a payload. */
static const struct table *const BESIDE_PAYLOADS[] = {&items_table, &manners_table, &matches_table, &conditions_table};

/* Words that bind the others, and so stand in no table of their own. */
static const char *const BINDING[] = {"within", "or", "to", "on", "any", "over", "for", "as", "peer", "byte", NULL};

bool names_is_reserved(const char *word)
{
    for (size_t i = 0; i < sizeof(BESIDE_PAYLOADS) / sizeof(*BESIDE_PAYLOADS); i++) {
        if (table_begins(BESIDE_PAYLOADS[i], word))
            return true;
    }
    for (size_t i = 0; BINDING[i]; i++) {
        if (strcmp(BINDING[i], word) == 0)
            return true;
    }
    return false;
}

static bool is_engines(const char *name)
{
    return scn_list_find(SCN_LIST_GIVEN, name) >= 0;
}

static int find_param(const struct parser *p, const char *name)
{
    for (size_t i = 0; i < p->s->param_count; i++) {
        if (strcmp(p->s->params[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static const struct scn_fact_def *find_fact(const struct parser *p, const char *name)
{
    const struct scn_profile *profile = p->context->profile;
    for (size_t i = 0; profile && i < profile->fact_count; i++) {
        if (strcmp(profile->facts[i].name, name) == 0)
            return &profile->facts[i];
    }
    return NULL;
}

static bool is_fact(const struct parser *p, const char *name)
{
    return find_fact(p, name) || (p->context->facts && scn_facts_get(p->context->facts, name));
}

static const struct data_name *find_data(const struct parser *p, const char *name)
{
    for (size_t i = 0; i < p->data_count; i++) {
        if (strcmp(p->data[i].name, name) == 0)
            return &p->data[i];
    }
    return NULL;
}

const struct data_name *names_data(const struct parser *p, const char *name, size_t actor)
{
    for (size_t i = 0; i < p->data_count; i++) {
        if (p->data[i].actor == actor && strcmp(p->data[i].name, name) == 0)
            return &p->data[i];
    }
    return NULL;
}

/* Known without looking at any actor. */
static bool is_given(struct parser *p, const char *name)
{
    int param = find_param(p, name);
    if (param >= 0) {
        p->params[param].used = true;
        return true;
    }
    return is_engines(name) || is_fact(p, name);
}

/* Only a fact can give it a value. */
static void note_fact(struct parser *p, const char *name, struct scn_at at)
{
    struct scn_use *use = arena_push(p->arena, &p->s->facts, &p->s->fact_count, sizeof(*use));
    *use = (struct scn_use){.name = name, .at = at};
}

void names_use(struct parser *p, const char *name, struct scn_at at, bool bare)
{
    if (p->plain || names_data(p, name, p->actor))
        return;
    if (!bare && is_given(p, name)) {
        if (find_param(p, name) < 0 && !is_engines(name))
            note_fact(p, name, at);
        return;
    }
    struct name_use *use = arena_push(p->arena, &p->uses, &p->use_count, sizeof(*use));
    *use = (struct name_use){.name = name, .at = at, .actor = p->actor, .bare = bare};
}

bool names_define(struct parser *p, const char *name, struct scn_at at)
{
    if (find_param(p, name) >= 0 || is_engines(name))
        return fail_at(p, at, "choose another name", "'%s' already has a meaning here", name);
    if (names_is_reserved(name))
        return fail_at(p, at, "choose another name", "'%s' is a word of the language", name);
    if (names_data(p, name, p->actor))
        return true; /* a let in a second turn replaces the first */
    if (p->data_count >= DATA_NAMES_MAX)
        return fail_at(p, at, NULL, "more than %d names of lets and captures", DATA_NAMES_MAX);
    struct data_name *d = arena_push(p->arena, &p->data, &p->data_count, sizeof(*d));
    *d = (struct data_name){.name = name, .at = at, .actor = p->actor};
    return true;
}

/* --- numbers -------------------------------------------------------------------------------------------- */

static bool bad_value(struct parser *p, const struct scn_number *n, enum place place, const char *value)
{
    bool range = errno == ERANGE;
    char *hint = mem_printf("write it like %s", place_form(place));
    fail_at(p, n->at, hint, "{%s} is used as %s, but its value '%s' is %s", n->name, place_kind(place), value,
            range ? "out of range" : "none");
    free(hint);
    return false;
}

static bool check_param(struct parser *p, size_t index, const struct scn_number *n, enum place place)
{
    const struct scn_param *param = &p->s->params[index];
    p->params[index].used = true;
    if (p->params[index].checked & (1u << place))
        return true;
    double value;
    for (size_t i = 0; i < param->count; i++) {
        if (!place_read(place, param->values[i], &value))
            return bad_value(p, n, place, param->values[i]);
    }
    p->params[index].checked |= 1u << place;
    return true;
}

static size_t known_names(const struct parser *p, const char **to, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < p->s->param_count && count < max; i++)
        to[count++] = p->s->params[i].name;
    const struct scn_profile *profile = p->context->profile;
    for (size_t i = 0; profile && i < profile->fact_count && count < max; i++)
        to[count++] = profile->facts[i].name;
    const struct scn_facts *facts = p->context->facts;
    for (size_t i = 0; facts && i < facts->count && count < max; i++)
        to[count++] = facts->items[i].name;
    return count;
}

/* Room for the names of a profile and a scenario; what is beyond is only not suggested. */
#define KNOWN_MAX 200

bool names_number(struct parser *p, const struct scn_number *n, enum place place)
{
    int param = find_param(p, n->name);
    if (param >= 0)
        return check_param(p, (size_t)param, n, place);
    const char *value = p->context->facts ? scn_facts_get(p->context->facts, n->name) : NULL;
    const struct scn_fact_def *fact = find_fact(p, n->name);
    if (!value && fact)
        value = fact->value;
    double read;
    if (value && *value && !place_read(place, value, &read))
        return bad_value(p, n, place, value);
    if (value || fact)
        return true;
    /* A port is what the peer has told: read when the step is reached. */
    if (place == PLACE_PORT && (find_data(p, n->name) || strchr(n->name, '.')))
        return true;
    if (find_data(p, n->name) || is_engines(n->name))
        return fail_at(p, n->at, "only a parameter or a fact is known before the scenario runs",
                       "{%s} cannot stand for a number", n->name);
    if (!p->context->profile)
        return true;
    const char *known[KNOWN_MAX + 1] = {0};
    known_names(p, known, KNOWN_MAX);
    return fail_unknown(p, n->at, "parameter or fact", n->name, known, NULL);
}

/* --- what was unknown when it was used ------------------------------------------------------------------ */

static void report_unknown(struct parser *p, const struct name_use *use)
{
    const char *known[KNOWN_MAX + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < p->data_count && count < KNOWN_MAX / 2; i++)
        known[count++] = p->data[i].name;
    if (use->bare) {
        if (is_given(p, use->name)) {
            char *hint = mem_printf("write {%s}", use->name);
            fail_at(p, use->at, hint, "'%s' is a parameter or a fact: it stands in braces", use->name);
            free(hint);
            return;
        }
        const char **words = arena_new(p->arena, KNOWN_MAX + 1, sizeof(*words));
        for (size_t i = 0, n = 0; i < sizeof(BESIDE_PAYLOADS) / sizeof(*BESIDE_PAYLOADS); i++)
            n = table_words(p, BESIDE_PAYLOADS[i], words, n, KNOWN_MAX);
        fail_unknown(p, use->at, "word or name", use->name, known, words);
        return;
    }
    known_names(p, known + count, KNOWN_MAX - count);
    fail_unknown(p, use->at, "name", use->name, known, scn_list_words(SCN_LIST_GIVEN));
}

static void check_use(struct parser *p, const struct name_use *use)
{
    const struct data_name *own = names_data(p, use->name, use->actor);
    if (own) {
        fail_at(p, use->at, NULL, "'%s' is used before line %d gives it a value", use->name, own->at.line);
        return;
    }
    const struct data_name *other = find_data(p, use->name);
    if (other) {
        char *hint =
            mem_printf("write {%s.%s}, behind a wait for its signal", p->s->actors[other->actor].name, use->name);
        fail_at(p, use->at, use->bare ? "a let or a capture belongs to the actor that has it" : hint,
                "'%s' has a value only in '%s' (line %d)", use->name, p->s->actors[other->actor].name, other->at.line);
        free(hint);
        return;
    }
    if (!use->bare && names_of_other(p, use))
        return;
    /* Without a profile it may be a fact of any. */
    if (!use->bare && !p->context->profile && !strchr(use->name, '.'))
        note_fact(p, use->name, use->at);
    else
        report_unknown(p, use);
}

void names_finish(struct parser *p)
{
    for (size_t i = 0; i < p->use_count && !parser_full(p); i++)
        check_use(p, &p->uses[i]);
    for (size_t i = 0; i < p->s->param_count; i++) {
        const struct scn_param *param = &p->s->params[i];
        /* A parameter that stands in for a fact may be meant for the subject's command. */
        if (!p->params[i].used && !is_fact(p, param->name))
            fail_at(p, param->at, "use it as {name}, or take the line away", "parameter '%s' is never used",
                    param->name);
    }
}
