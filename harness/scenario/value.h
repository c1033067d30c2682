/*
 * The smallest parts of a checked scenario: places, texts, numbers, payloads, regexes.
 */
#ifndef SOCKSPEC_SCENARIO_VALUE_H
#define SOCKSPEC_SCENARIO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in the source; line and column count from 1, `len` is the width to underline (at least 1). */
struct scn_at {
    int line, col, len;
};

/* --- values --------------------------------------------------------------------------------------------- */

/* Text with names in it: "GET {path}" is BYTES "GET ", NAME "path". A name is a fact, a parameter, a let, a
 * capture, or a value that the engine puts in ({host}, {port}, {url}, {socket}, {NAME.port} of a server). */
enum scn_part_kind { SCN_PART_BYTES, SCN_PART_NAME };

struct scn_part {
    enum scn_part_kind kind;
    const char *bytes; /* the bytes, or the name; NUL-terminated, may hold NULs */
    size_t len;
    struct scn_at at;
};

struct scn_text {
    struct scn_part *parts;
    size_t count;
};

enum scn_unit {
    SCN_UNIT_COUNT,   /* a plain number */
    SCN_UNIT_BYTES,   /* 5MB = 5,000,000; 64KiB = 65,536; a plain number is bytes too */
    SCN_UNIT_TIME,    /* seconds: 1s, 250ms, 20us, 2min */
    SCN_UNIT_PERCENT, /* 0 .. 100: 50% */
    SCN_UNIT_RATE,    /* bytes a second: 10KB/s */
};

/* A number as written, or the name that stands for it ({size}). `set` is false where none was written. */
struct scn_number {
    bool set;
    bool above_current; /* `current+N`: N above what is in use (limit files) */
    double value;       /* in the base unit of `unit`: bytes, seconds, percent, bytes a second */
    enum scn_unit unit; /* what the place wants */
    int place;          /* which one it is, for scn_number_read */
    const char *name;   /* a parameter or fact whose text is read as such a number, or NULL */
    struct scn_at at;
};

enum scn_item_kind {
    SCN_ITEM_TEXT,    /* "..." or | lines */
    SCN_ITEM_RANDOM,  /* random N: seeded bytes */
    SCN_ITEM_ZEROS,   /* zeros N */
    SCN_ITEM_LETTERS, /* letters N: a to z again and again, which text programs take too */
    SCN_ITEM_FILE,    /* file "path", relative to the scenario's folder */
    SCN_ITEM_NAME,    /* what a let or a capture has named */
    SCN_ITEM_STUFFED, /* text PAYLOAD: lines with their periods stuffed, and the line of one period */
    SCN_ITEM_LITERAL, /* literal PAYLOAD: {N} CR LF and N bytes */
    SCN_ITEM_REPLY,   /* reply CODE "LINE"...: as `speaks` has it */
};

struct scn_payload;

struct scn_item {
    enum scn_item_kind kind;
    struct scn_text text;   /* TEXT, FILE */
    struct scn_number size; /* RANDOM, ZEROS, LETTERS */
    const char *name;       /* NAME; REPLY: its code, "250", "+OK" */
    struct scn_payload *of; /* STUFFED, LITERAL: what is in it; REPLY: an item a line */
    struct scn_text tag;    /* REPLY OK to TAG; count 0: that of the last command */
    struct scn_at at;
};

/* One item after the other. */
struct scn_payload {
    struct scn_item *items;
    size_t count;
};

struct scn_regex {
    const char *pattern; /* PCRE2, compiled once by the checker for errors; NULL where none was written */
    size_t len;
    struct scn_text text; /* the same with the names in it, whose values are put in as plain bytes; count 0: no names */
    struct scn_at at;
};

/* ... or skip "REASON": the case is skipped where the step has nothing to go on with. */
struct scn_or_skip {
    bool allowed;
    struct scn_text reason;
};

/*
 * Reads text as a number in the given unit ("5MB", "250ms", "50%", "10KB/s", "17"). Returns 0, or -1 when it is
 * none (EINVAL) or out of range (ERANGE; bytes below 2^53, times below a day).
 */
int scn_number_parse(const char *text, enum scn_unit unit, double *value);

/*
 * Reads `text`, the value of the name that stands for this number, as the parser would have read it in its place: unit,
 * sign and range. Returns 0, or -1 (errno as above).
 */
int scn_number_read(const struct scn_number *n, const char *text, double *value);

#endif
