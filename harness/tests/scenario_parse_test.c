/*
 * What a scenario becomes: the examples of the design field by field, and the forms that they do not show.
 */
#include "base/mem.h"
#include "scenario/load.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DESIGN SOURCE_DIR "/harness/tests/data/scenario/design/"

static void print_all(struct scn_messages *messages)
{
    struct buf out = {0};
    for (size_t i = 0; i < messages->count; i++)
        scn_message_print(&out, &messages->items[i], false);
    print_error("%s", buf_text(&out));
    buf_free(&out);
    scn_messages_free(messages);
}

static struct scn_scenario *load(const char *file)
{
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_load(file, "profile/name", NULL, &messages);
    print_all(&messages);
    assert_non_null(s);
    return s;
}

/* A client with these steps (and, where `head` is not empty, this head). */
static struct scn_scenario *parse(const char *head, const char *steps)
{
    struct scn_messages messages = {0};
    char *source = mem_printf("scenario \"t\"\n%s\nclient { connect\n%s\n}\n", head, steps);
    struct scn_scenario *s = scn_parse("profile/name", "x.scn", source, strlen(source), NULL, &messages);
    free(source);
    print_all(&messages);
    assert_non_null(s);
    return s;
}

static const struct scn_step *step(const struct scn_scenario *s, size_t actor, size_t i)
{
    assert_true(actor < s->actor_count && i < s->actors[actor].body.count);
    return &s->actors[actor].body.steps[i];
}

static void part_is(const struct scn_text *t, size_t i, enum scn_part_kind kind, const char *bytes)
{
    assert_true(i < t->count);
    assert_int_equal(t->parts[i].kind, kind);
    assert_int_equal(t->parts[i].len, strlen(bytes));
    assert_string_equal(t->parts[i].bytes, bytes);
}

static void bytewise(void **state)
{
    (void)state;
    struct scn_scenario *s = load(DESIGN "bytewise.scn");
    assert_string_equal(s->title, "A request that arrives byte by byte is still one request");
    assert_string_equal(s->rule.id, "SOCK-STREAM-BOUNDARY");
    assert_int_equal(s->rule.level, SCN_MUST);
    assert_string_equal(s->why, "What one recv() returns is not one request.");
    assert_string_equal(s->name, "profile/name");
    assert_string_equal(s->profile, "profile");
    assert_int_equal(s->actor_count, 1);
    assert_string_equal(s->actors[0].name, "client");
    assert_int_equal(s->actors[0].body.count, 4);
    const struct scn_step *send = step(s, 0, 1);
    assert_int_equal(send->kind, SCN_STEP_SEND);
    assert_int_equal(send->u.send.manner.cut, SCN_CUT_PIECES);
    assert_true(send->u.send.manner.piece.value == 1);
    assert_int_equal(send->u.send.payload.count, 1);
    const struct scn_text *t = &send->u.send.payload.items[0].text;
    assert_int_equal(t->count, 5);
    part_is(t, 0, SCN_PART_BYTES, "GET ");
    part_is(t, 1, SCN_PART_NAME, "path");
    part_is(t, 2, SCN_PART_BYTES, " HTTP/1.1\r\nHost: ");
    part_is(t, 3, SCN_PART_NAME, "host");
    part_is(t, 4, SCN_PART_BYTES, "\r\nConnection: close\r\n\r\n");
    const struct scn_match *m = &step(s, 0, 2)->u.expect.alternatives[0];
    assert_int_equal(m->kind, SCN_MATCH_RESPONSE);
    assert_int_equal(m->status_low, 200);
    assert_int_equal(m->status_high, 200);
    assert_int_equal(step(s, 0, 3)->u.expect.alternatives[0].kind, SCN_MATCH_CLOSE);
    assert_int_equal(step(s, 0, 3)->at.line, 13);
    assert_int_equal(step(s, 0, 3)->at.col, 5);
    scn_free(s);
}

static void head_of_line(void **state)
{
    (void)state;
    struct scn_scenario *s = load(DESIGN "head-of-line.scn");
    assert_int_equal(s->need_count, 1);
    assert_string_equal(s->needs[0].name, "concurrency");
    assert_true(s->needs[0].has_number && s->needs[0].number == 2);
    assert_int_equal(s->actor_count, 2);
    assert_string_equal(s->actors[1].name, "brisk");
    assert_int_equal(s->signal_count, 2);
    assert_string_equal(s->signals[0].name, "stalled");
    assert_int_equal(s->signals[0].senders, 1);
    assert_int_equal(step(s, 1, 0)->u.signal.index, 0);
    assert_true(step(s, 1, 3)->within.set && step(s, 1, 3)->within.value == 1);
    assert_true(s->uses_subject);
    scn_free(s);
}

