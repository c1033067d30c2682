#include "fuzz/abnf.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any rule of these documents refers; a rule that refers to itself gets here. */
#define DEPTH_MOST 64
/* Sets of states that are remembered, 512 bytes each. When there are more, all are forgotten. */
#define SETS_MOST 4096
#define SLOTS     (2 * SETS_MOST)

/* A state of the nondeterministic automaton. */
struct state {
    enum { JUMP, FORK, BYTE, DONE } kind;
    uint8_t low, high; /* BYTE: one of these leads to `out` */
    uint32_t out, other;
};

/* A set of states that have a byte to wait for, and where each byte leads: a state of
 * the deterministic one. */
struct set {
    uint32_t *states;
    size_t count;
    bool done;          /* what was read so far is described as a whole */
    uint16_t next[256]; /* UNKNOWN until it was asked for */
};

enum { UNKNOWN, DEAD, FIRST_SET };

struct abnf {
    const struct abnf_rule *rules;
    struct state *states;
    size_t count, room;
    uint32_t start;
    struct set *sets; /* [FIRST_SET] is where matching begins */
    size_t set_count;
    uint16_t slots[SLOTS]; /* of a hash table of sets */
    uint32_t *found;       /* the set that is being made */
    size_t found_count;
    bool found_done;
    uint32_t *seen; /* seen[state] == turn: it is in the set */
    uint32_t turn;
};

/* --- from text to states --- */

/* A piece of the automaton: from `first` to `last`, which is a JUMP to nowhere yet. */
struct piece {
    uint32_t first, last;
};

/* Where a rule's text is being read. */
struct text {
    struct abnf *a;
    const struct abnf_rule *rule;
    const char *at;
    int depth;
};

static _Noreturn void bad_rule(const struct text *t, const char *what)
{
    fprintf(stderr, "ABNF: %s: %s: %s\n", t->rule->name, what, t->at);
    abort();
}

static void *memory(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count, size);
    if (p == NULL)
        abort();
    return p;
}

static uint32_t add_state(struct abnf *a, struct state s)
{
    if (a->count == a->room) {
        a->room = a->room == 0 ? 256 : 2 * a->room;
        a->states = memory(a->states, a->room, sizeof *a->states);
    }
    a->states[a->count] = s;
    return (uint32_t)a->count++;
}

static struct piece empty_piece(struct abnf *a)
{
    uint32_t s = add_state(a, (struct state){.kind = JUMP, .out = UINT32_MAX});
    return (struct piece){s, s};
}

static struct piece byte_piece(struct abnf *a, unsigned low, unsigned high)
{
    struct piece p = empty_piece(a);
    p.first = add_state(a, (struct state){.kind = BYTE, .low = (uint8_t)low, .high = (uint8_t)high, .out = p.last});
    return p;
}

static struct piece one_behind_other(struct abnf *a, struct piece p, struct piece q)
{
    a->states[p.last].out = q.first;
    return (struct piece){p.first, q.last};
}

static struct piece one_or_other(struct abnf *a, struct piece p, struct piece q)
{
    a->states[p.last].out = q.last;
    p.first = add_state(a, (struct state){.kind = FORK, .out = p.first, .other = q.first});
    p.last = q.last;
    return p;
}

static struct piece any_number(struct abnf *a, struct piece p)
{
    uint32_t fork = add_state(a, (struct state){.kind = FORK, .out = p.first});
    uint32_t end = empty_piece(a).last;
    a->states[p.last].out = fork;
    a->states[fork].other = end;
    return (struct piece){fork, end};
}

static void skip_blanks(struct text *t)
{
    while (*t->at == ' ')
        t->at++;
}

static struct piece read_alternation(struct text *t);

static struct piece read_rule(const struct text *from, const char *name, size_t len)
{
    if (from->depth >= DEPTH_MOST)
        bad_rule(from, "refers to itself");
    for (const struct abnf_rule *r = from->a->rules; r->name != NULL; r++) {
        if (strlen(r->name) != len || memcmp(r->name, name, len) != 0)
            continue;
        struct text t = {.a = from->a, .rule = r, .at = r->elements, .depth = from->depth + 1};
        struct piece p = read_alternation(&t);
        if (*t.at != '\0')
            bad_rule(&t, "more than a rule");
        return p;
    }
    bad_rule(from, "refers to a rule that is not there");
}

