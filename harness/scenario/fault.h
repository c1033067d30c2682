/*
 * Faults: of the subject's system calls, of names, and of the link, with their closed lists (as in vocabulary.h).
 */
#ifndef SOCKSPEC_SCENARIO_FAULT_H
#define SOCKSPEC_SCENARIO_FAULT_H

#include "scenario/value.h"
#include "scenario/vocabulary.h"

// clang-format off

/* --- calls ----------------------------------------------------------------------------------------------- */

/*
 * System calls by meaning; which of the kernel's each is: fault/inject_calls.c. The last column: it moves bytes, so that
 * it can be short, and bytes can be counted.
 */
#define SCN_SYSTEM_CALLS(X) \
    X(SEND, "send", true) X(RECV, "recv", true) X(ACCEPT, "accept", false) X(CONNECT, "connect", false) \
    X(SOCKET, "socket", false) X(BIND, "bind", false) X(LISTEN, "listen", false) X(POLL, "poll", false) \
    X(CLOSE, "close", false) X(SHUTDOWN, "shutdown", false) X(SETSOCKOPT, "setsockopt", false)

/* And what is no system call: names that do not resolve. */
#define SCN_CALLS(X) SCN_SYSTEM_CALLS(X) X(NAMES, "names", false)

#define SCN_CALL_ID(id, ...) SCN_CALL_##id,
enum scn_call { SCN_CALLS(SCN_CALL_ID) SCN_CALL_COUNT };

/* Those before it are system calls. */
#define SCN_SYSTEM_CALL_COUNT SCN_CALL_NAMES

/* error E of a system call: what the socket calls are documented to fail with. */
#define SCN_ERRNOS(X) \
    X(EACCES) X(EADDRINUSE) X(EADDRNOTAVAIL) X(EAFNOSUPPORT) X(EAGAIN) X(EALREADY) X(EBADF) X(ECONNABORTED) \
    X(ECONNREFUSED) X(ECONNRESET) X(EDESTADDRREQ) X(EFAULT) X(EHOSTDOWN) X(EHOSTUNREACH) X(EINPROGRESS) X(EINTR) \
    X(EINVAL) X(EIO) X(EISCONN) X(EMFILE) X(EMSGSIZE) X(ENETDOWN) X(ENETRESET) X(ENETUNREACH) X(ENFILE) \
    X(ENOBUFS) X(ENOMEM) X(ENOPROTOOPT) X(ENOSPC) X(ENOSYS) X(ENOTCONN) X(ENOTSOCK) X(EOPNOTSUPP) X(EPERM) \
    X(EPIPE) X(EPROTO) X(EPROTONOSUPPORT) X(ETIMEDOUT) X(EWOULDBLOCK)

/* error E of `names`. */
#define SCN_NAME_ERRORS(X) \
    X(NXDOMAIN, "NXDOMAIN") X(SERVFAIL, "SERVFAIL") \
    X(SILENT, "SILENT") /* no answer */ \
    X(DEAD_FIRST, "DEAD-FIRST") /* an address that refuses, then the right one */ \
    X(SILENT_FIRST, "SILENT-FIRST") /* one that does not answer, then the right one */

#define SCN_NAME_ERROR_ID(id, word) SCN_NAME_##id,
enum scn_name_error { SCN_NAME_ERRORS(SCN_NAME_ERROR_ID) };

/* --- the link -------------------------------------------------------------------------------------------- */

/* What a fault of the link is for: streams of bytes, packets (one of these makes the whole link one of packets), both. */
enum scn_link_use { SCN_LINK_OF_BOTH, SCN_LINK_OF_STREAMS, SCN_LINK_OF_PACKETS };

/* A row: word ("... after": it strikes behind so many bytes), place of its number (parse.h), unit, how it is written, the
 * medium it needs, use, purpose and example. */
