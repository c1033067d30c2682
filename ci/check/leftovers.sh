# shellcheck shell=bash
# For bash: finds what a run has left behind. Everything that it starts inherits SOCKSPEC_CI_TOKEN in its environment.

# The processes with that token, one id a line. A shell that sets it for a child has it not in its own environment.
leftover_processes() { # TOKEN
    grep -lzxs "SOCKSPEC_CI_TOKEN=$1" /proc/[0-9]*/environ | while read -r file; do
        file=${file#/proc/}
        echo "${file%/environ}"
    done
}

# The sockets that the processes with that token hold, one inode a line.
sockets_of() { # TOKEN
    local pid
    for pid in $(leftover_processes "$1"); do
        readlink "/proc/$pid/fd/"* 2>/dev/null | sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p'
    done | sort -u
}

# The namespaces that they live in and this shell does not, one a line.
namespaces_of() { # TOKEN
    local pid
    for pid in $(leftover_processes "$1"); do
        readlink "/proc/$pid/ns/"{net,pid,user,mnt} 2>/dev/null
    done | sort -u | grep -vxFf <(readlink /proc/self/ns/{net,pid,user,mnt})
}

# Inodes of listening TCP sockets of this network namespace, sorted.
listening_sockets() {
    awk '$4 == "0A" { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null | sort -u
}

# Namespaces that some process lives in or a mount holds, sorted.
all_namespaces() {
    {
        readlink /proc/[0-9]*/ns/{net,pid,user,mnt} 2>/dev/null
        grep -oE '(net|pid|user|mnt):\[[0-9]+\]' /proc/self/mountinfo
    } | sort -u
}

# Waits until no process with the token is left, 5 s at most. Prints those that are.
wait_for_none() { # TOKEN
    local left i
    for ((i = 0; i < 100; i++)); do
        left=$(leftover_processes "$1")
        [ -n "$left" ] || return 0
        sleep 0.05
    done
    echo "$left"
    return 1
}
