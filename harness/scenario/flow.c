/*
 * Whether the steps of a client or server make sense in their order and on their transport: nothing is sent
 * before there is a connection, nothing after it was closed, and no datagram is split.
 */
#include "scenario/parse.h"

#include <stdlib.h>
#include <string.h>

enum state { NOT_YET, OPEN, WRITE_SHUT, CLOSED };

struct flow {
    struct parser *p;
    const struct scn_actor *actor;
    enum scn_transport transport; /* of the current connection */
    enum state state;
    int line;   /* of what closed or shut it */
    bool again; /* inside a second turn of a repeat */
    bool link;  /* every connection goes through a link of streams */
};

enum scn_transport flow_transport(const struct parser *p, enum scn_transport own)
{
    if (own != SCN_TRANSPORT_DEFAULT)
        return own;
    if (p->s->transport != SCN_TRANSPORT_DEFAULT)
        return p->s->transport;
    if (!p->context->profile)
        return SCN_TRANSPORT_DEFAULT;
    return p->context->profile->transport != SCN_TRANSPORT_DEFAULT ? p->context->profile->transport : SCN_TCP;
}

/* Reports where the transport of the connection lacks what `what` needs. */
static bool needs_medium(struct flow *f, struct scn_at at, const char *what, enum scn_medium medium)
{
    const char *want = "this";
    if (f->transport == SCN_TRANSPORT_DEFAULT || scn_transport_is(f->transport, medium))
        return true;
    switch (medium) {
    case SCN_ANY_MEDIUM:
        break;
    case SCN_CONNECTIONS:
        want = "a connection";
        break;
    case SCN_STREAM:
        want = "a stream";
        break;
    case SCN_TCP_ONLY:
        want = "tcp";
        break;
    case SCN_DATAGRAMS:
        want = "datagrams";
        break;
    }
    return fail_at(f->p, at, NULL, "%s needs %s; this is %s", what, want, scn_transport_name(f->transport));
}

/* As needs_medium, of a word of the language. */
static bool word_needs_medium(struct flow *f, struct scn_at at, const char *word, enum scn_medium medium)
{
    char *quoted = mem_printf("'%s'", word);
    bool ok = needs_medium(f, at, quoted, medium);
    free(quoted);
    return ok;
}

/* A connection is needed and must not be closed yet. */
static bool need_open(struct flow *f, const struct scn_step *step)
{
    const char *name = scn_step_name(step->kind);
    if (f->state == NOT_YET) {
        bool client = f->actor->kind == SCN_CLIENT;
        fail_at(f->p, step->at, NULL, "'%s' before '%s'", name, client ? "connect" : "accept");
        f->state = OPEN; /* once is enough */
        return false;
    }
    if (f->state == CLOSED) {
        fail_at(f->p, step->at, NULL, "'%s' after the connection was closed at line %d", name, f->line);
        f->state = OPEN;
        return false;
    }
    return true;
}

static void check_block(struct flow *f, const struct scn_block *block);

/* --- on which transport --------------------------------------------------------------------------------- */

static void send_transport(struct flow *f, const struct scn_step *step)
{
    const struct scn_manner *m = &step->u.send.manner;
    if (m->cut != SCN_CUT_NONE)
        needs_medium(f, step->at, "cutting bytes", SCN_STREAM);
    if (m->urgent && needs_medium(f, step->at, "'urgent'", SCN_TCP_ONLY) && f->link)
        fail_at(f->p, step->at, NULL, "'urgent' and a link: it hands an urgent byte on as an ordinary one");
    if (m->held && needs_medium(f, step->at, "'held'", SCN_TCP_ONLY)) {
        if (f->link)
            fail_at(f->p, step->at, NULL, "'held' and a link: it hands on what comes at once");
        else if (m->cut != SCN_CUT_NONE || m->rate.set || m->every.set || m->until_blocked || m->urgent)
            fail_at(f->p, step->at, NULL, "'held' is all in one: nothing else says how these bytes leave");
    }
    if (m->from == SCN_FROM_OTHER_PORT)
        needs_medium(f, step->at, "'from other port'", SCN_DATAGRAMS);
    if (m->from == SCN_FROM_OTHER_ADDRESS && f->transport != SCN_UDP)
        fail_at(f->p, step->at, NULL,
                "'from other address' is for udp: loopback has more than one address of IPv4 only");
}

