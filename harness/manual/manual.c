#include "manual/manual.h"

#include "base/mem.h"
#include "cli/verb.h"
#include "manual/markdown.h"
#include "manual/roff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Pages of the repository are read into memory whole; none is near this. */
#define PAGE_MAX (1024 * 1024)

/* A page of section 5: parts of a page of the repository. */
static const struct {
    const char *name, *purpose, *page, *from, *to;
} PARTS[] = {
    {"sockspec-scenario", "the language of scenarios", "scenarios/README.md", NULL, "Profiles"},
    {"sockspec-profile", "profiles and rules: what programs of a kind owe", "scenarios/README.md", "Profiles",
     "Subject files"},
    {"sockspec-subject", "what a program says of itself: how it starts, its facts, its known failures",
     "scenarios/README.md", "Subject files", "Coverage of an RFC"},
};

/* The pages of verbs that have one. */
static const struct {
    const char *verb, *page;
} VERB_PAGES[] = {
    {"test", "harness/TEST.md"},
    {"inject", "harness/INJECT.md"},
    {"proxy", "harness/PROXY.md"},
    {"parse", "harness/PARSE.md"},
};

const struct manual_file manual_files[] = {
    {"man/man1/sockspec.1", page_of_program},
    {"bash-completion/completions/sockspec", complete_bash},
    {"zsh/site-functions/_sockspec", complete_zsh},
    {"fish/vendor_completions.d/sockspec.fish", complete_fish},
    {"vim/vimfiles/syntax/sockspec.vim", syntax_vim},
    {"vim/vimfiles/ftdetect/sockspec.vim", syntax_vim_detect},
    {"sockspec/editors/sockspec.tmLanguage.json", syntax_textmate},
    {NULL, NULL},
};

static char *read_page(const char *source, const char *page, struct err *e)
{
    char *path = mem_printf("%s/%s", source, page);
    FILE *f = fopen(path, "r");
    char *text = f ? mem_new(1, PAGE_MAX) : NULL;
    size_t len = f ? fread(text, 1, PAGE_MAX, f) : 0;
    if (!f)
        err_set(e, errno, "cannot read %s: %s", path, strerror(errno));
    else if (len == PAGE_MAX)
        err_set(e, EFBIG, "%s is larger than a page", path);
    if (f)
        fclose(f);
    if (text && len < PAGE_MAX) {
        text[len] = '\0';
        free(path);
        return text;
    }
    free(text);
    free(path);
    return NULL;
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
}

/* Writes and frees `text`. */
static int put(const char *folder, const char *path, struct buf *text, struct err *e)
{
    char *whole = mem_printf("%s/%s", folder, path);
    make_folders(whole);
    FILE *f = fopen(whole, "w");
    bool written = f && fwrite(buf_text(text), 1, text->len, f) == text->len;
    if (f && fclose(f) != 0)
        written = false;
    if (!written)
        err_set(e, errno, "cannot write %s: %s", whole, strerror(errno));
    buf_free(text);
    free(whole);
    return written ? 0 : -1;
}

static int put_parts(const char *folder, const char *source, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof(PARTS) / sizeof(*PARTS) && rc == 0; i++) {
        struct buf out = {0};
        char *page = read_page(source, PARTS[i].page, e), *path = mem_printf("man/man5/%s.5", PARTS[i].name);
        roff_begin(&out, PARTS[i].name, 5, PARTS[i].purpose);
        if (page && !markdown_to_roff(&out, page, PARTS[i].from, PARTS[i].to)) {
            err_set(e, ENOENT, "%s has no heading '%s' or '%s'", PARTS[i].page, PARTS[i].from ? PARTS[i].from : "",
                    PARTS[i].to);
            buf_free(&out);
            rc = -1;
        } else if (page) {
            buf_puts(&out,
                     ".SH SEE ALSO\n.BR sockspec\\-check (1),\n.BR sockspec\\-explain (1),\n.BR sockspec\\-test (1)\n");
            rc = put(folder, path, &out, e);
        } else {
            rc = -1;
        }
        free(page);
        free(path);
    }
    return rc;
}

static const char *page_of(const char *verb)
{
    for (size_t i = 0; i < sizeof(VERB_PAGES) / sizeof(*VERB_PAGES); i++)
        if (strcmp(VERB_PAGES[i].verb, verb) == 0)
            return VERB_PAGES[i].page;
    return NULL;
}

static int put_verb(const char *folder, const char *source, const struct verb *verb, struct err *e)
{
    const char *name = page_of(verb->name);
    char *page = name ? read_page(source, name, e) : NULL;
    if (name && !page)
        return -1;
    struct buf out = {0};
    char *path = mem_printf("man/man1/sockspec-%s.1", verb->name);
    page_of_verb(&out, verb, page);
    int rc = put(folder, path, &out, e);
    free(path);
    free(page);
    return rc;
}

int manual_write(const char *folder, const char *source, struct err *e)
{
    int rc = put_parts(folder, source, e);
    for (size_t i = 0; verbs[i] && rc == 0; i++)
        rc = put_verb(folder, source, verbs[i], e);
    for (const struct manual_file *f = manual_files; f->path && rc == 0; f++) {
        struct buf out = {0};
        f->make(&out);
        rc = put(folder, f->path, &out, e);
    }
    return rc;
}
