#include "cli/verb.h"

#include "base/mem.h"
#include "base/visible.h"
#include "cli/start.h"
#include "report/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct verb *const verbs[] = {&verb_test,  &verb_check,  &verb_list,  &verb_explain, &verb_report,
                                    &verb_parse, &verb_inject, &verb_proxy, &verb_doctor,  NULL};

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

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; verbs[i]; i++) {
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    }
    return NULL;
}

static int unknown_verb(const struct line *line, int index)
{
    static const char *const others[] = {"help", "version"};
    const char *names[32];
    size_t count = 0;
    for (; verbs[count]; count++)
        names[count] = verbs[count]->name;
    names[count++] = others[0];
    const char *word = line->argv[index];
    char *hint = suggestion(word, names, count, "'sockspec help' lists the verbs");
    struct word where = {word, index, 0};
    struct buf error = {0};
    usage_error(&error, line, &where, hint, word[0] == '-' ? "unknown option '%s'" : "unknown verb '%s'", word);
    tell_error(&error);
    free(hint);
    return EXIT_CODE_USAGE;
}

static int help(const struct line *line)
{
    struct buf out = {0};
    if (line->argc > 3) {
        struct word where = {line->argv[3], 3, 0};
        usage_error(&out, line, &where, NULL, "takes one verb");
        tell_error(&out);
        return EXIT_CODE_USAGE;
    }
    if (line->argc < 3) {
        program_help(&out);
    } else {
        const struct verb *verb = find_verb(line->argv[2]);
        if (!verb)
            return unknown_verb(line, 2);
        verb_help(verb, &out);
    }
    return tell_output(&out) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int cli_main(int argc, char **argv)
{
    struct line line = {argc, argv};
    struct buf out = {0};
    start_descriptors();
    if (argc < 2) {
        program_help(&out);
        tell_error(&out);
        return EXIT_CODE_USAGE;
    }
    if (is_one_of(argv[1], "help", "--help", "-h"))
        return help(&line);
    if (is_one_of(argv[1], "version", "--version", "-V")) {
        buf_puts(&out, "sockspec " SOCKSPEC_VERSION "\n");
        return tell_output(&out) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
    }
    const struct verb *verb = find_verb(argv[1]);
    if (!verb)
        return unknown_verb(&line, 1);
    if (!verb->becomes_program)
        start_signals();
    return verb->run(verb, &line);
}

int verb_options(const struct verb *verb, const struct line *line, void *settings, struct operands *operands)
{
    struct buf out = {0};
    int rc = options_parse(&verb->options, line, settings, operands, &out);
    if (rc == 0 && !operands->help)
        return 0;
    free(operands->words.items);
    operands->words = (struct words){0};
    if (rc < 0) {
        tell_error(&out);
        return -1;
    }
    verb_help(verb, &out);
    tell_output(&out);
    return 1;
}
