/* Readiness where the kernel may not be asked by sock_diag: its tables in /proc/net tell it; in every isolation mode.
 */
#include "subject_bench.h"
#include "subject_modes.h"

#include "evidence/procnet.h"
#include "evidence/queues.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

/* From now on socket(AF_NETLINK, ..., NETLINK_SOCK_DIAG) fails with EACCES in this process, as under some sandboxes. */
static void forbid_sock_diag(void)
{
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NETLINK_SOCK_DIAG, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof code / sizeof *code, code};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
    assert_int_equal(queues_open(), -1);
    assert_int_equal(errno, EACCES);
}

static void a_port_that_is_known_and_one_that_is_not(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *deed;
        int type;
        enum subject_transport transport;
    } kinds[] = {{"echo", SOCK_STREAM, SUBJECT_TCP}, {"udp", SOCK_DGRAM, SUBJECT_UDP}};
    for (int i = 0; i < 4; i++) {
        char text[16];
        int port = free_port(kinds[i / 2].type);
        snprintf(text, sizeof text, "%d", port);
        struct subject_spec spec = spec_of(b, kinds[i / 2].deed, text);
        spec.is_server = true;
        spec.transport = kinds[i / 2].transport;
        spec.port = i % 2 ? port : 0;
        start(b, &spec);
        await(b, is_ready, NULL);
        assert_int_equal(subject_port(b->subject), port);
        assert_true(subject_listens(b->subject));
        stop(b, 0);
    }
}

static void a_socket_file(void **state)
{
    struct bench *b = *state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/blind-test-%d-%d", (int)getpid(), b->isolation);
    assert_int_equal(procnet_unix(path), 0);
    struct subject_spec spec = spec_of(b, "unix", path);
    spec.is_server = true;
    spec.transport = SUBJECT_UNIX;
    spec.socket_path = path;
    start(b, &spec);
    await(b, is_ready, NULL);
    assert_true(procnet_unix(path) > 0);
    stop(b, 0);
    assert_int_equal(procnet_unix(path), 0);
    unlink(path);
}

static void another_port_is_named(void **state)
{
    struct bench *b = *state;
    char text[16], words[40];
    int port = free_port(SOCK_STREAM);
    snprintf(text, sizeof text, "%d", port);
    snprintf(words, sizeof words, ":%d, not on ", port);
    struct subject_spec spec = spec_of(b, "echo", text);
    spec.is_server = true;
    spec.port = free_port(SOCK_STREAM);
    spec.start_timeout = 1;
    start(b, &spec);
    await(b, has_failed, NULL);
    assert_non_null(strstr(subject_error(b->subject), words));
    stop(b, 0);
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(a_port_that_is_known_and_one_that_is_not),
        IN_BENCH(a_socket_file),
        IN_BENCH(another_port_is_named),
    };
    forbid_sock_diag();
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
