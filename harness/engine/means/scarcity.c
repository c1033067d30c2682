/*
 * What runs short around the subject: source ports, and room in the backlog. Limits of its processes are in
 * step_subject.c.
 *
 * Ports are those of the whole network namespace, so `limit ports` is for clients under test: actors that are clients
 * would take them too.
 */
#include "engine/means/scarcity.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/means/row.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The range that remains begins here: far from what servers of ours have been given (28100 and on), in the private
 * namespace of the worker. */
#define FIRST_PORT 60000
#define PORTS_FILE "/proc/sys/net/ipv4/ip_local_port_range"
/* More than the range above has room for. */
#define PORTS_MAX 5000

struct scarcity {
    char range[64]; /* as it was */
    int count;      /* ports that remain; -1: not limited yet */
    int held[2];    /* sockets that keep one port from being used, TCP and UDP; -1: none */
};

/* --- ports ---------------------------------------------------------------------------------------------- */

/* Returns 0 or -1 (errno). */
static int set_range(const char *text)
{
    int fd = open(PORTS_FILE, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
    return n < 0 ? -1 : 0;
}

static int get_range(char *text, size_t room)
{
    int fd = open(PORTS_FILE, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, room - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? 0 : -1;
}

/* A bound socket: connect() then passes over its port, whatever the address. Over both families where there are two. */
static int hold_port(int type, int port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
    bool v6 = fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int)) == 0;
    if (v6 && bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&any4, sizeof(any4)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/*
 * So that `count` ports remain. The kernel goes over the range in steps of two and leaves the last port of an odd one
 * out (inet_hashtables.c), and an empty range cannot be written: in both cases the range has one port more, which we
 * hold.
 */
static int leave_ports(struct scarcity *s, int count, struct err *e)
{
    char text[32];
    bool hold = count == 0 || (count > 1 && count % 2 == 1);
    int last = FIRST_PORT + count - (hold ? 0 : 1);
    if (!*s->range && get_range(s->range, sizeof(s->range)) < 0)
        return err_errno(e, errno, "cannot read %s", PORTS_FILE);
    snprintf(text, sizeof(text), "%d %d", FIRST_PORT, last);
    if (set_range(text) < 0)
        return err_errno(e, errno, "cannot write %s", PORTS_FILE);
    for (int i = 0; i < 2; i++) {
        if (s->held[i] >= 0)
            close(s->held[i]);
        s->held[i] = hold ? hold_port(i == 0 ? SOCK_STREAM : SOCK_DGRAM, last) : -1;
        if (hold && s->held[i] < 0)
            return err_errno(e, errno, "cannot hold port %d", last);
    }
    return 0;
}

static void limit_ports(struct case_run *run, struct actor *a, double count)
{
    const struct engine_options *o = &run->engine->options;
    struct err e = {0};
    if (o->isolation == ISOLATION_PROCESS || o->host_net) {
        case_skip(run, "needs ports: the run has no network of its own");
        return;
    }
    if (run->scarcity && run->scarcity->count == (int)count)
        return; /* in force since before the client started: to do it again would set ports free for a moment */
    if (!run->scarcity) {
        run->scarcity = mem_new(1, sizeof(*run->scarcity));
        run->scarcity->held[0] = run->scarcity->held[1] = -1;
    }
    if (leave_ports(run->scarcity, (int)count, &e) < 0)
        case_skip(run, e.text);
    run->scarcity->count = (int)count;
    if (!run->over)
        happened_text(run, a, "subject", "source ports limited to %d", (int)count);
}

/* --- steps ---------------------------------------------------------------------------------------------- */

static bool is_of_ports(const struct scn_step *s)
{
    return s->kind == SCN_STEP_LIMIT && s->u.limit.resource == SCN_LIMIT_PORTS;
}

enum step_result scarcity_ports(struct actor *a, const struct scn_step *s)
{
    double count = number_of(a->run, a, &s->u.limit.value, 0);
    if (count > PORTS_MAX)
        return case_error(a->run, a, "no more than %d ports can be left", PORTS_MAX);
    limit_ports(a->run, a, count);
    return a->run->over ? STEP_FAILED : STEP_DONE;
}

enum step_result scarcity_backlog(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    double backlog = number_of(a->run, a, &s->u.limit.value, 0);
    if (subject_backlog(a->run->subject, backlog > 65535 ? 65535 : (int)backlog, &e) == 0) {
        happened_text(a->run, a, "subject", "backlog limited to %d", (int)backlog);
        return STEP_DONE;
    }
    if (e.code != EPERM && e.code != ENOSYS)
        return case_error(a->run, a, "%s", e.text);
    case_skip(a->run, e.text);
    return STEP_FAILED;
}

static bool limits_ports(const struct scn_block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        if (is_of_ports(s) || (s->kind == SCN_STEP_REPEAT && limits_ports(&s->u.repeat.body)))
            return true;
    }
    return false;
}

static bool wanted(const struct case_run *run)
{
    for (size_t i = 0; i < run->scenario->actor_count; i++)
        if (limits_ports(&run->scenario->actors[i].body))
            return true;
    return false;
}

/* Limits what a client may need at once: `limit ports` that stands first in the subject's block. */
static void begin(struct case_run *run)
{
    for (size_t i = 0; i < run->scenario->actor_count; i++) {
        const struct scn_actor *a = &run->scenario->actors[i];
        for (size_t k = 0; a->kind == SCN_SUBJECT && k < a->body.count && !run->over; k++) {
            const struct scn_step *s = &a->body.steps[k];
            if (s->kind != SCN_STEP_FAULT && s->kind != SCN_STEP_LIMIT)
                break;
            if (is_of_ports(s))
                limit_ports(run, NULL, number_of(run, NULL, &s->u.limit.value, 0));
        }
    }
}

/* Undoes what is not the subject's alone. */
static void behind(struct case_run *run)
{
    if (!run->scarcity)
        return;
    for (int i = 0; i < 2; i++)
        if (run->scarcity->held[i] >= 0)
            close(run->scarcity->held[i]);
    if (*run->scarcity->range)
        (void)set_range(run->scarcity->range); /* it was written to a moment ago */
    free(run->scarcity);
    run->scarcity = NULL;
}

const struct means scarcity_means = {.wanted = wanted, .begin = begin, .behind = behind};
