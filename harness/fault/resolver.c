#include "fault/resolver.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "fault/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 53
/* Answers that wait for their time; more queries than this within one delay get none. */
#define LATE_MAX 256
/* Connections at a time (RFC 7766 has clients reuse them); the oldest makes room. */
#define CONNECTIONS_MAX 32
/* Queries are short; over TCP none is longer than this. */
#define QUERY_MAX 4096
/* Datagrams read in one turn of the loop. */
#define TURN 64

/* A TCP connection and what it has sent so far. */
struct connection {
    struct resolver *owner;
    int fd; /* -1: free */
    uint64_t serial;
    struct ev_io readable;
    struct buf in;
};

/* An answer to be sent when its time has come. */
struct late {
    struct resolver *owner;
    struct ev_timer timer;
    bool used;
    struct connection *connection; /* or NULL: a datagram to `to` */
    uint64_t serial;               /* of the connection */
    struct sockaddr_storage to;
    socklen_t to_len;
    size_t len;
    unsigned char data[RESOLVER_ANSWER_MAX];
};

struct resolver {
    struct ev_loop *loop;
    struct resolver_spec spec;
    int udp, tcp;
    bool address_added; /* RESOLVER_DEAD, by us */
    struct ev_io udp_readable, tcp_readable;
    struct connection connections[CONNECTIONS_MAX];
    uint64_t serial;
    struct late *late;
    struct {
        struct resolver_fault fault;
        uint64_t asked[2], hit[2]; /* by type: A (and all others), AAAA */
    } faults[RESOLVER_FAULTS_MAX];
    int fault_count;
    uint64_t queries;
};

/* Where an answer goes. */
struct asker {
    struct connection *connection; /* or NULL */
    struct sockaddr_storage from;
    socklen_t from_len;
};

/* --- what is answered ----------------------------------------------------------------------------------- */

/* Whether fault `i` applies to this question, the next one of its type. */
static bool applies(struct resolver *r, int i, bool v6)
{
    const struct resolver_fault *f = &r->faults[i].fault;
    uint64_t n = ++r->faults[i].asked[v6];
    if (n <= f->after || (f->every && (n - f->after) % f->every))
        return false;
    if (f->times && r->faults[i].hit[v6] >= f->times)
        return false;
    struct rng chance = {r->spec.seed ^ n << 8 ^ (uint64_t)i};
    rng_next(&chance); /* neighbouring seeds begin alike */
    if (f->probability > 0 && (double)(rng_next(&chance) >> 11) * 0x1p-53 >= f->probability)
        return false;
    r->faults[i].hit[v6]++;
    return true;
}

/* Goes through the faults: the first error counts, delays add up. */
static void decide(struct resolver *r, const struct resolver_query *q, struct resolver_receipt *out, bool *dead_first)
{
    bool failed = false;
    for (int i = 0; i < r->fault_count; i++) {
        if (!applies(r, i, q->type == RESOLVER_AAAA))
            continue;
        const struct resolver_fault *f = &r->faults[i].fault;
        out->faulted = true;
        if (f->effect == RESOLVER_IS_LATE) {
            out->late += f->delay;
            continue;
        }
        if (failed)
            continue;
        failed = true;
        out->silent = f->effect == RESOLVER_IS_SILENT;
        *dead_first = f->effect == RESOLVER_DEAD_FIRST;
        if (f->effect == RESOLVER_SAYS_NXDOMAIN)
            out->code = RESOLVER_NXDOMAIN;
        else if (f->effect == RESOLVER_SAYS_SERVFAIL)
            out->code = RESOLVER_SERVFAIL;
    }
}

/* Makes the answer; its length, 0 for none. */
static size_t answer(struct resolver *r, const unsigned char *query, size_t len, bool tcp,
                     unsigned char out[RESOLVER_ANSWER_MAX], double *late)
{
    struct resolver_query q;
    struct resolver_receipt receipt = {.query = &q, .tcp = tcp};
    struct resolver_address addresses[2] = {{.v6 = false}, r->spec.server};
    bool dead_first = false;
    enum resolver_reading reading = resolver_query_read(&q, query, len);
    if (reading == RESOLVER_NOTHING)
        return 0;
    if (reading == RESOLVER_BROKEN || q.opcode != 0)
        return resolver_refusal_write(out, &q, reading == RESOLVER_BROKEN ? RESOLVER_FORMERR : RESOLVER_NOTIMP);
    r->queries++;
    receipt.known = !r->spec.background && resolver_query_is_for(&q, RESOLVER_NAME);
    size_t written = receipt.known ? 0 : resolver_local_answer(out, &q, query);
    if (receipt.known)
        decide(r, &q, &receipt, &dead_first);
    else if (!written)
        receipt.code = RESOLVER_NXDOMAIN;
    inet_pton(AF_INET, RESOLVER_DEAD, addresses[0].bytes);
    if (!written)
        written = resolver_answer_write(out, &q, query, receipt.code, receipt.known ? addresses + !dead_first : NULL,
                                        receipt.known ? 1 + dead_first : 0);
    receipt.addresses = (size_t)out[6] << 8 | out[7];
    *late = receipt.late;
    if (r->spec.report)
        r->spec.report(r->spec.data, &receipt);
    return receipt.silent ? 0 : written;
}

