/* Completion for zsh: #compdef, by _arguments. */
#include "manual/complete.h"
#include "manual/manual.h"

#include <stdlib.h>
#include <string.h>

static const char head[] =
    "#compdef sockspec\n"
    "# Completion of sockspec for zsh. Made from the tables of the program.\n"
    "\n"
    "# profiles, scenarios, rules, words or facts; those of the profile that stands on the command line, where one "
    "does.\n"
    "_sockspec_listed() {\n"
    "    local -a names narrow\n"
    "    case $1 in\n"
    "        scenarios|facts) [[ $words[1] != test || $words[2] == -* ]] || narrow=($words[2]) ;;\n"
    "    esac\n"
    "    names=(\"${(@f)$(command sockspec list $1 $narrow --names 2>/dev/null)}\")\n"
    "    compadd -a names\n"
    "}\n"
    "\n"
    "_sockspec() {\n"
    "    local -a verbs\n"
    "    local curcontext=$curcontext\n";

/* For a specification of _arguments, which stands in single quotes. */
static void add_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            buf_puts(out, "'\\''");
        else if (strchr("[]:\\", *text))
            buf_printf(out, "\\%c", *text);
        else if (*text != '`') /* the marks of the pages */
            buf_putc(out, *text);
    }
}

static void add_action(struct buf *out, enum place place)
{
    if (place_listed(place))
        buf_printf(out, "{_sockspec_listed %s}", place_listed(place));
    else if (place == PLACE_FILE)
        buf_puts(out, "_files");
    else if (place == PLACE_FOLDER)
        buf_puts(out, "_files -/");
    else if (place == PLACE_SHELL_COMMAND)
        buf_puts(out, "_command_names -e");
}

static void add_option(struct buf *out, const struct option *o)
{
    char *purpose = option_purpose(o);
    const char *repeated = o->kind == OPTION_LIST ? "*" : "";
    const char *ends = o->kind == OPTION_FLAG ? "" : "=";
    if (o->letter)
        buf_printf(out, "                %s{-%c%s,--%s%s}'", repeated, o->letter, *ends ? "+" : "", o->name, ends);
    else
        buf_printf(out, "                '%s--%s%s", repeated, o->name, ends);
    buf_putc(out, '[');
    add_text(out, purpose);
    buf_putc(out, ']');
    if (o->kind != OPTION_FLAG) {
        buf_putc(out, ':');
        add_text(out, o->value ? o->value : "");
        buf_putc(out, ':');
        if (o->kind == OPTION_CHOICE) {
            buf_putc(out, '(');
            for (size_t i = 0; o->choices[i]; i++)
                buf_printf(out, "%s%s", i ? " " : "", o->choices[i]);
            buf_putc(out, ')');
        } else if (o->value) {
            add_action(out, place_named(o->value, strlen(o->value)));
        }
    }
    buf_puts(out, "' \\\n");
    free(purpose);
}

/* All that may stand as words, tried together. */
static void add_words(struct buf *out, const struct verb *verb)
{
    struct operand word;
    buf_puts(out, "                '*: :{_alternative");
    for (struct operand_walk walk = {0}; operand_next(verb, &walk, &word);) {
        buf_printf(out, " \"%.*s:%.*s:", (int)word.len, word.text, (int)word.len, word.text);
        if (word.place == PLACE_LITERAL) {
            buf_printf(out, "(%.*s)", (int)word.len, word.text);
        } else if (word.place == PLACE_VERB) {
            for (size_t i = 0; verbs[i]; i++)
                buf_printf(out, i ? " %s" : "(%s", verbs[i]->name);
            buf_putc(out, ')');
        } else if (place_listed(word.place)) {
            buf_printf(out, " _sockspec_listed %s", place_listed(word.place)); /* the blank: as it is, nothing put in */
        } else {
            add_action(out, word.place);
        }
        buf_putc(out, '"');
    }
    buf_puts(out, "}'\n            ;;\n");
}

void complete_zsh(struct buf *out)
{
    buf_puts(out, head);
    buf_puts(out, "    verbs=(\n");
    for (size_t i = 0; verbs[i]; i++) {
        buf_printf(out, "        '%s:", verbs[i]->name);
        add_text(out, verbs[i]->purpose);
        buf_puts(out, "'\n");
    }
    buf_puts(out, "    )\n"
                  "    if (( CURRENT == 2 )); then\n"
                  "        _describe verb verbs\n"
                  "        return\n"
                  "    fi\n"
                  "    shift words\n"
                  "    (( CURRENT-- ))\n"
                  "    local behind=${words[(i)--]}\n"
                  "    if (( behind < CURRENT )); then\n"
                  "        shift $behind words\n"
                  "        (( CURRENT -= behind ))\n"
                  "        _normal\n"
                  "        return\n"
                  "    fi\n"
                  "    case $words[1] in\n");
    for (size_t i = 0; verbs[i]; i++) {
        struct option o;
        buf_printf(out, "        %s)\n            _arguments -s \\\n                '--help[tell about it]' \\\n",
                   verbs[i]->name);
        for (struct option_walk walk = {0}; verbs[i]->options && options_next(verbs[i]->options, &walk, &o);)
            if (o.kind != OPTION_HEADING)
                add_option(out, &o);
        add_words(out, verbs[i]);
    }
    buf_puts(out, "    esac\n}\n\n_sockspec \"$@\"\n");
}
