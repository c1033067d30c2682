#include "run/worker.h"

#include "base/mem.h"
#include "run/worker_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- from order to reply -------------------------------------------------------------------------------- */

/* Runs of thousands of cases pass: what no report says of a pass is not kept. */
static void slim(struct result *r)
{
    if (r->verdict != VERDICT_PASS)
        return;
    char **unused[] = {&r->why, &r->source, &r->title, &r->sentence};
    for (size_t i = 0; i < sizeof(unused) / sizeof(*unused); i++) {
        free(*unused[i]);
        *unused[i] = NULL;
    }
}

static int answer(struct worker *w, uint32_t index)
{
    struct result r = {0};
    worker_case(w, index, &r);
    if (w->interrupted) { /* what was cut off says nothing */
        result_clear(&r);
        return -1;
    }
    if (confirm_is_late(&r))
        w->flags |= WORKER_LATE;
    slim(&r);
    buf_clear(&w->reply);
    buf_putc(&w->reply, (char)w->flags);
    result_pack(&w->reply, &r);
    result_clear(&r);
    w->flags = 0;
    return pool_worker_reply(&w->orders, index, w->reply.data, w->reply.len);
}

void worker_amend(struct worker *w, uint32_t index, struct result *r)
{
    struct buf reply = {0};
    slim(r);
    buf_putc(&reply, 0); /* of the flags none: they are the next reply's */
    result_pack(&reply, r);
    result_clear(r);
    pool_worker_amend(&w->orders, index, reply.data, reply.len);
    buf_free(&reply);
}

/* --- the process ---------------------------------------------------------------------------------------- */

static void on_orders(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)watcher;
    (void)events;
}

static void on_term(struct ev_loop *loop, ev_signal *watcher, int events)
{
    struct worker *w = watcher->data;
    (void)loop;
    (void)events;
    w->interrupted = true;
    engine_interrupt(w->engine);
}

static void work(struct worker *w)
{
    for (uint32_t index; !w->interrupted;) {
        int got = pool_worker_next(&w->orders, &index);
        if (got < 0)
            worker_death_last(w);
        if (got < 0 || (got > 0 && answer(w, index) < 0))
            return;
        if (got == 0) {
            ev_io_start(w->loop, &w->orders_watcher);
            ev_run(w->loop, EVRUN_ONCE);
            ev_io_stop(w->loop, &w->orders_watcher);
        }
    }
}

/*
 * A server with a port of its own choice gets no fresh one when it is renewed, and many do not set SO_REUSEADDR: in a
 * network of our own connections need not linger in TIME_WAIT. Where this cannot be set the start fails and says so.
 * Our own servers get a port a case: ten thousand of those in TIME_WAIT make each bind() search for long.
 */
static void forget_time_wait(void)
{
    int fd = open("/proc/sys/net/ipv4/tcp_max_tw_buckets", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "0", 1) != 1) {
        /* nothing to be done about it */
    }
    close(fd);
}

static int enter_sandbox(struct worker *w, enum isolation *got, struct err *e)
{
    bool foreign = w->setup->kind == WORKER_AT || w->setup->kind == WORKER_LISTEN;
    bool host_net = w->options->host_net || foreign;
    if (sandbox_enter(foreign ? ISOLATION_PROCESS : w->options->isolation, host_net, got, e) < 0)
        return -1;
    bool own_port = w->setup->kind == WORKER_SERVER && instance_port_is_its_own(w->options);
    bool we_serve = w->setup->kind == WORKER_ALONE || w->setup->kind == WORKER_CLIENT;
    if (!host_net && *got != ISOLATION_PROCESS && (own_port || we_serve))
        forget_time_wait();
    return 0;
}

static void enter_surroundings(struct worker *w)
{
    char *dir = mem_printf("%s/names", w->tmp_dir);
    surroundings_enter(&w->surroundings, w->loop, dir);
    free(dir);
}

static int set_up(struct worker *w, int number, struct err *e)
{
    enum isolation got;
    bool starts_subjects = w->setup->kind == WORKER_SERVER || w->setup->kind == WORKER_CLIENT;
    w->tmp_dir = mem_printf("%s/w%d", w->setup->tmp_dir, number);
    if (mkdir(w->tmp_dir, 0755) < 0 && errno != EEXIST)
        return err_errno(e, errno, "cannot make %s", w->tmp_dir);
    if (starts_subjects)
        surroundings_prepare(&w->surroundings, w->setup->tmp_dir);
    if (enter_sandbox(w, &got, e) < 0)
        return -1;
    w->client_comes = w->setup->client_comes;
    scn_facts_merge(&w->facts, w->setup->facts);
    scn_facts_set(&w->facts, "dir", w->tmp_dir);
    const struct names names = {.root = w->setup->root, .dir = w->tmp_dir, .facts = &w->facts};
    if (w->setup->kind == WORKER_CLIENT && instance_files(w->options, &names, e) < 0)
        return -1;
    /* Not the default loop: that one reaps every child, and the subject's are the subject's to wait for. */
    w->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!w->loop)
        return err_set(e, errno, "cannot make an event loop");
    if (starts_subjects && got != ISOLATION_PROCESS && !w->options->host_net)
        enter_surroundings(w);
    struct engine_options options = w->options->engine;
    options.isolation = got;
    options.start_timeout = w->options->start_timeout;
    options.host_net = w->options->host_net;
    options.tmp_dir = w->tmp_dir;
    options.temp = w->surroundings.temp;
    w->engine = engine_new(w->loop, &options);
    w->launcher = (struct launcher){.loop = w->loop,
                                    .options = w->options,
                                    .facts = w->setup->facts,
                                    .isolation = got,
                                    .shared_net = w->options->host_net || got == ISOLATION_PROCESS,
                                    .tmp_dir = w->tmp_dir,
                                    .temp = w->surroundings.temp,
                                    .number = number,
                                    .engine = w->engine,
                                    .root = w->setup->root,
                                    .interrupted = &w->interrupted};
    ev_io_init(&w->orders_watcher, on_orders, w->orders.socket, EV_READ);
    ev_signal_init(&w->term_watcher, on_term, SIGTERM);
    w->term_watcher.data = w;
    ev_signal_start(w->loop, &w->term_watcher);
    sigset_t term; /* blocked until there was somebody to hear it; libev leaves that to us */
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    ev_unref(w->loop); /* it alone must not keep a loop running that has nothing to do */
    return 0;
}

static void tear_down(struct worker *w)
{
    instance_stop(&w->instance);
    if (w->engine)
        engine_free(w->engine);
    surroundings_free(&w->surroundings);
    if (w->loop) {
        ev_ref(w->loop);
        ev_signal_stop(w->loop, &w->term_watcher);
        ev_loop_destroy(w->loop);
    }
    scn_facts_free(&w->facts);
    buf_free(&w->reply);
    result_clear(&w->blamed);
    pool_worker_free(&w->orders);
    free(w->tmp_dir);
}

void worker_run(void *setup, int number, int socket)
{
    struct err e = {0};
    struct worker *w = mem_new(1, sizeof(*w));
    w->setup = setup;
    w->options = w->setup->options;
    w->orders.socket = socket;
    if (set_up(w, number, &e) < 0)
        pool_worker_refuse(&w->orders, &e);
    else
        work(w);
    tear_down(w);
    free(w);
}