/* "text", in any case (RFC 5234, 2.3). */
static struct piece read_string(struct text *t)
{
    struct piece p = empty_piece(t->a);
    for (t->at++; *t->at != '"'; t->at++) {
        if (*t->at == '\0')
            bad_rule(t, "a string without end");
        unsigned c = (unsigned char)*t->at;
        struct piece q = byte_piece(t->a, c, c);
        if (isalpha((int)c))
            q = one_or_other(t->a, q, byte_piece(t->a, c ^ 0x20, c ^ 0x20));
        p = one_behind_other(t->a, p, q);
    }
    t->at++;
    return p;
}

static unsigned read_hex(struct text *t)
{
    char *end;
    unsigned long value = strtoul(t->at, &end, 16);
    if (end == t->at || value > 255)
        bad_rule(t, "no byte in hex");
    t->at = end;
    return (unsigned)value;
}

/* %x41, %x41-5A, %x48.54.54.50 (RFC 5234, 2.3 and 3.4). */
static struct piece read_bytes(struct text *t)
{
    if (t->at[1] != 'x')
        bad_rule(t, "a base other than 16");
    t->at += 2;
    unsigned low = read_hex(t), high = low;
    if (*t->at == '-') {
        t->at++;
        high = read_hex(t);
    }
    struct piece p = byte_piece(t->a, low, high);
    while (*t->at == '.') {
        t->at++;
        low = read_hex(t);
        p = one_behind_other(t->a, p, byte_piece(t->a, low, low));
    }
    return p;
}

static struct piece read_element(struct text *t)
{
    if (*t->at == '"')
        return read_string(t);
    if (*t->at == '%')
        return read_bytes(t);
    if (*t->at == '(' || *t->at == '[') {
        char close = *t->at == '(' ? ')' : ']';
        t->at++;
        struct piece p = read_alternation(t);
        if (*t->at != close)
            bad_rule(t, "a bracket without end");
        t->at++;
        return close == ']' ? one_or_other(t->a, p, empty_piece(t->a)) : p;
    }
    size_t len = 0;
    while (isalnum((unsigned char)t->at[len]) || (len > 0 && t->at[len] == '-'))
        len++;
    if (len == 0)
        bad_rule(t, "no element");
    struct piece p = read_rule(t, t->at, len);
    t->at += len;
    return p;
}

/* [n]*[m]element or n element (RFC 5234, 3.6 and 3.7): the element's text is read once for each copy. */
static struct piece read_repetition(struct text *t)
{
    unsigned long least = 0, most = ULONG_MAX;
    bool counted = isdigit((unsigned char)*t->at);
    if (counted)
        least = strtoul(t->at, (char **)&t->at, 10);
    if (*t->at == '*') {
        t->at++;
        if (isdigit((unsigned char)*t->at))
            most = strtoul(t->at, (char **)&t->at, 10);
    } else {
        most = counted ? least : (least = 1);
    }
    const char *from = t->at;
    struct piece p = empty_piece(t->a);
    for (unsigned long i = 0; i < least; i++) {
        t->at = from;
        p = one_behind_other(t->a, p, read_element(t));
    }
    if (most == ULONG_MAX) {
        t->at = from;
        return one_behind_other(t->a, p, any_number(t->a, read_element(t)));
    }
    for (unsigned long i = least; i < most; i++) {
        t->at = from;
        p = one_behind_other(t->a, p, one_or_other(t->a, read_element(t), empty_piece(t->a)));
    }
    return p;
}

static struct piece read_alternation(struct text *t)
{
    struct piece all = empty_piece(t->a);
    for (skip_blanks(t); *t->at != '\0' && strchr(")]/", *t->at) == NULL; skip_blanks(t))
        all = one_behind_other(t->a, all, read_repetition(t));
    if (*t->at != '/')
        return all;
    t->at++;
    return one_or_other(t->a, all, read_alternation(t));
}

/* --- from sets of states to sets of states --- */

/* Adds a state, and those it leads to without a byte, to the set that is being made. */
static void find_state(struct abnf *a, uint32_t s)
{
    while (a->seen[s] != a->turn) {
        a->seen[s] = a->turn;
        if (a->states[s].kind == DONE)
            a->found_done = true;
        if (a->states[s].kind == BYTE)
            a->found[a->found_count++] = s;
        if (a->states[s].kind == FORK)
            find_state(a, a->states[s].other);
        if (a->states[s].kind == JUMP || a->states[s].kind == FORK)
            s = a->states[s].out;
    }
}

static void begin_set(struct abnf *a)
{
    a->turn++;
    a->found_count = 0;
    a->found_done = false;
}

