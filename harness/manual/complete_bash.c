/* Completion for bash 4 and later; what it offers behind `--` is whatever bash offers for that command. */
#include "manual/complete.h"
#include "manual/manual.h"

#include <string.h>

static const char head[] =
    "# Completion of sockspec for bash. Made from the tables of the program.\n"
    "\n"
    "# Lines on standard input that begin with what has been typed.\n"
    "_sockspec_offer() {\n"
    "    local line\n"
    "    while IFS= read -r line; do\n"
    "        [[ $line != \"$cur\"* ]] || COMPREPLY+=(\"$(printf '%q' \"$line\")\")\n"
    "    done\n"
    "}\n"
    "\n"
    "_sockspec_words() { _sockspec_offer < <(printf '%s\\n' \"$@\"); }\n"
    "\n"
    "# profiles, scenarios, rules, words or facts; those of the profile that stands on the command line, where one "
    "does.\n"
    "_sockspec_listed() {\n"
    "    local narrow=()\n"
    "    case $1 in\n"
    "    scenarios | facts) [[ $verb != test || ${COMP_WORDS[2]} == -* ]] || narrow=(\"${COMP_WORDS[2]}\") ;;\n"
    "    esac\n"
    "    _sockspec_offer < <(sockspec list \"$1\" \"${narrow[@]}\" --names 2>/dev/null | sort -u)\n"
    "}\n"
    "\n"
    "_sockspec_files() {\n"
    "    local line\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n"
    "\n"
    "# A command and its words, behind the place COMP_WORDS[$1].\n"
    "_sockspec_command() {\n"
    "    if declare -F _command_offset >/dev/null; then\n"
    "        _command_offset \"$1\"\n"
    "    elif ((COMP_CWORD == $1)); then\n"
    "        mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
    "    else\n"
    "        _sockspec_files -f\n"
    "    fi\n"
    "}\n"
    "\n"
    "_sockspec() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} i\n"
    "    COMPREPLY=()\n";

static const char tail[] = "    esac\n"
                           "}\n"
                           "complete -F _sockspec sockspec\n";

/* What offers the words of a place, as a command of bash; false where nothing is known. */
static bool add_offer(struct buf *out, enum place place)
{
    if (place_listed(place))
        buf_printf(out, "_sockspec_listed %s", place_listed(place));
    else if (place == PLACE_FILE)
        buf_puts(out, "_sockspec_files -f");
    else if (place == PLACE_FOLDER)
        buf_puts(out, "_sockspec_files -d");
    else if (place == PLACE_SHELL_COMMAND)
        buf_puts(out, "mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")");
    else
        return false;
    return true;
}

static void add_value(struct buf *out, const struct option *o)
{
    if (o->kind == OPTION_FLAG || o->kind == OPTION_HEADING)
        return;
    buf_printf(out, "        --%s", o->name);
    if (o->letter)
        buf_printf(out, " | -%c", o->letter);
    buf_puts(out, ") ");
    if (o->kind == OPTION_CHOICE) {
        buf_puts(out, "_sockspec_words");
        for (size_t i = 0; o->choices[i]; i++)
            buf_printf(out, " %s", o->choices[i]);
        buf_puts(out, "; ");
    } else if (o->value && add_offer(out, place_named(o->value, strlen(o->value)))) {
        buf_puts(out, "; ");
    }
    buf_puts(out, "return ;;\n");
}

static void add_verb(struct buf *out, const struct verb *verb)
{
    struct option o;
    buf_printf(out, "    %s", verb->name);
    for (size_t i = 0; i < sizeof(verb->also) / sizeof(*verb->also) && verb->also[i]; i++)
        buf_printf(out, " | %s", verb->also[i]);
    buf_puts(out, ")\n        case $prev in\n");
    for (struct option_walk walk = {0}; verb->options && options_next(verb->options, &walk, &o);)
        add_value(out, &o);
    buf_puts(out, "        *) ;;\n        esac\n        if [[ $cur == -* ]]; then\n            _sockspec_words --help");
    for (struct option_walk walk = {0}; verb->options && options_next(verb->options, &walk, &o);)
        if (o.kind != OPTION_HEADING)
            buf_printf(out, " --%s", o.name);
    buf_puts(out,
             verb_takes_command(verb) ? " --\n            return\n        fi\n" : "\n            return\n        fi\n");
    struct operand word;
    for (struct operand_walk walk = {0}; operand_next(verb, &walk, &word);) {
        buf_puts(out, "        ");
        if (word.place == PLACE_LITERAL)
            buf_printf(out, "_sockspec_words %.*s", (int)word.len, word.text);
        else if (word.place == PLACE_VERB)
            for (size_t i = 0; verbs[i]; i++)
                buf_printf(out, i ? " %s" : "_sockspec_words %s", verbs[i]->name);
        else if (!add_offer(out, word.place))
            buf_putc(out, ':');
        buf_putc(out, '\n');
    }
    buf_puts(out, "        ;;\n");
}

void complete_bash(struct buf *out)
{
    buf_puts(out, head);
    buf_puts(out, "    if ((COMP_CWORD == 1)); then\n        _sockspec_words");
    for (size_t i = 0; verbs[i]; i++)
        buf_printf(out, " %s", verbs[i]->name);
    buf_puts(out, "\n        return\n    fi\n"
                  "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
                  "        if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
                  "            _sockspec_command $((i + 1))\n"
                  "            return\n"
                  "        fi\n"
                  "    done\n"
                  "    case $verb in\n");
    for (size_t i = 0; verbs[i]; i++)
        add_verb(out, verbs[i]);
    buf_puts(out, tail);
}
