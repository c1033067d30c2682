/*
 * Questions to the kernel's sock_diag over netlink. Inside of this folder only.
 */
#ifndef SOCKSPEC_EVIDENCE_DIAG_H
#define SOCKSPEC_EVIDENCE_DIAG_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* The states by their numbers of netinet/tcp.h, which cannot be included beside linux/tcp.h. */
enum { ESTABLISHED = 1, SYN_SENT = 2, SYN_RECV = 3, CLOSE = 7, LISTEN = 10 };

/*
 * Called for each message of an answer; a return other than 0 ends the walk (the rest is still read off the
 * socket).
 */
typedef int answer_visitor(const struct nlmsghdr *h, void *data);

/*
 * Asks one question (`body`, an inet_diag_req_v2 or unix_diag_req) on the netlink socket `nl` and gives each
 * message of the answer to `visit`: a single one, or with `dump` all that match. Never blocks: the kernel
 * answers within the send call. Returns 0, or -1 (errno; ENOENT: no such socket).
 */
int diag_ask(int nl, const void *body, size_t len, bool dump, answer_visitor *visit, void *data);

#endif
