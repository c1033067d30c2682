/* Pages of section 1: what --help tells, and what the verb's page of the repository tells behind it. */
#include "cli/verb.h"
#include "manual/manual.h"
#include "manual/markdown.h"
#include "manual/roff.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The line that begins at `text`, without its LF; `next` is what follows. */
static size_t line_of(const char *text, const char **next)
{
    size_t len = strcspn(text, "\n");
    *next = text + len + (text[len] == '\n');
    return len;
}

/* Lines that begin with a blank stand as they are; the others are paragraphs. */
static void paragraphs(struct buf *out, const char *text)
{
    const char *next;
    while (*text) {
        struct buf block = {0};
        bool verbatim = *text == ' ';
        size_t len;
        while (*text && *text != '\n' && (*text == ' ') == verbatim) {
            len = line_of(text, &next);
            if (block.len)
                buf_putc(&block, verbatim ? '\n' : ' ');
            buf_add(&block, text, len);
            text = next;
        }
        if (verbatim) {
            roff_lines(out, buf_text(&block), block.len);
        } else if (block.len) {
            roff_paragraph(out);
            roff_inline(out, block.data, block.len);
        }
        text += *text == '\n';
        buf_free(&block);
    }
}

static void synopsis(struct buf *out, const struct verb *verb)
{
    const char *line = verb->synopsis, *next;
    roff_section(out, "SYNOPSIS", strlen("SYNOPSIS"));
    for (; *line; line = next) {
        size_t len = line_of(line, &next);
        buf_puts(out, ".B ");
        roff_plain(out, line, len, 0);
        buf_puts(out, *next ? "\n.br\n" : "\n");
    }
}

static void options(struct buf *out, const struct verb *verb)
{
    struct option o;
    struct option_walk walk = {0};
    roff_section(out, "OPTIONS", strlen("OPTIONS"));
    while (options_next(verb->options, &walk, &o)) {
        if (o.kind == OPTION_HEADING) {
            roff_subsection(out, o.purpose, strlen(o.purpose));
            continue;
        }
        struct buf spelling = {0};
        char *purpose = option_purpose(&o);
        buf_putc(&spelling, '`');
        option_spelling(&o, &spelling);
        buf_putc(&spelling, '`');
        roff_tag(out, buf_text(&spelling), spelling.len);
        roff_inline(out, purpose, strlen(purpose));
        buf_free(&spelling);
        free(purpose);
    }
}

static void exit_row(struct buf *out, int code, const char *meaning)
{
    char tag[16];
    snprintf(tag, sizeof(tag), "`%d`", code);
    roff_tag(out, tag, strlen(tag));
    roff_inline(out, meaning, strlen(meaning));
}

static void exit_status(struct buf *out, const char *own)
{
    roff_section(out, "EXIT STATUS", strlen("EXIT STATUS"));
    for (int code = 0; !own && exit_code_meaning(code); code++)
        exit_row(out, code, exit_code_meaning(code));
    for (const char *line = own, *next; line && *line; line = next) {
        size_t len = line_of(line, &next);
        while (len && *line == ' ') {
            line++;
            len--;
        }
        if (len > 3 && isdigit((unsigned char)*line)) {
            struct buf meaning = {0};
            buf_add(&meaning, line + 3, len - 3);
            exit_row(out, *line - '0', buf_text(&meaning));
            buf_free(&meaning);
        } else {
            roff_inline(out, line, len);
        }
    }
}

static void examples(struct buf *out, const char *lines)
{
    roff_section(out, "EXAMPLES", strlen("EXAMPLES"));
    roff_lines(out, lines, strlen(lines));
}

static void environment(struct buf *out)
{
    static const char *const rows[][2] = {
        {"`SOCKSPEC_SCENARIOS`",
         "folders of profiles besides the shipped one, with `:` between them, as `--scenarios` names them"},
        {"`NO_COLOR`", "set: no colours, unless `--colour always` asks for them"},
        {"`TMPDIR`", "where a run keeps what it needs while it runs"},
    };
    roff_section(out, "ENVIRONMENT", strlen("ENVIRONMENT"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        roff_tag(out, rows[i][0], strlen(rows[i][0]));
        roff_inline(out, rows[i][1], strlen(rows[i][1]));
    }
}

static void see_also(struct buf *out, const struct verb *but)
{
    roff_section(out, "SEE ALSO", strlen("SEE ALSO"));
    if (but)
        buf_puts(out, ".BR sockspec (1),\n");
    for (size_t i = 0; verbs[i]; i++)
        if (verbs[i] != but)
            buf_printf(out, ".BR sockspec\\-%s (1),\n", verbs[i]->name);
    buf_puts(out, ".BR sockspec\\-scenario (5),\n.BR sockspec\\-profile (5),\n.BR sockspec\\-subject (5)\n");
}

void page_of_verb(struct buf *out, const struct verb *verb, const char *page)
{
    struct buf name = {0};
    buf_printf(&name, "sockspec-%s", verb->name);
    roff_begin(out, buf_text(&name), 1, verb->purpose);
    buf_free(&name);
    synopsis(out, verb);
    roff_section(out, "DESCRIPTION", strlen("DESCRIPTION"));
    paragraphs(out, verb->about ? verb->about : verb->purpose);
    if (verb->options)
        options(out, verb);
    if (page)
        markdown_to_roff(out, page, NULL, NULL);
    if (verb->examples)
        examples(out, verb->examples);
    exit_status(out, verb->exit_codes);
    environment(out);
    see_also(out, verb);
}

void page_of_program(struct buf *out)
{
    static const char about[] =
        "sockspec plays the other side of a server or client: by the book, badly, slowly, broken. It says which rule "
        "the program breaks, shows the evidence, and prints the one line that reproduces it.";
    roff_begin(out, "sockspec", 1, "the peer that tests your sockets");
    roff_section(out, "SYNOPSIS", strlen("SYNOPSIS"));
    buf_puts(out, ".B sockspec\n.I VERB\n[\\fIWORD\\fR...] [\\fIOPTION\\fR...] [\\-\\- \\fICOMMAND\\fR...]\n");
    roff_section(out, "DESCRIPTION", strlen("DESCRIPTION"));
    roff_paragraph(out);
    roff_inline(out, about, strlen(about));
    roff_section(out, "VERBS", strlen("VERBS"));
    for (size_t i = 0; verbs[i]; i++) {
        buf_printf(out, ".TP\n.BR sockspec\\-%s (1)\n", verbs[i]->name);
        roff_inline(out, verbs[i]->purpose, strlen(verbs[i]->purpose));
    }
    examples(out, "sockspec test http-server -- python3 -m http.server -p HTTP/1.1 --bind 127.0.0.1 {port}\n"
                  "sockspec list profiles\n"
                  "sockspec explain SOCK-STREAM-BOUNDARY\n");
    exit_status(out, NULL);
    environment(out);
    see_also(out, NULL);
}
