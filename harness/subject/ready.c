#define PCRE2_CODE_UNIT_WIDTH 8

#include "subject/internal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "evidence/procnet.h"
#include "evidence/queues.h"
#include "subject/sandbox.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel is asked often at first, since most programs listen within milliseconds, and less often then. */
static const double FIRST_PAUSE = 0.001, LONGEST_PAUSE = 0.010, PAUSE_GROWTH = 1.25;

/* Listening ports that are looked at when any will do. */
enum { PORTS_MAX = 256 };

/* For patterns that backtrack without end; PCRE2's own limit takes seconds. */
enum { MATCH_LIMIT = 1000000 };

void ready_goal(const struct subject *s, struct buf *out)
{
    const struct subject_spec *spec = &s->spec;
    if (spec->ready_output)
        buf_printf(out, "wrote what matches /%s/", spec->ready_output);
    else if (spec->transport == SUBJECT_UNIX)
        buf_printf(out, "listened at %s", spec->socket_path);
    else if (spec->port == 0)
        buf_printf(out, "listened on any %sport", spec->transport == SUBJECT_UDP ? "UDP " : "");
    else
        buf_printf(out, "listened on %sport %d", spec->transport == SUBJECT_UDP ? "UDP " : "", spec->port);
}

/* In a network of our own every listener that was not there before is the subject's. */
static bool shares_network(const struct subject *s)
{
    return s->spec.host_net || !sandbox_has_namespaces(s->spec.isolation);
}

/* Where the kernel may not be asked, its tables are read. */
static int list_ports(const struct subject *s, struct queue_port ports[PORTS_MAX])
{
    int nl = s->ready.netlink, count;
    if (s->spec.transport == SUBJECT_UDP)
        count = nl < 0 ? procnet_udp_ports(ports, PORTS_MAX) : queues_udp_ports(nl, ports, PORTS_MAX);
    else
        count = nl < 0 ? procnet_tcp_listeners(ports, PORTS_MAX) : queues_tcp_listeners(nl, ports, PORTS_MAX);
    return count > PORTS_MAX ? PORTS_MAX : count;
}

static bool is_foreign(const struct subject *s, uint32_t inode)
{
    for (size_t i = 0; i < s->ready.foreign_count; i++)
        if (s->ready.foreign[i] == inode)
            return true;
    return false;
}

/* Where the kernel may not be asked: whether one of the table's rows takes what is sent to this address. */
static int table_taker(const struct subject *s, const struct sockaddr *to, struct queue_state *found)
{
    struct queue_port ports[PORTS_MAX];
    int count = list_ports(s, ports);
    for (int i = 0; i < count; i++)
        if (procnet_takes(&ports[i], to)) {
            *found = (struct queue_state){.inode = ports[i].inode};
            return 0;
        }
    return -1;
}

/* Whether this port takes what we shall send to it: one that is open on another address does not. */
static bool takes(const struct subject *s, int port, struct queue_state *found)
{
    struct sockaddr_storage to;
    ready_address(&s->spec, port, &to);
    if (s->ready.netlink < 0)
        return table_taker(s, (void *)&to, found) == 0;
    return (s->spec.transport == SUBJECT_UDP ? queues_udp_taker(s->ready.netlink, (void *)&to, found)
                                             : queues_tcp_taker(s->ready.netlink, (void *)&to, found)) == 0;
}

/* The first port that the subject itself has opened, 0 if none. `wanted` 0: any. */
static int find_own_port(const struct subject *s, int wanted)
{
    struct queue_state taker;
    struct queue_port ports[PORTS_MAX];
    int count = list_ports(s, ports);
    for (int i = 0; i < count; i++)
        if ((wanted == 0 || ports[i].port == wanted) && !is_foreign(s, ports[i].inode) &&
            subject_holds_socket(s, ports[i].inode) && takes(s, ports[i].port, &taker))
            return ports[i].port;
    return 0;
}

static bool check_port(struct subject *s)
{
    struct queue_state found;
    int port = s->spec.port;
    if (port == 0) {
        s->port = find_own_port(s, 0);
        return s->port != 0;
    }
    if (!takes(s, port, &found))
        return false;
    if (shares_network(s) && !subject_holds_socket(s, found.inode) && find_own_port(s, port) == 0) {
        s->ready.held_by_other = true;
        return false;
    }
    s->port = port;
    return true;
}

static bool check_unix(struct subject *s)
{
    struct queue_state found;
    const char *path = s->spec.socket_path;
    if (s->ready.netlink < 0)
        found.inode = procnet_unix(path);
    else if (queues_unix(s->ready.netlink, path, strlen(path), &found) < 0)
        found.inode = 0;
    return found.inode && (!shares_network(s) || subject_holds_socket(s, found.inode));
}

