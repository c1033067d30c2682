#include "run/run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "run/instance.h"
#include "run/machine.h"
#include "run/plan.h"
#include "run/pool.h"
#include "run/repeat.h"
#include "run/root.h"
#include "run/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Cases mostly wait, so more of them than cores are run side by side by default: those of http-server against a server
 * that fails a sixth of them take 30 s with four a core, and 18 s with eight as with twelve. */
#define JOBS_PER_CORE    8
#define JOBS_DEFAULT_MAX 32
/* So many failed starts in a row, and the subject is taken to be unable to start. */
#define FAILED_STARTS 2

/* What the pool's callbacks work on. */
struct execution {
    const struct run_options *options;
    struct machine here;
    struct plan plan;
    struct worker_setup setup;
    struct scn_facts facts;
    char *tmp_dir, *root;
    int lock;
    struct run *out;
    bool *known; /* which results are there */
    uint32_t cursor;
    size_t finished;
    unsigned failed_starts;
    bool gave_up;
    run_progress *progress;
    void *data;
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

static int choose_kind(const struct run_options *o, struct worker_setup *setup, struct err *e)
{
    enum scn_role role = o->profile ? o->profile->role : SCN_ROLE_NONE;
    setup->kind = WORKER_ALONE;
    if (role == SCN_ROLE_NONE && (o->argv || o->at || o->listen))
        return err_set(e, 0, "nothing here plays against a subject: no command, --at or --listen is wanted");
    if (role == SCN_ROLE_SERVER) {
        if (o->listen)
            return err_set(e, 0, "--listen is for clients, and %s is a server's profile", o->profile->name);
        if (!o->at == !o->argv)
            return err_set(e, 0, "%s wants a server: either its command after --, or --at HOST:PORT", o->profile->name);
        setup->kind = o->at ? WORKER_AT : WORKER_SERVER;
    } else if (role == SCN_ROLE_CLIENT) {
        if (o->at)
            return err_set(e, 0, "--at is for servers, and %s is a client's profile", o->profile->name);
        if (!o->listen == !o->argv)
            return err_set(e, 0, "%s wants a client: either its command after --, or --listen HOST:PORT",
                           o->profile->name);
        setup->kind = o->listen ? WORKER_LISTEN : WORKER_CLIENT;
    }
    if (o->restart && setup->kind != WORKER_AT)
        return err_set(e, 0, "--restart goes with --at");
    if (o->at)
        return renew_place_parse(&setup->place, o->at, "--at", o->allow_remote, e);
    if (o->listen)
        return renew_place_parse(&setup->place, o->listen, "--listen", o->allow_remote, e);
    return 0;
}

/* Whether a program of that name can be executed: as a path, or along PATH. */
static bool program_exists(const char *name)
{
    const char *path = getenv("PATH");
    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    for (const char *at = path ? path : "/bin:/usr/bin";; at++) {
        size_t len = strcspn(at, ":");
        char *full = mem_printf("%.*s/%s", (int)len, len ? at : ".", name);
        bool found = access(full, X_OK) == 0;
        free(full);
        if (found)
            return true;
        at += len;
        if (!*at)
            return false;
    }
}

static int check_command(const struct execution *x, struct err *e)
{
    const struct run_options *o = x->options;
    /* Stands for each value that is not known yet: it is the names that are checked. */
    const struct names any = {.host = "127.0.0.1",
                              .port = 1,
                              .socket = "socket",
                              .root = "root",
                              .dir = "dir",
                              .facts = o->facts,
                              .servers = x->setup.kind == WORKER_CLIENT};
    if (!o->argv)
        return 0;
    if (!o->argv[0] || !*o->argv[0])
        return err_set(e, 0, "the command after -- is empty");
    char **words = names_expand_words(o->argv, &any, e);
    if (!words)
        return -1;
    int result = 0;
    if (!names_in(o->argv[0], "dir") && !names_in(o->argv[0], "root") && !program_exists(words[0]))
        result =
            err_set(e, ENOENT, strchr(words[0], '/') ? "cannot execute '%s'" : "cannot find the program '%s' in PATH",
                    words[0]);
    names_free(words);
    return result;
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
        machine_lacks(&x->here, "network-namespace"))
        jobs = 1;
    return jobs;
}

/* --- results -------------------------------------------------------------------------------------------- */

static bool is_trouble(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_FLAKY || v == VERDICT_ERROR;
}

/* Takes over what `r` holds. */
static void keep(struct execution *x, uint32_t index, struct result *r)
{
    struct result *to = &x->out->results[index];
    if (r->verdict != VERDICT_PASS && r->verdict != VERDICT_SKIP && !r->repeat)
        r->repeat = repeat_line(x->options, r);
    if (x->known[index])
        result_clear(to);
    else
        x->finished++;
    *to = *r;
    x->known[index] = true;
    if (x->progress)
        x->progress(x->data, x->finished, x->plan.count, to);
}

static void keep_error(struct execution *x, uint32_t index, char *message)
{
    struct result r = {0};
    plan_describe(&x->plan.cases[index], &r);
    r.verdict = VERDICT_ERROR;
    r.message = message;
    keep(x, index, &r);
}

static void keep_skips(struct execution *x)
{
    for (size_t i = 0; i < x->plan.count; i++) {
        if (!x->plan.cases[i].skip)
            continue;
        struct result r = {0};
        plan_describe(&x->plan.cases[i], &r);
        r.verdict = VERDICT_SKIP;
        r.message = mem_dup(x->plan.cases[i].skip);
        keep(x, (uint32_t)i, &r);
    }
}

