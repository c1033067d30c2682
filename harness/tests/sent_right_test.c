/*
 * What the scenarios of http-server send is right where they do not call it wrong: each request is read by the strict
 * parser, with its names put in, and nothing is left behind the last one.
 *
 * A scenario calls a request wrong where 400 would be a right answer to what it expects on that connection (`response
 * 400`, `4xx`, `any`), and where it expects no response at all.
 */
#include "protocol/http.h"
#include "scenario/load.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One connection of an actor, put together. */
struct talk {
    const struct scn_scenario *s;
    const struct scn_profile *profile;
    size_t index;
    const struct scn_step *lets[64];
    size_t let_count;
    struct buf sent;
    bool wrong, answered;
};

static void add_payload(struct talk *t, const struct scn_payload *p, struct buf *out);

/* The value of a name: a let, a parameter, a default of the profile, or what the run puts in. */
static void add_name(struct talk *t, const char *name, struct buf *out)
{
    static const char *const given[][2] = {{"host", "127.0.0.1"},
                                           {"port", "8080"},
                                           {"authority", "127.0.0.1:8080"},
                                           {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    for (size_t i = t->let_count; i-- > 0;)
        if (strcmp(t->lets[i]->u.let.name, name) == 0) {
            add_payload(t, &t->lets[i]->u.let.payload, out);
            return;
        }
    for (size_t i = 0; i < t->s->param_count; i++)
        if (strcmp(t->s->params[i].name, name) == 0) {
            buf_puts(out, scn_case_value(t->s, t->index, i));
            return;
        }
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(given[i][0], name) == 0) {
            buf_puts(out, given[i][1]);
            return;
        }
    for (size_t i = 0; i < t->profile->fact_count; i++)
        if (strcmp(t->profile->facts[i].name, name) == 0) {
            buf_puts(out, t->profile->facts[i].value ? t->profile->facts[i].value : "/fact");
            return;
        }
    buf_puts(out, "/captured"); /* what a response said: this will do for the grammar, of a target too */
}

static void add_text(struct talk *t, const struct scn_text *text, struct buf *out)
{
    for (size_t i = 0; i < text->count; i++) {
        if (text->parts[i].kind == SCN_PART_BYTES)
            buf_add(out, text->parts[i].bytes, text->parts[i].len);
        else
            add_name(t, text->parts[i].bytes, out);
    }
}

static void add_size(struct talk *t, const struct scn_number *n, struct buf *out)
{
    struct buf text = {0};
    double value = n->value;
    if (n->name) {
        add_name(t, n->name, &text);
        assert_int_equal(scn_number_read(n, buf_text(&text), &value), 0);
    }
    for (size_t left = (size_t)value; left > 0; left--)
        buf_putc(out, 'a');
    buf_free(&text);
}

static void add_payload(struct talk *t, const struct scn_payload *p, struct buf *out)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct scn_item *item = &p->items[i];
        if (item->kind == SCN_ITEM_TEXT)
            add_text(t, &item->text, out);
        else if (item->kind == SCN_ITEM_NAME)
            add_name(t, item->name, out);
        else if (item->kind != SCN_ITEM_FILE)
            add_size(t, &item->size, out);
    }
}

static void look_at_expect(struct talk *t, const struct scn_expect *e)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct scn_match *m = &e->alternatives[i];
        if (m->kind != SCN_MATCH_RESPONSE)
            continue;
        t->answered = true;
        t->wrong |= m->status_low <= 400 && m->status_high >= 400;
    }
}

