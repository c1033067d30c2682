/* Who is lost, doubled, swapped: by seed, direction and number, and by nothing else. */
#include "base/clock.h"
#include "fault/packet.h"

/* One draw a packet and kind of fault, so that one fault more in a scenario changes no draw of another. */
enum draw { DRAW_LOSS = 1, DRAW_DUPLICATE, DRAW_REORDER, DRAW_JITTER };

/* Evenly in [0, 1). */
static double draw(uint64_t seed, enum packet_direction d, uint64_t n, enum draw kind)
{
    struct rng r = {seed};
    r.state = rng_next(&r) ^ ((uint64_t)d << 8 | (uint64_t)kind);
    r.state = rng_next(&r) ^ n;
    return (double)(rng_next(&r) >> 11) * 0x1p-53; /* as many bits as a double has */
}

const char *packet_direction_name(enum packet_direction d)
{
    return d == PACKET_UP ? "up" : "down";
}

unsigned packet_fate(const struct packet_faults *f, uint64_t seed, enum packet_direction d, uint64_t n)
{
    unsigned fate = 0;
    if (draw(seed, d, n, DRAW_LOSS) < f->loss)
        return PACKET_LOST;
    if (draw(seed, d, n, DRAW_DUPLICATE) < f->duplicate)
        fate |= PACKET_DOUBLED;
    if (draw(seed, d, n, DRAW_REORDER) < f->reorder)
        fate |= PACKET_SWAPPED;
    return fate;
}

double packet_lateness(const struct packet_faults *f, uint64_t seed, enum packet_direction d, uint64_t n)
{
    return f->delay + (f->jitter > 0 ? f->jitter * draw(seed, d, n, DRAW_JITTER) : 0);
}
