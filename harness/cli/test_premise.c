/* `sockspec test`: whether what a profile takes for granted holds for this subject. */
#include "cli/test_settings.h"

#include "base/mem.h"
#include "cli/premises.h"
#include "run/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void nothing_to_tell(void *data, size_t done, size_t total, const struct result *result)
{
    (void)data;
    (void)done;
    (void)total;
    (void)result;
}

/* The run of these scenarios alone, once, without what the user has asked for the others. */
static struct run_options alone(const struct test_plan *p, const struct collection *premises)
{
    static const char *const no_tags[] = {NULL};
    struct run_options o = p->run;
    o.scenarios = premises->items;
    o.scenario_count = premises->count;
    o.jobs = 1;
    o.shard = o.shards = 0;
    o.repeat = 1;
    o.until_fail = false;
    o.filter = NULL;
    o.tags_excluded = no_tags;
    o.engine.delivery = DELIVERY_WHOLE;
    o.engine.capture = CAPTURE_NEVER;
    return o;
}

/* Whether something that will be run hangs on it: a start of the program that nobody asks for may take long. What hangs
 * on a fact that is to be learnt is skipped as long as it is not. */
static bool is_wanted(const struct test_plan *p, const struct plan *plan, const struct scn_premise *premise)
{
    bool of_all = !premise->fact && !premise->when_needed;
    if (premise->learns && scn_facts_get(&p->facts, premise->fact))
        return false;
    for (size_t i = 0; i < plan->count; i++)
        if ((!plan->cases[i].skip || premise->learns) &&
            (of_all || premise_is_needed(premise, plan->cases[i].scenario)))
            return true;
    return false;
}

static void add_name(struct test_plan *p, const char *profile, const char *scenario)
{
    p->premises = mem_realloc(p->premises, (p->premise_count + 2) * sizeof(*p->premises));
    p->premises[p->premise_count++] = mem_printf("%s/%s", profile, scenario);
    p->premises[p->premise_count] = NULL;
}

static int load_premises(struct test_plan *p, const struct plan *plan, struct collection *premises)
{
    struct scn_messages messages = {0};
    int rc = 0;
    for (size_t i = 0; i < p->lineage.count && rc == 0; i++) {
        const struct scn_profile *profile = p->lineage.profiles[i];
        const struct scn_context context = {profile, rules_held(p->rules, p->lineage.folders.items[i]), &p->known,
                                            p->settings->allow_files.count > 0};
        for (size_t k = 0; k < profile->premise_count && rc == 0; k++) {
            const struct scn_premise *premise = &profile->premises[k];
            if (!is_wanted(p, plan, premise))
                continue;
            add_name(p, profile->name, premise->scenario);
            char *path = mem_printf("%s/%s.scn", p->lineage.folders.items[i], premise->scenario);
            rc = collection_load(premises, path, profile->name, &context, &messages);
            if (rc == 0 && premise->learns)
                premises->items[premises->count - 1]->learns = premise->fact;
            free(path);
        }
    }
    if (rc < 0)
        print_messages(&messages);
    else
        scn_messages_free(&messages);
    return rc;
}

/* The premise that this is a result of, whichever of its cases it is. */
static const struct scn_premise *premise_of(const struct test_plan *p, const struct result *r)
{
    for (size_t i = 0; i < p->lineage.count; i++) {
        const struct scn_profile *profile = p->lineage.profiles[i];
        size_t len = strlen(profile->name);
        for (size_t k = 0; k < profile->premise_count; k++) {
            if (strncmp(r->scenario, profile->name, len) == 0 && r->scenario[len] == '/' &&
                strcmp(r->scenario + len + 1, profile->premises[k].scenario) == 0)
                return &profile->premises[k];
        }
    }
    return NULL;
}

/* What hangs on it is not tried: it is told once, by the premise itself. */
static void is_untrue(struct test_plan *p, const struct scn_premise *premise, const struct result *r)
{
    if (premise->fact && scn_facts_why(&p->untrue, premise->fact))
        return; /* the first one tells */
    char *key = premise->fact ? mem_dup(premise->fact) : mem_printf("premise %s", premise->scenario);
    char *why = r->verdict == VERDICT_SKIP ? mem_dup(r->message)
                                           : mem_printf("\"%s\" does not hold here: %s", r->title, r->message);
    scn_facts_doubt(&p->untrue, key, why);
    free(why);
    free(key);
}

/* What does not hold is told by the premise's own rule, also where --filter asks for others: a program that does
 * nothing at all has broken something, and is not merely not judged. */
static void is_told_too(struct test_plan *p, const struct result *r)
{
    if (!p->filter || r->verdict != VERDICT_FAIL)
        return;
    char *both = mem_printf("%s|%s", p->filter, r->name);
    free(p->filter);
    p->run.filter = p->filter = both;
}

/* Whether the plan has not left it out: then it says something. */
static bool was_run(const struct result *r)
{
    return r->seconds > 0;
}