static void short_body(void **state)
{
    (void)state;
    struct scn_scenario *s = load(DESIGN "short-body.scn");
    assert_string_equal(s->needs[0].word, "exit");
    const struct scn_match *m = &step(s, 0, 1)->u.expect.alternatives[0];
    assert_int_equal(m->kind, SCN_MATCH_REQUEST);
    assert_string_equal(m->method, "GET");
    const struct scn_step *exit_step = step(s, 1, 0);
    assert_int_equal(exit_step->kind, SCN_STEP_STATE);
    assert_int_equal(exit_step->u.state.kind, SCN_STATE_EXIT);
    assert_int_equal(exit_step->u.state.exit_status, SCN_EXIT_NONZERO);
    assert_true(exit_step->within.value == 8);
    scn_free(s);
}

static void short_writes(void **state)
{
    (void)state;
    struct scn_scenario *s = load(DESIGN "short-writes.scn");
    assert_int_equal(scn_case_count(s), 4);
    assert_string_equal(scn_case_value(s, 3, 0), "5MB");
    const struct scn_fault *f = &step(s, 0, 0)->u.fault;
    assert_int_equal(f->call, SCN_CALL_SEND);
    assert_int_equal(f->effect, SCN_EFFECT_SHORT);
    assert_true(f->amount.value == 1 && !f->every.set);
    const struct scn_item *item = &step(s, 1, 1)->u.let.payload.items[0];
    assert_int_equal(item->kind, SCN_ITEM_RANDOM);
    assert_string_equal(item->size.name, "size");
    assert_int_equal(item->size.unit, SCN_UNIT_BYTES);
    assert_string_equal(step(s, 1, 2)->u.send.payload.items[0].name, "data");
    assert_true(step(s, 1, 4)->u.shutdown.write && !step(s, 1, 4)->u.shutdown.read);
    scn_free(s);
}

static void descriptors(void **state)
{
    (void)state;
    struct scn_scenario *s = load(DESIGN "emfile.scn");
    const struct scn_step *limit = step(s, 0, 0);
    assert_int_equal(limit->u.limit.resource, SCN_LIMIT_FILES);
    assert_true(limit->u.limit.value.above_current && limit->u.limit.value.value == 8);
    const struct scn_step *wait = step(s, 0, 2);
    assert_int_equal(wait->kind, SCN_STEP_WAIT);
    assert_true(wait->within.value == 3 && wait->u.signal.or_skip.allowed);
    part_is(&wait->u.signal.or_skip.reason, 0, SCN_PART_BYTES, "the backlog is too short to fill");
    const struct scn_state *cpu = &step(s, 0, 3)->u.state;
    assert_int_equal(cpu->kind, SCN_STATE_CPU_BELOW);
    assert_true(cpu->number.value == 50 && cpu->duration.value == 1);
    assert_true(s->actors[1].count.value == 40);
    assert_int_equal(s->actors[1].body.count, 5);
    assert_int_equal(s->signals[step(s, 0, 2)->u.signal.index].senders, 40);
    scn_free(s);
}

static void manners_in_any_order(void **state)
{
    (void)state;
    struct scn_scenario *s =
        parse("", "send split at 1, -2, {count} \"abc\" random 10 every 5ms at 10KB/s urgent until blocked within 2s\n"
                  "send zeros 3 letters 4 \"x\"\n  | line\n  |\n  | {{a} {b\nexpect \"y\"");
    const struct scn_step *first = step(s, 0, 1);
    const struct scn_manner *m = &first->u.send.manner;
    assert_int_equal(m->cut, SCN_CUT_AT);
    assert_int_equal(m->offset_count, 3);
    assert_true(m->offsets[1].value == -2);
    assert_string_equal(m->offsets[2].name, "count");
    assert_true(fabs(m->every.value - 0.005) < 1e-12 && m->rate.value == 10000);
    assert_true(m->urgent && m->until_blocked && m->from == SCN_FROM_OWN && !m->held);
    assert_true(first->within.value == 2);
    assert_int_equal(first->u.send.payload.count, 2);
    const struct scn_payload *p = &step(s, 0, 2)->u.send.payload;
    assert_int_equal(p->count, 4);
    assert_int_equal(p->items[0].kind, SCN_ITEM_ZEROS);
    assert_int_equal(p->items[1].kind, SCN_ITEM_LETTERS);
    part_is(&p->items[3].text, 0, SCN_PART_BYTES, "line\r\n\r\n{a} {b\r\n");
    scn_free(s);
}

