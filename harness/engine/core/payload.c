/*
 * Payloads: what a scenario sends, lets be, or wants to see, made of its items.
 *
 * A payload may be a GiB, so it is made in slices by those that have time for it (send, let): between two slices the
 * loop runs, and with it timers, signals and other actors. Its size is known before a byte of it is made, and limits
 * hold for sums: of all that a case holds at once, and of all that it makes in its life.
 */
#include "engine/core/payload.h"
#include "engine/core/speech.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"

#include "protocol/dots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Made in one go: a millisecond's work. */
#define SLICE ((size_t)1024 * 1024)
/* Random bytes come in such words: a slice that ends within one would lose the rest of it. */
#define RANDOM_WORD sizeof(uint64_t)

/* A run of bytes of one kind. */
struct piece {
    enum { PIECE_COPY, PIECE_ZEROS, PIECE_LETTERS, PIECE_RANDOM, PIECE_FILE } kind;
    size_t len;
    const char *data;   /* COPY */
    struct bytes *held; /* what `data` is in, or NULL */
    char *owned;        /* the same where it is ours, or NULL */
    struct rng rng;     /* RANDOM */
    int fd;             /* FILE */
};

struct making {
    struct piece *pieces;
    size_t count;
    size_t at, done; /* the piece at work, and its bytes that are made */
    struct bytes *bytes;
    size_t filled;
};

/* --- what it is made of --- */

static struct piece *add_piece(struct making *m, int kind, size_t len)
{
    m->pieces = mem_realloc(m->pieces, (m->count + 1) * sizeof(*m->pieces));
    struct piece *p = &m->pieces[m->count++];
    *p = (struct piece){.kind = kind, .len = len, .fd = -1};
    return p;
}

/* The value of a name: shared where it is a variable, copied where it is not known to stay. */
static int add_value(struct making *m, struct case_run *run, struct actor *a, const char *name)
{
    struct bytes *variable = variable_value(a, name);
    struct buf scratch = {0};
    size_t len;
    const char *value = value_of(run, a, name, &len, &scratch);
    if (value) {
        struct piece *p = add_piece(m, PIECE_COPY, len);
        p->held = variable ? bytes_keep(variable) : NULL;
        p->owned = variable ? NULL : memcpy(mem_new(len + 1, 1), value, len);
        p->data = variable ? variable->data : p->owned;
    }
    buf_free(&scratch);
    return value ? 0 : -1;
}

static int add_text(struct making *m, struct case_run *run, struct actor *a, const struct scn_text *text, struct err *e)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct scn_part *part = &text->parts[i];
        if (part->kind == SCN_PART_BYTES)
            add_piece(m, PIECE_COPY, part->len)->data = part->bytes;
        else if (add_value(m, run, a, part->bytes) < 0)
            return err_set(e, EINVAL, "{%s} (line %d) has no value here", part->bytes, part->at.line);
    }
    return 0;
}

static int add_file(struct making *m, struct case_run *run, struct actor *a, const struct scn_text *text, struct err *e)
{
    struct buf path = {0};
    off_t size = 0;
    int rc = text_expand(run, a, text, &path);
    if (rc < 0) {
        err_set(e, EINVAL, "a {name} in this file name has no value");
    } else {
        struct piece *p = add_piece(m, PIECE_FILE, 0);
        p->fd = file_open(run, buf_text(&path), &size, e);
        p->len = (size_t)size;
        rc = p->fd < 0 ? -1 : 0;
    }
    buf_free(&path);
    return rc;
}

static int add_sized(struct making *m, struct case_run *run, struct actor *a, const struct scn_item *item,
                     struct err *e)
{
    double size;
    if (number_read(run, a, &item->size, 0, &size, e) != 0)
        return -1;
    if (size > SCN_PAYLOADS_HELD_MAX)
        return err_set(e, ERANGE, "the size of this payload is no number of bytes up to 1 GiB");
    int kind = item->kind == SCN_ITEM_ZEROS     ? PIECE_ZEROS
               : item->kind == SCN_ITEM_LETTERS ? PIECE_LETTERS
                                                : PIECE_RANDOM;
    /* The same bytes on every run of the case: by its seed and the place in the file. */
    add_piece(m, kind, (size_t)size)->rng =
        (struct rng){run->seed ^ ((uint64_t)item->at.line << 32 | (uint64_t)item->at.col)};
    return 0;
}

