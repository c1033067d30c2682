/*
 * The cases of data/strictness, read: the format is explained in README.md there. For one test program, which
 * must have included cmocka: a line that cannot be understood fails it, with its place.
 */
#ifndef SOCKSPEC_TESTS_STRICTNESS_CASES_H
#define SOCKSPEC_TESTS_STRICTNESS_CASES_H

#include "protocol/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX   (256 * 1024)
#define FIELDS_MAX 8

enum verdict { ACCEPT, REFUSE, INCOMPLETE };

struct strict_case {
    char place[128]; /* file:line */
    char head[256];  /* the first line, as written */
    enum verdict verdict;
    enum http_kind kind;
    char rule[64];
    int status;
    bool limit;
    enum http_method methods[8];
    size_t method_count;
    char *text;
    size_t len;
    long mark;     /* offset of {!}, -1: none */
    char log[512]; /* behind "=", "" for none */
    bool has_log;
    char fields[FIELDS_MAX][256];
    size_t field_count;
};

static void add_byte(struct strict_case *c, char byte)
{
    if (c->len == TEXT_MAX)
        fail_msg("%s: too long", c->place);
    c->text[c->len++] = byte;
}

static int hex(char digit)
{
    const char *at = strchr("0123456789abcdef", digit);
    return at == NULL || digit == '\0' ? -1 : (int)(at - "0123456789abcdef");
}

/* \r \n \t \0 \\ \xHH. Returns how many characters were used. */
static size_t add_escape(struct strict_case *c, const char *at)
{
    static const char names[] = "rnt0\\", bytes[] = "\r\n\t\0\\";
    const char *found = at[1] == '\0' ? NULL : strchr(names, at[1]);
    if (found != NULL) {
        add_byte(c, bytes[found - names]);
        return 2;
    }
    int high = at[1] == 'x' ? hex(at[2]) : -1, low = high < 0 ? -1 : hex(at[3]);
    if (low < 0)
        fail_msg("%s: an escape that is none: %s", c->place, at);
    add_byte(c, (char)(high << 4 | low));
    return 4;
}

/* {!} and {N*text}; any other brace is a byte. */
static size_t add_brace(struct strict_case *c, const char *at)
{
    char *star;
    unsigned long n = strtoul(at + 1, &star, 10);
    const char *end = strchr(at, '}');
    if (strncmp(at, "{!}", 3) == 0) {
        if (c->mark >= 0)
            fail_msg("%s: two marks", c->place);
        c->mark = (long)c->len;
        return 3;
    }
    if (star == at + 1 || *star != '*' || end == NULL) {
        add_byte(c, '{');
        return 1;
    }
    for (; n > 0; n--) {
        for (const char *p = star + 1; p < end; p++)
            add_byte(c, *p);
    }
    return (size_t)(end - at) + 1;
}

static void add_text(struct strict_case *c, const char *text)
{
    while (*text != '\0') {
        if (*text == '\\')
            text += add_escape(c, text);
        else if (*text == '{')
            text += add_brace(c, text);
        else
            add_byte(c, *text++);
    }
}

/* A text that is no part of the input, with the same escapes: written behind the input and taken back. */
static void copy_text(struct strict_case *c, const char *text, char *out, size_t cap)
{
    size_t at = c->len;
    add_text(c, text);
    snprintf(out, cap, "%.*s", (int)(c->len - at), c->text + at);
    c->len = at;
}

static void read_options(struct strict_case *c, char *words)
{
    char *save = NULL;
    for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        char *value = strcmp(w, "limit") == 0 ? w : strtok_r(NULL, " ", &save);
        if (value == NULL) {
            fail_msg("%s: %s without value", c->place, w);
        } else if (value == w) {
            c->limit = true;
        } else if (strcmp(w, "status") == 0) {
            c->status = atoi(value);
        } else if (strcmp(w, "to") == 0) {
            char *comma = NULL;
            for (char *m = strtok_r(value, ",", &comma); m != NULL && c->method_count < 8;
                 m = strtok_r(NULL, ",", &comma))
                c->methods[c->method_count++] = http_method_of(m, strlen(m));
        } else {
            fail_msg("%s: no option: %s", c->place, w);
        }
    }
}

/* "accept request RFC9112-3 status 400: name" */
static void read_head(struct strict_case *c, const char *line)
{
    static const char *const verdicts[] = {"accept", "refuse", "incomplete"};
    char verdict[16], kind[16], words[128] = "";
    int used = 0;
    snprintf(c->head, sizeof c->head, "%.250s", line);
    if (sscanf(line, "%15s %15s %63[^ :]%n", verdict, kind, c->rule, &used) != 3)
        fail_msg("%s: no case: %s", c->place, line);
    if (strchr(line + used, ':') == NULL)
        fail_msg("%s: no name: %s", c->place, line);
    sscanf(line + used, "%127[^:]", words);
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(verdict, verdicts[i]) == 0)
            c->verdict = (enum verdict)i;
    }
    if (strcmp(verdict, verdicts[c->verdict]) != 0 || (strcmp(kind, "request") != 0 && strcmp(kind, "response") != 0))
        fail_msg("%s: no case: %s", c->place, line);
    c->kind = strcmp(kind, "request") == 0 ? HTTP_REQUEST : HTTP_RESPONSE;
    read_options(c, words);
}

static void begin_case(struct strict_case *c, const char *file, int line)
{
    char *text = c->text;
    *c = (struct strict_case){.text = text, .status = 400, .mark = -1};
    snprintf(c->place, sizeof c->place, "%s:%d", file, line);
}

/* A line of a case, or an empty one, which ends it. Returns whether the case is complete. */
static bool read_line(struct strict_case *c, const char *file, int number, const char *line)
{
    if (line[0] == '\0')
        return c->head[0] != '\0';
    if (line[0] == '#')
        return false;
    if (c->head[0] == '\0') {
        begin_case(c, file, number);
        read_head(c, line);
    } else if (strcmp(line, "|h") == 0) {
        add_text(c, "Host: a\\r\\n\\r\\n");
    } else if (line[0] == '|' && (line[1] == ' ' || line[1] == '\0')) {
        add_text(c, line[1] == '\0' ? "" : line + 2);
        add_text(c, "\\r\\n");
    } else if (strncmp(line, "> ", 2) == 0) {
        add_text(c, line + 2);
    } else if (line[0] == '=') {
        c->has_log = true;
        copy_text(c, line[1] == '\0' ? "" : line + 2, c->log, sizeof c->log);
    } else if (strncmp(line, "~ ", 2) == 0 && c->field_count < FIELDS_MAX) {
        copy_text(c, line + 2, c->fields[c->field_count++], sizeof c->fields[0]);
    } else {
        fail_msg("%s:%d: what is this: %s", file, number, line);
    }
    return false;
}

#endif
