/* What the two halves of the page fetcher share: fetch.c reads responses, fetch_pages.c asks for them. */
#ifndef SOCKSPEC_CLIENTS_FETCH_INTERNAL_H
#define SOCKSPEC_CLIENTS_FETCH_INTERNAL_H

#include "clients/fetch.h"

/* Room for the head of a response (64 KiB is the parser's limit) and a piece behind it. */
#define FETCH_ROOM (96 * 1024)

/* What fetch_response returns for a redirect: f->url_text is where it leads to. */
#define FETCH_REDIRECTED (-1)

/* Says on stderr what is wrong. Returns `status`. */
int fetch_tell(const struct fetch *f, int status, const char *what, const char *detail);

/* Says what errno means where `what` was done. Returns the exit status for it. */
int fetch_tell_errno(const struct fetch *f, const char *what);

/* Fills in the operations that are missing, and the numbers. */
void fetch_complete(struct fetch_ops *ops);

/* More bytes behind those that are not used yet. Returns what receive returned: 0 at
 * the end, -1 with errno. */
ssize_t fetch_receive_more(struct fetch *f);

/*
 * The final response, whatever was before it: its body goes to stdout. f->kept is set when the connection may
 * carry another request. Returns the exit status, or FETCH_REDIRECTED.
 */
int fetch_response(struct fetch *f);

#endif