/* Bytes that were made for this payload alone. */
static void add_owned(struct making *m, char *data, size_t len)
{
    struct piece *p = add_piece(m, PIECE_COPY, len);
    p->owned = data;
    p->data = data;
}

static int add_stuffed(struct making *m, struct case_run *run, struct actor *a, const struct scn_item *item,
                       struct err *e)
{
    struct bytes *text = payload_expand(run, a, item->of, e);
    if (!text)
        return -1;
    struct dots_writer w;
    size_t used, cap = 2 * text->len + DOTS_END_MAX;
    char *out = mem_new(cap, 1);
    dots_write_init(&w, false);
    size_t len = dots_write(&w, text->data, text->len, out, cap, &used);
    len += dots_write_end(&w, out + len);
    bytes_drop(text);
    add_owned(m, out, len);
    return 0;
}

static int add_literal(struct making *m, struct case_run *run, struct actor *a, const struct scn_item *item,
                       struct err *e)
{
    struct bytes *octets = payload_expand(run, a, item->of, e);
    if (!octets)
        return -1;
    char *head = mem_printf("{%zu}\r\n", octets->len);
    add_owned(m, head, strlen(head));
    struct piece *p = add_piece(m, PIECE_COPY, octets->len);
    p->held = octets;
    p->data = octets->data;
    return 0;
}

static int add_reply(struct making *m, struct case_run *run, struct actor *a, const struct scn_item *item,
                     struct err *e)
{
    struct buf out = {0};
    if (speech_write(run, a, item, &out, e) < 0) {
        buf_free(&out);
        return -1;
    }
    size_t len = out.len;
    add_owned(m, buf_take(&out), len);
    return 0;
}

static int add_item(struct making *m, struct case_run *run, struct actor *a, const struct scn_item *item, struct err *e)
{
    switch (item->kind) {
    case SCN_ITEM_TEXT:
        return add_text(m, run, a, &item->text, e);
    case SCN_ITEM_FILE:
        return add_file(m, run, a, &item->text, e);
    case SCN_ITEM_STUFFED:
        return add_stuffed(m, run, a, item, e);
    case SCN_ITEM_LITERAL:
        return add_literal(m, run, a, item, e);
    case SCN_ITEM_REPLY:
        return add_reply(m, run, a, item, e);
    case SCN_ITEM_NAME:
        return add_value(m, run, a, item->name) == 0 ? 0 : err_set(e, EINVAL, "'%s' has no value here", item->name);
    default:
        return add_sized(m, run, a, item, e);
    }
}

/* --- limits --- */

static int within_limits(const struct case_run *run, const struct making *m, struct err *e)
{
    double size = 0;
    for (size_t i = 0; i < m->count; i++)
        size += (double)m->pieces[i].len;
    if ((double)run->payload_held + size > SCN_PAYLOADS_HELD_MAX)
        return err_set(e, ERANGE, "the payloads of this case together would be more than 1 GiB (%.0f bytes)",
                       (double)run->payload_held + size);
    if ((double)run->payload_made + size > SCN_PAYLOADS_MADE_MAX)
        return err_set(e, ERANGE, "this case has made more than 16 GiB of payloads, one after the other");
    return 0;
}

