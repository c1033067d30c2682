/*
 * The table of means: a new one is one row in a file of its own, and its line here.
 */
#include "engine/means/means.h"

#include "engine/means/captures.h"
#include "engine/means/faults.h"
#include "engine/means/names.h"
#include "engine/means/packets.h"
#include "engine/means/row.h"
#include "engine/means/scarcity.h"
#include "engine/means/streams.h"

/* In the order in which they begin: what sees comes before what is seen. */
static const struct means *const means[] = {
    &captures_means, &faults_means, &names_means, &packets_means, &scarcity_means, &streams_means,
};

#define COUNT (sizeof(means) / sizeof(*means))

static bool has(const struct case_run *run, size_t i)
{
    return run->means >> i & 1;
}

void means_open(struct engine *e)
{
    for (size_t i = 0; i < COUNT; i++)
        if (means[i]->open)
            means[i]->open(e);
}

void means_close(struct engine *e)
{
    for (size_t i = 0; i < COUNT; i++)
        if (means[i]->close)
            means[i]->close(e);
}

void means_start(struct case_run *run)
{
    run->kernel_lag = 1;
    for (size_t i = 0; i < COUNT; i++) {
        if (!means[i]->wanted(run))
            continue;
        run->means |= 1u << i;
        if (means[i]->saw)
            run->saw = means[i]->saw;
        if (means[i]->start)
            means[i]->start(run);
    }
}

size_t means_files(const struct case_run *run)
{
    size_t files = 0;
    for (size_t i = 0; i < COUNT; i++)
        if (has(run, i) && means[i]->files)
            files += means[i]->files(run);
    return files;
}

void means_begin(struct case_run *run)
{
    for (size_t i = 0; i < COUNT && !run->over; i++)
        if (has(run, i) && means[i]->begin) {
            means[i]->begin(run);
            run->door = means[i]->door ? means[i]->door : run->door;
        }
}

void means_put(struct case_run *run, struct subject_spec *spec)
{
    for (size_t i = 0; i < COUNT && !run->over; i++)
        if (has(run, i) && means[i]->put)
            means[i]->put(run, spec);
}

void means_explain(struct case_run *run)
{
    for (size_t i = 0; i < COUNT; i++)
        if (has(run, i) && means[i]->explain)
            means[i]->explain(run);
}

void means_judge(struct case_run *run)
{
    for (size_t i = 0; i < COUNT; i++)
        if (has(run, i) && means[i]->judge)
            means[i]->judge(run);
}

void means_tell(struct case_run *run)
{
    for (size_t i = 0; i < COUNT; i++)
        if (has(run, i) && means[i]->tell)
            means[i]->tell(run);
}

void means_end(struct case_run *run)
{
    for (size_t i = COUNT; i-- > 0;)
        if (has(run, i) && means[i]->end)
            means[i]->end(run);
}

void means_behind(struct case_run *run)
{
    for (size_t i = COUNT; i-- > 0;)
        if (has(run, i) && means[i]->behind)
            means[i]->behind(run);
}

bool means_in_front(const struct case_run *run)
{
    bool front = false;
    for (size_t i = 0; i < COUNT; i++)
        front |= has(run, i) && means[i]->door;
    return front;
}

bool means_hide(const struct case_run *run)
{
    bool hides = false;
    for (size_t i = 0; i < COUNT; i++)
        hides |= has(run, i) && means[i]->hides;
    return hides;
}
