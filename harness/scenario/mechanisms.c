/* What a machine may have or lack: the one table from which `needs`, doctor and explain take names and words. */
#include "scenario/load.h"

#include <string.h>

static const struct scn_mechanism MECHANISMS[SCN_MECHANISM_COUNT] = {
    [SCN_HAS_ROOT] = {SCN_HAS_ROOT, "root", "scenarios that only root can play", "run sockspec as root"},
    [SCN_HAS_NAMESPACES] =
        {SCN_HAS_NAMESPACES, "namespaces",
         "PID and mount namespaces: nothing of the subject outlives it, and it sees files of its own",
         "run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian), "
         "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"},
    [SCN_HAS_NETWORK_NAMESPACE] =
        {SCN_HAS_NETWORK_NAMESPACE, "network-namespace",
         "a network of its own for each worker: no port is taken, runs side by side do not meet", "as for namespaces"},
    [SCN_HAS_OWN_TMP] = {SCN_HAS_OWN_TMP, "own-tmp",
                         "what an instance writes in /tmp and /dev/shm is its own, above what stands there: none meets "
                         "another's files",
                         "namespaces, and a kernel with overlay file systems (CONFIG_OVERLAY_FS; without root Linux "
                         "5.11 or later)"},
    [SCN_HAS_PTRACE] = {SCN_HAS_PTRACE, "ptrace", "stops the subject at its system calls",
                        "sysctl kernel.yama.ptrace_scope=1 or 0; in a container: --cap-add SYS_PTRACE"},
    [SCN_HAS_FAULTS] = {SCN_HAS_FAULTS, "faults",
                        "`fault` in scenarios and `sockspec inject`: system calls that are short, fail or come late",
                        "ptrace, and a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)"},
    [SCN_HAS_NAMES] =
        {SCN_HAS_NAMES, "names",
         "a resolver for the subject: names are answered at once in a network of its own, and `fault names`",
         "namespaces and network-namespace; /etc/resolv.conf must be a file that exists"},
    [SCN_HAS_PACKETS] = {SCN_HAS_PACKETS, "packets", "`link` with loss, reorder or duplicate",
                         "network-namespace, and a kernel with veth, AF_PACKET and policy routing "
                         "(CONFIG_VETH, CONFIG_PACKET, CONFIG_IP_MULTIPLE_TABLES)"},
    [SCN_HAS_PORTS] = {SCN_HAS_PORTS, "ports", "`limit ports`: a range of source ports that is soon used up",
                       "network-namespace, and /proc/sys that can be written to"},
    [SCN_HAS_PIDFD_GETFD] = {SCN_HAS_PIDFD_GETFD, "pidfd-getfd",
                             "`limit backlog`, and what the subject has set on its own sockets",
                             "Linux 5.6 or later, and the rights of ptrace"},
    [SCN_HAS_SOCK_DIAG] =
        {SCN_HAS_SOCK_DIAG, "sock-diag",
         "what sits in socket queues: when a piece was taken, deadlocks; when a server listens without a delay",
         "a kernel with CONFIG_INET_DIAG, CONFIG_INET_TCP_DIAG and CONFIG_UNIX_DIAG"},
    [SCN_HAS_CAPTURE] = {SCN_HAS_CAPTURE, "capture", "a capture of the packets of each case",
                         "network-namespace, or CAP_NET_RAW (run as root)"},
    [SCN_HAS_TCP_REPAIR] = {SCN_HAS_TCP_REPAIR, "tcp-repair", "a TCP peer that vanishes without a word",
                            "run sockspec as root"},
    [SCN_HAS_IPV6] = {SCN_HAS_IPV6, "ipv6", "scenarios over tcp6 and udp6", "a kernel with IPv6 (no ipv6.disable=1)"},
    [SCN_HAS_UNIX_SEQPACKET] = {SCN_HAS_UNIX_SEQPACKET, "unix-seqpacket", "scenarios over unix-seqpacket",
                                "a kernel with AF_UNIX"},
    [SCN_HAS_DESCRIPTORS] = {SCN_HAS_DESCRIPTORS, "descriptors", "crowds of a thousand clients and more",
                             "ulimit -n 65536, or LimitNOFILE= of the service"},
    [SCN_HAS_PINNING] = {SCN_HAS_PINNING, "pinning", "figures that do not move between processors",
                         "sched_setaffinity must be allowed"},
};

const struct scn_mechanism *scn_mechanisms(size_t *count)
{
    *count = SCN_MECHANISM_COUNT;
    return MECHANISMS;
}

const struct scn_mechanism *scn_mechanism_find(const char *name)
{
    for (size_t i = 0; i < SCN_MECHANISM_COUNT; i++)
        if (strcmp(MECHANISMS[i].name, name) == 0)
            return &MECHANISMS[i];
    return NULL;
}
