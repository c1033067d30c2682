/*
 * What this machine allows: each mechanism (scn_mechanisms) is tried, when somebody asks, in a process that ends at
 * once.
 */
#ifndef SOCKSPEC_RUN_MACHINE_H
#define SOCKSPEC_RUN_MACHINE_H

#include "scenario/load.h"
#include "subject/subject.h"

struct machine {
    enum isolation isolation; /* as workers will have it: ISOLATION_AUTO, or what the user asked for */
    bool host_net;
    bool foreign; /* someone else starts the subject (--at, --listen): it is in no network of ours */
    struct {
        bool tried;
        char lacking[200]; /* "": it works */
    } answers[SCN_MECHANISM_COUNT];
};

void machine_init(struct machine *m, enum isolation isolation, bool host_net, bool foreign);

/* For plan_machine.lacks: `machine` is a struct machine. NULL where the mechanism works, else "needs ...", valid as
 * long as the machine. */
const char *machine_lacks(void *machine, enum scn_mechanism_id mechanism);

/* The same without the words before the reason. */
const char *machine_why(struct machine *m, enum scn_mechanism_id mechanism);

#endif
