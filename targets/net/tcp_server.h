/*
 * A server of conversations: one function serves one connection from its beginning to its end, in one of
 * three forms. It is the SocketServer pattern of documents 003 and 004: TCPServer, ForkingTCPServer,
 * ThreadingTCPServer, with `handle` in the part of the request handler.
 *
 *     plain      accept -> handle -> close -> accept ...                      one client at a time
 *     forking    accept -> fork: child: handle, exit   parent: close, accept  each client has a process
 *     threading  accept -> thread: handle, close       main: accept ...       each client has a thread
 *
 * Done here once: signals are taken as events (signalfd), so that Ctrl-C ends the wait in accept and no call
 * is interrupted; children are reaped when SIGCHLD comes; accepting rests while descriptors, processes or
 * room for more clients are missing, so that they wait in the backlog and nobody spins.
 */
#ifndef SOCKSPEC_NET_TCP_SERVER_H
#define SOCKSPEC_NET_TCP_SERVER_H

#include "net/address.h"
#include "net/ops.h"

enum tcp_server_form { TCP_SERVER_PLAIN, TCP_SERVER_FORKING, TCP_SERVER_THREADING };

struct tcp_server;

/* The points where such servers go wrong; NULL stands for the right thing. See flawed/. */
struct tcp_server_ops {
    size_t (*reap)(void);                           /* children have ended: returns how many were waited for */
    void (*handed_over)(int fd);                    /* the parent's part after fork */
    void (*shortage)(struct tcp_server *s);         /* accept lacks descriptors or memory */
    bool (*stop)(struct tcp_server *s, int signal); /* SIGINT or SIGTERM: whether the server ends */
};

struct tcp_server {
    enum tcp_server_form form;
    /* Serves one connection; the frame closes `fd` (non-blocking, close-on-exec) behind it. In the threading
     * form several run at once: what they share through `data` needs a lock. */
    void (*handle)(int fd, const struct net_address *peer, void *data);
    void *data;
    size_t max_clients; /* at once, in the forking and threading forms; the others wait in the backlog */
    size_t lifetime;    /* connections, and then the end; 0: until a signal */
    struct tcp_server_ops ops;

    /* From here on it is the server's own. */
    int listener, signals, ended; /* `ended`: threads count themselves out */
    size_t active, served;
    uint64_t resume; /* accepting rests until then */
};

/*
 * Serves on `listener`, which stays the caller's, until SIGINT, SIGTERM or the end of its lifetime. Returns
 * 0, or -1 (errno) when it cannot begin. Children end with their server; threads end with the process.
 */
int tcp_server_run(struct tcp_server *s, int listener);

/* net_listen and tcp_server_run for a main(): says on stderr what fails and returns the exit status. */
int tcp_server_main(struct tcp_server *s, const char *program, const char *host, const char *port);

/* The default operation: no accepting until a client has ended or 100 ms have passed. */
void tcp_server_rest(struct tcp_server *s);

#endif
