#include "run/instance.h"

#include "base/clock.h"
#include "base/mem.h"
#include "run/root.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* In a network of its own any port is free. Each instance gets the next one, since the connections of the one before
 * may linger in TIME_WAIT and a server without SO_REUSEADDR could not bind; below the ephemeral ports of the sandbox
 * (28100). Each worker begins in a band of its own: programs name files, semaphores and abstract sockets by their port,
 * and not all of these are private. */
#define PORT_FIRST 8080
#define PORT_COUNT 20000
#define PORT_BANDS 64
/* Others may take a port between our looking for a free one and the server's bind. */
#define PORT_TRIES 4
/* A server that cleans up after itself on SIGTERM may do so this long, in seconds. */
#define STOP_GRACE 0.2
/* subject_start watches its own time limit; this much later, in seconds, it is taken to have failed at that. */
#define GUARD 5.0

static bool text_uses(const struct scn_text *text, const char *name)
{
    for (size_t i = 0; i < text->count; i++)
        if (text->parts[i].kind == SCN_PART_NAME && strcmp(text->parts[i].bytes, name) == 0)
            return true;
    return false;
}

bool instance_uses(const struct run_options *o, const char *name)
{
    if (names_used(o->argv, name))
        return true;
    for (size_t i = 0; i < o->file_count; i++)
        if (text_uses(&o->files[i].text, name))
            return true;
    return false;
}

bool instance_port_is_its_own(const struct run_options *o)
{
    return !instance_uses(o, "port") && !instance_uses(o, "url") && !instance_uses(o, "socket");
}

static enum subject_transport transport(const struct run_options *o)
{
    switch (o->profile->transport) {
    case SCN_UDP:
    case SCN_UDP6:
        return SUBJECT_UDP;
    case SCN_UNIX_STREAM:
    case SCN_UNIX_DGRAM:
    case SCN_UNIX_SEQPACKET:
        return SUBJECT_UNIX;
    default:
        return SUBJECT_TCP;
    }
}

static bool is_v6(const struct run_options *o)
{
    return o->profile->transport == SCN_TCP6 || o->profile->transport == SCN_UDP6;
}

/* --- ports ---------------------------------------------------------------------------------------------- */