static bool check_output(struct subject *s)
{
    size_t len;
    const char *text = tail_text(&s->tails[0], &len);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    int got = pcre2_match(s->ready.pattern, (PCRE2_SPTR)text, len, 0, 0, match, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(match);
    if (got < 0)
        return false;
    s->port = s->spec.port;
    if (s->port == 0 && s->spec.transport != SUBJECT_UNIX)
        s->port = find_own_port(s, 0);
    return true;
}

/* Whether the port is listened on, by the kernel's table; true where that cannot be read. */
static bool table_has(int port)
{
    struct queue_port ports[PORTS_MAX];
    int count = procnet_tcp_listeners(ports, PORTS_MAX);
    for (int i = 0; i < count && i < PORTS_MAX; i++)
        if (ports[i].port == port)
            return true;
    return count < 0 || count > PORTS_MAX;
}

bool subject_listens(const struct subject *s)
{
    struct queue_state found;
    if (s->spec.transport == SUBJECT_UDP || s->spec.transport == SUBJECT_UNIX || s->port == 0)
        return true;
    int netlink = queues_open();
    if (netlink < 0)
        return table_has(s->port);
    bool listens = queues_tcp_listener(netlink, s->port, &found) == 0 || errno != ENOENT;
    close(netlink);
    return listens;
}

bool ready_check(struct subject *s)
{
    bool is_ready;
    if (s->ready.pattern)
        is_ready = check_output(s);
    else if (s->spec.transport == SUBJECT_UNIX)
        is_ready = check_unix(s);
    else
        is_ready = check_port(s);
    if (is_ready) {
        subject_has_begun(s, 0); /* so it has: what listens has said so before */
        s->state = SUBJECT_READY;
    }
    return is_ready;
}

static void too_late(struct subject *s)
{
    struct buf text = {0}, goal = {0};
    ready_goal(s, &goal);
    s->ready.elsewhere.looked_us = 0;
    if (!s->spec.ready_output)
        elsewhere_proven(s);
    buf_printf(&text, "%s within %g s", buf_text(&goal), s->spec.start_timeout);
    /* "listened ..." and "wrote ..." follow "did not". */
    const char *rest = strchr(buf_text(&text), ' ');
    const char *verb = s->spec.ready_output ? "write" : "listen";
    if (s->ready.held_by_other)
        subject_fail(s, "did not %s%s: another program holds that port", verb, rest);
    else if (s->ready.elsewhere.found) {
        struct buf where = {0};
        elsewhere_tell(s, &where);
        subject_fail(s, "did not %s%s; %s", verb, rest, buf_text(&where));
        buf_free(&where);
    } else
        subject_fail(s, "did not %s%s", verb, rest);
    buf_free(&text);
    buf_free(&goal);
}

static void is_elsewhere(struct subject *s)
{
    struct buf where = {0};
    elsewhere_tell(s, &where);
    subject_fail(s, "%s", buf_text(&where));
    buf_free(&where);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)events;
    struct subject *s = timer->data;
    /* Its end may wait unread behind us: then that is the news, and not the time. */
    bool late = clock_us() >= s->ready.deadline;
    if (!s->ready.pattern && ready_check(s)) {
        ready_stop(s);
        subject_notify(s);
        return;
    }
    bool elsewhere = !s->ready.pattern && s->ready.pause >= LONGEST_PAUSE && elsewhere_proven(s);
    if (late || elsewhere) {
        if (late)
            too_late(s);
        else
            is_elsewhere(s);
        ready_stop(s);
        subject_notify(s);
        return;
    }
    double left = (double)(s->ready.deadline - clock_us()) / 1e6;
    s->ready.pause *= PAUSE_GROWTH;
    if (s->ready.pause > LONGEST_PAUSE)
        s->ready.pause = LONGEST_PAUSE;
    double pause = s->ready.pattern || s->ready.pause > left ? left : s->ready.pause;
    ev_timer_set(timer, pause > 0 ? pause : 0, 0);
    ev_timer_start(loop, timer);
}

static int compile_pattern(struct subject *s, struct err *e)
{
    int code;
    PCRE2_SIZE offset;
    s->ready.pattern =
        pcre2_compile((PCRE2_SPTR)s->spec.ready_output, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE, &code, &offset, NULL);
    if (s->ready.pattern)
        return 0;
    PCRE2_UCHAR text[128];
    pcre2_get_error_message(code, text, sizeof text);
    return err_set(e, 0, "the readiness pattern /%s/ is wrong at its character %zu: %s", s->spec.ready_output,
                   (size_t)offset + 1, (const char *)text);
}

/* What listens already is not the subject's. */
static void remember_foreign(struct subject *s)
{
    struct queue_port ports[PORTS_MAX];
    int count = list_ports(s, ports);
    if (count <= 0)
        return;
    s->ready.foreign = mem_new((size_t)count, sizeof *s->ready.foreign);
    for (int i = 0; i < count; i++)
        s->ready.foreign[s->ready.foreign_count++] = ports[i].inode;
}

int ready_start(struct subject *s, struct err *e)
{
    if (s->spec.ready_output && compile_pattern(s, e) < 0)
        return -1;
    s->ready.netlink = queues_open();
    if (s->spec.port == 0 && s->spec.transport != SUBJECT_UNIX)
        remember_foreign(s);
    s->ready.pause = FIRST_PAUSE;
    s->ready.deadline = clock_us() + (uint64_t)(s->spec.start_timeout * 1e6);
    ev_now_update(s->loop);
    ev_timer_init(&s->ready.timer, on_timer, s->ready.pattern ? s->spec.start_timeout : FIRST_PAUSE, 0);
    s->ready.timer.data = s;
    ev_timer_start(s->loop, &s->ready.timer);
    s->ready.running = true;
    return 0;
}

void ready_stop(struct subject *s)
{
    if (s->ready.running)
        ev_timer_stop(s->loop, &s->ready.timer);
    s->ready.running = false;
    if (s->ready.pattern)
        pcre2_code_free(s->ready.pattern);
    s->ready.pattern = NULL;
    if (s->ready.netlink >= 0)
        close(s->ready.netlink);
    s->ready.netlink = -1;
    free(s->ready.foreign);
    s->ready.foreign = NULL;
    s->ready.foreign_count = 0;
}
