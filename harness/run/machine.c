#include "run/machine.h"

#include "evidence/capture.h"
#include "evidence/queues.h"
#include "fault/inject.h"
#include "fault/packet.h"
#include "fault/packet_ring.h"
#include "fault/resolver.h"
#include "scenario/load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A probe answers within milliseconds, or seconds where the machine is crowded; one that has not answered by then never
 * will. A skip for want of what is there would hide what the case was for. */
#define ANSWER_S 30
/* What a crowd of a thousand clients against a server of ours in one process takes, and room. */
#define CROWD_FILES 4096

/* Each returns 0 when the mechanism works, or -1 with why not. */
typedef int probe(enum isolation got, struct err *e);

static int try_root(enum isolation got, struct err *e)
{
    (void)got;
    return geteuid() == 0 ? 0 : err_set(e, EPERM, "this is user %u", (unsigned)geteuid());
}

static int try_namespaces(enum isolation got, struct err *e)
{
    if (got != ISOLATION_PROCESS)
        return 0;
    /* What was tried last is what anybody may: its reason tells more than that of the others. */
    return sandbox_enter(ISOLATION_USER, false, &got, e) < 0
               ? -1
               : err_set(e, 0, "the run does without (--isolation process)");
}

static int try_own_tmp(enum isolation got, struct err *e)
{
    struct subject_temp *temp = subject_temp_new(NULL);
    int result = subject_temp_try(temp, got, e);
    subject_temp_free(temp);
    return result;
}

static int try_capture(enum isolation got, struct err *e)
{
    (void)got;
    struct capture *c = capture_open(e);
    capture_close(c);
    return c ? 0 : -1;
}

static int try_packets(enum isolation got, struct err *e)
{
    (void)got;
    struct packet_network *n = packet_network_open(e);
    struct packet_ring ring;
    if (!n || packet_ring_open(&ring, packet_network_device(n), e) < 0 || packet_network_divert(n, 8080, true, e) < 0)
        return -1;
    packet_ring_close(&ring);
    packet_network_close(n);
    return 0;
}

static int try_faults(enum isolation got, struct err *e)
{
    (void)got;
    const char *why = inject_lacking();
    return why ? err_set(e, 0, "%s", why) : 0;
}

/* A mount over resolv.conf, in a namespace of this process alone; and the resolver's own port. */
static int try_names(enum isolation got, struct err *e)
{
    (void)got;
    const struct resolver_spec spec = {.seed = 1};
    struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);
    struct resolver *r = loop ? resolver_open(loop, &spec, e) : NULL;
    if (!loop)
        return err_set(e, ENOMEM, "no event loop");
    if (!r)
        return -1;
    resolver_close(r);
    ev_loop_destroy(loop);
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
        return err_errno(e, errno, "a mount namespace");
    if (mount("/dev/null", "/etc/resolv.conf", "none", MS_BIND, NULL) < 0)
        return err_errno(e, errno, "a mount over /etc/resolv.conf");
    return 0;
}

/* The range of source ports is written back as it is. */
static int try_ports(enum isolation got, struct err *e)
{
    (void)got;
    char range[64];
    int fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_RDWR | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, range, sizeof(range));
    if (n <= 0 || pwrite(fd, range, (size_t)n, 0) != n)
        return err_errno(e, errno, "/proc/sys/net/ipv4/ip_local_port_range");
    return 0;
}

static int try_pidfd_getfd(enum isolation got, struct err *e)
{
    (void)got;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    int handle = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
    int fd = handle < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, handle, STDERR_FILENO, 0);
    int code = errno;
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return fd >= 0 ? 0 : err_errno(e, code, "pidfd_getfd");
}

static int try_sock_diag(enum isolation got, struct err *e)
{
    (void)got;
    struct queue_port port;
    int nl = queues_open();
    if (nl < 0 || queues_tcp_listeners(nl, &port, 1) < 0)
        return err_errno(e, errno, "sock_diag");
    return 0;
}

/* linux/tcp.h has it, but not next to netinet/tcp.h. */
#define OPTION_TCP_REPAIR 19

static int try_tcp_repair(enum isolation got, struct err *e)
{
    (void)got;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, 6 /* IPPROTO_TCP */, OPTION_TCP_REPAIR, &(int){1}, sizeof(int)) < 0)
        return err_errno(e, errno, "TCP_REPAIR");
    return 0;
}

static int try_ipv6(enum isolation got, struct err *e)
{
    (void)got;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 ? 0 : err_errno(e, errno, "a socket of AF_INET6");
}

static int try_seqpacket(enum isolation got, struct err *e)
{
    (void)got;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    return fd >= 0 ? 0 : err_errno(e, errno, "a socket of AF_UNIX, SOCK_SEQPACKET");
}

static int try_descriptors(enum isolation got, struct err *e)
{
    (void)got;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return err_errno(e, errno, "getrlimit");
    return limit.rlim_cur >= CROWD_FILES ? 0
                                         : err_set(e, EMFILE, "the limit is %llu", (unsigned long long)limit.rlim_cur);
}

