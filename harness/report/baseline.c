#include "report/baseline.h"

#include "base/mem.h"
#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A longer line is no entry that a person wrote. */
#define LINE_MAX_BYTES 8192

/* What the parser carries from line to line. */
struct parse {
    struct baseline *b;
    const char *file;
    struct buf comment;
    int line;
    struct err *e;
};

/* The literal name, or NULL where it holds a `*`. */
static char *literal_of(const char *name)
{
    struct buf out = {0};
    for (const char *p = name; *p; p++) {
        if (*p == '*') {
            buf_free(&out);
            return NULL;
        }
        if (*p == '\\' && p[1]) {
            p++;
            buf_putc(&out, *p == 't' ? '\t' : *p == 'n' ? '\n' : *p);
        } else {
            buf_putc(&out, *p);
        }
    }
    return buf_take(&out);
}

/* Matches with the one wildcard, going back to the last `*` only: linear in practice, never exponential. */
static bool pattern_matches(const char *p, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text) {
        if (*p == '*') {
            star = ++p;
            resume = text;
            continue;
        }
        size_t width = *p == '\\' && p[1] ? 2 : 1;
        char want = width == 1 ? *p : p[1] == 't' ? '\t' : p[1] == 'n' ? '\n' : p[1];
        if (*p && want == *text) {
            p += width;
            text++;
        } else if (star) {
            p = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*p == '*')
        p++;
    return !*p;
}

/* Where the name ends: before a tab or two spaces that no backslash stands before. */
static size_t name_length(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\\')
            i++;
        else if (line[i] == '\t' || (line[i] == ' ' && (i + 1 == len || line[i + 1] == ' ' || line[i + 1] == '\t')))
            return i;
    }
    return len;
}

static int parse_entry(struct parse *p, const char *line, size_t len)
{
    size_t name = name_length(line, len), from = name;
    while (from < len && (line[from] == ' ' || line[from] == '\t'))
        from++;
    if (name == 0)
        return err_set(p->e, 0, "%s:%d: a name must begin the line: put no space before it", p->file, p->line);
    if (from == len) {
        struct buf safe = {0};
        text_safe(&safe, line, name < 200 ? name : 200);
        err_set(p->e, 0, "%s:%d: `%s` has no reason: write it behind the name after two spaces or a tab", p->file,
                p->line, buf_text(&safe));
        buf_free(&safe);
        return -1;
    }
    struct baseline *b = p->b;
    if ((b->count & (b->count - 1)) == 0)
        b->entries = mem_realloc(b->entries, (b->count ? b->count * 2 : 1) * sizeof(*b->entries));
    struct baseline_entry *entry = &b->entries[b->count++];
    *entry = (struct baseline_entry){.name = mem_printf("%.*s", (int)name, line),
                                     .reason = mem_printf("%.*s", (int)(len - from), line + from),
                                     .line = p->line};
    entry->literal = literal_of(entry->name);
    if (p->comment.len)
        entry->comment = buf_take(&p->comment);
    return 0;
}

static int parse_line(struct parse *p, const char *line, size_t len)
{
    if (len > LINE_MAX_BYTES)
        return err_set(p->e, 0, "%s:%d: a line of more than %d bytes", p->file, p->line, LINE_MAX_BYTES);
    while (len && (line[len - 1] == ' ' || line[len - 1] == '\t' || line[len - 1] == '\r'))
        len--;
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
            return err_set(p->e, 0, "%s:%d: control character 0x%02x in column %zu: this is no text file", p->file,
                           p->line, (unsigned char)line[i], i + 1);
    size_t spaces = 0;
    while (spaces < len && (line[spaces] == ' ' || line[spaces] == '\t'))
        spaces++;
    if (spaces == len || line[spaces] == '#') {
        buf_add(&p->comment, line, len);
        buf_putc(&p->comment, '\n');
        return 0;
    }
    return parse_entry(p, line, len);
}

