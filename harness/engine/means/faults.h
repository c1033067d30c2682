/*
 * Faults of the subject's own system calls.
 *
 * What is to be filtered must be known before the program runs, so whoever starts a server for such a case starts these
 * first; for the client of a case the engine does it itself.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_FAULTS_H
#define SOCKSPEC_ENGINE_MEANS_FAULTS_H

#include "engine/core/types.h"

/* Those of a case's scenario, for one instance of the subject. */
struct engine_faults;

/* Whether the scenario has such faults. */
bool engine_has_faults(const struct scn_scenario *scenario);

/* Starts what gives them. NULL with `e` when it cannot. */
struct engine_faults *engine_faults_start(struct engine *e, const struct scn_scenario *scenario, size_t index,
                                          const struct scn_facts *facts, struct err *error);

/* Has the subject started under them. */
void engine_faults_put(struct engine_faults *f, struct subject_spec *spec);

/* Behind subject_stop. NULL is allowed. */
void engine_faults_stop(struct engine_faults *f);

/* Whether the step is a fault of system calls: names that do not resolve are given by no call. */
bool faults_is_of_calls(const struct scn_step *s);

/* Puts the fault of this step in force. */
void faults_arm(struct engine_faults *f, const struct scn_step *s);

/* Before an actor's socket connects: the subject's side will know its connection by the address. Returns 0 or -1
 * (errno). */
int faults_name_peer(struct actor *a, int fd);

extern const struct means faults_means;

/* A fault was in force and hit nobody: a skip, unless the case failed under another one that was hit, or may fail
 * without it too (result.untouched). */
void faults_missed(struct case_run *run);

/* A client under test has met a fault, of a call or of a name: it has come, whether it connected or not. */
void faults_show_it_came(struct case_run *run);

#endif