static struct making *making_begin(struct case_run *run, struct actor *a, const struct scn_payload *p, struct err *e)
{
    struct making *m = mem_new(1, sizeof(*m));
    int rc = 0;
    for (size_t i = 0; i < p->count && rc == 0; i++)
        rc = add_item(m, run, a, &p->items[i], e);
    if (rc < 0 || within_limits(run, m, e) < 0) {
        case_error(run, a, "%s", e->text); /* of no effect where it has ended already */
        making_free(m);
        return NULL;
    }
    size_t size = 0;
    for (size_t i = 0; i < m->count; i++)
        size += m->pieces[i].len;
    m->bytes = bytes_new(NULL, size);
    m->bytes->account = &run->payload_held;
    run->payload_held += size;
    run->payload_made += size;
    return m;
}

void making_free(struct making *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++) {
        bytes_drop(m->pieces[i].held);
        free(m->pieces[i].owned);
        if (m->pieces[i].fd >= 0)
            close(m->pieces[i].fd);
    }
    bytes_drop(m->bytes);
    free(m->pieces);
    free(m);
}

/* --- the work --- */

/* Makes `len` bytes from `done` on. Returns 0, or -1 with `e`. */
static int make(struct piece *p, size_t done, char *to, size_t len, struct err *e)
{
    switch (p->kind) {
    case PIECE_COPY:
        memcpy(to, p->data + done, len);
        break;
    case PIECE_ZEROS: /* as bytes_new has left them */
        break;
    case PIECE_LETTERS:
        for (size_t i = 0; i < len; i++)
            to[i] = (char)('a' + (done + i) % 26);
        break;
    case PIECE_RANDOM:
        rng_fill(&p->rng, to, len);
        break;
    case PIECE_FILE:
        for (size_t got = 0; got < len;) {
            ssize_t n = pread(p->fd, to + got, len - got, (off_t)(done + got));
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return n < 0 ? err_errno(e, errno, "cannot read a file of the scenario")
                             : err_set(e, EIO, "a file of the scenario has become shorter while it was read");
            got += (size_t)n;
        }
        break;
    }
    return 0;
}

/* Makes at most so many bytes more. Returns 1 when all are made, 0, or -1 with `e`. */
static int making_go_on(struct making *m, size_t most, struct err *e)
{
    while (m->at < m->count) {
        struct piece *p = &m->pieces[m->at];
        size_t left = p->len - m->done, now = left < most ? left : most / RANDOM_WORD * RANDOM_WORD;
        if (left > 0 && now == 0)
            return 0;
        if (make(p, m->done, m->bytes->data + m->filled, now, e) < 0)
            return -1;
        m->filled += now;
        m->done += now;
        most -= now;
        if (m->done == p->len) {
            m->at++;
            m->done = 0;
        }
    }
    return 1;
}

/* A large let is shared, not copied for each use. */
static struct bytes *shared(const struct actor *a, const struct scn_payload *p)
{
    struct bytes *v = p->count == 1 && p->items[0].kind == SCN_ITEM_NAME ? variable_value(a, p->items[0].name) : NULL;
    return v ? bytes_keep(v) : NULL;
}

static struct bytes *take(struct making *m)
{
    struct bytes *b = bytes_keep(m->bytes);
    making_free(m);
    return b;
}

struct bytes *payload_expand(struct case_run *run, struct actor *a, const struct scn_payload *p, struct err *e)
{
    struct bytes *b = shared(a, p);
    struct making *m = b ? NULL : making_begin(run, a, p, e);
    if (!m)
        return b;
    if (making_go_on(m, SIZE_MAX, e) > 0)
        return take(m);
    case_error(run, a, "%s", e->text);
    making_free(m);
    return NULL;
}

struct bytes *payload_in_slices(struct actor *a, const struct scn_payload *p, struct err *e)
{
    struct bytes *b = a->st.making ? NULL : shared(a, p);
    if (b)
        return b;
    if (!a->st.making && !(a->st.making = making_begin(a->run, a, p, e)))
        return NULL;
    int rc = making_go_on(a->st.making, SLICE, e);
    if (rc > 0) {
        b = take(a->st.making);
        a->st.making = NULL;
    } else if (rc == 0) {
        actor_wake(a); /* when the loop has run */
    } else {
        case_error(a->run, a, "%s", e->text);
    }
    return b;
}