static void expect_transport(struct flow *f, const struct scn_step *step)
{
    for (size_t i = 0; i < step->u.expect.count; i++) {
        const struct scn_match *m = &step->u.expect.alternatives[i];
        if (m->kind == SCN_MATCH_REFUSED && f->link)
            fail_at(f->p, m->at, "expect reset",
                    "'refused' and a link: the link accepts, and resets when the subject refuses");
        word_needs_medium(f, m->at, match_word(m->kind), match_medium(m->kind));
    }
}

/* Its steps are done when a command comes: on an open connection, whatever has become of it since. */
static void check_on(struct flow *f, const struct scn_block *body)
{
    struct flow inside = *f;
    inside.state = OPEN;
    check_block(&inside, body);
}

static void step_transport(struct flow *f, const struct scn_step *step)
{
    word_needs_medium(f, step->at, scn_step_name(step->kind), step_medium(step->kind));
    if (step->kind == SCN_STEP_SEND)
        send_transport(f, step);
    else if (step->kind == SCN_STEP_EXPECT)
        expect_transport(f, step);
    else if (step->kind == SCN_STEP_ACCEPT && scn_transport_is(f->transport, SCN_DATAGRAMS))
        fail_at(f->p, step->at, "its expect takes one datagram and sets its peer", "a datagram server does not accept");
    else if (step->kind == SCN_STEP_SET)
        word_needs_medium(f, step->at, scn_option_name(step->u.set.option), scn_option_medium(step->u.set.option));
}

/* --- in which order ------------------------------------------------------------------------------------------ */

static void check_expect(struct flow *f, const struct scn_step *step)
{
    bool only_refused = true;
    for (size_t i = 0; i < step->u.expect.count; i++) {
        const struct scn_match *m = &step->u.expect.alternatives[i];
        if (m->kind != SCN_MATCH_REFUSED)
            only_refused = false;
        else if (f->actor->kind == SCN_SERVER)
            fail_at(f->p, m->at, NULL, "only a client's connect can be refused");
        if (m->kind == SCN_MATCH_REQUEST && m->any_connection && f->actor->kind == SCN_SERVER && f->state != OPEN)
            f->state = OPEN; /* it accepts by itself */
    }
    if (need_open(f, step) && only_refused && step->u.expect.count) {
        f->state = CLOSED;
        f->line = step->at.line;
    }
}

static void check_repeat(struct flow *f, const struct scn_step *step)
{
    size_t before = f->p->messages->count;
    check_block(f, &step->u.repeat.body);
    bool once = !step->u.repeat.count.name && step->u.repeat.count.value < 2;
    /* A second turn begins in the state that the first has left; once is enough to see, and keeps this
     * linear. */
    if (once || f->again || f->p->messages->count != before)
        return;
    f->again = true;
    check_block(f, &step->u.repeat.body);
    f->again = false;
}

static void end_connection(struct flow *f, const struct scn_step *step)
{
    bool listener = step->kind == SCN_STEP_CLOSE && step->u.close_listener;
    if (listener && f->actor->kind != SCN_SERVER)
        fail_at(f->p, step->at, NULL, "a client has no listener");
    if (listener)
        return;
    if (f->actor->kind == SCN_SERVER && f->state == NOT_YET && step->kind == SCN_STEP_CLOSE)
        return; /* a server without a connection closes its listening socket: from here on peers are refused
                 */
    if (!need_open(f, step))
        return;
    f->state = CLOSED;
    f->line = step->at.line;
}

static void check_send(struct flow *f, const struct scn_step *step)
{
    if (!need_open(f, step) || f->state != WRITE_SHUT)
        return;
    fail_at(f->p, step->at, NULL, "'send' after 'shutdown write' at line %d", f->line);
    f->state = OPEN;
}

static void check_shutdown(struct flow *f, const struct scn_step *step)
{
    if (!need_open(f, step) || !step->u.shutdown.write)
        return;
    f->state = WRITE_SHUT;
    f->line = step->at.line;
}

