/*
 * Names and addresses as document 002 knew them: gethostbyname() and gethostbyaddr(), which tell of their failures not
 * in errno but in h_errno, with words of its own (herror, hstrerror). Python's socket.herror is this; socket.gaierror
 * is getaddrinfo's, which has taken their place: it knows IPv6, services and threads (net_resolve).
 */
#ifndef SOCKSPEC_CLIENTS_HOST_LOOKUP_H
#define SOCKSPEC_CLIENTS_HOST_LOOKUP_H

#include "net/net.h"

/*
 * What is known of a name, or, where `host` is an IPv4 address, of that. Returns it, in memory of the C library that
 * the next call writes over; or NULL with `e`: NET_BAD_ADDRESS, with h_errno as its code: HOST_NOT_FOUND there is no
 * such name, NO_DATA it is one without an IPv4 address, TRY_AGAIN no server has answered, NO_RECOVERY one has refused.
 */
const struct hostent *host_lookup(const char *host, struct net_error *e);

/* Prints the name, the other names and the addresses, a line each. */
void host_print(const struct hostent *host);

#endif
