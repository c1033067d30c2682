/*
 * The end of a case: the first that says what came of it is right.
 */
#include "engine/core/verdict.h"
#include "engine/core/wake.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Copies the place of the actor's step, with its source line, into the result. */
static void set_place(struct case_run *run, const struct actor *a)
{
    struct result *r = run->result;
    const struct scn_step *s = a ? actor_step(a) : NULL;
    struct buf name = {0};
    if (a) {
        actor_name(a, &name);
        free(r->actor);
        r->actor = buf_take(&name);
    }
    if (!s)
        return;
    r->line = s->at.line;
    r->col = s->at.col;
    r->width = s->at.len;
    const char *p = run->scenario->source, *end = p + run->scenario->source_len;
    for (int line = 1; p && p < end && line < s->at.line; line++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p)
            p++;
    }
    if (!p || p >= end)
        return;
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    buf_add(&name, p, (size_t)((eol ? eol : end) - p));
    free(r->line_text);
    r->line_text = buf_take(&name);
}

__attribute__((format(printf, 5, 0))) static void end_with(struct case_run *run, struct actor *a, enum verdict v,
                                                           enum diagnosis d, const char *format, va_list args)
{
    struct result *r = run->result;
    struct buf text = {0};
    run->over = run->failed = true;
    run->blamed = a;
    r->verdict = v;
    r->diagnosis = d;
    buf_vprintf(&text, format, args);
    free(r->message);
    r->message = buf_take(&text);
    set_place(run, a);
}

enum step_result case_fail(struct case_run *run, struct actor *a, enum diagnosis d, const char *format, ...)
{
    if (run->over)
        return STEP_FAILED;
    va_list args;
    va_start(args, format);
    end_with(run, a, run->scenario->rule.level == SCN_MUST ? VERDICT_FAIL : VERDICT_WARN, d, format, args);
    va_end(args);
    return STEP_FAILED;
}

enum step_result case_error(struct case_run *run, struct actor *a, const char *format, ...)
{
    if (run->over)
        return STEP_FAILED;
    va_list args;
    va_start(args, format);
    end_with(run, a, VERDICT_ERROR, DIAGNOSIS_NONE, format, args);
    va_end(args);
    return STEP_FAILED;
}

void case_skip(struct case_run *run, const char *reason)
{
    if (run->over)
        return;
    run->over = run->skipped = true;
    run->result->verdict = VERDICT_SKIP;
    free(run->result->message);
    run->result->message = mem_dup(reason);
}
