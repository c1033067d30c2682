/*
 * What happens at the entry and the exit of a call: who is concerned, what is done, and what of it is told.
 */
#include "base/output.h"
#include "fault/inject_filter.h"
#include "fault/inject_tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* SOCK_NONBLOCK and SOCK_CLOEXEC stand above the type (socket(2)). */
#define TYPE_MASK       0xf
#define ALL_FAMILIES    (1u << AF_INET | 1u << AF_INET6 | 1u << AF_UNIX)
#define ALL_TYPES       (1u << SOCK_STREAM | 1u << SOCK_DGRAM | 1u << SOCK_SEQPACKET)
#define CONNECTED_TYPES (1u << SOCK_STREAM | 1u << SOCK_SEQPACKET)

static bool has_bit(unsigned set, int bit)
{
    return bit >= 0 && bit < 32 && (set >> bit & 1);
}

/* connect() on a datagram socket is no connection: resolvers use it to ask for routes. */
static bool in_scope(const struct tracer *t, enum scn_call call, int family, int type)
{
    const struct inject_spec *spec = &t->setup->spec;
    bool connects = call == SCN_CALL_CONNECT || call == SCN_CALL_ACCEPT || call == SCN_CALL_LISTEN;
    unsigned families = spec->families ? spec->families & ALL_FAMILIES : ALL_FAMILIES;
    unsigned types = spec->types ? spec->types : connects ? CONNECTED_TYPES : ALL_TYPES;
    return has_bit(families, family) && has_bit(types, type);
}

static bool any_clause(const struct tracer *t, enum scn_call call, bool (*is)(const struct inject_clause *c))
{
    for (size_t i = 0; i < t->setup->spec.count; i++)
        if (t->setup->clauses[i].call == call && is(&t->setup->clauses[i]))
            return true;
    return false;
}

static bool says_again(const struct inject_clause *c)
{
    return c->effect == SCN_EFFECT_ERROR && c->error == EAGAIN;
}

static bool says_interrupted(const struct inject_clause *c)
{
    return c->effect == SCN_EFFECT_ERROR && c->error == EINTR;
}

static bool is_short(const struct inject_clause *c)
{
    return c->effect == SCN_EFFECT_SHORT;
}

static bool is_by_bytes(const struct inject_clause *c)
{
    return c->by_bytes;
}

static bool is_on_listener(const struct inject_clause *c)
{
    return c->on_listener;
}

/* A new generation: what was counted is of a run that is over. */
static void catch_up(struct tracer *t)
{
    uint32_t wanted = atomic_load_explicit(&t->shared->generation, memory_order_acquire);
    if (wanted == t->generation)
        return;
    t->generation = wanted;
    for (size_t i = 0; i < t->setup->spec.count; i++) {
        t->counts[i] = (struct inject_count){.rng = {t->setup->spec.seed + i}};
        atomic_store_explicit(&t->shared->calls[i], 0, memory_order_relaxed);
        atomic_store_explicit(&t->shared->hits[i], 0, memory_order_relaxed);
        atomic_store_explicit(&t->shared->spared[i], 0, memory_order_relaxed);
    }
    atomic_store_explicit(&t->shared->receipts, 0, memory_order_relaxed);
    atomic_store_explicit(&t->shared->counted, wanted, memory_order_release);
}

static void publish_counts(struct tracer *t)
{
    for (size_t i = 0; i < t->setup->spec.count; i++) {
        atomic_store_explicit(&t->shared->calls[i], t->counts[i].calls, memory_order_relaxed);
        atomic_store_explicit(&t->shared->hits[i], t->counts[i].hits, memory_order_relaxed);
    }
}

static void spare_all(struct tracer *t, enum scn_call call, unsigned why)
{
    for (size_t i = 0; i < t->setup->spec.count; i++)
        if (t->setup->clauses[i].call == call)
            atomic_fetch_or_explicit(&t->shared->spared[i], why, memory_order_relaxed);
}

/* The call has not taken place after all. */
static void undo(struct tracer *t, struct tracee *p)
{
    for (size_t i = 0; i < t->setup->spec.count; i++) {
        t->counts[i].calls -= p->verdict.counted >> i & 1;
        t->counts[i].hits -= p->verdict.fired >> i & 1;
    }
    p->verdict.clause = -1;
    publish_counts(t);
}

/* --- the entry ------------------------------------------------------------------------------------------ */

static bool moves_bytes(enum scn_call call)
{
    return call == SCN_CALL_SEND || call == SCN_CALL_RECV;
}

