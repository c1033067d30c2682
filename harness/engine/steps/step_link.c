/* Steps of the link: each puts a fault in force, from when it is reached on; those that stand first hold from the
 * beginning. */
#include "engine/means/packets.h"
#include "engine/means/streams.h"
#include "engine/steps/step.h"

enum step_result step_link(struct actor *a, const struct scn_step *s)
{
    if (a->run->packets)
        return packets_step(a, s);
    return streams_step(a, s);
}
