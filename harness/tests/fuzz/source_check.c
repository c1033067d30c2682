#include "source_check.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* So much processor time for any input, and for each of its bytes, is far beyond linear reading, sanitizers and a tool
 * like valgrind included; what is quadratic in a long input passes it. */
#define BASE_US     5000000
#define US_PER_BYTE 100
/* load.h promises it. */
#define MESSAGES_MOST 20

/* Not by the clock on the wall: a campaign in the background may wait for a processor longer than any reading takes. */
static uint64_t used_us(void)
{
    struct timespec t;
    FUZZ_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

bool source_take(struct source *s, const uint8_t *data, size_t size)
{
    *s = (struct source){.len = size};
    if (size > SOURCE_MOST || !(s->lines = malloc((size + 1) * sizeof *s->lines)))
        return false;
    s->text = fuzz_scratch(0, size);
    if (size > 0)
        memcpy(s->text, data, size);
    s->lines[s->line_count++] = 0;
    for (size_t i = 0; i < size; i++) {
        if (s->text[i] == '\n')
            s->lines[s->line_count++] = i + 1;
    }
    s->from_us = used_us();
    return true;
}

void source_done(struct source *s)
{
    FUZZ_CHECK(used_us() - s->from_us < BASE_US + US_PER_BYTE * (uint64_t)s->len);
    free(s->lines);
    *s = (struct source){0};
}

/* The length of a line of the source, from 1; SIZE_MAX where there is no such line. */
static size_t line_length(const struct source *s, int line)
{
    if (line < 1 || (size_t)line > s->line_count)
        return SIZE_MAX;
    size_t from = s->lines[line - 1];
    return (size_t)line == s->line_count ? s->len - from : s->lines[line] - 1 - from;
}

void check_place(const struct scn_at *at, const struct source *s)
{
    FUZZ_CHECK(at->line >= 1 && at->col >= 1 && at->len >= 0);
    size_t width = line_length(s, at->line);
    FUZZ_CHECK(width != SIZE_MAX);
    FUZZ_CHECK((size_t)at->col <= width + 1);
}

uint64_t check_messages(const struct scn_messages *messages, const struct source *s, uint64_t digest, bool all)
{
    struct buf out = {0};
    FUZZ_CHECK(messages->count <= MESSAGES_MOST);
    for (size_t i = 0; i < messages->count; i++) {
        const struct scn_message *m = &messages->items[i];
        FUZZ_CHECK(m->text != NULL && m->text[0] != '\0');
        if (m->at.line != 0)
            check_place(&m->at, s);
        if (all || digest % messages->count == i)
            scn_message_print(&out, m, i % 2 == 1);
    }
    uint64_t said = fuzz_digest(FUZZ_DIGEST, buf_text(&out), out.len);
    buf_free(&out);
    return said;
}
