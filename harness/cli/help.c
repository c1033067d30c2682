/* The help, and the verbs `help` and `version`: made from the tables of verbs, options and exit codes. */
#include "cli/verb.h"

#include <stdlib.h>
#include <string.h>

/* Lines of `text`, each with `indent` before it. */
static void add_lines(struct buf *out, const char *text, const char *indent)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        buf_printf(out, "%s%.*s\n", indent, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* The rows of tables stand in the README as well, with marks around words of the command line: plain text has none. */
static void add_plain(struct buf *out, const char *text, size_t column)
{
    struct buf plain = {0};
    for (; *text; text++)
        if (*text != '`')
            buf_putc(&plain, *text);
    help_wrap(out, buf_text(&plain), column);
    buf_free(&plain);
}

const char *exit_code_meaning(int code)
{
    static const char *const meanings[] = {
#define EXIT_ROW(id, number, meaning) [number] = (meaning),
        EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    };
    return code >= 0 && (size_t)code < sizeof(meanings) / sizeof(*meanings) ? meanings[code] : NULL;
}

/* Of all verbs that test. */
static void add_exit_codes(struct buf *out)
{
    for (int code = 0; exit_code_meaning(code); code++) {
        buf_printf(out, "  %d  ", code);
        add_plain(out, exit_code_meaning(code), strlen("  0  "));
    }
}

void help_of_verb(const struct verb *verb, struct buf *out)
{
    buf_printf(out, "sockspec %s: ", verb->name);
    add_plain(out, verb->purpose, strlen("sockspec ") + strlen(verb->name) + strlen(": "));
    buf_puts(out, "\nUsage\n");
    add_lines(out, verb->synopsis, "  ");
    if (verb->about) {
        buf_putc(out, '\n');
        add_lines(out, verb->about, "");
    }
    if (verb->options) {
        if (verb->options->rows[0].kind != OPTION_HEADING)
            buf_puts(out, "\nOptions\n");
        options_help(verb->options, out);
    }
    if (verb->examples) {
        buf_puts(out, "\nExamples\n");
        add_lines(out, verb->examples, "  ");
    }
    buf_puts(out, "\nExit codes\n");
    if (verb->exit_codes)
        buf_puts(out, verb->exit_codes);
    else
        add_exit_codes(out);
}

void help_of_program(struct buf *out)
{
    buf_puts(out, "sockspec: the peer that tests your sockets\n\n"
                  "It plays the other side of a server or client: by the book, badly, slowly, broken. It says which "
                  "rule\n"
                  "the program breaks, shows the evidence, and prints the one line that reproduces it.\n\nVerbs\n");
    for (size_t i = 0; verbs[i]; i++) {
        buf_printf(out, "  %-10s ", verbs[i]->name);
        add_plain(out, verbs[i]->purpose, strlen("  doctor     "));
    }
    buf_puts(out, "\nExamples\n"
                  "  sockspec test http-server -- python3 -m http.server -p HTTP/1.1 --bind 127.0.0.1 {port}\n"
                  "  sockspec list profiles\n"
                  "  sockspec explain SOCK-STREAM-BOUNDARY\n"
                  "\nEnvironment\n"
                  "  SOCKSPEC_SCENARIOS  folders of profiles besides the shipped one, with : between them; --scenarios "
                  "DIR adds\n"
                  "                      one more\n"
                  "\nExit codes\n");
    add_exit_codes(out);
}

static int run_help(const struct verb *verb, const struct line *line)
{
    struct operands operands = {0};
    struct buf out = {0};
    int rc = verb_options(verb, line, NULL, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    const struct words *words = &operands.words;
    const struct verb *about = words->count ? verb_find(words->items[0].text) : NULL;
    int code = EXIT_CODE_OK;
    if (words->count > 1 || operands.command) {
        usage_error(&out, line, words->count > 1 ? &words->items[1] : NULL, NULL, "takes one verb");
        tell_error(&out);
        code = EXIT_CODE_USAGE;
    } else if (words->count && !about) {
        code = verb_unknown(line, &words->items[0]);
    } else {
        if (about)
            help_of_verb(about, &out);
        else
            help_of_program(&out);
        code = tell_output(&out) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
    }
    free(operands.words.items);
    return code;
}

const struct verb verb_help = {
    .name = "help",
    .also = {"--help", "-h"},
    .synopsis = "sockspec help [VERB]",
    .purpose = "tell about a verb and its options, or which verbs there are",
    .examples = "sockspec help test\n"
                "sockspec test --help",
    .exit_codes = "  0  told\n"
                  "  2  there is no such verb\n",
    .run = run_help,
};

static int run_version(const struct verb *verb, const struct line *line)
{
    struct buf out = {0};
    int rc = verb_takes_nothing(verb, line, NULL);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    buf_puts(&out, "sockspec " SOCKSPEC_VERSION "\n");
    return tell_output(&out) < 0 ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
}

const struct verb verb_version = {
    .name = "version",
    .also = {"--version", "-V"},
    .synopsis = "sockspec version",
    .purpose = "print the version",
    .examples = "sockspec --version",
    .exit_codes = "  0  told\n"
                  "  2  the command line is wrong\n",
    .run = run_version,
};
