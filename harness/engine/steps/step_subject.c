/*
 * Steps of the subject: limits, and what is expected of the program itself.
 */
#include "engine/core/arrival.h"
#include "engine/core/payload.h"
#include "engine/core/regex.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/scarcity.h"
#include "engine/steps/step.h"

#include "base/visible.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Longest part of the output that a message shows. */
#define OUTPUT_SHOWN 200
/* As many processes as so long before: no more of them are being forked. */
#define SETTLED_S 0.05

/* --- limit, remember, kill ------------------------------------------------------------------------------ */

/* A server may listen first and fork its workers then: the limit is for all of them, once no more come. */
static bool family_is_settled(struct actor *a)
{
    size_t now = subject_pids(a->run->subject, NULL, 0);
    if (a->st.measuring && !a->timer_fired)
        return false;
    if (a->st.measuring && a->st.sample == now)
        return true;
    a->st.measuring = true;
    a->st.sample = now;
    actor_timer(a, SETTLED_S);
    return false;
}

/* The limit of the kernel's; -1: it is none of processes. */
static int kernel_limit(enum scn_resource resource)
{
    switch (resource) {
    case SCN_LIMIT_FILES:
        return RLIMIT_NOFILE;
    case SCN_LIMIT_MEMORY:
        return RLIMIT_AS;
    case SCN_LIMIT_PROCESSES:
        return RLIMIT_NPROC;
    case SCN_LIMIT_STACK:
        return RLIMIT_STACK;
    case SCN_LIMIT_PORTS:
    case SCN_LIMIT_BACKLOG:
        break;
    }
    return -1;
}

static enum step_result limit_processes(struct actor *a, const struct scn_step *s, int limit)
{
    struct subject *subject = a->run->subject;
    struct err e = {0};
    double value = number_of(a->run, a, &s->u.limit.value, 0);
    if (a->run->over)
        return STEP_FAILED;
    if (s->u.limit.value.above_current)
        value += limit == RLIMIT_NOFILE ? subject_files_highest(subject) : (double)subject_memory_now(subject);
    if (subject_limit(subject, limit, (uint64_t)value, &e) == 0) {
        happened_text(a->run, a, "subject", "%s limited to %.0f", scn_resource_name(s->u.limit.resource), value);
        return STEP_DONE;
    }
    if (e.code != EPERM)
        return case_error(a->run, a, "%s", e.text);
    /* A program that has changed its user is out of reach without CAP_SYS_RESOURCE. */
    char reason[sizeof(e.text) + 80];
    snprintf(reason, sizeof(reason), "needs CAP_SYS_RESOURCE for a subject that changes its user: %s", e.text);
    case_skip(a->run, reason);
    return STEP_FAILED;
}

enum step_result step_limit(struct actor *a, const struct scn_step *s)
{
    if (!a->run->subject) {
        case_skip(a->run, "needs a subject that sockspec starts itself");
        return STEP_FAILED;
    }
    if (s->u.limit.resource == SCN_LIMIT_PORTS)
        return scarcity_ports(a, s);
    if (!family_is_settled(a))
        return STEP_WAIT;
    int limit = kernel_limit(s->u.limit.resource);
    return limit < 0 ? scarcity_backlog(a, s) : limit_processes(a, s, limit);
}

enum step_result step_remember(struct actor *a, const struct scn_step *s)
{
    (void)s;
    if (a->run->subject) {
        a->run->files_remembered = subject_files(a->run->subject);
        subject_memory_mark(a->run->subject);
        a->run->memory_base = subject_memory_now(a->run->subject);
    }
    return STEP_DONE;
}

enum step_result step_kill(struct actor *a, const struct scn_step *s)
{
    if (!a->run->subject || subject_signal(a->run->subject, s->u.kill) != 0)
        return case_error(a->run, a, "the signal cannot be sent: the subject is not running");
    return STEP_DONE;
}

/* --- expect ... ----------------------------------------------------------------------------------------- */

static enum step_result expect_alive(struct actor *a)
{
    struct buf how = {0};
    int status;
    if (!subject_exited(a->run->subject, &status) || subject_state(a->run->subject) == SUBJECT_READY)
        return STEP_DONE;
    subject_describe(a->run->subject, &how);
    case_fail(a->run, a, DIAGNOSIS_CRASH, "the subject is no longer alive: %s", buf_text(&how));
    buf_free(&how);
    return STEP_FAILED;
}

static void end_expected(const struct scn_state *st, struct buf *out)
{
    if (st->kind == SCN_STATE_KILLED)
        buf_printf(out, "killed by signal %d (%s)", st->signal, strsignal(st->signal));
    else if (st->exit_status == SCN_EXIT_ANY)
        buf_puts(out, "an exit status, whichever");
    else if (st->exit_status == SCN_EXIT_NONZERO)
        buf_puts(out, "an exit status other than 0");
    else
        buf_printf(out, "exit status %d", st->exit_status);
}