/* Whether another case of it holds, or another premise of the same fact: each of several shows a part. */
static bool holds_elsewhere(const struct test_plan *p, const struct run *run, const struct scn_premise *premise)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct result *r = &run->results[i];
        const struct scn_premise *other = premise_of(p, r);
        bool same =
            other == premise || (other && other->fact && premise->fact && strcmp(other->fact, premise->fact) == 0);
        if (same && was_run(r) && r->verdict == VERDICT_PASS)
            return true;
    }
    return false;
}

static const struct result *result_named(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->results[i].name, name) == 0)
            return &run->results[i];
    return NULL;
}

/* What was heard twice alike is the fact; else who needs it is told why there is none. */
static void learn(struct test_plan *p, const struct run *again, const struct scn_premise *premise,
                  const struct result *r)
{
    const struct result *second = result_named(again, r->name);
    const char *why = r->verdict != VERDICT_PASS ? r->message
                      : !r->learned              ? "it has a NUL, which stands in no fact"
                      : !second || !second->learned || strcmp(second->learned, r->learned) != 0
                          ? "it is another one each time"
                          : NULL;
    if (why)
        scn_facts_doubt(&p->facts, premise->fact, why);
    else
        scn_facts_set(&p->facts, premise->fact, r->learned);
}

/* Returns 0, or the exit code when nothing is to be run. */
static int conclude(struct test_plan *p, const struct run *run, const struct run *again,
                    const struct scn_premise *premise, const struct result *r)
{
    bool skipped = r->verdict == VERDICT_SKIP, of_all = !premise->fact && !premise->when_needed;
    if (premise->learns) {
        learn(p, again, premise, r);
        return 0;
    }
    if (skipped && of_all) {
        tell_trouble("test", "%s", r->message);
        return EXIT_CODE_USAGE;
    }
    if (skipped && premise->fact && !holds_elsewhere(p, run, premise)) {
        scn_facts_doubt(&p->facts, premise->fact, r->message);
    } else if (!of_all && (skipped || r->verdict == VERDICT_FAIL) && !holds_elsewhere(p, run, premise)) {
        is_untrue(p, premise, r);
        is_told_too(p, r);
    }
    return 0;
}

static int draw_conclusions(struct test_plan *p, const struct run *run, const struct run *again)
{
    int code = 0;
    if (run->interrupted || again->interrupted) {
        fputs("sockspec test: interrupted\n", stderr);
        return EXIT_CODE_UNTESTED;
    }
    for (size_t i = 0; i < run->count && code == 0; i++) {
        const struct scn_premise *premise = premise_of(p, &run->results[i]);
        if (premise && was_run(&run->results[i]))
            code = conclude(p, run, again, premise, &run->results[i]);
    }
    p->run.untrue = &p->untrue;
    p->run.premises = p->premises;
    return code;
}

/* A fact that is to be learnt is asked for once more, so that what changes from one time to the next is no fact. */
static int ask_again(const struct test_plan *p, const struct collection *premises, struct run *again)
{
    struct scn_scenario **items = mem_new(premises->count + 1, sizeof(struct scn_scenario *));
    struct collection some = {.items = items};
    struct err e = {0};
    int rc = 0;
    for (size_t i = 0; i < premises->count; i++)
        if (premises->items[i]->learns)
            items[some.count++] = premises->items[i];
    const struct run_options options = alone(p, &some);
    if (some.count)
        rc = run_execute(&options, nothing_to_tell, NULL, again, &e);
    free(items);
    return rc;
}

/* Runs them and draws the conclusions. Returns 0, or the exit code when nothing is to be run. */
static int try_premises(struct test_plan *p, const struct collection *premises, struct run *run)
{
    const struct run_options options = alone(p, premises);
    struct run again = {0};
    struct err e = {0};
    int code = 0;
    /* What keeps it from running will keep the others from it too, and is told there. */
    if (premises->count && run_execute(&options, nothing_to_tell, NULL, run, &e) == 0 &&
        (run->stopped || run->interrupted || ask_again(p, premises, &again) == 0))
        code = draw_conclusions(p, run, &again);
    run_free(&again);
    return code;
}

int test_premises(struct test_plan *p, struct run *stopped)
{
    struct collection premises = {0};
    struct plan plan = {0};
    struct run run = {0};
    struct err e = {0};
    int code = 0;
    /* Whoever names scenario files knows what they ask for. */
    if (p->files.count)
        return 0;
    const struct plan_machine any = {0};
    if (plan_make(&plan, &p->run, &any, &e) < 0)
        return 0; /* what is wrong is told by the run itself */
    if (load_premises(p, &plan, &premises) < 0)
        code = EXIT_CODE_USAGE;
    plan_free(&plan);
    if (code == 0)
        code = try_premises(p, &premises, &run);
    if (code == 0 && run.stopped) {
        *stopped = run;
        run = (struct run){0};
    }
    run_free(&run);
    collection_free(&premises);
    return code;
}
