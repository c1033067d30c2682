/* What a worker finds after sandbox_enter. */
#include "subject_modes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

/* As many as the issue promises, if the descriptors for both ends are there. */
enum { CONNECTIONS = 10000, SPARE_FILES = 50 };

struct context {
    enum isolation got;
    ino_t old_network;
};

static ino_t network_inode(void)
{
    struct stat st = {0};
    stat("/proc/self/ns/net", &st);
    return st.st_ino;
}

static int listen_at(int family, struct sockaddr_storage *to, socklen_t *len)
{
    memset(to, 0, sizeof *to);
    if (family == AF_INET) {
        *(struct sockaddr_in *)to =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        *len = sizeof(struct sockaddr_in);
    } else {
        *(struct sockaddr_in6 *)to = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
        *len = sizeof(struct sockaddr_in6);
    }
    int fd = socket(family, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (void *)to, *len), 0);
    assert_int_equal(listen(fd, 65535), 0);
    assert_int_equal(getsockname(fd, (void *)to, len), 0);
    return fd;
}

static void test_loopback_works(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage a;
        socklen_t len;
        int listener = listen_at(families[i], &a, &len), fd = socket(families[i], SOCK_STREAM, 0);
        assert_int_equal(connect(fd, (void *)&a, len), 0);
        close(fd);
        close(listener);
    }
}

/* As on any machine: names of one family, or both, asked for by who wants only what the machine has. */
static void test_localhost_is_found_by_both_families(void **state)
{
    const struct context *c = *state;
    static const char *const names[] = {"127.0.0.1", "::1", "localhost"};
    static const int families[] = {AF_INET, AF_INET6, AF_UNSPEC};
    if (c->got == ISOLATION_PROCESS) /* the host's network is as it is */
        return;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) {
            struct addrinfo *found = NULL;
            struct addrinfo hints = {
                .ai_family = k ? AF_UNSPEC : families[i], .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
            assert_int_equal(getaddrinfo(names[i], "80", &hints, &found), 0);
            freeaddrinfo(found);
        }
}

static void test_network_is_private(void **state)
{
    const struct context *c = *state;
    bool moved = network_inode() != c->old_network;
    assert_int_equal(moved, c->got != ISOLATION_PROCESS);
}

static void test_files_are_raised(void **state)
{
    (void)state;
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    assert_true(r.rlim_cur == r.rlim_max);
    if (r.rlim_cur < 65536) { /* then it must be that more was not allowed */
        r.rlim_cur = r.rlim_max = 65536;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), -1);
    }
}

static void test_ids_stay(void **state)
{
    (void)state;
    struct stat st;
    char path[] = "/tmp/sandbox_test_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_uid, getuid());
    close(fd);
    unlink(path);
}

static void test_many_connections_on_one_port(void **state)
{
    const struct context *c = *state;
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    rlim_t most = (r.rlim_cur - SPARE_FILES) / 2;
    int wanted = most < CONNECTIONS ? (int)most : CONNECTIONS;
    if (c->got == ISOLATION_PROCESS) /* the host's network is not ours to fill */
        wanted = wanted < 100 ? wanted : 100;
    int *fds = calloc((size_t)wanted * 2, sizeof *fds);
    struct sockaddr_storage a;
    socklen_t len;
    int listener = listen_at(AF_INET, &a, &len);
    /* All at once, before the first accept, where the backlog may be so long. */
    for (int i = 0; i < wanted; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(fds[i], (void *)&a, len), 0);
    }
    for (int i = 0; i < wanted; i++) {
        fds[wanted + i] = accept(listener, NULL, NULL);
        assert_true(fds[wanted + i] >= 0);
    }
    struct linger abort_it = {1, 0};
    for (int i = 0; i < 2 * wanted; i++) {
        setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
        close(fds[i]);
    }
    close(listener);
    free(fds);
}

static ino_t network_before(void)
{
    struct stat st = {0};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)getppid());
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    (void)original;
    /* The parent's network: as nobody it may not be seen, and then the mode itself says what must hold. */
    struct context context = {.got = got, .old_network = network_before()};
    if (context.old_network == 0)
        context.old_network = got == ISOLATION_PROCESS ? network_inode() : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_loopback_works, &context),
        cmocka_unit_test_prestate(test_localhost_is_found_by_both_families, &context),
        cmocka_unit_test_prestate(test_network_is_private, &context),
        cmocka_unit_test_prestate(test_files_are_raised, &context),
        cmocka_unit_test_prestate(test_ids_stay, &context),
        cmocka_unit_test_prestate(test_many_connections_on_one_port, &context),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

/* What may not be done must be told, not passed over: nobody is refused root's namespaces. */
static int root_mode_is_refused_to_nobody(void)
{
    if (geteuid() != 0)
        return 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct err e = {0};
        enum isolation got;
        if (become_nobody() < 0)
            exit(2);
        exit(sandbox_enter(ISOLATION_ROOT, false, &got, &e) == -1 && e.text[0] ? 0 : 1);
    }
    int status;
    if (waitpid(pid, &status, 0) < 0 || status != 0) {
        printf("# FAILED: root's namespaces were not refused to nobody\n");
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    return root_mode_is_refused_to_nobody() | run_all_modes(argc, argv, run);
}
