#include "subject/sandbox.h"

#include "subject/temp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/ipv6.h has it, but not next to netinet/in.h. */
struct in6_ifreq {
    struct in6_addr ifr6_addr;
    uint32_t ifr6_prefixlen;
    int ifr6_ifindex;
};

/* Enough for 10,000 connections with both ends in one process, and room for all else. */
static const rlim_t FILES_WANTED = 65536;

/*
 * The limit is a property of the process, changed once in its life, and so is what it was before: the one
 * static of this folder.
 */
static struct rlimit original_files = {.rlim_cur = RLIM_INFINITY, .rlim_max = 0};

static bool original_is_known(void)
{
    return original_files.rlim_cur <= original_files.rlim_max;
}

struct rlimit sandbox_original_files(void)
{
    struct rlimit now = original_files;
    if (!original_is_known())
        getrlimit(RLIMIT_NOFILE, &now);
    return now;
}

const char *const isolation_words[] = {[ISOLATION_AUTO] = "auto",
                                       [ISOLATION_ROOT] = "root",
                                       [ISOLATION_USER] = "user",
                                       [ISOLATION_PROCESS] = "process",
                                       NULL};

bool sandbox_has_namespaces(enum isolation i)
{
    return i == ISOLATION_ROOT || i == ISOLATION_USER;
}

pid_t sandbox_clone(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

int sandbox_mount_proc(void)
{
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) /* the words mean nothing here */
        return -1;
    return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

int sandbox_mount_files(const struct subject_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (mount(files[i].path, files[i].shown, "none", MS_BIND, NULL) < 0)
            return -1;
    return 0;
}

int sandbox_show(const struct subject_file *files, size_t count)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
        return -1;
    return sandbox_mount_files(files, count);
}

/* Returns 0, or -1 (errno) with the path that could not be written where it exists. */
static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int code = errno;
    close(fd);
    errno = code;
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/*
 * In a fresh user namespace everybody stays who he is: programs that ask for their uid behave as they do for
 * the user.
 */
static int map_ids(uid_t uid, gid_t gid)
{
    char line[64];
    if (write_text("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
        return -1;
    snprintf(line, sizeof line, "%u %u 1", uid, uid);
    if (write_text("/proc/self/uid_map", line) < 0)
        return -1;
    snprintf(line, sizeof line, "%u %u 1", gid, gid);
    return write_text("/proc/self/gid_map", line);
}

/*
 * A process that lives for the question only: can it have PID and mount namespaces with a /proc of its own, and (NULL:
 * not asked) temporary directories?
 */
static int try_namespaces(bool user, bool map, const struct subject_temp *temp)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t pid = sandbox_clone(CLONE_NEWPID | CLONE_NEWNS | (map ? CLONE_NEWUSER : 0));
    if (pid < 0)
        return -1;
    if (pid == 0) {
        bool works =
            (!map || map_ids(uid, gid) == 0) && sandbox_mount_proc() == 0 && (!temp || temp_make_own(temp, user) == 0);
        _exit(works ? 0 : errno > 0 && errno < 256 ? errno : EPERM);
    }
    int status = 0;
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    if (status == 0)
        return 0;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    return -1;
}

int subject_temp_try(const struct subject_temp *t, enum isolation isolation, struct err *e)
{
    if (!sandbox_has_namespaces(isolation))
        return err_set(e, 0, "namespaces are not to be had here");
    if (try_namespaces(isolation == ISOLATION_USER, false, t) < 0)
        return err_errno(e, errno, "an overlay over /tmp");
    return 0;
}

static int raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int result = ioctl(fd, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags |= IFF_UP | IFF_RUNNING;
        result = ioctl(fd, SIOCSIFFLAGS, &request);
    }
    int code = errno;
    close(fd);
    errno = code;
    return result;
}

/*
 * One more address of each family, such as any machine has: where 127.0.0.1 and ::1 are all, getaddrinfo() with
 * AI_ADDRCONFIG says of a network of one family (localhost over IPv4, say) that it is not there. A help, no need.
 */