/* What the clauses ask about the call on this socket; `copy` is one of its descriptor. */
static void look_at(struct tracer *t, struct tracee *p, struct inject_socket *s, int copy, struct inject_event *e)
{
    enum scn_call call = p->row->call;
    e->actor = s->actor;
    e->can_be_short = s->type == SOCK_STREAM;
    e->spared_short = SPARED_DATAGRAM;
    if (call == SCN_CALL_RECV && p->flags & (MSG_WAITALL | MSG_PEEK)) {
        e->can_be_short = false;
        e->spared_short = SPARED_WHOLE;
    }
    /* Without a way to give the next edge, what would need it is not given. */
    bool no_edge = !(socket_is_counted(s) && moves_bytes(call));
    if (no_edge && e->can_be_short && any_clause(t, call, is_short) &&
        socket_waits_for_edges(s, tracee_process(p), p->receipt.fd)) {
        e->can_be_short = false;
        e->spared_short = SPARED_EDGE;
    }
    if (any_clause(t, call, is_on_listener))
        e->listening = socket_listens(copy);
    if (moves_bytes(call) && any_clause(t, call, is_by_bytes))
        e->has_offset = socket_offset(s, copy, call, &e->offset);
    if (any_clause(t, call, says_again)) {
        if (!socket_may_say_again(copy, call, p->flags))
            e->spared_again = SPARED_BLOCKING;
        else if (no_edge && socket_waits_for_edges(s, tracee_process(p), p->receipt.fd))
            e->spared_again = SPARED_EDGE;
    }
}

/*
 * Why a signal cannot interrupt the call, or 0. man 7 signal: it must be one that waits, and the program must catch a
 * signal; without a handler a stop and a continue do it, for epoll_wait() and for sockets with a time limit. `copy`: of
 * its socket, or -1.
 */
static unsigned why_not_interrupted(struct tracee *p, int copy)
{
    enum scn_call call = p->row->call;
    bool may_wait = moves_bytes(call) || call == SCN_CALL_ACCEPT || call == SCN_CALL_CONNECT;
    if (!may_wait && call != SCN_CALL_POLL && call != SCN_CALL_CLOSE)
        return 0;
    if (may_wait && copy >= 0 && !socket_may_wait(copy, p->flags))
        return call == SCN_CALL_CONNECT ? SPARED_UNDER_WAY : SPARED_AT_ONCE;
    if (tracee_catches(p) || (may_wait && copy >= 0 && socket_has_limit(copy, call)) ||
        strncmp(p->row->name, "epoll", 5) == 0)
        return 0;
    return SPARED_UNCAUGHT;
}

static bool has_socket(const struct inject_row *row)
{
    return row->fd >= 0;
}

/* Fills in the receipt's part that is known at the entry. */
static void begin_receipt(struct tracer *t, struct tracee *p, const struct inject_event *e,
                          const struct inject_socket *s)
{
    struct inject_receipt *r = &p->receipt;
    size_t count;
    r->us = clock_us();
    r->pid = tracee_process(p);
    r->tid = p->tid;
    r->call = (uint16_t)(p->row - inject_rows(&count));
    r->clause = (uint16_t)p->verdict.clause;
    r->effect = (uint8_t)p->verdict.effect;
    r->asked = e->asked;
    if (s)
        memcpy(r->peer, s->peer, sizeof r->peer);
    if (s && r->has_offset && !socket_is_counted(s)) /* an offset is only of a socket that is known */
        r->offset_at_least =
            s->missed_some || inject_filter_skips_small(t->setup->clauses, t->setup->spec.count, p->row->call);
}

static void raise_edge(struct tracer *t, struct tracee *p)
{
    int copy = p->is_tcp ? tracee_copy_fd(t, p, p->receipt.fd) : -1;
    if (copy < 0)
        return;
    socket_raise_edge(copy, p->row->call);
    close(copy);
}

