/* Numbers: the places where one may stand. */
#include "scenario/parse.h"

#include <errno.h>
#include <stdlib.h>

struct place_row {
    enum scn_unit unit;
    double min, max;
    const char *kind, *form;
};

static const struct place_row PLACES[] = {
    [PLACE_COPIES] = {SCN_UNIT_COUNT, 1, COPIES_MAX, "a count of actors", "1 to 100000"},
    [PLACE_REPEAT] = {SCN_UNIT_COUNT, 1, 1e6, "a count of repetitions", "1 to 1000000"},
    [PLACE_TIMES] = {SCN_UNIT_COUNT, 1, 1e9, "a count", "1 or more"},
    [PLACE_CALLS] = {SCN_UNIT_COUNT, 0, 1e9, "a count of calls", "0 or more"},
    [PLACE_PIECE] = {SCN_UNIT_BYTES, 1, 1e9, "a size of pieces", "1, 100, 64KiB"},
    [PLACE_OFFSET] = {SCN_UNIT_BYTES, -1e9, 1e9, "an offset", "10, or -2 from the end"},
    [PLACE_SIZE] = {SCN_UNIT_BYTES, 0, 1e12, "a number of bytes", "1000, 5MB, 64KiB"},
    [PLACE_PAYLOAD] = {SCN_UNIT_BYTES, 0, 1073741824, "a number of bytes", "1000, 5MB, 64KiB, 1GiB at most"},
    [PLACE_LENGTH] = {SCN_UNIT_BYTES, 1, 1e12, "a number of bytes from 1 on", "1000, 5MB, 64KiB"},
    [PLACE_PORT] = {SCN_UNIT_COUNT, 1, 65535, "a port", "1 to 65535"},
    [PLACE_BOUND] = {SCN_UNIT_BYTES, 1, 16777216, "a bound of bytes", "100, 64KiB, 16MiB at most"},
    [PLACE_OPTION_COUNT] = {SCN_UNIT_COUNT, 0, 65535, "a count", "0 to 65535"},
    [PLACE_TIME] = {SCN_UNIT_TIME, 0, 86400, "a time", "250ms, 1s, 2min"},
    [PLACE_RATE] = {SCN_UNIT_RATE, 1, 1e12, "a rate", "100B/s, 10KB/s, 1MiB/s"},
    [PLACE_PERCENT] = {SCN_UNIT_PERCENT, 0, 100, "a percentage", "5%, 0 to 100"},
};

const char *place_kind(enum place place)
{
    return PLACES[place].kind;
}

const char *place_form(enum place place)
{
    return PLACES[place].form;
}

bool place_read(enum place place, const char *text, double *value)
{
    const struct place_row *row = &PLACES[place];
    bool minus = row->min < 0 && *text == '-';
    if (scn_number_parse(text + minus, row->unit, value) < 0)
        return false;
    if (minus)
        *value = -*value;
    if (*value < row->min || *value > row->max) {
        errno = ERANGE;
        return false;
    }
    return true;
}

int scn_number_read(const struct scn_number *n, const char *text, double *value)
{
    return place_read((enum place)n->place, text, value) ? 0 : -1;
}

static bool has_digit_first(const struct tok *t)
{
    return t->len && t->text[0] >= '0' && t->text[0] <= '9';
}

bool at_number(const struct parser *p)
{
    return p->tok.kind == TOK_NAME || (p->tok.kind == TOK_WORD && has_digit_first(&p->tok));
}

bool parse_number(struct parser *p, enum place place, struct scn_number *out)
{
    const struct place_row *row = &PLACES[place];
    *out = (struct scn_number){.set = true, .unit = row->unit, .place = (int)place, .at = p->tok.at};
    char *hint = mem_printf("write it like %s", row->form);
    bool ok = true;
    if (p->tok.kind == TOK_NAME && !p->plain) {
        out->name = tok_copy(p);
        ok = names_number(p, out, place);
    } else if (p->tok.kind != TOK_WORD || (!has_digit_first(&p->tok) && p->tok.text[0] != '-')) {
        ok = fail_expected(p, row->kind, hint);
    } else if (!place_read(place, tok_copy(p), &out->value)) {
        int shown = p->tok.len > 40 ? 40 : (int)p->tok.len;
        ok = fail_at(p, p->tok.at, hint, errno == ERANGE ? "%.*s is out of range for %s" : "%.*s is not %s", shown,
                     p->tok.text, row->kind);
    }
    free(hint);
    if (ok)
        advance(p);
    return ok;
}

void accept_bytes_word(struct parser *p)
{
    if (!accept_word(p, "bytes"))
        accept_word(p, "byte");
}