/* What is wrong with the requests of a connection, into `why`; returns whether something is. */
static bool is_wrong(struct talk *t, struct buf *why)
{
    static const struct http_options strict = {.line_max = 1 << 23,
                                               .head_max = 1 << 23,
                                               .field_max = 1 << 23,
                                               .fields_max = HTTP_FIELDS_MAX,
                                               .chunk_line_max = 1 << 23,
                                               .trailer_max = 1 << 23};
    static struct http_head head;
    size_t at = 0;
    while (at < t->sent.len) {
        struct http_framing framing;
        struct http_body body;
        struct http_part part;
        http_head_init(&head, HTTP_REQUEST, &strict);
        long n = http_head_parse(&head, t->sent.data + at, t->sent.len - at);
        if (n < 0 && head.error.status == 400) {
            buf_printf(why, "byte %zu: %s", at + (size_t)head.error.offset, head.error.sentence);
            return true;
        }
        if (n <= 0) {
            size_t blank = strspn(t->sent.data + at, "\r\n");
            if (n == 0 && at + blank == t->sent.len)
                buf_printf(why, "%zu bytes stand behind the last request", blank);
            return why->len > 0;
        }
        if (http_framing_decide(&framing, &head, t->sent.data + at, HTTP_GET) != 0) {
            if (framing.error.status == 400)
                buf_puts(why, framing.error.sentence);
            return why->len > 0;
        }
        at += (size_t)n;
        http_body_init(&body, &framing, &strict);
        enum http_body_event event;
        do {
            size_t used = 0;
            event = http_body_read(&body, t->sent.data + at, t->sent.len - at, &used, &part);
            at += used;
        } while (event == HTTP_EVENT_DATA || event == HTTP_EVENT_TRAILER);
        if (event == HTTP_EVENT_ERROR) {
            buf_puts(why, body.error.sentence);
            return true;
        }
        if (event == HTTP_EVENT_MORE)
            return false; /* cut on purpose, or to be gone on with */
    }
    return false;
}

static void end_talk(struct talk *t, int *faults)
{
    struct buf why = {0};
    if (t->answered && !t->wrong && is_wrong(t, &why)) {
        char *name = scn_case_name(t->s, t->index);
        print_error("%s: %s\n", name, buf_text(&why));
        free(name);
        ++*faults;
    }
    buf_free(&why);
    buf_clear(&t->sent);
    t->wrong = t->answered = false;
}

static void walk(struct talk *t, const struct scn_block *b, int *faults)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        if (s->kind == SCN_STEP_CONNECT)
            end_talk(t, faults);
        else if (s->kind == SCN_STEP_SEND)
            add_payload(t, &s->u.send.payload, &t->sent);
        else if (s->kind == SCN_STEP_EXPECT)
            look_at_expect(t, &s->u.expect);
        else if (s->kind == SCN_STEP_LET && t->let_count < sizeof t->lets / sizeof *t->lets)
            t->lets[t->let_count++] = s;
        else if (s->kind == SCN_STEP_REPEAT) /* once is enough */
            walk(t, &s->u.repeat.body, faults);
    }
}

static int faults_of(const struct scn_scenario *s, const struct scn_profile *profile, int *talks)
{
    int faults = 0;
    for (size_t index = 0; index < scn_case_count(s); index++)
        for (size_t i = 0; i < s->actor_count; i++) {
            struct talk t = {.s = s, .profile = profile, .index = index};
            if (s->actors[i].kind != SCN_CLIENT)
                continue;
            walk(&t, &s->actors[i].body, &faults);
            *talks += t.answered && !t.wrong;
            end_talk(&t, &faults);
            buf_free(&t.sent);
        }
    return faults;
}

static void what_is_not_called_wrong_is_right(void **state)
{
    struct scn_messages messages = {0};
    struct scn_profile *profile =
        scn_profile_load(SOURCE_DIR "/scenarios/http-server/profile", "http-server", &messages);
    const struct scn_context context = {.profile = profile};
    glob_t files = {0};
    int faults = 0, talks = 0;
    (void)state;
    assert_non_null(profile);
    assert_int_equal(glob(SOURCE_DIR "/scenarios/http-server/*.scn", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char name[256];
        const char *base = strrchr(files.gl_pathv[i], '/') + 1;
        snprintf(name, sizeof name, "http-server/%.*s", (int)(strlen(base) - strlen(".scn")), base);
        struct scn_scenario *s = scn_load(files.gl_pathv[i], name, &context, &messages);
        if (!s)
            continue; /* those of facts from elsewhere: other tests load them */
        faults += faults_of(s, profile, &talks);
        scn_free(s);
    }
    print_message("%d conversations\n", talks);
    assert_true(talks > 200);
    assert_int_equal(faults, 0);
    globfree(&files);
    scn_messages_free(&messages);
    scn_profile_free(profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_not_called_wrong_is_right)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