/* Binds a fresh socket to `port` (0: any) on loopback and gives the port back. Returns it, or -1 (errno). */
static int try_port(const struct run_options *o, int port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    struct sockaddr *sa = is_v6(o) ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t len = is_v6(o) ? sizeof(v6) : sizeof(v4);
    int type = transport(o) == SUBJECT_UDP ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(sa->sa_family, type | SOCK_CLOEXEC, 0), result = -1;
    if (fd < 0)
        return -1;
    if (bind(fd, sa, len) == 0 && getsockname(fd, sa, &len) == 0)
        result = ntohs(is_v6(o) ? v6.sin6_port : v4.sin_port);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static int choose_port(const struct launcher *l, struct err *e)
{
    if (transport(l->options) == SUBJECT_UNIX || instance_port_is_its_own(l->options))
        return 0;
    if (!l->shared_net)
        return PORT_FIRST +
               (int)((l->started + (unsigned)l->number % PORT_BANDS * (PORT_COUNT / PORT_BANDS)) % PORT_COUNT);
    int port = try_port(l->options, 0);
    return port > 0 ? port : err_errno(e, errno, "no free port");
}

/* --- the directory and what is in it -------------------------------------------------------------------- */

static int write_file(const char *path, const char *data, size_t len, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    ssize_t n = fd < 0 ? -1 : write(fd, data, len);
    if (fd >= 0)
        close(fd);
    if (n < 0 || (size_t)n != len)
        return err_errno(e, n < 0 ? errno : ENOSPC, "cannot write %s", path);
    return 0;
}

static int make_file(const char *dir, const struct scn_config_file *file, const struct names *names, struct err *e)
{
    struct buf text = {0};
    if (!*file->name || strchr(file->name, '/') || strcmp(file->name, "..") == 0)
        return err_set(e, EINVAL, "the subject's file \"%s\" must have a plain name", file->name);
    char *path = mem_printf("%s/%s", dir, file->name);
    unlink(path); /* a worker in the place of one that died finds that one's files */
    int done = names_expand_text(&text, &file->text, names, e);
    if (done == 0)
        done = write_file(path, buf_text(&text), text.len, e);
    buf_free(&text);
    free(path);
    return done;
}

int instance_files(const struct run_options *o, const struct names *names, struct err *e)
{
    for (size_t i = 0; i < o->file_count; i++)
        if (make_file(names->dir, &o->files[i], names, e) < 0)
            return -1;
    return 0;
}

static int make_dir(struct launcher *l, struct instance *in, struct err *e)
{
    bool local = transport(l->options) == SUBJECT_UNIX;
    if (!local && l->options->file_count == 0 && !instance_uses(l->options, "dir") &&
        !instance_uses(l->options, "socket"))
        return 0;
    in->dir = mem_printf("%s/i%u", l->tmp_dir, l->started);
    in->socket = mem_printf("%s/socket", in->dir);
    if (local && strlen(in->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return err_set(e, ENAMETOOLONG, "%s is too long for an AF_UNIX socket; set TMPDIR to a shorter path",
                       in->socket);
    if (mkdir(in->dir, 0755) < 0 || chmod(in->dir, 0755) < 0)
        return err_errno(e, errno, "cannot make %s", in->dir);
    return 0;
}

/* Directory, files and words of a fresh instance. */
static int prepare(struct launcher *l, struct instance *in, struct err *e)
{
    in->port = choose_port(l, e);
    if (in->port < 0 || make_dir(l, in, e) < 0)
        return -1;
    l->started++;
    const struct names names = {.host = is_v6(l->options) ? "::1" : "127.0.0.1",
                                .port = in->port,
                                .socket = in->socket,
                                .root = l->root,
                                .dir = in->dir,
                                .facts = l->facts};
    if (instance_files(l->options, &names, e) < 0)
        return -1;
    in->words = names_expand_words(l->options->argv, &names, e);
    return in->words ? 0 : -1;
}

/* --- starting and stopping ------------------------------------------------------------------------------ */

/* The loop's turn is over after each event, which is all we want. */
static void on_change(struct subject *s, void *data)
{
    (void)s;
    (void)data;
}

static void on_guard(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    *(bool *)timer->data = true;
}

static void await_ready(struct launcher *l, struct subject *s)
{
    bool late = false;
    ev_timer guard;
    ev_timer_init(&guard, on_guard, l->options->start_timeout + GUARD, 0.);
    guard.data = &late;
    ev_now_update(l->loop);
    ev_timer_start(l->loop, &guard);
    while (subject_state(s) == SUBJECT_STARTING && !late && !*l->interrupted)
        ev_run(l->loop, EVRUN_ONCE);
    ev_timer_stop(l->loop, &guard);
}

static int start_once(struct launcher *l, struct instance *in, char **output, struct err *e)
{
    if (prepare(l, in, e) < 0)
        return -1;
    struct subject_spec spec = {
        .argv = in->words,
        .isolation = l->isolation,
        .host_net = l->options->host_net,
        .is_server = true,
        .transport = transport(l->options),
        .v6 = is_v6(l->options),
        .port = in->port,
        .socket_path = transport(l->options) == SUBJECT_UNIX ? in->socket : NULL,
        .ready_output = l->options->ready_output,
        .start_timeout = l->options->start_timeout,
        .temp = l->temp,
    };
    if (l->faulty) {
        in->faults = engine_faults_start(l->engine, l->faulty->scenario, l->faulty->index, l->facts, e);
        if (!in->faults)
            return -1;
        engine_faults_put(in->faults, &spec);
    }
    in->subject = subject_start(l->loop, &spec, on_change, NULL, e);
    if (!in->subject)
        return -1;
    await_ready(l, in->subject);
    if (subject_state(in->subject) == SUBJECT_READY) {
        if (in->port == 0)
            in->port = subject_port(in->subject);
        in->ready_us = clock_us();
        subject_look(in->subject);
        return 0;
    }
    const char *why = subject_error(in->subject);
    *output = instance_output(in->subject);
    return err_set(e, 0, "%s", *l->interrupted ? "interrupted" : why && *why ? why : "the subject did not get ready");
}

int instance_start(struct launcher *l, struct instance *in, char **output, struct err *e)
{
    *output = NULL;
    for (int tries = 1;; tries++) {
        if (start_once(l, in, output, e) == 0)
            return 0;
        int port = in->port;
        instance_stop(in);
        bool taken = l->shared_net && port > 0 && try_port(l->options, port) < 0 && errno == EADDRINUSE;
        if (!taken || tries == PORT_TRIES || *l->interrupted)
            return -1;
        free(*output);
        *output = NULL;
    }
}

bool instance_lives(const struct instance *in)
{
    return in->subject && subject_state(in->subject) == SUBJECT_READY;
}

/* Forgets the first half when all of it is too old, so that little is moved. */
static void log_case(struct instance *in, uint32_t index)
{
    uint64_t now = clock_us();
    if (in->log_count == in->log_cap) {
        size_t half = in->log_count / 2;
        if (half && in->log[half].ended_us + INSTANCE_LOG_US < now) {
            memmove(in->log, in->log + half, (in->log_count - half) * sizeof(*in->log));
            in->log_count -= half;
        } else {
            in->log_cap = in->log_cap ? 2 * in->log_cap : 64;
            in->log = mem_realloc(in->log, in->log_cap * sizeof(*in->log));
        }
    }
    in->log[in->log_count++] = (struct instance_case){index, now};
}

void instance_served(struct instance *in, uint32_t index)
{
    if (in->served == CONFIRM_HISTORY) {
        memmove(in->history, in->history + 1, (CONFIRM_HISTORY - 1) * sizeof(*in->history));
        in->served--;
    }
    in->history[in->served++] = index;
    log_case(in, index);
}

void instance_stop(struct instance *in)
{
    subject_stop(in->subject, STOP_GRACE);
    engine_faults_stop(in->faults);
    if (in->dir)
        root_remove(in->dir);
    names_free(in->words);
    free(in->dir);
    free(in->socket);
    free(in->log);
    *in = (struct instance){0};
}

char *instance_output(const struct subject *s)
{
    size_t len;
    const char *data = subject_output(s, 0, &len, NULL);
    return result_bytes(data, len);
}
