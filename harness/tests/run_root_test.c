/* The temporary directory, the document root, and the sweep. */
#include "run/root.h"

#include "base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test works in a parent directory of its own, so that it sees no other run's directories. */
static char *parent;

static int set_up(void **state)
{
    (void)state;
    parent = mem_dup("/tmp/sockspec_root_test_XXXXXX");
    if (!mkdtemp(parent))
        return -1;
    return setenv("TMPDIR", parent, 1);
}

static int tear_down(void **state)
{
    (void)state;
    int result = root_remove(parent);
    free(parent);
    return result;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static char *at(const char *name)
{
    return mem_printf("%s/%s", parent, name);
}

static void touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/* The process number of a child that has ended and been waited for. */
static int dead_pid(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    return pid;
}

static uint64_t checksum(const char *path, uint64_t *size)
{
    unsigned char block[65536];
    uint64_t sum = 1469598103934665603u;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    *size = 0;
    for (ssize_t n; (n = read(fd, block, sizeof(block))) > 0; *size += (uint64_t)n)
        for (ssize_t i = 0; i < n; i++)
            sum = (sum ^ block[i]) * 1099511628211u;
    close(fd);
    return sum;
}

static void documents_are_the_same_for_a_seed(void **state)
{
    (void)state;
    uint64_t size[3], sum[3];
    static const uint64_t seeds[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        struct err e = {0};
        char *root = mem_printf("%s/root%d", parent, i), *large = mem_printf("%s/large.bin", root);
        assert_int_equal(root_documents_make(root, seeds[i], &e), 0);
        sum[i] = checksum(large, &size[i]);
        assert_int_equal(size[i], ROOT_LARGE);
        assert_int_equal(root_remove(root), 0);
        free(large);
        free(root);
    }
    assert_true(sum[0] == sum[1]);
    assert_true(sum[0] != sum[2]);
}

static void documents_can_be_read_by_anyone(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool empty;
    } files[] = {{"index.html", false},
                 {"small.txt", false},
                 {"empty.txt", true},
                 {"large.bin", false},
                 {"folder/index.html", false}};
    struct err e = {0};
    struct stat st;
    char *root = at("root");
    mode_t before = umask(0077);
    assert_int_equal(root_documents_make(root, 1, &e), 0);
    umask(before);
    assert_int_equal(stat(root, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *path = mem_printf("%s/%s", root, files[i].name);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0644);
        assert_int_equal(st.st_size == 0, files[i].empty);
        assert_int_equal(st.st_mtime, 1000000000);
        free(path);
    }
    free(root);
}

static void removal_follows_no_link(void **state)
{
    (void)state;
    char *tree = at("tree"), *deep = at("tree/a"), *file = at("tree/a/f"), *kept = at("kept"), *inside = at("kept/f");
    char *link_to_dir = at("tree/l"), *link_to_file = at("tree/m");
    mkdir(tree, 0700);
    mkdir(deep, 0700);
    touch(file);
    mkdir(kept, 0700);
    touch(inside);
    assert_int_equal(symlink(kept, link_to_dir), 0);
    assert_int_equal(symlink(inside, link_to_file), 0);
    assert_int_equal(root_remove(tree), 0);
    assert_false(exists(tree));
    assert_true(exists(inside));
    assert_int_equal(root_remove(tree), 0); /* what is gone is gone */
    char *link_itself = at("link");
    assert_int_equal(symlink(kept, link_itself), 0);
    assert_int_equal(root_remove(link_itself), -1);
    assert_true(exists(inside));
    char *all[] = {tree, deep, file, kept, inside, link_to_dir, link_to_file, link_itself};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        free(all[i]);
}

static void a_living_run_is_not_swept(void **state)
{
    (void)state;
    char *path;
    int lock;
    struct err e = {0};
    assert_int_equal(root_temp_make(&path, &lock, &e), 0);
    root_sweep(parent);
    assert_true(exists(path));
    close(lock); /* as the kernel does when the run is killed */
    root_sweep(parent);
    assert_false(exists(path));
    free(path);
}

static void only_dead_runs_directories_are_swept(void **state)
{
    (void)state;
    int dead = dead_pid();
    char *unlocked = mem_printf("%s/sockspec-%d-abcdef", parent, dead);
    char *making =
        mem_printf("%s/sockspec-%d-ghijkl", parent, (int)getpid()); /* has no lock yet, and its maker lives */
    char *other = mem_printf("%s/sockspec-%d-toolonganame", parent, dead);
    char *foreign = mem_printf("%s/sockspec-x-abcdef", parent);
    char *target = at("precious"), *link_name = mem_printf("%s/sockspec-%d-linked", parent, dead);
    mkdir(unlocked, 0700);
    mkdir(making, 0700);
    mkdir(other, 0700);
    mkdir(foreign, 0700);
    mkdir(target, 0700);
    assert_int_equal(symlink(target, link_name), 0);
    root_sweep(parent);
    assert_false(exists(unlocked));
    assert_true(exists(making));
    assert_true(exists(other));
    assert_true(exists(foreign));
    assert_true(exists(target));
    assert_true(exists(link_name));
    char *all[] = {unlocked, making, other, foreign, target, link_name};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        free(all[i]);
}

static void another_users_directory_is_left_alone(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("needs root: gives a directory to another user\n");
        skip();
    }
    char *theirs = mem_printf("%s/sockspec-%d-theirs", parent, dead_pid());
    mkdir(theirs, 0700);
    assert_int_equal(chown(theirs, 65534, 65534), 0);
    root_sweep(parent);
    assert_true(exists(theirs));
    free(theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(documents_are_the_same_for_a_seed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(documents_can_be_read_by_anyone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removal_follows_no_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_living_run_is_not_swept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_dead_runs_directories_are_swept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_users_directory_is_left_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
