/*
 * Connections: non-blocking, read ahead by a bounded intake, honest about FIN and RST.
 */
#ifndef SOCKSPEC_ENGINE_CORE_CONN_H
#define SOCKSPEC_ENGINE_CORE_CONN_H

#include "engine/core/net.h"
#include "engine/core/types.h"

struct conn {
    struct case_run *run;
    struct actor *owner;
    struct conn *next; /* of the owner's other connections (request ... on any connection) */
    int fd;
    enum scn_transport transport;
    struct ev_io reader, writer;
    struct ev_timer rate_timer;
    struct buf in; /* received and not yet used */
    size_t want;   /* read while in.len is below this */
    size_t intake;
    double rate; /* bytes a second it reads at; 0: no limit */
    double rate_credit;
    uint64_t received, sent;
    uint64_t heard_us, ended_us; /* when the last byte came, and the FIN or RST; 0: not yet */
    bool kept_open;              /* the last response said, or did not deny, that another may follow */
    struct buf datagrams;        /* uint32_t lengths of the datagrams in `in` (transports that are no stream) */
    struct address peer;         /* datagrams: where to send */
    bool peer_known;
    bool connecting;
    bool stopped;    /* stop reading */
    bool eof;        /* FIN received */
    bool reset;      /* RST received */
    bool reset_told; /* SO_ERROR has told of a RST; recv() will tell of an end only */
    bool write_shut;
    bool refused;
    int error; /* other errno of the connection, or 0 */
    struct sent_requests *requests;
};

/* A connection around `fd` (taken over, non-blocking). `connecting`: connect() is under way. */
struct conn *conn_new(struct actor *a, int fd, enum scn_transport t, bool connecting);

/* Starts or stops the watchers as the state asks. Call after changing want, stopped, rate. */
void conn_update(struct conn *c);

/* Asks to be woken when the socket takes bytes again. */
void conn_want_write(struct conn *c);

/*
 * Sends; returns the count taken by the kernel, 0 for "not now" (conn_want_write is called), or -1 when the peer is
 * gone (flags are set; what was received before stays readable).
 */
ssize_t conn_send(struct conn *c, const void *data, size_t len, int flags);

/* Uses up the first `count` bytes received and lets more come in. */
void conn_take(struct conn *c, size_t count);

/* Length of the first datagram, or -1 when there is none; conn_take_datagram removes it. */
ssize_t conn_datagram(const struct conn *c);
void conn_take_datagram(struct conn *c);

/* Reads what is there now, without waiting for the loop. */
void conn_read_now(struct conn *c);

/* Why nothing more can come on the connection ("a RST came"), or NULL. */
const char *conn_ended(const struct conn *c);

void conn_shutdown(struct conn *c, bool read, bool write);
void conn_reset(struct conn *c);

/* Closes (FIN, or RST where input was left unread) and frees. */
void conn_close(struct conn *c);

/* Closes all that the actor has. */
void conn_close_all(struct actor *a);

#endif