static int by_literal(const void *a, const void *b)
{
    const struct baseline_entry *x = *(struct baseline_entry *const *)a, *y = *(struct baseline_entry *const *)b;
    int order = strcmp(x->literal, y->literal);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The index of literal names; a name that stands there twice is an error. */
static int build_index(struct parse *p)
{
    struct baseline *b = p->b;
    b->sorted = mem_new(b->count, sizeof(struct baseline_entry *));
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].literal)
            b->sorted[b->sorted_count++] = &b->entries[i];
    qsort(b->sorted, b->sorted_count, sizeof(struct baseline_entry *), by_literal);
    for (size_t i = 1; i < b->sorted_count; i++)
        if (strcmp(b->sorted[i - 1]->literal, b->sorted[i]->literal) == 0)
            return err_set(p->e, 0, "%s:%d: `%s` stands in line %d already: keep one of the two", p->file,
                           b->sorted[i]->line, b->sorted[i]->name, b->sorted[i - 1]->line);
    return 0;
}

int baseline_parse(struct baseline *b, const char *file, const char *text, size_t len, struct err *e)
{
    struct parse p = {.b = b, .file = file, .e = e};
    *b = (struct baseline){.file = mem_dup(file)};
    const char *at = text, *end = text + len, *line;
    size_t line_len;
    int rc = len > BASELINE_SIZE_MAX
                 ? err_set(e, EFBIG, "%s: more than %u bytes: this is no baseline", file, BASELINE_SIZE_MAX)
                 : 0;
    while (!rc && text_next_line(&at, end, &line, &line_len)) {
        p.line++;
        rc = parse_line(&p, line, line_len);
    }
    if (!rc)
        rc = build_index(&p);
    if (!rc && p.comment.len)
        b->tail = buf_take(&p.comment);
    buf_free(&p.comment);
    if (rc)
        baseline_free(b);
    return rc;
}

int baseline_load(struct baseline *b, const char *file, struct err *e)
{
    *b = (struct baseline){0};
    FILE *in = fopen(file, "re");
    if (!in)
        return err_errno(e, errno, "cannot read the baseline %s", file);
    struct buf text = {0};
    int rc = 0;
    size_t n;
    do {
        n = fread(buf_reserve(&text, 65536), 1, 65536, in);
        text.len += n;
    } while (n && text.len <= BASELINE_SIZE_MAX);
    if (ferror(in))
        rc = err_errno(e, errno, "cannot read the baseline %s", file);
    fclose(in);
    if (!rc)
        rc = baseline_parse(b, file, buf_text(&text), text.len, e);
    buf_free(&text);
    return rc;
}

static struct baseline_entry *find(const struct baseline *b, const char *name)
{
    size_t low = 0, high = b->sorted_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(b->sorted[middle]->literal, name);
        if (order == 0)
            return b->sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = 0; i < b->count; i++)
        if (!b->entries[i].literal && pattern_matches(b->entries[i].name, name))
            return &b->entries[i];
    return NULL;
}

static bool is_failure(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_FLAKY || v == VERDICT_WARN;
}

void baseline_apply(struct baseline *b, struct run *r)
{
    for (size_t i = 0; i < b->count; i++)
        b->entries[i].failing = b->entries[i].passing = b->entries[i].skipped = 0;
    struct baseline_entry **entries = mem_new(r->count, sizeof(struct baseline_entry *));
    for (size_t i = 0; i < r->count; i++) {
        struct result *result = &r->results[i];
        struct baseline_entry *entry = entries[i] = result->name ? find(b, result->name) : NULL;
        if (!entry)
            continue;
        entry->failing += is_failure(result->verdict);
        entry->passing += result->verdict == VERDICT_PASS;
        entry->skipped += result->verdict != VERDICT_PASS && !is_failure(result->verdict);
    }
    for (size_t i = 0; i < r->count; i++) {
        enum verdict v = r->results[i].verdict;
        if (!entries[i] || !(is_failure(v) || (v == VERDICT_PASS && !entries[i]->failing)))
            continue; /* what a baseline applied before this one has said stands */
        free(r->results[i].known);
        r->results[i].known = mem_dup(entries[i]->reason);
    }
    free(entries);
}

bool baseline_passes_now(const struct baseline_entry *entry)
{
    return entry->passing && !entry->failing && !entry->skipped;
}

bool baseline_matches_nothing(const struct baseline_entry *entry)
{
    return !entry->passing && !entry->failing && !entry->skipped;
}

void baseline_free(struct baseline *b)
{
    for (size_t i = 0; i < b->count; i++) {
        free(b->entries[i].name);
        free(b->entries[i].reason);
        free(b->entries[i].comment);
        free(b->entries[i].literal);
    }
    free(b->entries);
    free(b->sorted);
    free(b->tail);
    free(b->file);
    *b = (struct baseline){0};
}
