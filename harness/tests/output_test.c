/* Files that the user has named for us to write, and bytes that are shown. */
#include "base/mem.h"
#include "base/output.h"
#include "base/visible.h"
#include "report/model.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/sockspec-output-XXXXXX";

static int enter(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    char *command = mem_printf("cd / && rm -rf '%s'", folder);
    int rc = system(command);
    (void)state;
    free(command);
    return rc || chdir("/") ? -1 : 0;
}

static void put(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void holds(const char *path, const char *text)
{
    char got[100] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read(fd, got, sizeof got - 1) >= 0);
    close(fd);
    assert_string_equal(got, text);
}

/* Nothing but what the test has named. */
static void no_other_file(int count)
{
    char *command = mem_printf("test $(find . -mindepth 1 | wc -l) -eq %d", count);
    assert_int_equal(system(command), 0);
    free(command);
}

static void save(const char *path, const char *text)
{
    struct err e = {0};
    if (output_save(path, text, strlen(text), &e) < 0)
        fail_msg("%s", e.text);
}

static void new_and_old_files(void **state)
{
    struct stat st;
    (void)state;
    mode_t before = umask(027);
    save("new", "one");
    umask(before);
    holds("new", "one");
    assert_int_equal(stat("new", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    put("old", "a longer text than the new one", 0604);
    save("old", "two");
    holds("old", "two");
    assert_int_equal(stat("old", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604);
    no_other_file(2);
}

static void links_are_followed(void **state)
{
    struct stat st;
    (void)state;
    assert_int_equal(mkdir("below", 0777), 0);
    put("below/real", "old", 0600);
    assert_int_equal(symlink("below/real", "link"), 0);
    assert_int_equal(symlink("below/made", "dangling"), 0);
    put("name", "old", 0644);
    assert_int_equal(link("name", "other-name"), 0);
    save("link", "one");
    save("dangling", "two");
    save("name", "three");
    holds("below/real", "one");
    holds("below/made", "two");
    holds("other-name", "three");
    assert_int_equal(lstat("link", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(lstat("dangling", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    no_other_file(7);
}

static void devices_stay(void **state)
{
    struct stat st;
    struct err e = {0};
    (void)state;
    save("/dev/null", "x");
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(output_save("/dev/full", "x", 1, &e), -1);
    assert_int_equal(e.code, ENOSPC);
    assert_string_equal(e.text, "cannot write /dev/full: No space left on device");
}

static void what_cannot_be_written_is_known_before(void **state)
{
    static const struct {
        const char *path;
        int code;
    } rows[] = {{".", EISDIR}, {"/no/such/folder/x", ENOENT}, {"file/x", ENOTDIR}, {"loop", ELOOP}};
    (void)state;
    put("file", "x", 0644);
    assert_int_equal(symlink("loop", "loop"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err checked = {0}, saved = {0};
        assert_int_equal(output_check(rows[i].path, &checked), -1);
        assert_int_equal(checked.code, rows[i].code);
        assert_int_equal(output_save(rows[i].path, "y", 1, &saved), -1);
        assert_string_equal(checked.text, saved.text);
    }
    struct err e = {0};
    assert_int_equal(output_check("file", &e), 0);
    assert_int_equal(output_check("not-yet", &e), 0);
    assert_int_equal(output_check_folder("file", &e), -1);
    assert_int_equal(e.code, ENOTDIR);
    assert_int_equal(output_check_folder(".", &e), 0);
    holds("file", "x");
    no_other_file(2);
}

/* A file that grows too large leaves the old one as it was, and nothing beside it. */
static void all_or_nothing(void **state)
{
    struct rlimit before, little = {.rlim_cur = 1000};
    struct err e = {0};
    char large[5000];
    (void)state;
    memset(large, 'x', sizeof large);
    put("old", "old", 0644);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    int rc = output_save("old", large, sizeof large, &e);
    int rc_new = output_save("new", large, sizeof large, &(struct err){0});
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(rc_new, -1);
    assert_int_equal(e.code, EFBIG);
    holds("old", "old");
    no_other_file(1);
}

static void commands_are_broken_up(void **state)
{
    static const struct {
        const char *before, *text, *after;
    } rows[] = {
        {"", "a ##[error]b", "a ##\\x5berror]b"},
        {"", "##[##[", "##\\x5b##\\x5b"},
        {"", "###[x", "###\\x5bx"},
        {"", "# #[ ##", "# #[ ##"},
        {"##[", "##[", "##[##\\x5b"}, /* what stands before `from` is left alone */
        {"", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = {0};
        buf_puts(&b, rows[i].before);
        size_t from = b.len;
        buf_puts(&b, rows[i].text);
        visible_break_commands(&b, from, "\\x5b");
        assert_string_equal(buf_text(&b), rows[i].after);
        assert_int_equal(b.len, strlen(rows[i].after));
        buf_free(&b);
    }
}

static void bytes_become_text_whole(void **state)
{
    char *text = result_bytes("a\0b\0\0\xff", 6);
    (void)state;
    assert_string_equal(text, "a\\x00b\\x00\\x00\xff");
    free(text);
    assert_null(result_bytes("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_and_old_files, enter, leave),
        cmocka_unit_test_setup_teardown(links_are_followed, enter, leave),
        cmocka_unit_test_setup_teardown(devices_stay, enter, leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_known_before, enter, leave),
        cmocka_unit_test_setup_teardown(all_or_nothing, enter, leave),
        cmocka_unit_test(commands_are_broken_up),
        cmocka_unit_test(bytes_become_text_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