static void forget_sets(struct abnf *a)
{
    for (size_t i = FIRST_SET; i < a->set_count; i++)
        free(a->sets[i].states);
    memset(a->slots, 0, sizeof a->slots);
    a->set_count = FIRST_SET;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool is_found(const struct abnf *a, const struct set *s)
{
    return s->count == a->found_count && s->done == a->found_done &&
           memcmp(s->states, a->found, s->count * sizeof *s->states) == 0;
}

/* The number of the set that was made; there must be room for another. */
static uint16_t name_set(struct abnf *a)
{
    uint32_t hash = a->found_done;
    if (a->found_count == 0 && !a->found_done)
        return DEAD;
    qsort(a->found, a->found_count, sizeof *a->found, by_number);
    for (size_t i = 0; i < a->found_count; i++)
        hash = (hash ^ a->found[i]) * UINT32_C(0x01000193);
    size_t slot = (hash ^ hash >> 15) % SLOTS;
    for (; a->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        if (is_found(a, &a->sets[a->slots[slot]]))
            return a->slots[slot];
    }
    uint16_t number = (uint16_t)a->set_count++;
    struct set *s = &a->sets[number];
    *s = (struct set){
        .states = memory(NULL, a->found_count + 1, sizeof *s->states), .count = a->found_count, .done = a->found_done};
    memcpy(s->states, a->found, a->found_count * sizeof *s->states);
    a->slots[slot] = number;
    return number;
}

static void name_first_set(struct abnf *a)
{
    begin_set(a);
    find_state(a, a->start);
    name_set(a);
}

/* Where byte `c` leads from a set. */
static uint16_t next_set(struct abnf *a, uint16_t from, uint8_t c)
{
    uint16_t next = a->sets[from].next[c];
    if (next != UNKNOWN)
        return next;
    begin_set(a);
    for (size_t i = 0; i < a->sets[from].count; i++) {
        const struct state *s = &a->states[a->sets[from].states[i]];
        if (s->low <= c && c <= s->high)
            find_state(a, s->out);
    }
    if (a->set_count == SETS_MOST) {
        /* The set just made is the only one that still counts; where it came from is no more. */
        forget_sets(a);
        uint32_t *kept = memory(NULL, a->found_count + 1, sizeof *kept);
        size_t count = a->found_count;
        bool done = a->found_done;
        memcpy(kept, a->found, count * sizeof *kept);
        name_first_set(a);
        memcpy(a->found, kept, count * sizeof *kept);
        free(kept);
        a->found_count = count;
        a->found_done = done;
        return name_set(a);
    }
    return a->sets[from].next[c] = name_set(a);
}

struct abnf *abnf_new(const struct abnf_rule *rules, const char *start)
{
    struct abnf *a = memory(NULL, 1, sizeof *a);
    memset(a, 0, sizeof *a);
    a->rules = rules;
    const struct abnf_rule asked = {start, start, "the program"};
    const struct text t = {.a = a, .rule = &asked, .at = start};
    struct piece p = read_rule(&t, start, strlen(start));
    a->start = p.first;
    a->states[p.last].kind = DONE;
    a->sets = memory(NULL, SETS_MOST, sizeof *a->sets);
    a->found = memory(NULL, a->count, sizeof *a->found);
    a->seen = memory(NULL, a->count, sizeof *a->seen);
    memset(a->seen, 0, a->count * sizeof *a->seen);
    a->set_count = FIRST_SET;
    name_first_set(a);
    return a;
}

void abnf_free(struct abnf *a)
{
    forget_sets(a);
    free(a->states);
    free(a->sets);
    free(a->found);
    free(a->seen);
    free(a);
}

bool abnf_is(struct abnf *a, const char *data, size_t len)
{
    uint16_t set = FIRST_SET;
    for (size_t i = 0; i < len && set != DEAD; i++)
        set = next_set(a, set, (uint8_t)data[i]);
    return set != DEAD && a->sets[set].done;
}

enum abnf_found abnf_begins(struct abnf *a, const char *data, size_t len, size_t *end)
{
    uint16_t set = FIRST_SET;
    size_t i = 0;
    while (!a->sets[set].done) {
        *end = i;
        if (i == len)
            return ABNF_OPEN;
        set = next_set(a, set, (uint8_t)data[i]);
        if (set == DEAD)
            return ABNF_NONE;
        i++;
    }
    *end = i;
    return ABNF_WHOLE;
}