static void matches(void **state)
{
    (void)state;
    struct scn_scenario *s =
        parse("", "let data = \"x\"\n"
                  "expect data or line /^a\\/b$/ or 3 bytes or nothing for 20ms or reset within 1min\n"
                  "expect response 4xx with header \"Content-Type\" /text/ body \"\" without header Age with "
                  "version \"1.1\" to HEAD\n"
                  "expect response any with body 5KiB bytes\n"
                  "expect {host} \"\\x00\\0\\\"\"\n"
                  "expect\n  | one\n  | two\n"
                  "expect refused");
    const struct scn_expect *e = &step(s, 0, 2)->u.expect;
    assert_int_equal(e->count, 5);
    assert_string_equal(e->alternatives[1].regex.pattern, "^a/b$");
    assert_true(e->alternatives[2].number.value == 3);
    assert_int_equal(e->alternatives[3].kind, SCN_MATCH_NOTHING);
    assert_true(step(s, 0, 2)->within.value == 60);
    const struct scn_match *r = &step(s, 0, 3)->u.expect.alternatives[0];
    assert_int_equal(r->status_low, 400);
    assert_int_equal(r->status_high, 499);
    assert_int_equal(r->with_count, 4);
    assert_int_equal(r->withs[0].kind, SCN_WITH_HEADER);
    assert_false(r->withs[0].has_value);
    assert_int_equal(r->withs[1].kind, SCN_WITH_BODY);
    assert_true(r->withs[1].has_value);
    assert_int_equal(r->withs[2].kind, SCN_WITHOUT_HEADER);
    assert_int_equal(r->withs[3].kind, SCN_WITH_VERSION);
    assert_string_equal(r->method, "HEAD");
    const struct scn_with *w = &step(s, 0, 4)->u.expect.alternatives[0].withs[0];
    assert_int_equal(w->kind, SCN_WITH_BODY_LENGTH);
    assert_true(w->length.value == 5120);
    const struct scn_payload *p = &step(s, 0, 5)->u.expect.alternatives[0].payload;
    assert_int_equal(p->items[1].text.parts[0].len, 3);
    assert_memory_equal(p->items[1].text.parts[0].bytes, "\0\0\"", 3);
    part_is(&step(s, 0, 6)->u.expect.alternatives[0].payload.items[0].text, 0, SCN_PART_BYTES, "one\r\ntwo\r\n");
    scn_free(s);
}

static void actors_and_repeat(void **state)
{
    (void)state;
    struct scn_messages messages = {0};
    const char *source =
        "scenario \"t\"\nwith n in 2, 3\ntransport tcp6\n"
        "server origin over unix-stream { accept within 1s ; expect request any /^\\/x/ on any connection "
        "}\r\n"
        "client crowd {n} { connect to origin over unix-stream ; repeat {n} { repeat 2 { send \"x\" } } ; "
        "signal up }\n"
        "subject { kill TERM ; expect killed by SIGTERM ; expect output has /a/ ; wait up\n"
        "expect exit any ; expect output is /b|c/ ; expect exit nonzero or output has /d/ within 2s }\n"
        "link { up delay 3ms ; silent after 10 bytes ; loss 2.5% }";
    struct scn_scenario *s = scn_parse("p/n", "x", source, strlen(source), NULL, &messages);
    print_all(&messages);
    assert_non_null(s);
    assert_int_equal(s->transport, SCN_TCP6);
    assert_int_equal(s->actors[0].transport, SCN_UNIX_STREAM);
    assert_true(step(s, 0, 1)->u.expect.alternatives[0].any_connection);
    assert_null(step(s, 0, 1)->u.expect.alternatives[0].method);
    assert_string_equal(s->actors[1].count.name, "n");
    assert_string_equal(step(s, 1, 0)->u.connect.to, "origin");
    assert_int_equal(step(s, 1, 1)->u.repeat.body.steps[0].u.repeat.body.count, 1);
    assert_int_equal(s->signals[0].senders, 0);
    assert_int_equal(step(s, 2, 0)->u.kill, SIGTERM);
    assert_int_equal(step(s, 2, 1)->u.state.signal, SIGTERM);
    assert_int_equal(step(s, 2, 4)->u.state.exit_status, SCN_EXIT_ANY);
    assert_string_equal(step(s, 2, 5)->u.state.regex.pattern, "b|c");
    assert_true(step(s, 2, 6)->u.state.or_output && !step(s, 2, 6)->u.state.whole && step(s, 2, 6)->within.value == 2);
    assert_true(step(s, 3, 0)->u.link.up && !step(s, 3, 0)->u.link.down);
    assert_int_equal(step(s, 3, 1)->u.link.kind, SCN_LINK_SILENT);
    assert_true(step(s, 3, 2)->u.link.amount.value == 2.5);
    scn_free(s);
}

