#include "engine/steps/idle_close.h"

#include "engine/core/requests.h"
#include "engine/core/timeline.h"
#include "engine/core/wake.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* A close that is later than this is looked into. No verdict hangs on it: it only saves a second connection. Seconds.
 */
#define LATE_S 0.1
/* Two idle connections of one server are closed as late as each other, but for this part: timers are coarse, and we may
 * see one of them late. */
#define ALIKE 0.25
/* The second connection is waited for so many times as long as the first one was open: that is idle enough. */
#define LONG_ENOUGH 2

/* Seconds from the last byte that came to the end of the connection. */
static double idle_s(const struct conn *c)
{
    return (double)(c->ended_us - c->heard_us) / 1e6;
}

bool idle_close_suspected(const struct actor *a, const struct conn *c, const struct alternative *chosen)
{
    const struct expectation *x = a->st.expectation;
    bool end = chosen->m->kind == SCN_MATCH_CLOSE || chosen->m->kind == SCN_MATCH_RESET, asks = false;
    for (size_t i = 0; i < x->count; i++)
        asks |= x->alternatives[i].m->kind == SCN_MATCH_RESPONSE;
    if (!end || !asks || a->spec->kind != SCN_CLIENT || c->write_shut || !c->kept_open || !c->ended_us)
        return false;
    return requests_wait(c->requests) && idle_s(c) > LATE_S * a->run->engine->options.patience;
}

static int ask(struct actor *a, struct conn *control)
{
    struct buf scratch = {0}, request = {0};
    size_t len = 0;
    const char *path = value_of(a->run, a, "path", &len, &scratch);
    buf_puts(&request, "GET ");
    buf_add(&request, path ? path : "/", path ? len : 1);
    const char *authority = value_of(a->run, a, "authority", &len, &scratch);
    buf_puts(&request, " HTTP/1.1\r\nHost: ");
    buf_add(&request, authority ? authority : "", authority ? len : 0);
    buf_puts(&request, "\r\n\r\n");
    ssize_t n = conn_send(control, request.data, request.len, 0);
    bool all = n == (ssize_t)request.len;
    buf_free(&request);
    buf_free(&scratch);
    return all ? 0 : -1;
}

static enum match_status begin(struct actor *a, const struct conn *c)
{
    struct address to = {.len = sizeof(to.u.storage)};
    if (getpeername(c->fd, &to.u.any, &to.len) != 0) /* reset: then it was no timer's FIN */
        return MATCH_YES;
    int fd = net_socket(c->transport);
    if (fd < 0)
        return MATCH_YES;
    if (connect(fd, &to.u.any, to.len) != 0 && errno != EINPROGRESS) {
        close(fd);
        return MATCH_YES;
    }
    happened_text(a->run, a, NULL,
                  "the close came %.1f s after the answer before it: how long an idle connection is "
                  "kept open is tried on a second one",
                  idle_s(c));
    a->st.expectation->control = conn_new(a, fd, c->transport, true);
    return MATCH_MORE;
}

static enum match_status compare(const struct conn *control, const struct conn *c, struct buf *why)
{
    double first = idle_s(c), second = idle_s(control), apart = first > second ? first - second : second - first;
    if (!control->received || apart > ALIKE * first)
        return MATCH_YES;
    buf_printf(why,
               "the request was sent whole and not answered, and the close is no answer: it came %.1f s after the last "
               "response, as on any idle connection of this server (%.1f s)",
               first, second);
    return MATCH_NO;
}

enum match_status idle_close_try(struct actor *a, struct conn *c, struct buf *why)
{
    struct expectation *x = a->st.expectation;
    if (!x->control)
        return begin(a, c);
    struct conn *control = x->control;
    if (control->connecting)
        return MATCH_MORE;
    if (!x->control_asked) {
        x->control_asked = true;
        return ask(a, control) == 0 ? MATCH_MORE : MATCH_YES;
    }
    conn_read_now(control);
    conn_take(control, control->in.len);
    if (conn_ended(control))
        return compare(control, c, why);
    double long_enough = LONG_ENOUGH * idle_s(c), so_far = (double)(clock_us() - control->heard_us) / 1e6;
    if (control->heard_us && so_far >= long_enough)
        return MATCH_YES;
    actor_timer(a, control->heard_us ? long_enough - so_far : long_enough);
    return MATCH_MORE;
}

void idle_close_leave(struct expectation *x)
{
    if (x->control)
        conn_close(x->control);
    x->control = NULL;
}
