#include "run/run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "run/before.h"
#include "run/files.h"
#include "run/held.h"
#include "run/instance.h"
#include "run/ledger.h"
#include "run/machine.h"
#include "run/plan.h"
#include "run/pool.h"
#include "run/reach.h"
#include "run/root.h"
#include "run/worker.h"
#include "subject/processes.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Cases mostly wait, so more of them than cores are run side by side by default: those of http-server against a server
 * that fails a sixth of them take 30 s with four a core, and 18 s with eight as with twelve. */
#define JOBS_PER_CORE    8
#define JOBS_DEFAULT_MAX 32

/* What the pool's callbacks work on. */
struct execution {
    const struct run_options *options;
    struct machine here;
    struct plan plan;
    struct worker_setup setup;
    struct scn_facts facts;
    char *tmp_dir, *root;
    int lock;
    bool adopts;             /* we are a subreaper for the time of the run */
    struct processes elders; /* our children before it */
    struct ledger ledger;
    struct reach reach;
    char place[PLACE_TEXT];
    struct held_list unreached; /* held back until it is known whether anybody was there (reach.h) */
    struct held_list late;      /* our lateness explains why they failed */
    struct held_list *again;    /* whose cases are run once more; NULL: those of the plan are run */
    uint32_t cursor;
};

void run_sweep(void)
{
    root_sweep(root_parent());
}

void run_free(struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        result_clear(&r->results[i]);
    free(r->results);
    free(r->machine);
    free(r->notice);
    free(r->stopped);
    *r = (struct run){0};
}

/* --- what can be known before anything is started ------------------------------------------------------- */

static int cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static char *machine(void)
{
    struct utsname u;
    int n = cores();
    uname(&u);
    return mem_printf("%s %s %s, %d core%s", u.sysname, u.release, u.machine, n, n == 1 ? "" : "s");
}

/* --- how many side by side ------------------------------------------------------------------------------ */

static int choose_jobs(struct execution *x)
{
    const struct run_options *o = x->options;
    const char *instances = o->facts ? scn_facts_get(o->facts, "instances") : NULL;
    int jobs = o->jobs > 0 ? o->jobs : cores() * JOBS_PER_CORE;
    double most;
    if (o->jobs <= 0 && jobs > JOBS_DEFAULT_MAX)
        jobs = JOBS_DEFAULT_MAX;
    if (instances && scn_number_parse(instances, SCN_UNIT_COUNT, &most) == 0 && most >= 1) {
        if (jobs > most)
            jobs = (int)most;
    } else if (x->setup.kind == WORKER_AT || x->setup.kind == WORKER_LISTEN) {
        jobs = 1;
    }
    if (x->setup.kind == WORKER_LISTEN) /* one port, one listener */
        jobs = 1;
    if (jobs > POOL_WORKERS_MAX)
        jobs = POOL_WORKERS_MAX;
    if ((size_t)jobs > x->plan.runnable)
        jobs = (int)x->plan.runnable;
    /* Servers that all open the same port of their own choice cannot share a network. */
    if (jobs > 1 && x->setup.kind == WORKER_SERVER && instance_port_is_its_own(o) &&
        machine_lacks(&x->here, SCN_HAS_NETWORK_NAMESPACE))
        jobs = 1;
    return jobs;
}

/* --- results -------------------------------------------------------------------------------------------- */

static bool is_trouble(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_FLAKY || v == VERDICT_ERROR;
}

/* Nobody will be asked again: they are what they are. `told`: a sentence has been said of all of them. */
static void release(struct execution *x, bool told)
{
    for (size_t i = 0; i < x->unreached.count; i++) {
        struct held *h = &x->unreached.items[i];
        reach_give_up(&h->result);
        if (!told)
            ledger_keep(&x->ledger, h->index, &h->result);
    }
    held_clear(&x->unreached);
}

/* Our lateness may be why it failed: nothing is known of the rule. */
static void give_up_late(struct result *r)
{
    char *message = mem_printf("%s; %s", r->late, r->message ? r->message : "no more is known");
    free(r->message);
    r->message = message;
    r->verdict = VERDICT_INCONCLUSIVE;
    r->unconfirmed = false;
}

/* --- what the pool asks --------------------------------------------------------------------------------- */

