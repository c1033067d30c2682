/* Captures where no packets can be had: made up from what the actors' own sockets did. */
#include "engine/means/captures_made.h"

#include "engine/core/conn.h"
#include "evidence/pcapng.h"
#include "evidence/synthetic.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Bytes of one case's file: as much as a real capture would keep. */
#define MADE_MAX (64u << 20)

struct made_flow {
    const struct actor *actor;
    struct synthetic_flow flow;
};

struct made {
    struct buf packets;
    struct made_flow *flows;
    size_t count;
    bool cut; /* more was said than MADE_MAX holds */
};

struct made *made_new(void)
{
    return mem_new(1, sizeof(struct made));
}

void made_free(struct made *m)
{
    if (!m)
        return;
    buf_free(&m->packets);
    free(m->flows);
    free(m);
}

void made_begin(struct made *m)
{
    buf_clear(&m->packets);
    m->count = 0;
    m->cut = false;
}

static bool read_ends(const struct conn *c, struct synthetic_flow *f)
{
    socklen_t ours = sizeof f->ours, theirs = sizeof f->theirs;
    if (!c || c->fd < 0 || getsockname(c->fd, (void *)&f->ours, &ours) != 0)
        return false;
    if (getpeername(c->fd, (void *)&f->theirs, &theirs) != 0) {
        /* A server of datagrams: its peer is whom it last heard; refused: the port is not known any more. */
        if (c->peer_known)
            memcpy(&f->theirs, &c->peer.u, sizeof f->theirs);
        else
            f->theirs.sin6_family = f->ours.sin6_family;
    }
    f->datagrams = !scn_transport_is_stream(c->transport);
    return f->ours.sin6_family == AF_INET || f->ours.sin6_family == AF_INET6;
}

static bool same_ends(const struct synthetic_flow *a, const struct synthetic_flow *b)
{
    return a->ours.sin6_port == b->ours.sin6_port && a->theirs.sin6_port == b->theirs.sin6_port;
}

/* The flow of the actor's connection: known, new, or (where it is closed already) its last one. */
static struct synthetic_flow *flow_of(struct made *m, const struct actor *a)
{
    struct synthetic_flow now = {0};
    bool seen = read_ends(a->conn, &now);
    for (size_t i = m->count; i > 0; i--)
        if (m->flows[i - 1].actor == a && (!seen || same_ends(&m->flows[i - 1].flow, &now)))
            return &m->flows[i - 1].flow;
    if (!seen)
        return NULL;
    m->flows = mem_realloc(m->flows, (m->count + 1) * sizeof *m->flows);
    m->flows[m->count++] = (struct made_flow){a, now};
    return &m->flows[m->count - 1].flow;
}

static const struct {
    bool has, outgoing;
    enum synthetic_kind kind;
} EVENTS[] = {
    [HAPPENED_CONNECTED] = {true, true, SYNTHETIC_OPEN},    [HAPPENED_REFUSED] = {true, true, SYNTHETIC_REFUSED},
    [HAPPENED_ACCEPTED] = {true, false, SYNTHETIC_ACCEPT},  [HAPPENED_SENT] = {true, true, SYNTHETIC_DATA},
    [HAPPENED_RECEIVED] = {true, false, SYNTHETIC_DATA},    [HAPPENED_FIN_SENT] = {true, true, SYNTHETIC_FIN},
    [HAPPENED_FIN_RECEIVED] = {true, false, SYNTHETIC_FIN}, [HAPPENED_RST_SENT] = {true, true, SYNTHETIC_RST},
    [HAPPENED_RST_RECEIVED] = {true, false, SYNTHETIC_RST}, [HAPPENED_SIGNAL] = {false, false, SYNTHETIC_DATA},
};

void made_saw(struct made *m, const struct actor *a, enum happening kind, uint64_t us, const void *data, size_t len,
              const char *comment)
{
    if (!a || kind >= sizeof EVENTS / sizeof *EVENTS || !EVENTS[kind].has)
        return;
    if (m->packets.len + len > MADE_MAX) {
        m->cut = true;
        return;
    }
    struct synthetic_flow *f = flow_of(m, a);
    if (!f)
        return;
    /* accept() is told before the actor has the connection: it begins with its first event then. */
    if (!f->open && kind != HAPPENED_CONNECTED && kind != HAPPENED_ACCEPTED && kind != HAPPENED_REFUSED)
        synthetic_event(&m->packets, f, a->spec->kind == SCN_SERVER ? SYNTHETIC_ACCEPT : SYNTHETIC_OPEN, true, us, NULL,
                        0, NULL);
    synthetic_event(&m->packets, f, EVENTS[kind].kind, EVENTS[kind].outgoing, us, data, len, comment);
}

void made_file(const struct made *m, const char *about, const char *reason, struct buf *out)
{
    struct buf text = {0};
    buf_printf(&text, "%s\nMade up by sockspec from what its own sockets did, no packets were captured: %s", about,
               reason);
    if (m->cut)
        buf_puts(&text, "\nThe end is missing: there was no room for it");
    pcapng_begin(out, PCAPNG_RAW_IP, "synthetic", buf_text(&text));
    buf_add(out, m->packets.data, m->packets.len);
    buf_free(&text);
}
