/*
 * Runs one case: plays the actors of a scenario against a subject, on one event loop, and says what came of it.
 */
#ifndef SOCKSPEC_ENGINE_ENGINE_H
#define SOCKSPEC_ENGINE_ENGINE_H

#include "engine/core/setting.h"
#include "engine/means/faults.h"
#include "report/model.h"
#include "scenario/load.h"

#include <ev.h>

/* The words of both in core/setting.h, in their order, NULL-ended: for --delivery and --capture. */
extern const char *const delivery_words[], *const capture_words[];

/* One engine a worker. `loop` must outlive it. */
struct engine *engine_new(struct ev_loop *loop, const struct engine_options *options);
void engine_free(struct engine *e);

/* Fills in what a result says of case number `index` before it has run: names, title, rule, why, file and line. */
void engine_describe(const struct scn_scenario *scenario, size_t index, struct result *out);

/*
 * Runs case number `index` of the scenario (all its cuts, where bytes are split everywhere), and fills in `out`: name,
 * scenario, rule, level, sentence, verdict (PASS, FAIL, WARN by the rule's level, SKIP by `or skip`, ERROR), diagnosis,
 * message, place, expected, received, graph, timeline, output, exit, seconds. `facts` are all facts that hold (profile,
 * subject file, --set). Returns when the case has ended and all its sockets are closed; a client subject has been
 * stopped. Never fails otherwise than by verdict.
 */
void engine_run(struct engine *e, const struct scn_scenario *scenario, size_t index, const struct scn_facts *facts,
                const struct engine_subject *subject, struct result *out);

/* Asks the running case to end at once (from a signal watcher): its verdict is ERROR, "interrupted". */
void engine_interrupt(struct engine *e);

#endif
