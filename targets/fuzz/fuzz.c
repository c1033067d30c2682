#include "fuzz/fuzz.h"

#include "fuzz/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len)   ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#ifdef WITH_ASAN
const char *__asan_default_options(void);

/*
 * Each input is an allocation of the engine, each kept back from reuse until 256 MB are full: fresh pages for
 * most inputs, a tenth of the time. No target holds memory across inputs, so that a little is enough to see a
 * use after free; and four callers are enough to tell where memory came from.
 */
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=4";
}
#endif

/* Each piece of FUZZ_CUTS copies all that is unused; more pieces than these would make long inputs slow. */
#define PIECES_MOST 24

void fuzz_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

bool fuzz_input_read(struct fuzz_input *in, const uint8_t *data, size_t size)
{
    if (size < 2)
        return false;
    *in = (struct fuzz_input){
        .setup = (uint8_t)(data[0] - '0'), .cuts = data[1], .data = (const char *)data + 2, .len = size - 2};
    return true;
}

/* Memory that stays from one input to the next; only the bytes that were asked for last may be touched. */
struct place {
    char *memory;
    size_t cap;
    size_t open;
};

/* In front of what is asked for, so that a read before it is seen. A multiple of 8, as
 * the sanitizer counts. */
#define GUARD 64

static void close_place(struct place *p)
{
    if (p->memory != NULL)
        ASAN_POISON_MEMORY_REGION(p->memory + GUARD, p->open);
    p->open = 0;
}

/* `len` bytes of a place, the first `open` of which may be touched. */
static char *open_place(struct place *p, size_t len, size_t open)
{
    close_place(p);
    if (p->cap < len + 2 * GUARD) {
        size_t cap = 2 * len + 4096;
        if (p->memory != NULL)
            ASAN_UNPOISON_MEMORY_REGION(p->memory, p->cap);
        free(p->memory);
        p->memory = malloc(cap);
        if (p->memory == NULL)
            abort();
        p->cap = cap;
        ASAN_POISON_MEMORY_REGION(p->memory, cap);
    }
    p->open = open;
    ASAN_UNPOISON_MEMORY_REGION(p->memory + GUARD, open);
    return p->memory + GUARD;
}

/* Kept between inputs: an allocation for each piece of each input would take most of the time. */
enum { PLACE_FEED, PLACE_OTHER_FEED, PLACE_SCRATCH, PLACES = PLACE_SCRATCH + FUZZ_SCRATCH };

static struct place *place_of(unsigned number)
{
    static struct place places[PLACES];
    return &places[number];
}

char *fuzz_scratch(unsigned slot, size_t len)
{
    return open_place(place_of(PLACE_SCRATCH + slot), len, len);
}

/* Brings data[from .. from + len) to the other place; what stood in this one is gone. */
static void take_copy(struct fuzz_feed *f, size_t from, size_t len)
{
    close_place(place_of(f->place));
    f->place = f->place == PLACE_FEED ? PLACE_OTHER_FEED : PLACE_FEED;
    f->copy = open_place(place_of(f->place), len, len);
    if (len > 0)
        memcpy(f->copy, f->data + from, len);
    f->copy_from = from;
}

void fuzz_feed_begin(struct fuzz_feed *f, enum fuzz_delivery how, const struct fuzz_input *in)
{
    *f = (struct fuzz_feed){.how = how, .data = in->data, .len = in->len, .chance = in->cuts, .place = PLACE_FEED};
    f->work = work_done();
    take_copy(f, 0, how == FUZZ_CUTS ? 0 : in->len);
    if (how == FUZZ_WHOLE)
        f->given = in->len;
    else if (how == FUZZ_BYTES)
        ASAN_POISON_MEMORY_REGION(f->copy, in->len);
}

void fuzz_feed_end(struct fuzz_feed *f)
{
    FUZZ_CHECK(work_is_linear(f->work, f->len));
    close_place(place_of(f->place));
    f->copy = NULL;
}

/* The size of the next piece: often a few bytes, so that line ends are cut; sometimes half the rest. */
static size_t next_piece(struct fuzz_feed *f)
{
    size_t rest = f->len - f->given;
    if (++f->pieces >= PIECES_MOST)
        return rest;
    f->chance = f->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    size_t high = (size_t)(f->chance >> 33);
    size_t most = high % 3 == 0 ? rest / 2 + 1 : 5;
    size_t size = 1 + (high >> 2) % most;
    return size < rest ? size : rest;
}

bool fuzz_feed_more(struct fuzz_feed *f)
{
    if (f->given == f->len)
        return false;
    if (f->how == FUZZ_BYTES) {
        ASAN_UNPOISON_MEMORY_REGION(f->copy + f->given, 1);
        f->given++;
        return true;
    }
    f->given += next_piece(f);
    take_copy(f, f->used, f->given - f->used);
    return true;
}

const char *fuzz_feed_at(const struct fuzz_feed *f)
{
    return f->copy + (f->used - f->copy_from);
}

size_t fuzz_feed_left(const struct fuzz_feed *f)
{
    return f->given - f->used;
}

void fuzz_feed_use(struct fuzz_feed *f, size_t n)
{
    FUZZ_CHECK(n <= f->given - f->used);
    f->used += n;
}

uint64_t fuzz_digest(uint64_t digest, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        digest = (digest ^ bytes[i]) * UINT64_C(0x100000001b3);
    return digest;
}
