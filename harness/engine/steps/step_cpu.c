/*
 * expect cpu below: a measure of whether the subject does nothing while it has nothing to do.
 */
#include "engine/steps/step.h"

#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"

/*
 * A program that spins on a loaded machine is ready to run nearly all of the time, and runs for a good part of it; or
 * for what it gets, and never waits for anything. One that only wakes often is ready as long there, but runs next to
 * nothing and sleeps each time.
 */
#define READY_PERCENT          90
#define READY_RUNS_PERCENT     10
#define SLEEPLESS_RUNS_PERCENT 1
#define SLEEPLESS_MAX          2
/* One that logs each of its futile rounds sleeps when the pipe is full, which a loaded harness is slow to empty: bytes
 * a second that nobody with nothing to do has to say. */
#define IDLE_OUTPUT_PER_S (128 * 1024)

/* Less than before: a process has ended meanwhile and took its share along. */
static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* Load takes processor time from a program and never gives it any: no false alarm can come of it. */
enum step_result step_state_cpu(struct actor *a, const struct scn_step *s)
{
    const struct subject *subject = a->run->subject;
    double span = number_of(a->run, a, &s->u.state.duration, 1);
    double limit = number_of(a->run, a, &s->u.state.number, 50);
    if (!a->st.measuring) {
        a->st.measuring = true;
        subject_load(subject, &a->st.load);
        a->st.queue_since = (double)clock_us() / 1e6;
        actor_timer(a, span);
        return STEP_WAIT;
    }
    if (!a->timer_fired)
        return STEP_WAIT;
    struct subject_load now;
    subject_load(subject, &now);
    double passed = (double)clock_us() / 1e6 - a->st.queue_since;
    double ran = (double)grown(now.ran_us, a->st.load.ran_us) / 1e4 / passed;
    double ready = ran + (double)grown(now.queued_us, a->st.load.queued_us) / 1e4 / passed;
    bool sleepless = ran >= SLEEPLESS_RUNS_PERCENT && grown(now.sleeps, a->st.load.sleeps) <= SLEEPLESS_MAX;
    if (ran >= limit)
        return case_fail(a->run, a, DIAGNOSIS_SPIN, "the subject used %.0f%% of a core for %g s with nothing to do",
                         ran, span);
    if (ready >= READY_PERCENT && ready >= limit && (ran >= READY_RUNS_PERCENT || sleepless))
        return case_fail(a->run, a, DIAGNOSIS_SPIN,
                         "the subject was ready to run %.0f%% of %g s with nothing to do, and got %.0f%% of a core",
                         ready, span, ran);
    uint64_t written = grown(now.written, a->st.load.written);
    if ((double)written > IDLE_OUTPUT_PER_S * passed)
        return case_fail(a->run, a, DIAGNOSIS_SPIN, "the subject wrote %.0f KB of output in %.2g s with nothing to do",
                         (double)written / 1e3, passed);
    return STEP_DONE;
}
