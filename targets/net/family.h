/*
 * A socket of any family and type that documents 003 and 004 name, and what to say where there is none: no
 * kernel has them all, and some of them are not for everybody.
 */
#ifndef SOCKSPEC_NET_FAMILY_H
#define SOCKSPEC_NET_FAMILY_H

#include "net/net.h"

/*
 * A close-on-exec socket. Returns it, or -1 with `e` and errno; the sentence tells apart what this kernel
 * does not have ("RDM sockets of family INET are not supported by this kernel"), what this user may not have
 * (RAW wants CAP_NET_RAW), and what has run out. Linux has SOCK_RDM (reliably delivered messages) in no family
 * but TIPC, a protocol between the machines of a cluster whose module few systems load.
 */
int net_socket(int family, int type, int protocol, struct net_error *e);

/* "INET", "INET6", "UNIX", "TIPC", or "number N" in the 24 bytes of `room`, for messages. */
const char *net_family_name(int family, char room[24]);

/* "STREAM", "DGRAM", "SEQPACKET", "RAW", "RDM", or "number N". Flags like SOCK_CLOEXEC are left out. */
const char *net_type_name(int type, char room[24]);

#endif
