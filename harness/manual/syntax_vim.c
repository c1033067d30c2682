/* Syntax for Vim and Neovim. */
#include "manual/manual.h"
#include "manual/syntax.h"

#include <string.h>

static const char head[] =
    "\" Scenarios, profiles, rules and subject files of sockspec. Made from the tables of the program.\n"
    "if exists('b:current_syntax')\n"
    "  finish\n"
    "endif\n"
    "setlocal commentstring=#\\ %s\n"
    "syntax iskeyword @,48-57,_,-\n";

static const char tail[] =
    "syntax match sockspecNumber "
    "/\\<\\d\\+\\(\\.\\d\\+\\)\\?\\(us\\|ms\\|s\\|min\\|h\\|B\\|KB\\|KiB\\|MB\\|MiB\\|GB\\|GiB\\|%\\)\\?\\(\\/"
    "s\\)\\?\\>/\n"
    "syntax match sockspecName /{[^{}\"]\\{-1,}}/ contained containedin=sockspecString,sockspecRaw\n"
    "syntax match sockspecEscape /\\\\\\(x\\x\\x\\|.\\)/ contained\n"
    "syntax region sockspecString start=/\"/ skip=/\\\\./ end=/\"/ oneline contains=sockspecEscape,sockspecName\n"
    "syntax region sockspecRegex start=/\\(^\\|\\s\\)\\@<=\\/\\S\\@=/ skip=/\\\\./ end=/\\// oneline\n"
    "syntax match sockspecRaw /^\\s*|.*$/ contains=sockspecName\n"
    "syntax match sockspecComment /\\(^\\|\\s\\)#.*$/\n"
    "highlight default link sockspecHead PreProc\n"
    "highlight default link sockspecActor Structure\n"
    "highlight default link sockspecStep Statement\n"
    "highlight default link sockspecValue Constant\n"
    "highlight default link sockspecNumber Number\n"
    "highlight default link sockspecName Identifier\n"
    "highlight default link sockspecEscape SpecialChar\n"
    "highlight default link sockspecString String\n"
    "highlight default link sockspecRegex String\n"
    "highlight default link sockspecRaw String\n"
    "highlight default link sockspecComment Comment\n"
    "let b:current_syntax = 'sockspec'\n";

void syntax_vim(struct buf *out)
{
    static const char *const groups[] = {[SYNTAX_HEAD] = "sockspecHead",
                                         [SYNTAX_ACTOR] = "sockspecActor",
                                         [SYNTAX_STEP] = "sockspecStep",
                                         [SYNTAX_VALUE] = "sockspecValue"};
    buf_puts(out, head);
    for (int class = 0; class < SYNTAX_CLASS_COUNT; class ++) {
        struct syntax_words words;
        syntax_words_of((enum syntax_class) class, &words);
        for (size_t i = 0; i < words.count; i++)
            buf_printf(out,
                       i % 12 ? " %s"
                       : i    ? "\nsyntax keyword %2$s %1$s"
                              : "syntax keyword %2$s %1$s",
                       words.items[i], groups[class]);
        buf_putc(out, '\n');
        syntax_words_free(&words);
    }
    buf_puts(out, tail);
}

void syntax_vim_detect(struct buf *out)
{
    buf_puts(out, "autocmd BufRead,BufNewFile *.scn,*.subject setfiletype sockspec\n"
                  "autocmd BufRead,BufNewFile */scenarios/*/profile,*/scenarios/rules setfiletype sockspec\n");
}
