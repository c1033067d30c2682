/*
 * Faults and events as words and as JSON.
 */
#include "fault/json_line.h"
#include "fault/link.h"

#include <string.h>

static void add_amount(const struct link_fault *f, struct buf *out)
{
    switch (scn_link_unit(f->kind)) {
    case SCN_UNIT_TIME:
        if (f->amount < 1)
            buf_printf(out, "%.10gms", f->amount * 1000);
        else
            buf_printf(out, "%.10gs", f->amount);
        break;
    case SCN_UNIT_RATE:
        buf_printf(out, "%.15gB/s", f->amount);
        break;
    case SCN_UNIT_PERCENT:
        buf_printf(out, "%.10g%%", f->amount);
        break;
    case SCN_UNIT_BYTES:
    case SCN_UNIT_COUNT:
        buf_printf(out, "%.15g", f->amount);
        break;
    }
}

/* The fault without its direction and connection. */
static void add_fault(const struct link_fault *f, struct buf *out)
{
    buf_printf(out, "%s ", scn_link_name(f->kind));
    add_amount(f, out);
    if (scn_link_is_after(f->kind))
        buf_puts(out, " bytes");
}

void link_fault_text(const struct link_fault *f, struct buf *out)
{
    if (f->up != f->down)
        buf_puts(out, f->up ? "up " : "down ");
    add_fault(f, out);
    if (f->connection)
        buf_printf(out, " on connection %llu", (unsigned long long)f->connection);
}

static const char *const event_names[] = {
    [LINK_EVENT_ACCEPTED] = "accepted", [LINK_EVENT_CONNECTED] = "connected", [LINK_EVENT_REFUSED] = "refused",
    [LINK_EVENT_PASSED] = "passed",     [LINK_EVENT_FAULT] = "fault",         [LINK_EVENT_FIN] = "fin",
    [LINK_EVENT_RST] = "rst",           [LINK_EVENT_DROPPED] = "dropped",     [LINK_EVENT_CLOSED] = "closed",
    [LINK_EVENT_TROUBLE] = "trouble",
};

static void describe(const struct link_event *e, struct buf *out)
{
    unsigned long long bytes = e->bytes, offset = e->offset;
    const char *s = bytes == 1 ? "" : "s";
    switch (e->kind) {
    case LINK_EVENT_ACCEPTED:
        buf_puts(out, "accepted");
        break;
    case LINK_EVENT_CONNECTED:
        buf_puts(out, "connected to the target");
        break;
    case LINK_EVENT_REFUSED:
        buf_printf(out, "target not reached: %s", strerror(e->error));
        break;
    case LINK_EVENT_PASSED:
        buf_printf(out, "passed %llu byte%s at %llu", bytes, s, offset);
        break;
    case LINK_EVENT_FAULT:
        buf_puts(out, "fault: ");
        add_fault(e->fault, out);
        if (!scn_link_is_after(e->fault->kind))
            buf_printf(out, ", from byte %llu", offset);
        break;
    case LINK_EVENT_FIN:
        buf_printf(out, "FIN passed at %llu", offset);
        break;
    case LINK_EVENT_RST:
        buf_printf(out, "RST at %llu", offset);
        break;
    case LINK_EVENT_DROPPED:
        buf_printf(out, "dropped %llu byte%s at %llu", bytes, s, offset);
        break;
    case LINK_EVENT_CLOSED:
        buf_printf(out, "closed after %llu byte%s", bytes, s);
        break;
    case LINK_EVENT_TROUBLE:
        buf_printf(out, "cannot accept for now: %s", strerror(e->error));
        break;
    }
}

void link_event_words(const struct link_event *e, struct buf *out)
{
    if (e->connection)
        buf_printf(out, "#%llu ", (unsigned long long)e->connection);
    if (e->directed)
        buf_printf(out, "%s ", link_direction_name(e->direction));
    describe(e, out);
}

void link_event_text(const struct link_event *e, struct buf *out)
{
    buf_printf(out, "%llu.%06llu ", (unsigned long long)(e->us / 1000000), (unsigned long long)(e->us % 1000000));
    link_event_words(e, out);
}

void link_event_json(const struct link_event *e, struct buf *out)
{
    json_t *o = json_pack("{s:f, s:s}", "time", (double)e->us / 1e6, "event", event_names[e->kind]);
    if (e->connection)
        json_object_set_new(o, "connection", json_integer((json_int_t)e->connection));
    if (e->directed)
        json_object_set_new(o, "direction", json_string(link_direction_name(e->direction)));
    if (e->kind == LINK_EVENT_PASSED || e->kind == LINK_EVENT_DROPPED || e->kind == LINK_EVENT_CLOSED)
        json_object_set_new(o, "bytes", json_integer((json_int_t)e->bytes));
    if (e->directed && e->kind != LINK_EVENT_CLOSED)
        json_object_set_new(o, "offset", json_integer((json_int_t)e->offset));
    if (e->fault) {
        struct buf text = {0};
        link_fault_text(e->fault, &text);
        json_object_set_new(o, "fault", json_string(buf_text(&text)));
        buf_free(&text);
    }
    if (e->error)
        json_object_set_new(o, "error", json_string(strerror(e->error)));
    json_line_add(out, o);
}