static int try_pinning(enum isolation got, struct err *e)
{
    (void)got;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return err_errno(e, errno, "sched_getaffinity");
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set)) {
            CPU_ZERO(&set);
            CPU_SET(cpu, &set);
            break;
        }
    return sched_setaffinity(0, sizeof(set), &set) == 0 ? 0 : err_errno(e, errno, "sched_setaffinity");
}

static const struct {
    probe *run;
    bool outside; /* of the sandbox: it asks what this process may do, not what a worker may */
    bool network; /* needs a network of its own, which --net host gives up */
} PROBES[SCN_MECHANISM_COUNT] = {
    [SCN_HAS_ROOT] = {try_root, true, false},
    [SCN_HAS_NAMESPACES] = {try_namespaces, false, false},
    [SCN_HAS_NETWORK_NAMESPACE] = {try_namespaces, false, true},
    [SCN_HAS_OWN_TMP] = {try_own_tmp, false, false},
    [SCN_HAS_PTRACE] = {try_faults, false, false},
    [SCN_HAS_FAULTS] = {try_faults, false, false},
    [SCN_HAS_NAMES] = {try_names, false, true},
    [SCN_HAS_PACKETS] = {try_packets, false, true},
    [SCN_HAS_PORTS] = {try_ports, false, true},
    [SCN_HAS_PIDFD_GETFD] = {try_pidfd_getfd, false, false},
    [SCN_HAS_SOCK_DIAG] = {try_sock_diag, false, false},
    [SCN_HAS_CAPTURE] = {try_capture, false, false},
    [SCN_HAS_TCP_REPAIR] = {try_tcp_repair, true, false},
    [SCN_HAS_IPV6] = {try_ipv6, false, false},
    [SCN_HAS_UNIX_SEQPACKET] = {try_seqpacket, false, false},
    [SCN_HAS_DESCRIPTORS] = {try_descriptors, false, false},
    [SCN_HAS_PINNING] = {try_pinning, false, false},
};

/* In the child: enters what a worker enters, tries, says how it went: nothing, or why not. */
static _Noreturn void answer(const struct machine *m, size_t i, int to)
{
    struct err e = {0};
    enum isolation got = ISOLATION_PROCESS;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int failed = PROBES[i].outside ? 0 : sandbox_enter(m->isolation, m->host_net, &got, &e);
    if (failed == 0 && PROBES[i].network && m->foreign)
        failed = err_set(&e, 0, "someone else's subject is not in a network of ours");
    else if (failed == 0 && PROBES[i].network && m->host_net)
        failed = err_set(&e, 0, "the run shares the host's network (--net host)");
    else if (failed == 0 && PROBES[i].network && got == ISOLATION_PROCESS)
        failed = err_set(&e, 0, "namespaces are not to be had here");
    if (failed == 0)
        failed = PROBES[i].run(got, &e);
    if (failed < 0 && write(to, e.text, strlen(e.text) + 1) < 0)
        _exit(1);
    _exit(0);
}

/* Fills `text` with why not; "" where it works. */
static void ask(const struct machine *m, size_t i, char *text, size_t room)
{
    int ends[2];
    snprintf(text, room, "no process to try it in");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        answer(m, i, ends[1]);
    close(ends[1]);
    struct pollfd p = {.fd = ends[0], .events = POLLIN};
    bool told = pid > 0 && poll(&p, 1, ANSWER_S * 1000) == 1;
    ssize_t n = told ? read(ends[0], text, room - 1) : 0;
    close(ends[0]);
    if (pid > 0) {
        int status;
        if (!told)
            kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (!told || n < 0 || (n == 0 && status != 0))
            snprintf(text, room, told ? "the process that tried it died" : "no answer within %d seconds", ANSWER_S);
        else
            text[n] = '\0';
    }
}

void machine_init(struct machine *m, enum isolation isolation, bool host_net, bool foreign)
{
    *m = (struct machine){.isolation = isolation, .host_net = host_net, .foreign = foreign};
}

const char *machine_lacks(void *machine, enum scn_mechanism_id mechanism)
{
    struct machine *m = machine;
    size_t count;
    if (!m->answers[mechanism].tried) {
        char why[128];
        ask(m, mechanism, why, sizeof(why));
        if (*why)
            snprintf(m->answers[mechanism].lacking, sizeof(m->answers[mechanism].lacking), "needs %s: %s",
                     scn_mechanisms(&count)[mechanism].name, why);
        m->answers[mechanism].tried = true;
    }
    return *m->answers[mechanism].lacking ? m->answers[mechanism].lacking : NULL;
}

const char *machine_why(struct machine *m, enum scn_mechanism_id mechanism)
{
    const char *lacking = machine_lacks(m, mechanism), *colon = lacking ? strstr(lacking, ": ") : NULL;
    return colon ? colon + 2 : lacking;
}