/* Has the socket of the call block, or not. Returns whether that was done. */
static bool set_blocking(struct tracer *t, struct tracee *p, bool on)
{
    int copy = tracee_copy_fd(t, p, p->receipt.fd);
    int flags = copy < 0 ? -1 : fcntl(copy, F_GETFL); /* of the open file, which the copy shares */
    bool done = flags >= 0 && fcntl(copy, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0;
    if (copy >= 0)
        close(copy);
    return done;
}

/* What a connect() on a blocking socket returns that was made not to wait: what a signal would have cut short. */
static bool has_begun(const struct tracee *p, int64_t result)
{
    return p->unblocked && (result == -EINPROGRESS || result == -EAGAIN);
}

/* Does what has been decided. The delay, if any, is over. */
static enum go apply(struct tracer *t, struct tracee *p)
{
    const struct inject_verdict *v = &p->verdict;
    enum scn_call call = p->row->call;
    p->cut.arg = -1;
    p->cut.word_count = 0;
    p->override = 0;
    p->unblocked = false;
    if (v->error && (call == SCN_CALL_CLOSE || call == SCN_CALL_CONNECT) &&
        (call == SCN_CALL_CLOSE || v->error == EINTR)) {
        /* Linux closes whatever close() says, and connects on behind an EINTR: so the call is made and its success kept
         * from the program. */
        p->override = v->error;
        /* An interrupted connect() goes on in the background (POSIX): what comes next must find it under way. */
        p->unblocked = call == SCN_CALL_CONNECT && set_blocking(t, p, false);
        return GO_TO_EXIT;
    }
    if (v->error) {
        if (regs_skip(p->tid, -v->error) < 0)
            return GO_NOT;
        p->receipt.returned = -v->error;
        receipt_write(t->setup, &p->receipt, t->began_us);
        if (v->error == EAGAIN)
            raise_edge(t, p);
        /* The kernel's EPIPE comes with a signal. */
        if (v->error == EPIPE && call == SCN_CALL_SEND && !(p->flags & MSG_NOSIGNAL))
            syscall(SYS_tgkill, p->receipt.pid, p->tid, SIGPIPE);
        return GO_ON;
    }
    if (v->limit != UINT64_MAX && call_cut(p->tid, p->row, &p->regs, v->limit, &p->cut) < 0)
        undo(t, p); /* its memory is not what it was, or none: the kernel will say so */
    return GO_TO_EXIT;
}

static enum go decided(struct tracer *t, struct tracee *p)
{
    if (p->verdict.delay_us) {
        p->state = TRACEE_HELD;
        p->held_until = clock_us() + p->verdict.delay_us;
        t->held++;
        return GO_NOT;
    }
    enum go go = apply(t, p);
    p->state = go == GO_TO_EXIT ? TRACEE_IN_CALL : TRACEE_FREE;
    return go;
}

enum go act_released(struct tracer *t, struct tracee *p)
{
    t->held--;
    p->verdict.delay_us = 0;
    return decided(t, p);
}

/* Holds the clauses against a call that is in scope. `s` and `copy`: its socket; NULL and -1 where it has none. */
static enum go consider(struct tracer *t, struct tracee *p, struct inject_socket *s, int copy)
{
    struct inject_event e = {.call = p->row->call, .actor = -1};
    if (moves_bytes(e.call))
        e.asked = call_asks(p->tid, p->row, &p->regs);
    if (s)
        look_at(t, p, s, copy, &e);
    if (any_clause(t, e.call, says_interrupted))
        e.spared_intr = why_not_interrupted(p, copy);
    uint64_t armed = atomic_load_explicit(&t->shared->armed, memory_order_acquire);
    inject_decide(t->setup->clauses, t->setup->spec.count, armed, t->counts, &e, &p->verdict, t->shared->spared);
    publish_counts(t);
    p->counts = s && moves_bytes(e.call) && s->type == SOCK_STREAM && !socket_is_counted(s) && !(p->flags & MSG_PEEK);
    if (p->verdict.clause < 0 && !p->counts)
        return GO_ON;
    p->receipt.inode = s ? s->inode : 0;
    p->is_tcp = s && socket_is_counted(s) && moves_bytes(e.call);
    if (p->verdict.clause < 0) {
        p->cut.arg = -1;
        p->cut.word_count = p->override = 0;
        p->unblocked = false;
        p->state = TRACEE_IN_CALL;
        return GO_TO_EXIT;
    }
    p->receipt.has_offset = s && moves_bytes(e.call) && socket_offset(s, copy, e.call, &p->receipt.offset);
    begin_receipt(t, p, &e, s);
    return decided(t, p);
}

/* Whether the row is meant: the call is one of its kind on a socket in scope. Then *go is set. */
static bool try_row(struct tracer *t, struct tracee *p, const struct inject_row *row, enum go *go)
{
    p->row = row;
    p->flags = row->flags >= 0 ? p->regs.args[row->flags] : 0;
    p->receipt = (struct inject_receipt){.fd = -1};
    if (row->only && !(p->flags & (uint64_t)row->only))
        return false;
    if (!has_socket(row)) {
        if (row->call == SCN_CALL_SOCKET &&
            !in_scope(t, row->call, (int)p->regs.args[0], (int)p->regs.args[1] & TYPE_MASK))
            return false;
        *go = consider(t, p, NULL, -1);
        return true;
    }
    p->receipt.fd = (int)p->regs.args[row->fd];
    if (row->call == SCN_CALL_RECV && p->flags & MSG_ERRQUEUE)
        return false;
    int copy = tracee_copy_fd(t, p, p->receipt.fd);
    if (copy < 0) {
        if (errno != EBADF)
            spare_all(t, row->call, SPARED_UNSEEN);
        return false;
    }
    struct inject_socket *s = socket_known(&t->sockets, copy, t->shared);
    /* A pair without names is between the program's own processes, who rely on more than a stream promises (nginx: on
     * whole messages). */
    bool meant = s && !s->is_pair && in_scope(t, row->call, s->family, s->type);
    if (meant)
        *go = consider(t, p, s, copy);
    else if (s && s->is_pair)
        spare_all(t, row->call, SPARED_PAIR);
    close(copy);
    return meant;
}

/* Its socket calls will fail with ENOSYS, since the filter asks for a tracer and there is none. */
static void tell_untraced(struct tracer *t)
{
    static const char note[] =
        "sockspec inject: a process is made with CLONE_UNTRACED: no fault reaches it, and those of its "
        "calls that faults are for fail with ENOSYS\n";
    for (size_t i = 0; i < t->setup->spec.count; i++)
        atomic_fetch_or(&t->shared->spared[i], SPARED_UNTRACED);
    if (t->setup->spec.note_fd >= 0 && !t->untraced_told)
        (void)output_write(t->setup->spec.note_fd, note, sizeof note - 1);
    t->untraced_told = true;
}

enum go act_entry(struct tracer *t, struct tracee *p)
{
    size_t count;
    const struct inject_row *rows = inject_rows(&count);
    enum go go = GO_ON;
    catch_up(t);
    if (!t->live || !atomic_load_explicit(&t->shared->armed, memory_order_relaxed))
        return GO_ON;
    if (regs_entry(p->tid, &p->regs) < 0)
        return errno == ESRCH ? GO_NOT : GO_ON;
    long number = p->regs.number;
    size_t first = number >= 0 && number < NUMBERS_MAX ? t->first_row[number] : 0;
    if (!first && call_makes_untraced(p->tid, &p->regs))
        tell_untraced(t);
    for (size_t i = first; first && i <= count; i++)
        if (rows[i - 1].number == number && try_row(t, p, &rows[i - 1], &go))
            break;
    return go;
}

/* --- the exit ------------------------------------------------------------------------------------------- */

static void count_bytes(struct tracer *t, struct tracee *p, int64_t result)
{
    struct inject_socket *s = t->sockets.buckets[p->receipt.inode % SOCKET_BUCKETS];
    while (s && s->inode != p->receipt.inode)
        s = s->next;
    if (!s || result <= 0)
        return;
    uint64_t moved = call_moved(p->tid, p->row, &p->regs, result);
    if (p->row->call == SCN_CALL_SEND)
        s->sent += moved;
    else
        s->received += moved;
}

enum go act_exit(struct tracer *t, struct tracee *p)
{
    int64_t result;
    if (p->state != TRACEE_IN_CALL)
        return GO_ON;
    p->state = TRACEE_FREE;
    call_restore(p->tid, &p->cut);
    if (regs_exit(p->tid, &result) < 0)
        return errno == ESRCH ? GO_NOT : GO_ON;
    if (p->unblocked)
        set_blocking(t, p, true);
    if (regs_restarts(result)) { /* it will come again, as if it never had been */
        undo(t, p);
        return GO_ON;
    }
    if (p->verdict.effect == SCN_EFFECT_SHORT && result <= 0) /* what moves nothing was not cut */
        undo(t, p);
    if (p->override && (result == 0 || has_begun(p, result))) {
        result = -p->override;
        regs_write_result(p->tid, result);
    }
    if (p->counts)
        count_bytes(t, p, result);
    if (p->verdict.clause >= 0 && p->verdict.effect == SCN_EFFECT_SHORT)
        raise_edge(t, p);
    if (p->verdict.clause >= 0) {
        p->receipt.returned = result;
        receipt_write(t->setup, &p->receipt, t->began_us);
    }
    return GO_ON;
}