#define SCN_LINK_FAULTS(X) \
    X(DELAY, "delay", TIME, TIME, "T", SCN_ANY_MEDIUM, BOTH, \
      "so much later; without up or down, both ways", "up delay 20ms") \
    X(JITTER, "jitter", TIME, TIME, "T", SCN_ANY_MEDIUM, BOTH, "up to so much later", "jitter 5ms") \
    X(SLICE, "slice", PIECE, BYTES, "N", SCN_STREAM, STREAMS, \
      "hands bytes on in pieces of N at most, each once the receiver has taken the one before", "down slice 1") \
    X(RATE, "rate", RATE, RATE, "R", SCN_ANY_MEDIUM, BOTH, "no faster than this", "down rate 10KB/s") \
    X(RESET, "reset after", SIZE, BYTES, "N bytes", SCN_TCP_ONLY, STREAMS, \
      "RST to both sides as soon as N bytes have passed", "down reset after 1000 bytes on connection 2") \
    X(CLOSE, "close after", SIZE, BYTES, "N bytes", SCN_CONNECTIONS, STREAMS, \
      "FIN behind the Nth byte; the other side finds the connection closed", "down close after 1000 bytes") \
    X(SILENT, "silent after", SIZE, BYTES, "N bytes", SCN_ANY_MEDIUM, BOTH, \
      "hands nothing on any more, an end neither, and reads no more", "up silent after 10 bytes") \
    X(LOSS, "loss", PERCENT, PERCENT, "P", SCN_ANY_MEDIUM, PACKETS, "loses packets, by seed", "loss 5%") \
    X(REORDER, "reorder", PERCENT, PERCENT, "P", SCN_ANY_MEDIUM, PACKETS, "swaps packets, by seed", \
      "down reorder 10%") \
    X(DUPLICATE, "duplicate", PERCENT, PERCENT, "P", SCN_ANY_MEDIUM, PACKETS, "doubles packets, by seed", \
      "duplicate 1%")

#define SCN_LINK_ID(id, ...) SCN_LINK_##id,
enum scn_link_kind { SCN_LINK_FAULTS(SCN_LINK_ID) };

// clang-format on

/* --- as checked data ------------------------------------------------------------------------------------ */

/* What becomes of a call (the rows: fault.c). */
enum scn_effect {
    SCN_EFFECT_SHORT, /* at most `amount` bytes are moved */
    SCN_EFFECT_ERROR, /* it fails with `error` */
    SCN_EFFECT_DELAY, /* it comes `amount` seconds late */
};

/* fault CALL EFFECT CONDITION... */
struct scn_fault {
    enum scn_call call;
    enum scn_effect effect;
    int error;                /* ERROR: an errno; of `names` an enum scn_name_error */
    struct scn_number amount; /* SHORT: bytes, DELAY: seconds */
    struct scn_number every, times, after_calls, after_bytes, probability;
    const char *actor; /* on connections from ACTOR */
    bool on_listener;  /* on the listening socket */
};

struct scn_link {
    enum scn_link_kind kind;
    bool up, down; /* up: client to server. Neither word written: both */
    struct scn_number amount;
    struct scn_number connection; /* on connection N, from 1; unset: every one */
};

/* "send"; "short"; "slice", "reset after". */
const char *scn_call_name(enum scn_call call);
const char *scn_effect_name(enum scn_effect effect);
const char *scn_link_name(enum scn_link_kind kind);

/* Whether a call moves bytes: it can be short, and bytes can be counted. */
bool scn_call_moves_bytes(enum scn_call call);

/* The number of "EINTR"; 0 when the name is none. */
int scn_errno_number(const char *name);

/* The unit of a link fault's number, the medium it needs, and what kind of link it is for. */
enum scn_unit scn_link_unit(enum scn_link_kind kind);
enum scn_medium scn_link_medium(enum scn_link_kind kind);
enum scn_link_use scn_link_use(enum scn_link_kind kind);

/* Whether it strikes behind so many bytes of a direction ("reset after N bytes"), not from its beginning on. */
bool scn_link_is_after(enum scn_link_kind kind);

/* Whether the fault is one of packets, which makes the whole link one of packets. */
bool scn_link_is_of_packets(enum scn_link_kind kind);

#endif
