/*
 * The frame of a server for many clients at once: one thread, one epoll (or select), a listener, connections
 * and their timers.
 *
 *     epoll_wait -> listener readable -> accept until EAGAIN -> opened(conn)
 *                -> connection ready  -> ready(conn, events)  -> reads, writes, says what it waits for next
 *                -> timer passed      -> expired(conn)
 *
 * What is easily done wrong, and is done here once: accept that fails for want of descriptors (accepting
 * rests until one is freed, or a moment has passed); connections closed while their events are still in the
 * batch (they are freed after it).
 */
#ifndef SOCKSPEC_NET_SERVER_H
#define SOCKSPEC_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct net_server;

/* The head of each connection; the rest of `conn_size` bytes is the protocol's, zeroed. */
struct net_conn {
    struct net_server *server;
    int fd;            /* -1 once closed */
    uint32_t watched;  /* events asked for */
    uint64_t deadline; /* NET_NEVER: no timer */
    struct net_conn *next, **link;
};

/* What a protocol brings along. */
struct net_protocol {
    size_t conn_size;                                   /* >= sizeof(struct net_conn) */
    bool (*opened)(struct net_conn *c);                 /* watch something; false: refuse, it is closed */
    void (*ready)(struct net_conn *c, uint32_t events); /* EPOLLIN, EPOLLOUT, and EPOLLERR | EPOLLHUP unasked */
    void (*expired)(struct net_conn *c);                /* the timer, which is off again; may be NULL */
    void (*closed)(struct net_conn *c);                 /* frees what it holds (not the descriptor); may be NULL */
    void (*shortage)(struct net_server *s);             /* accept lacks descriptors; net_server_rest is right */
    int (*accept)(int listener);                        /* as net_accept, which NULL stands for */
    void (*interrupted)(struct net_server *s); /* a signal has ended a wait; NULL: nothing more is to be done */
};

struct net_server {
    const struct net_protocol *protocol;
    void *data; /* the protocol's */
    int epoll;  /* -1: select */
    int listener;
    size_t max_clients; /* more wait in the backlog; 0: no limit */
    size_t clients;
    bool accepting;         /* the listener is watched */
    bool stop;              /* net_server_run returns after this batch */
    uint64_t resume;        /* when a rest ends; NET_NEVER: none */
    uint64_t next_deadline; /* no timer is due before */
    struct net_conn *conns, *dead;
};

/* Serves on `listener` (which stays the caller's). Returns 0, or -1 (errno). */
int net_server_init(struct net_server *s, int listener, const struct net_protocol *protocol, void *data);

/*
 * The same with select() in place of epoll, for systems without it. It is slower with each client, idle ones
 * too, and its sets end at descriptor 1,023: so it takes NET_SELECT_CLIENTS at once, which leaves as many
 * descriptors for what they ask for. No edges (EPOLLET).
 */
#define NET_SELECT_CLIENTS 480
void net_server_init_select(struct net_server *s, int listener, const struct net_protocol *protocol, void *data);

/* Serves until `stop`. Returns 0, or -1 when epoll fails (errno). */
int net_server_run(struct net_server *s);

/* Closes all connections and frees what the server holds. */
void net_server_close(struct net_server *s);

/* Accepts nothing until a connection ends, or 100 ms have passed: descriptors are missing. */
void net_server_rest(struct net_server *s);

/* Waits for these events from now on (EPOLLET with them for edges; the same again re-arms an edge). */
void net_conn_watch(struct net_conn *c, uint32_t events);

/* expired() is called this many milliseconds from now; negative: never. */
void net_conn_timer(struct net_conn *c, int ms);

/* Closes the descriptor; the memory lives until the batch ends. */
void net_conn_close(struct net_conn *c);

#endif
