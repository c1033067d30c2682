/* The help: made from the tables of verbs and options. */
#include "cli/verb.h"

#include <string.h>

static const char exit_codes[] = "\nExit codes\n"
                                 "  0  every rule was kept (or a known failure was the only one broken)\n"
                                 "  1  a rule is broken, or a case is flaky; with --strict a warning too\n"
                                 "  2  the command line or a scenario is wrong\n"
                                 "  3  could not test: the program did not start, or nothing was run\n";

/* Lines of `text`, each with `indent` before it. */
static void add_lines(struct buf *out, const char *text, const char *indent)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        buf_printf(out, "%s%.*s\n", indent, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

void verb_help(const struct verb *verb, struct buf *out)
{
    buf_printf(out, "sockspec %s: %s\n\nUsage\n", verb->name, verb->purpose);
    add_lines(out, verb->synopsis, "  ");
    if (verb->about) {
        buf_putc(out, '\n');
        add_lines(out, verb->about, "");
    }
    if (verb->options.count) {
        if (verb->options.rows[0].kind != OPTION_HEADING)
            buf_puts(out, "\nOptions\n");
        options_help(&verb->options, out);
    }
    if (verb->examples) {
        buf_puts(out, "\nExamples\n");
        add_lines(out, verb->examples, "  ");
    }
    if (verb->exit_codes)
        buf_printf(out, "\nExit codes\n%s", verb->exit_codes);
    else
        buf_puts(out, exit_codes);
}

void program_help(struct buf *out)
{
    buf_puts(out, "sockspec: the peer that tests your sockets\n\n"
                  "It plays the other side of a server or client: by the book, badly, slowly, broken. It says which "
                  "rule\n"
                  "the program breaks, shows the evidence, and prints the one line that reproduces it.\n\nVerbs\n");
    for (size_t i = 0; verbs[i]; i++)
        buf_printf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->purpose);
    buf_puts(out, "  help       tells about a verb: sockspec help test\n"
                  "  version    prints the version\n"
                  "\nExamples\n"
                  "  sockspec test http-server -- python3 -m http.server -p HTTP/1.1 --bind 127.0.0.1 {port}\n"
                  "  sockspec list profiles\n"
                  "  sockspec explain SOCK-STREAM-BOUNDARY\n");
    buf_puts(out, exit_codes);
}
