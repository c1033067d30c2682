/* What a subject writes in /tmp and /dev/shm is its own, what stands there it sees, what is kept is the same for all;
 * in every isolation mode. */
#include "subject_bench.h"
#include "subject_modes.h"

#include "base/buf.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A directory of the test in /tmp, that subjects share with it, and a file beside it that they only see. */
struct place {
    char shared[32], file[64];
    struct subject_temp *temp;
};

static void write_to(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void assert_holds(const char *path, const char *text)
{
    char got[64] = "";
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got - 1), strlen(text));
    close(fd);
    assert_string_equal(got, text);
}

static void open_place(struct place *p)
{
    strcpy(p->shared, "/tmp/temp-test-XXXXXX");
    assert_non_null(mkdtemp(p->shared));
    snprintf(p->file, sizeof p->file, "%s-file", p->shared);
    write_to(p->file, "theirs\n");
    p->temp = subject_temp_new(p->shared);
}

static void close_place(struct place *p)
{
    subject_temp_free(p->temp);
    unlink(p->file);
    assert_int_equal(rmdir(p->shared), 0); /* nothing is left in it */
}

/* Runs a script to its end, with `p->file` and `p->shared` as its words, and compares what it wrote. */
static void run_script(struct bench *b, const struct place *p, const char *script, const char *expected)
{
    static char sh[] = "sh", flag[] = "-c";
    char *words[] = {sh,  flag, (char *)(uintptr_t)script, sh, (char *)(uintptr_t)p->file, (char *)(uintptr_t)p->shared,
                     NULL};
    const struct subject_spec spec = {.argv = words, .isolation = b->isolation, .temp = p->temp};
    start(b, &spec);
    await(b, has_ended, NULL);
    assert_output(b, 0, expected);
    stop(b, 0);
}

static bool is_private(const struct bench *b)
{
    return b->isolation != ISOLATION_PROCESS;
}

static void what_stands_there_is_seen_and_stays(void **state)
{
    struct bench *b = *state;
    struct place p;
    if (!is_private(b))
        return;
    open_place(&p);
    run_script(b, &p, "cat $1; echo mine >$1; cat $1; rm $1; ls $1 2>/dev/null; mkdir $1 && rmdir $1 && echo done",
               "theirs\nmine\ndone\n");
    assert_holds(p.file, "theirs\n");
    close_place(&p);
}

/* Every main process is the same pid: files that are named by it are another's without this. */
static void two_with_the_same_names_do_not_meet(void **state)
{
    struct bench *b = *state;
    static const char *const dirs[] = {"/tmp", "/dev/shm"};
    struct place p;
    char script[200], path[64];
    if (!is_private(b))
        return;
    open_place(&p);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/temp-test-%d", dirs[i], (int)getpid());
        snprintf(script, sizeof script, "set -C; echo $$ >%s && cat %s", path, path);
        for (int again = 0; again < 2; again++)
            run_script(b, &p, script, "2\n");
        assert_int_equal(access(path, F_OK), -1);
    }
    close_place(&p);
}

static void what_is_shared_is_the_same_for_all(void **state)
{
    struct bench *b = *state;
    struct place p;
    char told[128];
    open_place(&p);
    snprintf(told, sizeof told, "%s/told", p.shared);
    run_script(b, &p, "echo hello >$2/told; stat -c %a /tmp", "1777\n");
    assert_holds(told, "hello\n");
    unlink(told);
    close_place(&p);
}

/* Who works in a directory there means it, by whatever name. */
static void the_working_directory_is_kept(void **state)
{
    struct bench *b = *state;
    struct place p, home;
    char before[4096], log[128];
    assert_non_null(getcwd(before, sizeof before));
    open_place(&home);
    assert_int_equal(chdir(home.shared), 0);
    open_place(&p);
    run_script(b, &p, "echo 1 >log; test log -ef \"$(pwd -P)/log\" && echo 2 >>\"$PWD/log\"; cat log", "1\n2\n");
    snprintf(log, sizeof log, "%s/log", home.shared);
    assert_holds(log, "1\n2\n");
    unlink(log);
    close_place(&p);
    assert_int_equal(chdir("/tmp"), 0); /* itself: what is written there is the instance's */
    open_place(&p);
    if (is_private(b)) {
        run_script(b, &p, "echo 1 >temp-test-here; cat /tmp/temp-test-here; pwd", "1\n/tmp\n");
        assert_int_equal(access("/tmp/temp-test-here", F_OK), -1);
    }
    assert_int_equal(chdir(before), 0);
    close_place(&p);
    close_place(&home);
}

/* A database may listen in /tmp: an overlay alone would have its socket refuse. */
static void sockets_of_others_are_reached(void **state)
{
    struct bench *b = *state;
    struct place p;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char shared[] = "/tmp/temp-test-XXXXXX";
    assert_non_null(mkdtemp(shared));
    snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", shared);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (void *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 5), 0);
    open_place(&p);
    struct subject_spec spec = spec_of(b, "unix-connect", at.sun_path);
    spec.temp = p.temp;
    start(b, &spec);
    await(b, has_ended, NULL);
    assert_output(b, 0, "connected\n");
    stop(b, 0);
    close(fd);
    unlink(at.sun_path);
    rmdir(shared);
    close_place(&p);
}

static void doctor_can_tell(void **state)
{
    struct bench *b = *state;
    struct err e = {0};
    struct subject_temp *temp = subject_temp_new(NULL);
    assert_int_equal(subject_temp_try(temp, b->isolation, &e), is_private(b) ? 0 : -1);
    assert_int_equal(e.text[0] != '\0', !is_private(b));
    assert_int_equal(access("/tmp/upper0", F_OK), -1); /* nothing of it is ours to see */
    subject_temp_free(temp);
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(what_stands_there_is_seen_and_stays), IN_BENCH(two_with_the_same_names_do_not_meet),
        IN_BENCH(what_is_shared_is_the_same_for_all),  IN_BENCH(the_working_directory_is_kept),
        IN_BENCH(sockets_of_others_are_reached),       IN_BENCH(doctor_can_tell),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