static bool next_case(void *data, uint32_t *index)
{
    struct execution *x = data;
    if (x->again)
        return held_next(x->again, index);
    for (;;) {
        if (x->cursor == x->plan.count) {
            if (!x->options->until_fail)
                return false;
            x->cursor = 0;
        }
        if (!x->plan.cases[x->plan.order[x->cursor]].skip)
            break;
        x->cursor++;
    }
    *index = x->plan.order[x->cursor++];
    return true;
}

static enum pool_next case_done(void *data, uint32_t index, const char *reply, size_t len)
{
    struct execution *x = data;
    struct result r = {0};
    if (len < 1 || result_unpack(&r, reply + 1, len - 1) < 0) {
        result_clear(&r);
        ledger_keep_error(&x->ledger, index, mem_dup("the worker sent a result that cannot be read"));
        return POOL_GO_ON;
    }
    const struct reach_news news = {.started = reply[0] & WORKER_STARTED,
                                    .not_started = reply[0] & WORKER_NOT_STARTED,
                                    .deserted = reply[0] & WORKER_DESERTED,
                                    .not_come = reply[0] & WORKER_NOT_COME};
    enum reach_next next = reach_take(&x->reach, &news, &r);
    bool may_hold = !x->options->until_fail;
    if (next == REACH_HOLD && !x->again && may_hold) {
        held_add(&x->unreached, index, &r);
        return POOL_GO_ON;
    }
    if (next == REACH_HOLD)
        reach_give_up(&r);
    bool late = next == REACH_KEEP && reply[0] & WORKER_LATE && r.late;
    if (late && x->again != &x->late && may_hold) {
        held_add(&x->late, index, &r);
        return POOL_GO_ON;
    }
    if (late)
        give_up_late(&r);
    enum verdict verdict = r.verdict;
    ledger_keep(&x->ledger, index, &r);
    return next == REACH_STOP || (x->options->until_fail && is_trouble(verdict)) ? POOL_STOP : POOL_GO_ON;
}

static enum pool_next case_died(void *data, uint32_t index, int status)
{
    struct execution *x = data;
    char *how = WIFSIGNALED(status) ? mem_printf("SIG%s", sigabbrev_np(WTERMSIG(status)))
                                    : mem_printf("exit status %d", WEXITSTATUS(status));
    ledger_keep_error(&x->ledger, index, mem_printf("the worker died (%s)", how));
    free(how);
    return x->options->until_fail ? POOL_STOP : POOL_GO_ON;
}

static void be_worker(void *data, int number, int socket)
{
    struct execution *x = data;
    close(x->lock); /* the directory is the parent's: a worker that outlives it by a moment must not keep it from the
                       sweep */
    x->lock = -1;
    worker_run(&x->setup, number, socket);
}

/* --- the run -------------------------------------------------------------------------------------------- */

/*
 * Subjects without namespaces of their own could kill their init and their worker and live on: whoever is left alone
 * comes to us, as long as the run lasts, and is ended with it. Not where a server is somebody else's to start and stop.
 */
static void adopt_orphans(struct execution *x)
{
    if (x->setup.kind != WORKER_SERVER && x->setup.kind != WORKER_CLIENT)
        return;
    x->adopts = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
    processes_children(&x->elders);
}

static void end_orphans(struct execution *x)
{
    if (x->adopts) {
        processes_hunt(&x->elders);
        prctl(PR_SET_CHILD_SUBREAPER, 0);
    }
    processes_free(&x->elders);
}

static int prepare(struct execution *x, struct err *e)
{
    const struct run_options *o = x->options;
    if (before_kind(o, &x->setup, e) < 0 || before_command(o, &x->setup, e) < 0)
        return -1;
    char *notice;
    if (files_for_workers(1, &notice, e) < 0) /* before the machine is tried, which would seem to lack everything */
        return -1;
    const struct plan_machine here = {machine_lacks, &x->here};
    machine_init(&x->here, o->isolation, o->host_net, o->at || o->listen);
    if (plan_make(&x->plan, o, &here, e) < 0)
        return -1;
    if (x->plan.runnable == 0)
        return 0;
    if (o->at)
        place_text(&x->setup.place, x->place);
    adopt_orphans(x);
    if (before_server(o, &x->setup, e) < 0 || root_temp_make(&x->tmp_dir, &x->lock, e) < 0)
        return -1;
    if (o->facts)
        scn_facts_merge(&x->facts, o->facts);
    if (instance_uses(o, "root")) {
        x->root = mem_printf("%s/root", x->tmp_dir);
        if (root_documents_make(x->root, o->engine.seed, e) < 0)
            return -1;
        scn_facts_set(&x->facts, "root", x->root);
    }
    x->setup.options = o;
    x->setup.plan = &x->plan;
    x->setup.facts = &x->facts;
    x->setup.tmp_dir = x->tmp_dir;
    x->setup.root = x->root;
    x->reach = (struct reach){.place = x->setup.kind == WORKER_CLIENT ? "its server" : x->place,
                              .nameless = x->setup.kind == WORKER_CLIENT && !instance_uses(o, "url") &&
                                          !instance_uses(o, "port") && !instance_uses(o, "socket")};
    return 0;
}

