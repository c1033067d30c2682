#include "run/surroundings.h"

#include <errno.h>
#include <sys/stat.h>

void surroundings_prepare(struct surroundings *s, const char *shared)
{
    s->temp = subject_temp_new(shared);
}

void surroundings_enter(struct surroundings *s, struct ev_loop *loop, const char *dir)
{
    const struct resolver_spec spec = {.background = true};
    struct subject_file shown[RESOLVER_FILES_MAX];
    struct err e = {0};
    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return;
    s->resolver = resolver_open(loop, &spec, &e);
    if (!s->resolver)
        return;
    int count = resolver_files_make(s->files, dir, RESOLVER_BACKGROUND_HOST, &e);
    s->file_count = count > 0 ? count : 0;
    for (int i = 0; i < s->file_count; i++)
        shown[i] = (struct subject_file){s->files[i].shown, s->files[i].path};
    (void)sandbox_show(shown, (size_t)s->file_count);
}

void surroundings_free(struct surroundings *s)
{
    resolver_close(s->resolver);
    resolver_files_remove(s->files, s->file_count);
    subject_temp_free(s->temp);
    *s = (struct surroundings){0};
}
