/*
 * What may stand in the way of a conversation, or look over it: faults of calls and names, links of streams and of
 * packets, ports that run short, captures. Each is a row: the case calls its functions at their moments, and knows none
 * of them by name.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_ROW_H
#define SOCKSPEC_ENGINE_MEANS_ROW_H

#include "engine/core/types.h"

/*
 * NULL: nothing to do there. In the order of a case's life. Functions of a case are called only where `wanted` has said
 * yes; trouble ends the case (case_error, case_skip), and nothing behind it begins.
 */
struct means {
    /* Whether the case has it: asked once, before everything else. */
    bool (*wanted)(const struct case_run *run);

    /* For an engine, before its first case and behind its last one. */
    void (*open)(struct engine *e);
    void (*close)(struct engine *e);

    /* Before anything is opened, sent or seen. */
    void (*start)(struct case_run *run);

    /* Descriptors that it needs. */
    size_t (*files)(const struct case_run *run);

    /* When every server listens, and before a client starts. */
    void (*begin)(struct case_run *run);

    /* Has a client started under it. */
    void (*put)(struct case_run *run, struct subject_spec *spec);

    /* It stands in front of servers, and takes the place that --listen names: case_run.door. */
    int (*door)(struct case_run *run, enum scn_transport t, struct address *to, struct err *e);

    /* case_run.saw. One row at most may see. */
    void (*saw)(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
                size_t len);

    /* It holds up what no queue shows: that nothing moves then proves nothing. */
    bool hides;

    /* When a step has run out of time: says in the graph what it holds. */
    void (*explain)(struct case_run *run);

    /* When all steps are done: a case that passes though it did nothing has not tested what it says, and is skipped. */
    void (*judge)(struct case_run *run);

    /* Of a case that failed: says in the timeline what it did. */
    void (*tell)(struct case_run *run);

    /* In the opposite order of the rows: when the actors' sockets are closed, and when a client has been stopped too.
     */
    void (*end)(struct case_run *run);
    void (*behind)(struct case_run *run);
};

#endif
