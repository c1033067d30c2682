/*
 * scenarios/OWN.md is followed to the letter, in an empty folder and a shell that knows nothing but the program: blocks
 * with the name of a file behind their language are that file, `sh` is run, and what stands in the `text` behind it
 * comes in that order ("..." at the end of a line: and more; an exit code other than 0 stands last).
 */
#include "shell.h"

#include "base/mem.h"

#include <stdbool.h>

struct page_block {
    char *language, *file; /* file NULL: none is named */
    char *text;
    int line;
};

/* The next block behind *at; false at the end of the page. Free its members. */
static bool next_block(const char *page, const char **at, struct page_block *b)
{
    const char *open = strstr(*at, "\n```");
    if (!open)
        return false;
    const char *info = open + 4, *body = strchr(info, '\n') + 1, *end = strstr(body - 1, "\n```");
    assert_non_null(end);
    size_t language = strcspn(info, " \n"), rest = (size_t)(body - 1 - info) - language;
    b->language = mem_printf("%.*s", (int)language, info);
    b->file = rest > 1 ? mem_printf("%.*s", (int)rest - 1, info + language + 1) : NULL;
    b->text = mem_printf("%.*s", (int)(end + 1 - body), body);
    b->line = 1;
    for (const char *p = page; p < body; p++)
        b->line += *p == '\n';
    *at = end + 4;
    return true;
}

static void block_free(struct page_block *b)
{
    free(b->language);
    free(b->file);
    free(b->text);
}

static void put_file(const char *folder, const struct page_block *b)
{
    char *path = mem_printf("%s/%s", folder, b->file);
    FILE *f = fopen(path, "w");
    if (!f)
        fail_msg("OWN.md:%d: cannot write %s", b->line, b->file);
    fputs(b->text, f);
    assert_int_equal(fclose(f), 0);
    free(path);
}

/* Runs the block; its output into `out`. Each line must succeed, but for the last one, whose exit code comes back. */
static int run_block(const char *folder, const struct page_block *b, struct buf *out)
{
    char *file = mem_printf("%s/.run", folder);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(b->text, f);
    assert_int_equal(fclose(f), 0);
    int code = shell_run(out,
                         "cd %s && env -i HOME=%s PATH=%s/bin:/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 "
                         "bash -e .run 2>&1",
                         folder, folder, folder);
    free(file);
    return code;
}

/* The line of the page is in the output behind *at, where a line begins; *at goes behind it. */
static bool take_line(const char **at, const char *line, size_t len)
{
    bool open = len > 3 && memcmp(line + len - 3, "...", 3) == 0;
    len -= open ? 3 : 0;
    for (const char *p = *at; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        if (strncmp(p, line, len) != 0 || (!open && p[len] != '\n' && p[len] != '\0'))
            continue;
        p = strchr(p, '\n');
        *at = p ? p + 1 : "";
        return true;
    }
    return false;
}

/* Compares what a block said with what the page says that it says. */
static void compare(const struct page_block *told, const struct buf *out, int code)
{
    static const char exits[] = "(exit code ";
    const char *at = buf_text(out);
    int wanted = 0;
    for (const char *line = told->text; *line;) {
        size_t len = strcspn(line, "\n");
        if (strncmp(line, exits, strlen(exits)) == 0)
            wanted = atoi(line + strlen(exits));
        else if (len && !take_line(&at, line, len))
            fail_msg("OWN.md:%d: '%.*s' does not come, or not behind what stands before it:\n%s", told->line, (int)len,
                     line, buf_text(out));
        line += len + (line[len] == '\n');
    }
    if (code != wanted)
        fail_msg("OWN.md:%d: exit code %d, and the page says %d\n%s", told->line, code, wanted, buf_text(out));
}

static char *read_page(void)
{
    struct buf text = {0};
    FILE *f = fopen(SOURCE_DIR "/scenarios/OWN.md", "r");
    assert_non_null(f);
    for (size_t n = 1; n > 0; text.len += n)
        n = fread(buf_reserve(&text, 65536), 1, 65536, f);
    fclose(f);
    return buf_take(&text);
}

static void test_the_page_is_followed(void **state)
{
    (void)state;
    struct buf out = {0};
    char folder[] = "/tmp/sockspec-own-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(shell_run(&out,
                               "mkdir %s/bin && ln -s %s/sockspec %s/bin/ && ln -s \"$(command -v python3)\" %s/bin/",
                               folder, BINARY_DIR, folder, folder),
                     0);
    char *page = read_page();
    const char *at = page;
    struct page_block b;
    int code = 0, runs = 0;
    buf_clear(&out);
    while (next_block(page, &at, &b)) {
        if (b.file) {
            put_file(folder, &b);
        } else if (strcmp(b.language, "sh") == 0) {
            if (code != 0)
                fail_msg("OWN.md:%d: the block before it ended with %d, which the page does not say\n%s", b.line, code,
                         buf_text(&out));
            code = run_block(folder, &b, &out);
            runs++;
        } else if (strcmp(b.language, "text") == 0) {
            compare(&b, &out, code);
            code = 0;
        } else {
            fail_msg("OWN.md:%d: a block of %s without the name of a file", b.line, b.language);
        }
        block_free(&b);
    }
    assert_true(runs >= 8 && code == 0);
    shell_run(&out, "rm -r %s", folder);
    free(page);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_page_is_followed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
