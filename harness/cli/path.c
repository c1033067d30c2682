/* Paths and lists of names. */
#include "base/mem.h"
#include "cli/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void name_list_add(struct name_list *l, const char *name)
{
    l->items = mem_realloc(l->items, (l->count + 1) * sizeof(*l->items));
    l->items[l->count++] = mem_dup(name);
}

bool name_list_has(const struct name_list *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->items[i], name) == 0)
            return true;
    }
    return false;
}

void name_list_free(struct name_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->items[i]);
    free(l->items);
    *l = (struct name_list){0};
}

/* The length of `path` without slashes at its end. */
static size_t trimmed(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return len;
}

char *path_base(const char *path)
{
    size_t len = trimmed(path), from = len;
    while (from > 0 && path[from - 1] != '/')
        from--;
    return from == len ? mem_dup(".") : mem_printf("%.*s", (int)(len - from), path + from);
}

char *path_folder(const char *path)
{
    size_t len = trimmed(path);
    while (len > 0 && path[len - 1] != '/')
        len--;
    if (len == 0)
        return mem_dup(".");
    return len == 1 ? mem_dup("/") : mem_printf("%.*s", (int)len - 1, path);
}

bool path_is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

bool path_is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool path_ends(const char *path, const char *ending)
{
    size_t len = strlen(path), end = strlen(ending);
    return len > end && strcmp(path + len - end, ending) == 0;
}
