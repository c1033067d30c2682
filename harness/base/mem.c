#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Large enough that a scenario takes one or two blocks, small enough that a thousand cost little. */
#define BLOCK_SIZE 8192

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

static _Noreturn void out_of_memory(void)
{
    fputs("sockspec: out of memory\n", stderr);
    _Exit(3);
}

void *mem_new(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *mem_realloc(void *old, size_t size)
{
    void *p = realloc(old, size);
    if (!p)
        out_of_memory();
    return p;
}

char *mem_dup(const char *text)
{
    if (!text)
        return NULL;
    size_t len = strlen(text);
    return memcpy(mem_new(len + 1, 1), text, len + 1);
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    char *text;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        out_of_memory();
    return text;
}

void *arena_new(struct arena *a, size_t count, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size && count > (SIZE_MAX / 2) / size)
        out_of_memory();
    size_t need = (count * size + align - 1) / align * align;
    struct arena_block *block = a->blocks;
    if (!block || block->size - block->used < need) {
        size_t room = need > BLOCK_SIZE ? need : BLOCK_SIZE;
        block = mem_new(1, sizeof(*block) + room);
        block->size = room;
        block->next = a->blocks;
        a->blocks = block;
    }
    void *p = block->data + block->used;
    block->used += need;
    return p;
}

char *arena_copy(struct arena *a, const void *data, size_t len)
{
    char *p = arena_new(a, len + 1, 1);
    if (len)
        memcpy(p, data, len);
    return p;
}

char *arena_dup(struct arena *a, const char *text)
{
    return text ? arena_copy(a, text, strlen(text)) : NULL;
}

void *arena_push(struct arena *a, void *items, size_t *count, size_t size)
{
    char **array = items;
    /* The capacity is the next power of two from 4 on, so the array moves only when it is full. */
    bool full = *count == 0 || (*count >= 4 && (*count & (*count - 1)) == 0);
    if (full) {
        char *bigger = arena_new(a, *count ? *count * 2 : 4, size);
        if (*count)
            memcpy(bigger, *array, *count * size);
        *array = bigger;
    }
    return *array + size * (*count)++;
}

void arena_free(struct arena *a)
{
    struct arena_block *block = a->blocks;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    a->blocks = NULL;
}
