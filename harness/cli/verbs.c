#include "cli/verb.h"

#include "base/visible.h"
#include "cli/start.h"
#include "report/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERB_ROW(name) &verb_##name,
const struct verb *const verbs[] = {VERBS(VERB_ROW) NULL};

int tell_output(struct buf *text)
{
    visible_break_commands(text, 0, "\\x5b");
    int rc = text->len && fwrite(text->data, 1, text->len, stdout) != text->len ? -1 : 0;
    if (fflush(stdout) != 0 || rc < 0) {
        if (errno != EPIPE) /* who reads no more has read enough */
            fprintf(stderr, "sockspec: cannot write to standard output: %s\n", strerror(errno));
        rc = -1;
    }
    buf_free(text);
    return rc;
}

void tell_error(struct buf *text)
{
    fflush(stdout);
    visible_break_commands(text, 0, "\\x5b");
    fputs(buf_text(text), stderr);
    buf_free(text);
}

void tell_trouble(const char *verb, const char *format, ...)
{
    struct buf text = {0}, line = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    buf_printf(&line, "sockspec %s: ", verb);
    text_safe(&line, buf_text(&text), text.len);
    buf_putc(&line, '\n');
    buf_free(&text);
    tell_error(&line);
}

static bool is_called(const struct verb *verb, const char *name)
{
    return strcmp(verb->name, name) == 0 || (verb->also[0] && strcmp(verb->also[0], name) == 0) ||
           (verb->also[1] && strcmp(verb->also[1], name) == 0);
}

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (is_called(verbs[i], name))
            return verbs[i];
    return NULL;
}

int verb_unknown(const struct line *line, const struct word *w)
{
    const char *names[sizeof(verbs) / sizeof(verbs[0])];
    size_t count = 0;
    for (; verbs[count]; count++)
        names[count] = verbs[count]->name;
    char *hint = suggestion(w->text, names, count, "'sockspec help' lists the verbs");
    struct buf error = {0};
    usage_error(&error, line, w, hint, w->text[0] == '-' ? "unknown option '%s'" : "unknown verb '%s'", w->text);
    tell_error(&error);
    free(hint);
    return EXIT_CODE_USAGE;
}

int cli_main(int argc, char **argv)
{
    struct line line = {argc, argv};
    start_descriptors();
    if (argc < 2) {
        struct buf out = {0};
        help_of_program(&out);
        tell_error(&out);
        return EXIT_CODE_USAGE;
    }
    const struct verb *verb = verb_find(argv[1]);
    if (!verb)
        return verb_unknown(&line, &(struct word){argv[1], 1, 0});
    if (!verb->becomes_program)
        start_signals();
    return verb->run(verb, &line);
}

int verb_options(const struct verb *verb, const struct line *line, void *settings, struct operands *operands)
{
    static const struct options none = {NULL, 0};
    struct buf out = {0};
    int rc = options_parse(verb->options ? verb->options : &none, line, settings, operands, &out);
    if (rc == 0 && !operands->help)
        return 0;
    free(operands->words.items);
    operands->words = (struct words){0};
    if (rc < 0) {
        tell_error(&out);
        return -1;
    }
    help_of_verb(verb, &out);
    tell_output(&out);
    return 1;
}

int verb_takes_nothing(const struct verb *verb, const struct line *line, void *settings)
{
    struct operands operands = {0};
    struct buf error = {0};
    int rc = verb_options(verb, line, settings, &operands);
    if (rc == 0 && (operands.words.count || operands.command)) {
        rc = usage_error(&error, line, operands.words.count ? &operands.words.items[0] : NULL, NULL, "takes no words");
        tell_error(&error);
    }
    free(operands.words.items);
    return rc;
}