/* --- sending -------------------------------------------------------------------------------------------- */

/* What cannot be sent is lost, as on any network: whoever asked asks again. */
static void send_now(struct resolver *r, const struct asker *to, const unsigned char *data, size_t len)
{
    unsigned char framed[RESOLVER_ANSWER_MAX + 2] = {(unsigned char)(len >> 8),
                                                     (unsigned char)len}; /* RFC 1035 section 4.2.2 */
    ssize_t n;
    memcpy(framed + 2, data, len);
    if (to->connection)
        n = send(to->connection->fd, framed, len + 2, MSG_NOSIGNAL | MSG_DONTWAIT);
    else
        n = sendto(r->udp, data, len, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&to->from, to->from_len);
    (void)n;
}

static void on_late(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct late *l = timer->data;
    struct asker to = {.connection = l->connection, .from = l->to, .from_len = l->to_len};
    (void)loop;
    (void)events;
    l->used = false;
    if (!l->connection || (l->connection->fd >= 0 && l->connection->serial == l->serial))
        send_now(l->owner, &to, l->data, l->len);
}

static void send_late(struct resolver *r, const struct asker *to, const unsigned char *data, size_t len, double seconds)
{
    for (size_t i = 0; i < LATE_MAX; i++) {
        struct late *l = &r->late[i];
        if (l->used)
            continue;
        *l = (struct late){
            .owner = r, .used = true, .connection = to->connection, .to = to->from, .to_len = to->from_len, .len = len};
        l->serial = to->connection ? to->connection->serial : 0;
        memcpy(l->data, data, len);
        ev_now_update(r->loop);
        ev_timer_init(&l->timer, on_late, seconds, 0);
        l->timer.data = l;
        ev_timer_start(r->loop, &l->timer);
        return;
    }
}

static void handle(struct resolver *r, const struct asker *from, const unsigned char *query, size_t len)
{
    unsigned char out[RESOLVER_ANSWER_MAX];
    double late = 0;
    size_t n = answer(r, query, len, from->connection != NULL, out, &late);
    if (n && late > 0)
        send_late(r, from, out, n, late);
    else if (n)
        send_now(r, from, out, n);
}

/* --- receiving ------------------------------------------------------------------------------------------ */

static void on_datagram(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct resolver *r = watcher->data;
    unsigned char query[QUERY_MAX];
    (void)loop;
    (void)events;
    for (int i = 0; i < TURN; i++) {
        struct asker from = {.from_len = sizeof(from.from)};
        ssize_t n = recvfrom(r->udp, query, sizeof(query), 0, (struct sockaddr *)&from.from, &from.from_len);
        if (n < 0)
            return;
        handle(r, &from, query, (size_t)n);
    }
}

/* One in the background is no reason for a loop to go on. */
static void watch(struct resolver *r, struct ev_io *watcher, int fd,
                  void (*callback)(struct ev_loop *, struct ev_io *, int), void *data)
{
    ev_io_init(watcher, callback, fd, EV_READ);
    watcher->data = data;
    ev_io_start(r->loop, watcher);
    if (r->spec.background)
        ev_unref(r->loop);
}

static void unwatch(struct resolver *r, struct ev_io *watcher)
{
    if (r->spec.background)
        ev_ref(r->loop);
    ev_io_stop(r->loop, watcher);
}

static void drop(struct connection *c)
{
    if (c->fd < 0)
        return;
    unwatch(c->owner, &c->readable);
    close(c->fd);
    buf_free(&c->in);
    c->fd = -1;
}

/* Answers each whole query of the stream. */
static void take_queries(struct connection *c)
{
    const struct asker from = {.connection = c};
    for (;;) {
        const unsigned char *in = (const unsigned char *)c->in.data;
        size_t len = c->in.len < 2 ? 0 : (size_t)in[0] << 8 | in[1];
        if (c->in.len < 2 || (len <= QUERY_MAX && c->in.len < 2 + len))
            return;
        if (len > QUERY_MAX) {
            drop(c);
            return;
        }
        handle(c->owner, &from, in + 2, len);
        buf_consume(&c->in, 2 + len);
    }
}