/* What can begin no step goes on with the one above; strings and regexes below each other are one. */
static void steps_of_several_lines(void **state)
{
    (void)state;
    struct scn_scenario *s =
        parse("why \"one \"  # \"not this\"\n\n    \"and two\"\nwith size in 1,\n  2, # two\n\n  \"3\"\n    \"4\"",
              "send held\n  \"a\\\"\" \"b\"\n  \"\" # nothing\n  \"{size}c\"\n  {size} zeros 2\n  | d\n  \"e\"\n"
              "expect line /a\\/[\\/]/\n    /b+/\n    or \"x\"\n  or close\nsend \"f\" ; send \"g\"");
    assert_string_equal(s->why, "one and two");
    assert_int_equal(s->params[0].count, 3);
    assert_string_equal(s->params[0].values[2], "34");
    const struct scn_payload *p = &step(s, 0, 1)->u.send.payload;
    assert_true(step(s, 0, 1)->u.send.manner.held);
    assert_int_equal(p->count, 6);
    part_is(&p->items[0].text, 0, SCN_PART_BYTES, "a\"");
    assert_int_equal(p->items[1].text.count, 3);
    part_is(&p->items[1].text, 0, SCN_PART_BYTES, "b");
    part_is(&p->items[1].text, 1, SCN_PART_NAME, "size");
    part_is(&p->items[1].text, 2, SCN_PART_BYTES, "c");
    assert_int_equal(p->items[3].kind, SCN_ITEM_ZEROS);
    part_is(&p->items[4].text, 0, SCN_PART_BYTES, "d\r\n");
    const struct scn_expect *e = &step(s, 0, 2)->u.expect;
    assert_int_equal(e->count, 3);
    assert_string_equal(e->alternatives[0].regex.pattern, "a/[/]b+");
    assert_int_equal(s->actors[0].body.count, 5);
    scn_free(s);
}

/* A barrier between copies, a hold on both sides: both can go on. */
static void right_orders_are_accepted(void **state)
{
    (void)state;
    scn_free(parse("client b 3 { connect ; signal all ; wait all ; hold ; close }", "hold\nclose"));
    scn_free(parse("client b { wait x ; connect ; signal y }", "signal x\nwait y\nclose"));
}

static void cases(void **state)
{
    (void)state;
    struct scn_scenario *s =
        parse("with size in 1, 5MB\nwith kind in \"a b\", c, 7..9", "send \"{kind}\" zeros {size}");
    assert_int_equal(scn_case_count(s), 10);
    char *first = scn_case_name(s, 0), *sixth = scn_case_name(s, 5), *last = scn_case_name(s, 9);
    assert_string_equal(first, "profile/name[size=1,kind=a b]");
    assert_string_equal(sixth, "profile/name[size=5MB,kind=a b]");
    assert_string_equal(last, "profile/name[size=5MB,kind=9]");
    free(first);
    free(sixth);
    free(last);
    scn_free(s);
    s = parse("", "close");
    assert_int_equal(scn_case_count(s), 1);
    char *name = scn_case_name(s, 0);
    assert_string_equal(name, "profile/name");
    free(name);
    scn_free(s);
    s = parse("with a in 1..10\nwith b in 1..100", "send \"{a}{b}\"");
    assert_int_equal(scn_case_count(s), 1000);
    scn_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytewise),
        cmocka_unit_test(head_of_line),
        cmocka_unit_test(short_body),
        cmocka_unit_test(short_writes),
        cmocka_unit_test(descriptors),
        cmocka_unit_test(manners_in_any_order),
        cmocka_unit_test(matches),
        cmocka_unit_test(actors_and_repeat),
        cmocka_unit_test(steps_of_several_lines),
        cmocka_unit_test(right_orders_are_accepted),
        cmocka_unit_test(cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
