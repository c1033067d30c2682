/* Completion for fish. */
#include "manual/complete.h"
#include "manual/manual.h"

#include <stdlib.h>
#include <string.h>

static const char head[] =
    "# Completion of sockspec for fish. Made from the tables of the program.\n"
    "\n"
    "function __sockspec_verb\n"
    "    set -l words (commandline -opc)\n"
    "    test (count $words) -gt 1; and test \"$words[2]\" = $argv[1]; and not contains -- -- $words\n"
    "end\n"
    "\n"
    "function __sockspec_no_verb\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "\n"
    "function __sockspec_command\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    set -l at (contains -i -- -- $words)\n"
    "    complete -C (string join ' ' -- (string escape -- $words[(math $at + 1)..-2]) $words[-1])\n"
    "end\n"
    "\n"
    "# Those of the profile that stands on the command line, where one does.\n"
    "function __sockspec_listed\n"
    "    set -l words (commandline -opc)\n"
    "    set -l narrow\n"
    "    if test \"$words[2]\" = test; and contains -- $argv[1] scenarios facts; and not string match -q -- '-*' "
    "\"$words[3]\"\n"
    "        set narrow $words[3]\n"
    "    end\n"
    "    sockspec list $argv[1] $narrow --names 2>/dev/null\n"
    "end\n"
    "\n"
    "complete -c sockspec -f\n"
    "complete -c sockspec -n 'contains -- -- (commandline -opc)' -a '(__sockspec_command)'\n";

/* Strings of fish: a backslash and a single quote stand behind a backslash. */
static void add_quoted(struct buf *out, const char *text)
{
    buf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_putc(out, '\\');
        if (*text != '`') /* the marks of the pages */
            buf_putc(out, *text);
    }
    buf_putc(out, '\'');
}

static void begin(struct buf *out, const struct verb *verb)
{
    buf_printf(out, "complete -c sockspec -n '__sockspec_verb %s'", verb->name);
}

/* The words of a place, or files. */
static void add_offer(struct buf *out, enum place place)
{
    if (place_listed(place))
        buf_printf(out, " -a '(__sockspec_listed %s)'", place_listed(place));
    else if (place == PLACE_FILE)
        buf_puts(out, " -F");
    else if (place == PLACE_FOLDER)
        buf_puts(out, " -a '(__fish_complete_directories)'");
    else if (place == PLACE_SHELL_COMMAND)
        buf_puts(out, " -a '(__fish_complete_command)'");
}

static void add_option(struct buf *out, const struct verb *verb, const struct option *o)
{
    begin(out, verb);
    buf_printf(out, " -l %s", o->name);
    if (o->letter)
        buf_printf(out, " -s %c", o->letter);
    if (o->kind != OPTION_FLAG)
        buf_puts(out, " -r");
    if (o->kind == OPTION_CHOICE) {
        buf_puts(out, " -f -a '");
        for (size_t i = 0; o->choices[i]; i++)
            buf_printf(out, "%s%s", i ? " " : "", o->choices[i]);
        buf_putc(out, '\'');
    } else if (o->kind != OPTION_FLAG && o->value) {
        add_offer(out, place_named(o->value, strlen(o->value)));
    }
    char *purpose = option_purpose(o);
    buf_puts(out, " -d ");
    add_quoted(out, purpose);
    buf_putc(out, '\n');
    free(purpose);
}

static void add_words(struct buf *out, const struct verb *verb)
{
    struct operand word;
    for (struct operand_walk walk = {0}; operand_next(verb, &walk, &word);) {
        begin(out, verb);
        if (word.place == PLACE_LITERAL) {
            buf_printf(out, " -a '%.*s'", (int)word.len, word.text);
        } else if (word.place == PLACE_VERB) {
            for (size_t i = 0; verbs[i]; i++)
                buf_printf(out, "%s%s", i ? " " : " -a '", verbs[i]->name);
            buf_putc(out, '\'');
        } else {
            add_offer(out, word.place);
        }
        buf_putc(out, '\n');
    }
}

void complete_fish(struct buf *out)
{
    buf_puts(out, head);
    for (size_t i = 0; verbs[i]; i++) {
        buf_printf(out, "complete -c sockspec -n __sockspec_no_verb -a %s -d ", verbs[i]->name);
        add_quoted(out, verbs[i]->purpose);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; verbs[i]; i++) {
        struct option o;
        for (struct option_walk walk = {0}; verbs[i]->options && options_next(verbs[i]->options, &walk, &o);)
            if (o.kind != OPTION_HEADING)
                add_option(out, verbs[i], &o);
        add_words(out, verbs[i]);
    }
}
