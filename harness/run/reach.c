#include "run/reach.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* So many failed starts in a row, and the subject is taken to be unable to start. */
#define NOT_STARTED_MAX 2
/* So many clients that did not connect while none did, and the command is taken not to be one for this. */
#define NOT_COME_MAX 3

/* What a shell, and env(1), say of a command that cannot be executed, or is not there. */
#define EXIT_NO_EXECUTABLE 126
#define EXIT_NOT_FOUND     127

static enum reach_next stop(struct reach *x, struct result *r, char *sentence)
{
    reach_give_up(r);
    free(x->stopped);
    x->stopped = sentence;
    return REACH_STOP;
}

static enum reach_next not_started(struct reach *x, struct result *r)
{
    if (++x->not_started < NOT_STARTED_MAX)
        return r->verdict == VERDICT_ERROR ? REACH_HOLD : REACH_KEEP;
    return stop(x, r, mem_dup("the subject does not start"));
}

static enum reach_next not_come(struct reach *x, struct result *r)
{
    bool no_command = r->exit_status == EXIT_NO_EXECUTABLE || r->exit_status == EXIT_NOT_FOUND;
    x->not_come++;
    if (x->come) /* this one began before the others had told */
        return REACH_HOLD;
    if (no_command)
        return stop(x, r,
                    mem_printf("the client ended with exit status %d without having connected: the command %s",
                               r->exit_status,
                               r->exit_status == EXIT_NOT_FOUND ? "was not found" : "cannot be executed"));
    if (x->nameless)
        return stop(x, r,
                    mem_dup("the client did not connect, and nothing tells it where to: put {url}, {host} and {port}, "
                            "or {socket} into its command"));
    if (x->not_come < NOT_COME_MAX)
        return REACH_HOLD;
    return stop(x, r,
                mem_printf("the client has not connected to %s in any of %u cases%s%s", x->place, x->not_come,
                           r->exit ? "; in the last one: " : "", r->exit ? r->exit : ""));
}

/* Who did it cannot be tried: all are told that had ended just before. */
static enum reach_next deserted(struct reach *x, struct result *r)
{
    struct buf text = {0};
    buf_printf(&text, "nobody listens on %s any more, behind the case %s", x->place, r->name ? r->name : "?");
    for (size_t i = 0; i < r->depend_count; i++)
        buf_printf(&text, "%s%s",
                   i ? ", " : "; it may be the doing of that, or of one that had ended just before: ", r->depends[i]);
    return stop(x, r, buf_take(&text));
}

enum reach_next reach_take(struct reach *x, const struct reach_news *news, struct result *r)
{
    x->come |= r->connected;
    if (news->started)
        x->not_started = 0;
    if (news->deserted)
        return deserted(x, r);
    if (news->not_started)
        return not_started(x, r);
    return news->not_come ? not_come(x, r) : REACH_KEEP;
}

void reach_give_up(struct result *r)
{
    if (!r->unreached)
        return;
    r->verdict = VERDICT_INCONCLUSIVE;
    char *message = mem_printf("the client had not connected, in this case and in any other: %s",
                               r->message ? r->message : "no more is known");
    free(r->message);
    r->message = message;
}

void reach_free(struct reach *x)
{
    free(x->stopped);
    x->stopped = NULL;
}