/* `is` asks for all of the output, `has` for a part of it. */
bool output_matches(struct actor *a, const struct scn_state *st, bool whole, const char *output, size_t len)
{
    enum regex_where where = whole ? REGEX_WHOLE : REGEX_ANYWHERE;
    return regex_find(a, &st->regex, where, output, len, NULL, NULL) == REGEX_YES;
}

/* Who says of itself that it prints more than what it got (the fact `prints`) has it somewhere among that. */
static bool prints_more(struct case_run *run)
{
    struct buf scratch = {0};
    size_t len;
    const char *prints = value_of(run, NULL, "prints", &len, &scratch);
    bool more = prints && strcmp(prints, "more") == 0;
    buf_free(&scratch);
    return more;
}

static enum step_result expect_output(struct actor *a, const struct scn_step *s)
{
    const struct scn_state *st = &s->u.state;
    struct err e = {0};
    size_t len;
    int status;
    bool is = st->whole && !prints_more(a->run);
    const char *output = subject_output(a->run->subject, st->whole ? 1 : 0, &len, NULL);
    struct bytes *want = st->regex.pattern ? NULL : payload_expand(a->run, a, &st->payload, &e);
    if (!st->regex.pattern && !want)
        return case_error(a->run, a, "%s", e.text);
    bool met = !want ? output_matches(a, st, is, output, len)
               : is  ? want->len == len && memcmp(want->data, output, len) == 0
                     : memmem(output, len, want->data, want->len) != NULL;
    bool hopeless = subject_exited(a->run->subject, &status) && subject_state(a->run->subject) == SUBJECT_EXITED;
    enum step_result rc = met ? STEP_DONE : hopeless || a->deadline_passed ? STEP_FAILED : STEP_WAIT;
    if (rc == STEP_FAILED) {
        struct buf shown = {0}, wanted = {0};
        if (st->or_output) {
            end_expected(st, &wanted);
            buf_puts(&wanted, ", or ");
        }
        buf_puts(&wanted, is ? "output " : "in the output ");
        if (want)
            visible_quoted(&wanted, want->data, want->len, OUTPUT_SHOWN);
        else
            buf_printf(&wanted, "/%s/", st->regex.pattern);
        visible_quoted(&shown, output, len, OUTPUT_SHOWN);
        case_fail(a->run, a, DIAGNOSIS_MISMATCH, "expected %s, but it wrote %s", buf_text(&wanted), buf_text(&shown));
        a->run->result->expected = buf_take(&wanted);
        a->run->result->received = buf_take(&shown);
    } else if (rc == STEP_WAIT) {
        actor_timer(a, SLOW_PROBE_S); /* output comes by itself; its callback may be late under load */
    }
    bytes_drop(want);
    return rc;
}

static bool end_is_right(const struct scn_state *st, int status)
{
    if (st->kind == SCN_STATE_KILLED)
        return WIFSIGNALED(status) && WTERMSIG(status) == st->signal;
    if (!WIFEXITED(status))
        return false;
    if (st->exit_status == SCN_EXIT_ANY)
        return true;
    return st->exit_status == SCN_EXIT_NONZERO ? WEXITSTATUS(status) != 0 : WEXITSTATUS(status) == st->exit_status;
}

/* The time for it counts from when every other actor has ended (scenarios/README.md). */
static void count_from_the_end_of_others(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    if (!a->st.measuring) {
        a->st.measuring = true;
        run->exit_waiters++;
        case_settled(run);
    }
    if (run->ended + run->holding + run->exit_waiters < run->actor_count || ev_is_active(&a->deadline) ||
        a->deadline_passed)
        return;
    actor_deadline(a, limit_of(run, a, &s->within, run->deadline_default) * run->engine->options.patience);
}

static enum step_result expect_end(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct buf want = {0}, how = {0};
    int status;
    enum step_result rc = STEP_DONE;
    if (!subject_exited(run->subject, &status)) {
        count_from_the_end_of_others(a, s);
        if (!a->deadline_passed)
            return STEP_WAIT;
        double limit = limit_of(run, a, &s->within, run->deadline_default);
        run->result->unreached = arrival_lacks(run);
        struct buf activity = {0};
        subject_activity(run->subject, &activity);
        end_expected(&s->u.state, &want);
        rc = case_fail(run, a, DIAGNOSIS_HANG, "expected %s, but the subject still runs after %g s (%s)",
                       buf_text(&want), limit, buf_text(&activity));
        buf_free(&activity);
    } else if (s->u.state.or_output && WIFEXITED(status) && !end_is_right(&s->u.state, status)) {
        rc = expect_output(a, s);
    } else if (!end_is_right(&s->u.state, status)) {
        bool crashed = WIFSIGNALED(status) && s->u.state.kind != SCN_STATE_KILLED;
        end_expected(&s->u.state, &want);
        subject_describe(run->subject, &how);
        rc = case_fail(run, a, crashed ? DIAGNOSIS_CRASH : DIAGNOSIS_MISMATCH, "expected %s, but it ended with %s",
                       buf_text(&want), buf_text(&how));
        free(run->result->expected);
        free(run->result->received);
        run->result->expected = mem_dup(buf_text(&want));
        run->result->received = mem_dup(buf_text(&how));
    }
    buf_free(&want);
    buf_free(&how);
    return rc;
}

