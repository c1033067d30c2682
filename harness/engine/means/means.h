/*
 * The table of means (row.h), as the case sees it: each function calls those of the rows that the case has.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_MEANS_H
#define SOCKSPEC_ENGINE_MEANS_MEANS_H

#include "engine/core/types.h"

void means_open(struct engine *e);
void means_close(struct engine *e);
void means_start(struct case_run *run);
size_t means_files(const struct case_run *run);
void means_begin(struct case_run *run);
void means_put(struct case_run *run, struct subject_spec *spec);
void means_explain(struct case_run *run);
void means_judge(struct case_run *run);
void means_tell(struct case_run *run);
void means_end(struct case_run *run);
void means_behind(struct case_run *run);

/* Whether one of them stands in front of servers. */
bool means_in_front(const struct case_run *run);

/* Whether one of them hides what moves. */
bool means_hide(const struct case_run *run);

#endif
