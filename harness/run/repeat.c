#include "run/repeat.h"

#include <string.h>

void repeat_quote(struct buf *out, const char *word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
    if (*word && word[strspn(word, safe)] == '\0') {
        buf_puts(out, word);
        return;
    }
    buf_putc(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *word);
    }
    buf_putc(out, '\'');
}

static void add_word(struct buf *out, const char *word)
{
    if (out->len > 0)
        buf_putc(out, ' ');
    repeat_quote(out, word);
}

static void add_filter(struct buf *out, const struct result *r)
{
    struct buf filter = {0};
    for (size_t i = 0; i < r->depend_count; i++)
        buf_printf(&filter, "%s|", r->depends[i]);
    buf_puts(&filter, r->name);
    add_word(out, "--filter");
    /* Quoted in any case: a name is the user's to edit, and may come to hold a * then. */
    buf_puts(out, " ");
    if (strchr(buf_text(&filter), '\'')) {
        repeat_quote(out, buf_text(&filter));
    } else {
        buf_printf(out, "'%s'", buf_text(&filter));
    }
    buf_free(&filter);
    if (r->depend_count > 0)
        buf_puts(out, " -j 1");
}

char *repeat_line(const struct run_options *o, const struct result *r)
{
    struct buf line = {0};
    const char *const *words = o->repeat_words;
    add_word(&line, o->program ? o->program : "sockspec");
    if (!words || !words[0] || strcmp(words[0], "test") != 0)
        add_word(&line, "test");
    for (size_t i = 0; words && words[i]; i++)
        add_word(&line, words[i]);
    add_filter(&line, r);
    buf_printf(&line, " --seed %llu", (unsigned long long)o->engine.seed);
    if (o->argv && o->argv[0]) {
        add_word(&line, "--");
        for (size_t i = 0; o->argv[i]; i++)
            add_word(&line, o->argv[i]);
    }
    return buf_take(&line);
}