static enum step_result expect_files(struct actor *a)
{
    int now = subject_files(a->run->subject), before = a->run->files_remembered;
    if (now < 0 || before < 0) {
        case_skip(a->run, "the subject's descriptors cannot be counted from here");
        return STEP_FAILED;
    }
    if (now <= before)
        return STEP_DONE;
    a->run->files_fell |= now < a->run->files_lowest;
    if (!a->run->files_lowest || now < a->run->files_lowest)
        a->run->files_lowest = now;
    /* Slow to close them, on a loaded machine, is no leak: as long as they become fewer there is time, and they cannot
     * for ever. */
    if (a->deadline_passed && a->run->files_fell) {
        a->run->files_fell = false;
        a->deadline_passed = false;
    }
    if (a->deadline_passed)
        return case_fail(a->run, a, DIAGNOSIS_LEAK, "the subject holds %d descriptors more than before (%d, now %d)",
                         now - before, before, now);
    actor_timer(a, SLOW_PROBE_S);
    return STEP_WAIT;
}

static enum step_result expect_memory(struct actor *a, const struct scn_step *s)
{
    double limit = number_of(a->run, a, &s->u.state.number, 0);
    uint64_t peak = subject_memory_peak(a->run->subject), base = a->run->memory_base;
    double grown = peak > base ? (double)(peak - base) : 0;
    if (grown < limit)
        return STEP_DONE;
    /* A child that serves a connection still takes memory of its own, which ends with it. */
    if (!a->deadline_passed && subject_children(a->run->subject) > 0) {
        actor_timer(a, SLOW_PROBE_S);
        return STEP_WAIT;
    }
    return case_fail(a->run, a, DIAGNOSIS_LEAK, "the subject's memory grew by %.1f MB, more than %.1f MB", grown / 1e6,
                     limit / 1e6);
}

static enum step_result expect_no_children(struct actor *a)
{
    int children = subject_children(a->run->subject);
    if (children <= 0)
        return STEP_DONE;
    if (a->deadline_passed)
        return case_fail(a->run, a, DIAGNOSIS_LEAK, "the subject still has %d child process%s, zombies included",
                         children, children == 1 ? "" : "es");
    actor_timer(a, SLOW_PROBE_S);
    return STEP_WAIT;
}

enum step_result step_state(struct actor *a, const struct scn_step *s)
{
    if (!a->run->subject) {
        case_skip(a->run, "needs a subject that sockspec starts itself");
        return STEP_FAILED;
    }
    switch (s->u.state.kind) {
    case SCN_STATE_ALIVE:
        return expect_alive(a);
    case SCN_STATE_EXIT:
    case SCN_STATE_KILLED:
        return expect_end(a, s);
    case SCN_STATE_OUTPUT_IS:
    case SCN_STATE_OUTPUT_HAS:
        return expect_output(a, s);
    case SCN_STATE_FILES_UNCHANGED:
        return expect_files(a);
    case SCN_STATE_MEMORY_BELOW:
        return expect_memory(a, s);
    case SCN_STATE_CPU_BELOW:
        return step_state_cpu(a, s);
    case SCN_STATE_CHILDREN_NONE:
        return expect_no_children(a);
    case SCN_STATE_FILE:
        return step_state_file(a, s);
    }
    return STEP_FAILED;
}

void step_state_leave(struct actor *a, const struct scn_step *s)
{
    bool end = s->u.state.kind == SCN_STATE_EXIT || s->u.state.kind == SCN_STATE_KILLED;
    if (end && a->st.measuring)
        a->run->exit_waiters--;
}

void step_state_waiting(struct actor *a, const struct scn_step *s, struct buf *out)
{
    (void)a;
    static const char *const words[] = {"the subject to be alive",
                                        "the subject's exit",
                                        "the subject's death",
                                        "the subject's output",
                                        "the subject's output",
                                        "the subject to close its descriptors",
                                        "the subject's memory",
                                        "a measure of the subject's CPU time",
                                        "the subject's children to be reaped",
                                        "what the subject leaves in a file"};
    buf_puts(out, words[s->u.state.kind]);
}
