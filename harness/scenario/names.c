#include "scenario/names.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const char *const TRANSPORTS[] = {"tcp",        "tcp6",           "udp", "udp6", "unix-stream",
                                         "unix-dgram", "unix-seqpacket", NULL};

const char *scn_transport_name(enum scn_transport t)
{
    return t > SCN_TRANSPORT_DEFAULT && t < SCN_TRANSPORT_COUNT ? TRANSPORTS[t - SCN_TCP] : NULL;
}

bool scn_transport_is_stream(enum scn_transport t)
{
    return t == SCN_TCP || t == SCN_TCP6 || t == SCN_UNIX_STREAM;
}

const char *const *names_transports(void)
{
    return TRANSPORTS;
}

enum scn_transport names_transport(const char *word)
{
    for (int i = 0; TRANSPORTS[i]; i++) {
        if (strcmp(TRANSPORTS[i], word) == 0)
            return (enum scn_transport)(SCN_TCP + i);
    }
    return SCN_TRANSPORT_DEFAULT;
}

/* --- signals -------------------------------------------------------------------------------------------- */

static const char *const SIGNALS[] = {"HUP",  "INT",  "QUIT", "ILL",  "TRAP", "ABRT", "BUS",  "FPE",  "KILL",
                                      "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "CHLD", "CONT", "STOP",
                                      "TSTP", "TTIN", "TTOU", "URG",  "XCPU", "XFSZ", "IO",   "SYS",  NULL};
static const int SIGNAL_NUMBERS[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,  SIGKILL,
                                     SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGSTOP,
                                     SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,  SIGXCPU, SIGXFSZ, SIGIO,   SIGSYS};

const char *const *names_signals(void)
{
    return SIGNALS;
}

int names_signal(const char *word)
{
    if (strncmp(word, "SIG", 3) == 0)
        word += 3;
    for (size_t i = 0; SIGNALS[i]; i++) {
        if (strcmp(SIGNALS[i], word) == 0)
            return SIGNAL_NUMBERS[i];
    }
    return 0;
}

/* --- errnos --------------------------------------------------------------------------------------------- */

/* What the socket calls are documented to fail with, and the same number beside each. */
// clang-format off
#define ERRNO_LIST(X) \
    X(EACCES) X(EADDRINUSE) X(EADDRNOTAVAIL) X(EAFNOSUPPORT) X(EAGAIN) X(EALREADY) X(EBADF) X(ECONNABORTED) \
    X(ECONNREFUSED) X(ECONNRESET) X(EDESTADDRREQ) X(EFAULT) X(EHOSTDOWN) X(EHOSTUNREACH) X(EINPROGRESS) X(EINTR) \
    X(EINVAL) X(EIO) X(EISCONN) X(EMFILE) X(EMSGSIZE) X(ENETDOWN) X(ENETRESET) X(ENETUNREACH) X(ENFILE) \
    X(ENOBUFS) X(ENOMEM) X(ENOPROTOOPT) X(ENOSPC) X(ENOSYS) X(ENOTCONN) X(ENOTSOCK) X(EOPNOTSUPP) X(EPERM) \
    X(EPIPE) X(EPROTO) X(EPROTONOSUPPORT) X(ETIMEDOUT) X(EWOULDBLOCK)
// clang-format on

#define ERRNO_TEXT(e)  #e,
#define ERRNO_VALUE(e) e,
static const char *const ERRNOS[] = {ERRNO_LIST(ERRNO_TEXT) NULL};
static const int ERRNO_NUMBERS[] = {ERRNO_LIST(ERRNO_VALUE) 0};

const char *const *names_errnos(void)
{
    return ERRNOS;
}

int scn_errno_number(const char *name)
{
    for (size_t i = 0; ERRNOS[i]; i++) {
        if (strcmp(ERRNOS[i], name) == 0)
            return ERRNO_NUMBERS[i];
    }
    return 0;
}

/* --- options, facts, mechanisms ------------------------------------------------------------------------- */

static const struct option_row OPTIONS[] = {
    {"rcvbuf", OPTION_BYTES, false},  {"sndbuf", OPTION_BYTES, false},    {"intake", OPTION_BYTES, false},
    {"nodelay", OPTION_SWITCH, true}, {"keepalive", OPTION_SWITCH, true}, {"quickack", OPTION_SWITCH, true},
    {"linger", OPTION_TIME, false},   {"backlog", OPTION_COUNT, false},   {"mss", OPTION_COUNT, true},
};
static const char *const OPTION_NAMES[] = {"rcvbuf",   "sndbuf", "intake",  "nodelay", "keepalive",
                                           "quickack", "linger", "backlog", "mss",     NULL};

const struct option_row *names_option(const char *word)
{
    for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(*OPTIONS); i++) {
        if (strcmp(OPTIONS[i].name, word) == 0)
            return &OPTIONS[i];
    }
    return NULL;
}

const char *const *scn_option_names(void)
{
    return OPTION_NAMES;
}

const char *const *names_engine(void)
{
    static const char *const names[] = {"host", "port", "authority", "url", "socket", "root", "dir", NULL};
    return names;
}

const char *const *names_common_facts(void)
{
    static const char *const names[] = {"concurrency", "lifetime", "errors", "instances", NULL};
    return names;
}

bool names_is_reserved(const char *word)
{
    static const char *const words[] = {
        "random",  "zeros",  "file",  "in",   "split",    "every",   "at",      "until",   "urgent",
        "from",    "within", "or",    "with", "without",  "header",  "body",    "version", "to",
        "on",      "line",   "bytes", "byte", "response", "request", "close",   "reset",   "nothing",
        "refused", "any",    "over",  "for",  "as",       "peer",    "letters", "held",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}
