/*
 * The step `fault`: puts one of the subject's faults in force, from when it is reached on.
 */
#include "engine/core/verdict.h"
#include "engine/means/faults.h"
#include "engine/means/names.h"
#include "engine/steps/step.h"

enum step_result step_fault(struct actor *a, const struct scn_step *s)
{
    if (!faults_is_of_calls(s))
        return names_step(a, s);
    if (a->run->where->without_faults)
        return STEP_DONE;
    if (!a->run->faults) {
        case_skip(a->run, "needs a subject that sockspec starts itself");
        return STEP_FAILED;
    }
    faults_arm(a->run->faults, s);
    return STEP_DONE;
}
