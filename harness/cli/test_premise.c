/* `sockspec test`: whether what a profile takes for granted holds for this subject. */
#include "cli/test_settings.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

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

static int load_premises(const struct test_plan *p, struct collection *premises)
{
    struct scn_messages messages = {0};
    int rc = 0;
    for (size_t i = 0; i < p->lineage.count && rc == 0; i++) {
        const struct scn_profile *profile = p->lineage.profiles[i];
        const struct scn_context context = {profile, p->rules, &p->known};
        if (!profile->premise)
            continue;
        char *path = mem_printf("%s/%s/%s.scn", p->dir, profile->name, profile->premise);
        rc = collection_load(premises, path, profile->name, &context, &messages);
        free(path);
    }
    if (rc < 0)
        print_messages(&messages);
    else
        scn_messages_free(&messages);
    return rc;
}

int test_premise(const struct test_plan *p)
{
    struct collection premises = {0};
    struct run run = {0};
    struct err e = {0};
    int code = 0;
    /* Whoever names scenario files knows what they ask for. */
    if (p->files.count || !p->dir)
        return 0;
    if (load_premises(p, &premises) < 0)
        code = EXIT_CODE_USAGE;
    const struct run_options options = alone(p, &premises);
    /* What keeps it from running will keep the others from it too, and is told there. */
    if (code == 0 && premises.count && run_execute(&options, nothing_to_tell, NULL, &run, &e) < 0)
        run.count = 0;
    if (run.interrupted) {
        fputs("sockspec test: interrupted\n", stderr);
        code = EXIT_CODE_UNTESTED;
    }
    for (size_t i = 0; i < run.count && code == 0; i++) {
        if (run.results[i].verdict != VERDICT_SKIP)
            continue;
        fprintf(stderr, "sockspec test: %s\n", run.results[i].message);
        code = EXIT_CODE_USAGE;
    }
    run_free(&run);
    collection_free(&premises);
    return code;
}