static void open_connection(struct flow *f, const struct scn_step *step)
{
    if (step->kind == SCN_STEP_CONNECT) {
        enum scn_transport own = step->u.connect.transport;
        f->transport = flow_transport(f->p, own != SCN_TRANSPORT_DEFAULT ? own : f->actor->transport);
    }
    f->state = OPEN;
}

static void check_step(struct flow *f, const struct scn_step *step)
{
    switch (step_flow(step->kind)) {
    case FLOW_NONE:
        break;
    case FLOW_OPENS:
        open_connection(f, step);
        break;
    case FLOW_NEEDS:
        need_open(f, step);
        break;
    case FLOW_SEND:
        check_send(f, step);
        break;
    case FLOW_EXPECT:
        check_expect(f, step);
        break;
    case FLOW_SHUTS:
        check_shutdown(f, step);
        break;
    case FLOW_ENDS:
        end_connection(f, step);
        break;
    case FLOW_REPEAT:
        check_repeat(f, step);
        break;
    }
    if (step->kind == SCN_STEP_ON)
        check_on(f, &step->u.on.body);
    if (f->transport != SCN_TRANSPORT_DEFAULT)
        step_transport(f, step);
}

static void check_block(struct flow *f, const struct scn_block *block)
{
    for (size_t i = 0; i < block->count && !parser_full(f->p); i++)
        check_step(f, &block->steps[i]);
}

/* --- the link ------------------------------------------------------------------------------------------------ */

/* Whether there is one, and of streams: not one step loses, reorders or duplicates packets. */
static bool streams_link(const struct scn_scenario *s)
{
    bool link = false;
    for (size_t i = 0; i < s->actor_count; i++) {
        const struct scn_actor *a = &s->actors[i];
        if (a->kind != SCN_LINK_ACTOR)
            continue;
        link = true;
        for (size_t k = 0; k < a->body.count; k++)
            if (a->body.steps[k].kind == SCN_STEP_LINK && scn_link_is_of_packets(a->body.steps[k].u.link.kind))
                return false;
    }
    return link;
}

/* What the link cannot do on the transport that everything speaks; an actor with one of its own
 * is told when it runs. */
static void check_link_steps(struct parser *p, const struct scn_actor *a)
{
    struct flow f = {.p = p, .transport = flow_transport(p, SCN_TRANSPORT_DEFAULT)};
    for (size_t i = 0; i < a->body.count && f.transport != SCN_TRANSPORT_DEFAULT; i++) {
        const struct scn_step *step = &a->body.steps[i];
        if (step->kind != SCN_STEP_LINK)
            continue;
        word_needs_medium(&f, step->at, scn_link_name(step->u.link.kind), scn_link_medium(step->u.link.kind));
    }
}

/* Behind the link the subject cannot tell the actors' connections apart. */
static void check_fault_actors(struct parser *p, const struct scn_block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        const struct scn_step *step = &block->steps[i];
        if (step->kind == SCN_STEP_REPEAT)
            check_fault_actors(p, &step->u.repeat.body);
        else if (step->kind == SCN_STEP_FAULT && step->u.fault.actor)
            fail_at(p, step->at, NULL,
                    "'on connections from' and a link: the subject sees the connections of the link");
    }
}

void check_flow(struct parser *p)
{
    bool link = streams_link(p->s);
    for (size_t i = 0; i < p->s->actor_count; i++) {
        const struct scn_actor *a = &p->s->actors[i];
        if (link && a->kind == SCN_LINK_ACTOR)
            check_link_steps(p, a);
        if (link && a->kind == SCN_SUBJECT)
            check_fault_actors(p, &a->body);
        if (a->kind != SCN_CLIENT && a->kind != SCN_SERVER)
            continue;
        struct flow f = {.p = p, .actor = a, .transport = flow_transport(p, a->transport), .link = link};
        if (a->kind == SCN_SERVER && scn_transport_is(f.transport, SCN_DATAGRAMS))
            f.state = OPEN;
        check_block(&f, &a->body);
    }
}