static void on_stream(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct connection *c = watcher->data;
    char piece[QUERY_MAX];
    (void)loop;
    (void)events;
    ssize_t n = recv(c->fd, piece, sizeof(piece), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    buf_add(&c->in, piece, (size_t)n);
    take_queries(c);
}

static void on_connection(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct resolver *r = watcher->data;
    (void)loop;
    (void)events;
    int fd = accept4(r->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct connection *c = &r->connections[r->serial % CONNECTIONS_MAX];
    drop(c);
    *c = (struct connection){.owner = r, .fd = fd, .serial = ++r->serial};
    watch(r, &c->readable, fd, on_stream, c);
}

/* --- its life ------------------------------------------------------------------------------------------- */

/* 0; -1 with errno. */
static int change_dead_address(int kind, int flags)
{
    struct request r;
    struct in_addr dead;
    struct ifaddrmsg address = {
        .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_scope = RT_SCOPE_HOST, .ifa_index = if_nametoindex("lo")};
    inet_pton(AF_INET, RESOLVER_DEAD, &dead);
    request_begin(&r, kind, flags, &address, sizeof(address));
    request_add(&r, IFA_LOCAL, &dead, sizeof(dead));
    request_add(&r, IFA_ADDRESS, &dead, sizeof(dead));
    int nl = netlink_open();
    int result = nl < 0 ? -1 : request_send(nl, &r), code = errno;
    if (nl >= 0)
        close(nl);
    errno = code;
    return result;
}

/*
 * RESOLVER_DEAD as an address of its own on lo. It works without, but a connection to it would come from 127.0.0.1, and
 * programs sort addresses by how much they have in common with their source (RFC 6724 section 5, rule 9): the dead one
 * would come last. It goes with the resolver: to getaddrinfo() with AI_ADDRCONFIG it is one of IPv4 like any other,
 * beside which ::1 alone is no IPv6, and [::1] no address.
 */
static int add_dead_address(struct resolver *r, struct err *e)
{
    r->address_added = change_dead_address(RTM_NEWADDR, NLM_F_CREATE) == 0;
    return r->address_added || errno == EEXIST ? 0 : err_errno(e, errno, "an address for what is dead");
}

static int open_socket(const char *host, int type, struct err *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    inet_pton(AF_INET, host, &at.sin_addr);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
        bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && (type != SOCK_STREAM || listen(fd, CONNECTIONS_MAX) == 0))
        return fd;
    err_errno(e, errno, "a resolver at %s port %d", host, PORT);
    if (fd >= 0)
        close(fd);
    return -1;
}

struct resolver *resolver_open(struct ev_loop *loop, const struct resolver_spec *spec, struct err *e)
{
    struct resolver *r = mem_new(1, sizeof(*r));
    *r = (struct resolver){.loop = loop, .spec = *spec, .udp = -1, .tcp = -1};
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        r->connections[i] = (struct connection){.owner = r, .fd = -1};
    r->late = mem_new(LATE_MAX, sizeof(*r->late));
    const char *host = spec->background ? RESOLVER_BACKGROUND_HOST : RESOLVER_HOST;
    if ((!spec->background && add_dead_address(r, e) < 0) || (r->udp = open_socket(host, SOCK_DGRAM, e)) < 0 ||
        (r->tcp = open_socket(host, SOCK_STREAM, e)) < 0) {
        resolver_close(r);
        return NULL;
    }
    watch(r, &r->udp_readable, r->udp, on_datagram, r);
    watch(r, &r->tcp_readable, r->tcp, on_connection, r);
    return r;
}

int resolver_fault(struct resolver *r, const struct resolver_fault *f, struct err *e)
{
    if (r->fault_count == RESOLVER_FAULTS_MAX)
        return err_set(e, E2BIG, "more than %d faults of names", RESOLVER_FAULTS_MAX);
    r->faults[r->fault_count].fault = *f;
    return r->fault_count++;
}

uint64_t resolver_hits(const struct resolver *r, int number)
{
    return r->faults[number].hit[0] + r->faults[number].hit[1];
}

uint64_t resolver_queries(const struct resolver *r)
{
    return r->queries;
}

void resolver_close(struct resolver *r)
{
    if (!r)
        return;
    if (r->address_added)
        (void)change_dead_address(RTM_DELADDR, 0); /* a help, no need */
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        drop(&r->connections[i]);
    for (size_t i = 0; i < LATE_MAX; i++)
        if (r->late[i].used)
            ev_timer_stop(r->loop, &r->late[i].timer);
    if (r->tcp >= 0) { /* the last that is opened, and then both are watched */
        unwatch(r, &r->udp_readable);
        unwatch(r, &r->tcp_readable);
        close(r->tcp);
    }
    if (r->udp >= 0)
        close(r->udp);
    free(r->late);
    free(r);
}