/* `alone`: with one worker, so that no other case makes it late. */
static int run_pool(struct execution *x, bool alone, struct err *e)
{
    struct run *out = x->ledger.out;
    free(out->notice);
    int workers = files_for_workers(alone ? 1 : choose_jobs(x), &out->notice, e);
    if (workers < 0)
        return -1;
    const struct pool_spec spec = {
        .workers = workers, .data = x, .next = next_case, .done = case_done, .died = case_died, .work = be_worker};
    return pool_run(&spec, &out->interrupted, e);
}

static int run_again(struct execution *x, struct held_list *list, bool alone, struct err *e)
{
    x->again = list;
    return run_pool(x, alone, e);
}

/* Those that nobody has tried again, as they are. */
static void keep_late(struct execution *x)
{
    uint32_t index;
    while (held_next(&x->late, &index)) {
        struct result *r = &x->late.items[x->late.next - 1].result;
        give_up_late(r);
        ledger_keep(&x->ledger, index, r);
    }
    held_clear(&x->late);
}

/* All cases; then those once more that reached nobody while others have, and those that failed while we were late. */
static int run_cases(struct execution *x, struct err *e)
{
    const struct run *out = x->ledger.out;
    int result = run_pool(x, false, e);
    bool over = result < 0 || out->interrupted || x->reach.stopped;
    if (!over && x->unreached.count && (x->reach.come || x->setup.kind == WORKER_SERVER)) {
        x->setup.client_comes = true;
        result = run_again(x, &x->unreached, false, e);
        held_clear(&x->unreached);
        over = result < 0 || out->interrupted || x->reach.stopped;
    }
    if (!over && x->late.count)
        result = run_again(x, &x->late, true, e);
    keep_late(x);
    release(x, x->reach.stopped != NULL);
    return result;
}

static void clean_up(struct execution *x)
{
    end_orphans(x);
    if (x->tmp_dir)
        root_remove(x->tmp_dir);
    if (x->lock >= 0)
        close(x->lock);
    free(x->tmp_dir);
    free(x->root);
    reach_free(&x->reach);
    scn_facts_free(&x->facts);
    plan_free(&x->plan);
}

static int execute(struct execution *x, struct run *out, run_progress *progress, void *data, struct err *e)
{
    int result = prepare(x, e);
    if (result == 0) {
        ledger_open(&x->ledger, x->options, &x->plan, out, progress, data);
        if (x->plan.runnable > 0)
            result = run_cases(x, e);
        ledger_close(&x->ledger);
        out->stopped = x->reach.stopped;
        x->reach.stopped = NULL;
    }
    clean_up(x);
    return result;
}

int run_execute(const struct run_options *options, run_progress *progress, void *data, struct run *out, struct err *e)
{
    struct execution x = {.options = options, .lock = -1};
    sigset_t ending, before;
    uint64_t begin = clock_us();
    *out = (struct run){.profile = options->profile ? options->profile->name : NULL,
                        .subject = options->subject_name,
                        .seed = options->engine.seed,
                        .machine = machine(),
                        .shard = options->shard,
                        .shards = options->shards};
    /* Blocked for all of it: they are waited for where it waits, and nothing is left behind anywhere else. */
    pool_signals(&ending);
    sigprocmask(SIG_BLOCK, &ending, &before);
    run_sweep();
    int result = execute(&x, out, progress, data, e);
    /* One that came too late for the pool must not kill us now that the reports are due. */
    while (sigtimedwait(&ending, NULL, &(struct timespec){0}) > 0)
        out->interrupted = true;
    sigprocmask(SIG_SETMASK, &before, NULL);
    out->seconds = (double)(clock_us() - begin) / 1e6;
    if (result < 0)
        run_free(out);
    return result;
}