static void add_addresses(void)
{
    struct ifreq v4 = {.ifr_name = "lo:1"}, lo = {.ifr_name = "lo"};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1)};
    struct in6_ifreq v6 = {.ifr6_prefixlen = 128};
    int fd4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(&v4.ifr_addr, &address, sizeof address);
    if (fd4 >= 0)
        (void)ioctl(fd4, SIOCSIFADDR, &v4);
    inet_pton(AF_INET6, "fd73:6f63:6b73::1", &v6.ifr6_addr); /* RFC 4193: of nobody else */
    if (fd6 >= 0 && ioctl(fd6, SIOCGIFINDEX, &lo) == 0) {
        v6.ifr6_ifindex = lo.ifr_ifindex;
        (void)ioctl(fd6, SIOCSIFADDR, &v6);
    }
    if (fd4 >= 0)
        close(fd4);
    if (fd6 >= 0)
        close(fd6);
}

/*
 * Settings of the new namespace, so that thousands of connections to one port work. /proc/sys/net shows the
 * network namespace of whoever opens it. Each is a help, none a need (and some containers mount /proc/sys
 * read-only): errors are passed over.
 */
static void tune_network(void)
{
    static const struct {
        const char *path, *value;
    } settings[] = {
        {"/proc/sys/net/ipv6/conf/lo/disable_ipv6", "0"},
        /* Room for a crowd, and above the ports that subjects are given: a client's port in TIME_WAIT would be in their
           way. */
        {"/proc/sys/net/ipv4/ip_local_port_range", "28100 65535"},
        {"/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"},
        {"/proc/sys/net/core/somaxconn", "65535"},
        {"/proc/sys/net/ipv4/tcp_max_syn_backlog", "65535"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        (void)write_text(settings[i].path, settings[i].value);
}

static int enter_namespaces(bool user, bool host_net, struct err *e)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (try_namespaces(user, user, NULL) < 0)
        return err_errno(e, errno, "PID and mount namespaces are not allowed here");
    if (unshare((user ? CLONE_NEWUSER : 0) | (host_net ? 0 : CLONE_NEWNET)) < 0)
        return err_errno(e, errno, "a network namespace is not allowed here");
    if (user && map_ids(uid, gid) < 0)
        return err_errno(e, errno, "cannot map ids into a user namespace");
    if (host_net)
        return 0;
    tune_network();
    if (raise_loopback() < 0)
        return err_errno(e, errno, "cannot bring the loopback interface up");
    add_addresses();
    return 0;
}

void sandbox_raise_files(void)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) < 0)
        return;
    if (!original_is_known())
        original_files = now;
    struct rlimit more = {.rlim_cur = now.rlim_max < FILES_WANTED ? FILES_WANTED : now.rlim_max};
    more.rlim_max = more.rlim_cur;
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
        return;
    /* Only CAP_SYS_RESOURCE may go beyond the hard limit, and not every root has it. */
    more.rlim_cur = more.rlim_max = now.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &more);
}

void sandbox_lower_files(void)
{
    struct rlimit original = sandbox_original_files();
    (void)setrlimit(RLIMIT_NOFILE, &original);
}

int sandbox_enter(enum isolation want, bool host_net, enum isolation *got, struct err *e)
{
    sandbox_raise_files(); /* before ids are mapped: a user namespace takes the right away */
    bool any = want == ISOLATION_AUTO;
    int result = want == ISOLATION_PROCESS ? 0 : -1;
    *got = ISOLATION_PROCESS;
    if (any || want == ISOLATION_ROOT) {
        result = enter_namespaces(false, host_net, e);
        *got = result == 0 ? ISOLATION_ROOT : ISOLATION_PROCESS;
    }
    if (result < 0 && (any || want == ISOLATION_USER)) {
        result = enter_namespaces(true, host_net, e);
        *got = result == 0 ? ISOLATION_USER : ISOLATION_PROCESS;
    }
    if (result < 0 && !any)
        return -1;
    *e = (struct err){0};
    return 0;
}
