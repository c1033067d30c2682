/* Conclusions in words: who waits for what. */
#include "diagnosis/internal.h"

#include <string.h>

/* Lines told one by one; the rest by their number. */
#define TOLD_MAX 12

static void tell_actor(const struct diagnosis_input *in, const struct diagnosis_actor *a, struct buf *out)
{
    buf_printf(out, "%s, %s", a->name, a->doing);
    const struct snapshot_object *peer = a->connected ? diagnosis_peer(in->now, a) : NULL;
    if (peer)
        buf_printf(out, "; unread by the program: %u bytes, unread by %s: %llu bytes", peer->receive, a->name,
                   (unsigned long long)a->receive + a->held + peer->send);
    buf_putc(out, '\n');
}

/* Threads that do the same are told once. */
static bool told_before(const struct snapshot *s, uint32_t index, struct buf *line)
{
    struct buf other = {0};
    bool same = false;
    for (uint32_t i = 0; i < index && !same; i++) {
        if (s->threads[i].process != s->threads[index].process)
            continue;
        buf_clear(&other);
        tell_wait(s, &s->threads[i], &other);
        same = strcmp(buf_text(&other), buf_text(line)) == 0;
    }
    buf_free(&other);
    return same;
}

static void tell_threads(const struct snapshot *s, struct buf *out)
{
    struct buf line = {0};
    uint32_t told = 0, left = 0;
    for (uint32_t i = 0; i < s->thread_count; i++) {
        buf_clear(&line);
        tell_wait(s, &s->threads[i], &line);
        if (told_before(s, i, &line))
            continue;
        if (told == TOLD_MAX) {
            left++;
            continue;
        }
        told++;
        tell_thread(s, &s->threads[i], out);
        buf_printf(out, " %s\n", buf_text(&line));
    }
    if (left)
        buf_printf(out, "and %u threads more\n", left);
    buf_free(&line);
}

void tell_graph(const struct diagnosis_input *in, struct buf *out)
{
    size_t told = 0, waiting = 0;
    for (size_t i = 0; i < in->actor_count; i++) {
        if (in->actors[i].wait == DIAGNOSIS_WAIT_NOTHING)
            continue;
        waiting++;
        if (told < TOLD_MAX) {
            tell_actor(in, &in->actors[i], out);
            told++;
        }
    }
    if (told < waiting)
        buf_printf(out, "and %zu actors more\n", waiting - told);
    tell_threads(in->now, out);
}
