#include "run/confirm.h"

#include "base/mem.h"

#include <stdlib.h>

/* What came of one more try. */
enum again { AGAIN_BROKEN, AGAIN_FINE, AGAIN_UNKNOWN, AGAIN_LATE };

bool confirm_is_broken(const struct result *r)
{
    return r->verdict == VERDICT_FAIL || r->verdict == VERDICT_WARN;
}

bool confirm_is_late(const struct result *r)
{
    return confirm_is_broken(r) && r->late;
}

static enum again judge(int ran, const struct result *r)
{
    if (ran < 0 || r->verdict == VERDICT_ERROR) /* the harness' trouble proves nothing about the subject */
        return AGAIN_UNKNOWN;
    if (confirm_is_late(r))
        return AGAIN_LATE;
    return confirm_is_broken(r) ? AGAIN_BROKEN : AGAIN_FINE;
}

/* Takes over `from`, which is empty afterwards. */
static void replace(struct result *r, struct result *from)
{
    result_clear(r);
    *r = *from;
    *from = (struct result){0};
}

/* The last `tail` cases of the history on a fresh instance, then the case. */
static enum again replay(const struct confirm_runner *runner, uint32_t index, const uint32_t *history, size_t count,
                         size_t tail, struct result *out)
{
    for (size_t i = count - tail; i < count; i++) {
        struct result r = {0};
        int ran = runner->run(runner->data, history[i], i == count - tail, &r);
        enum again again = judge(ran, &r);
        result_clear(&r);
        if (again == AGAIN_UNKNOWN || again == AGAIN_LATE)
            return again;
    }
    return judge(runner->run(runner->data, index, false, out), out);
}

static void add_depends(const struct confirm_runner *runner, const uint32_t *history, size_t count, size_t tail,
                        struct result *r)
{
    r->depends = mem_new(tail, sizeof(*r->depends));
    r->depend_count = tail;
    for (size_t i = 0; i < tail; i++)
        r->depends[i] = runner->name(runner->data, history[count - tail + i]);
}

static void flaky(struct result *r)
{
    r->verdict = VERDICT_FLAKY;
}

/* What came on another try is not to be judged, and nothing is confirmed. */
static void late(struct result *r)
{
    if (!r->late)
        r->late = mem_dup("this machine was too late to try it again");
}

/* It fails on an instance that has served others and passes on a fresh one. */
static void after_others(const struct confirm_runner *runner, uint32_t index, const uint32_t *history, size_t count,
                         struct result *r)
{
    struct result all = {0};
    enum again again = replay(runner, index, history, count, count, &all);
    if (again == AGAIN_LATE)
        late(r);
    if (again != AGAIN_BROKEN) {
        result_clear(&all);
        if (again != AGAIN_LATE)
            flaky(r);
        return;
    }
    replace(r, &all);
    /* Mostly the last case or the few before it are to blame: a short list is one that a person can work with. */
    for (size_t tail = 1; tail < count; tail *= 2) {
        struct result some = {0};
        again = replay(runner, index, history, count, tail, &some);
        if (again == AGAIN_BROKEN) {
            replace(r, &some);
            add_depends(runner, history, count, tail, r);
            return;
        }
        result_clear(&some);
    }
    add_depends(runner, history, count, count, r);
}

void confirm(const struct confirm_runner *runner, uint32_t index, const uint32_t *history, size_t count,
             struct result *r)
{
    struct result second = {0};
    if (count > CONFIRM_HISTORY) {
        history += count - CONFIRM_HISTORY;
        count = CONFIRM_HISTORY;
    }
    switch (judge(runner->run(runner->data, index, true, &second), &second)) {
    case AGAIN_BROKEN:
        replace(r, &second);
        break;
    case AGAIN_FINE:
        if (count > 0)
            after_others(runner, index, history, count, r);
        else
            flaky(r);
        break;
    case AGAIN_LATE:
        replace(r, &second);
        break;
    case AGAIN_UNKNOWN:
        r->unconfirmed = true;
        break;
    }
    result_clear(&second);
}

void confirm_suspect(const struct confirm_runner *runner, uint32_t index, struct result *r)
{
    struct result second = {0};
    if (judge(runner->run(runner->data, index, true, &second), &second) == AGAIN_UNKNOWN)
        r->unconfirmed = true;
    else
        replace(r, &second);
    result_clear(&second);
}
