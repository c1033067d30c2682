#include "engine/steps/answers.h"
#include "engine/core/conn.h"
#include "engine/core/regex.h"
#include "engine/core/values.h"
#include "engine/steps/spoken.h"
#include "engine/steps/step.h"
#include "engine/steps/steps.h"

#include "base/visible.h"

#include <stdlib.h>
#include <string.h>

/* What `on` has said so far. */
struct answering {
    const struct scn_step **on;
    size_t count;
    size_t asked; /* IMAP: literals of the command that is coming, which have been asked for */
    bool given;   /* some command has been answered */
};

static void add(struct actor *a, const struct scn_step *on)
{
    struct answering *all = a->answers ? a->answers : (a->answers = mem_new(1, sizeof(*all)));
    for (size_t i = 0; i < all->count; i++) {
        if (all->on[i] != on)
            continue;
        memmove(all->on + i, all->on + i + 1, (all->count - i - 1) * sizeof(*all->on)); /* a second turn: the last */
        all->count--;
    }
    all->on = mem_realloc(all->on, (all->count + 1) * sizeof(*all->on));
    all->on[all->count++] = on;
}

enum step_result step_on(struct actor *a, const struct scn_step *s)
{
    add(a, s);
    return STEP_DONE;
}

enum step_result step_answers(struct actor *a, const struct scn_step *s)
{
    for (size_t i = 0; i < s->u.on.body.count; i++)
        add(a, &s->u.on.body.steps[i]);
    return STEP_DONE;
}

void answers_free(struct actor *a)
{
    bytes_drop(a->tag);
    if (a->answers)
        free(a->answers->on);
    free(a->answers);
    a->answers = NULL;
    a->tag = NULL;
}

bool answers_listen(const struct actor *a, const struct scn_expect *e)
{
    bool commands = false, ends = true;
    for (size_t i = 0; i < e->count; i++) {
        enum scn_match_kind kind = e->alternatives[i].kind;
        commands |= kind == SCN_MATCH_COMMAND;
        ends &= kind == SCN_MATCH_CLOSE || kind == SCN_MATCH_RESET;
    }
    return commands || (ends && a->answers);
}

bool answers_given(const struct actor *a)
{
    return a->answers && a->answers->given;
}

/* The last `on` that matches counts. */
static const struct scn_block *answer_to(struct actor *a, const struct buf *command)
{
    for (size_t i = a->answers ? a->answers->count : 0; i-- > 0;)
        if (regex_search(a, &a->answers->on[i]->u.on.regex, buf_text(command), command->len, NULL, NULL))
            return &a->answers->on[i]->u.on.body;
    return NULL;
}

/* "+ go on", for a literal of IMAP that waits to be asked for. */
static const struct scn_block *go_on(void)
{
    static struct scn_part part = {.kind = SCN_PART_BYTES, .bytes = "+ go on\r\n", .len = 9};
    static struct scn_item item = {.kind = SCN_ITEM_TEXT, .text = {&part, 1}};
    static struct scn_step send = {.kind = SCN_STEP_SEND, .u.send.payload = {&item, 1}};
    static const struct scn_block block = {&send, 1};
    return &block;
}

static void take(struct actor *a, const struct spoken *s)
{
    const struct buf *command = spoken_command(s);
    const char *tag = spoken_tag(s);
    bytes_drop(a->last);
    a->last = bytes_new(command->data, command->len);
    bytes_drop(a->tag);
    a->tag = tag ? bytes_new(tag, strlen(tag)) : NULL;
    if (a->answers)
        a->answers->asked = 0;
}

enum match_status answers_try(struct expectation *x, struct actor *a, struct conn *c, size_t *end, size_t *which,
                              struct buf *why)
{
    enum match_status got = spoken_try(x->commands, a, c, end, why);
    if (got == MATCH_MORE && spoken_asked(x->commands) > (a->answers ? a->answers->asked : 0)) {
        if (!a->answers)
            a->answers = mem_new(1, sizeof(*a->answers));
        a->answers->asked++;
        a->call = go_on();
        return MATCH_NO;
    }
    if (got != MATCH_YES)
        return got;
    const struct buf *command = spoken_command(x->commands);
    take(a, x->commands);
    for (size_t i = 0; i < x->count; i++) {
        const struct scn_match *m = x->alternatives[i].m;
        if (m->kind == SCN_MATCH_COMMAND && regex_search(a, &m->regex, buf_text(command), command->len, NULL, NULL)) {
            *which = i;
            return MATCH_YES;
        }
    }
    a->call = answer_to(a, command);
    if (a->call) {
        a->answers->given = true;
        conn_take(c, *end);
        return MATCH_NO;
    }
    buf_puts(why, "the command that came is ");
    visible_quoted(why, buf_text(command), command->len, 100);
    return MATCH_NO;
}