/* Cases that were never run after the subject had failed to start twice get the last start's error. */
static void keep_unstarted(struct execution *x, uint32_t last)
{
    const struct result *why = &x->out->results[last];
    for (size_t i = 0; i < x->plan.count; i++)
        if (!x->known[i])
            keep_error(x, (uint32_t)i, mem_dup(why->message)); /* without the output: said once is enough */
}

/* Moves the results that are there together, in the order of the plan. */
static void drop_unknown(struct execution *x)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->plan.count; i++)
        if (x->known[i])
            x->out->results[kept++] = x->out->results[i];
    x->out->count = kept;
}

/* --- what the pool asks --------------------------------------------------------------------------------- */

static bool next_case(void *data, uint32_t *index)
{
    struct execution *x = data;
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
        keep_error(x, index, mem_dup("the worker sent a result that cannot be read"));
        return POOL_GO_ON;
    }
    if (reply[0] & WORKER_STARTED)
        x->failed_starts = 0;
    if (reply[0] & WORKER_NOT_STARTED)
        x->failed_starts++;
    enum verdict verdict = r.verdict;
    keep(x, index, &r);
    if (x->failed_starts >= FAILED_STARTS && !x->gave_up) {
        x->gave_up = true;
        keep_unstarted(x, index);
        return POOL_STOP;
    }
    return x->options->until_fail && is_trouble(verdict) ? POOL_STOP : POOL_GO_ON;
}

static enum pool_next case_died(void *data, uint32_t index, int status)
{
    struct execution *x = data;
    char *how = WIFSIGNALED(status) ? mem_printf("SIG%s", sigabbrev_np(WTERMSIG(status)))
                                    : mem_printf("exit status %d", WEXITSTATUS(status));
    keep_error(x, index, mem_printf("the worker died (%s)", how));
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

static int prepare(struct execution *x, struct err *e)
{
    const struct run_options *o = x->options;
    if (choose_kind(o, &x->setup, e) < 0 || check_command(x, e) < 0)
        return -1;
    const struct plan_machine here = {machine_lacks, &x->here};
    machine_init(&x->here, o->isolation, o->host_net, o->at || o->listen);
    if (plan_make(&x->plan, o, &here, e) < 0)
        return -1;
    if (x->plan.runnable == 0)
        return 0;
    if (root_temp_make(&x->tmp_dir, &x->lock, e) < 0)
        return -1;
    if (o->facts)
        scn_facts_merge(&x->facts, o->facts);
    if (instance_uses(o, "root")) {
        x->root = mem_printf("%s/root", x->tmp_dir);
        if (root_documents_make(x->root, o->engine.seed, e) < 0)
            return -1;
        scn_facts_set(&x->facts, "root", x->root);
    }
    return 0;
}

static int run_pool(struct execution *x, struct err *e)
{
    const struct pool_spec spec = {.workers = choose_jobs(x),
                                   .data = x,
                                   .next = next_case,
                                   .done = case_done,
                                   .died = case_died,
                                   .work = be_worker};
    x->setup.options = x->options;
    x->setup.plan = &x->plan;
    x->setup.facts = &x->facts;
    x->setup.tmp_dir = x->tmp_dir;
    x->setup.root = x->root;
    return pool_run(&spec, &x->out->interrupted, e);
}

static void clean_up(struct execution *x)
{
    if (x->tmp_dir)
        root_remove(x->tmp_dir);
    if (x->lock >= 0)
        close(x->lock);
    free(x->tmp_dir);
    free(x->root);
    free(x->known);
    scn_facts_free(&x->facts);
    plan_free(&x->plan);
}

static int execute(struct execution *x, struct err *e)
{
    int result = prepare(x, e);
    if (result == 0) {
        x->out->results = mem_new(x->plan.count, sizeof(*x->out->results));
        x->known = mem_new(x->plan.count, sizeof(*x->known));
        keep_skips(x);
        if (x->plan.runnable > 0)
            result = run_pool(x, e);
        drop_unknown(x);
    }
    clean_up(x);
    return result;
}

/* Signals that end a run, blocked for all of it: they are waited for where it waits, and nothing is left behind
 * anywhere else. */
static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

int run_execute(const struct run_options *options, run_progress *progress, void *data, struct run *out, struct err *e)
{
    struct execution x = {.options = options, .lock = -1, .out = out, .progress = progress, .data = data};
    sigset_t ending, before;
    uint64_t begin = clock_us();
    *out = (struct run){.profile = options->profile ? options->profile->name : NULL,
                        .subject = options->subject_name,
                        .seed = options->engine.seed,
                        .machine = machine(),
                        .shard = options->shard,
                        .shards = options->shards};
    ending_signals(&ending);
    sigprocmask(SIG_BLOCK, &ending, &before);
    run_sweep();
    int result = execute(&x, e);
    /* One that came too late for the pool must not kill us now that the reports are due. */
    while (sigtimedwait(&ending, NULL, &(struct timespec){0}) > 0)
        out->interrupted = true;
    sigprocmask(SIG_SETMASK, &before, NULL);
    out->seconds = (double)(clock_us() - begin) / 1e6;
    if (result < 0)
        run_free(out);
    return result;
}
