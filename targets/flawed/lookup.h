/* Names looked up wrongly, for clients of any protocol: each is what to connect to, for the host that was given. */
#ifndef SOCKSPEC_FLAWED_LOOKUP_H
#define SOCKSPEC_FLAWED_LOOKUP_H

/* The first address of a name and no other; the host itself where it has none: the dialling tells. */
const char *flaw_first_address(const char *host);

/* The host, after a look at it that SIGALRM ends, and the program with it, when it takes a third of a second. */
const char *flaw_watches_the_lookup(const char *host);

#endif
