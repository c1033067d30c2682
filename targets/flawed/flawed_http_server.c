/* flawed-http-server --flaw NAME HOST PORT [ROOT]: an HTTP server with one thing wrong. */
#include "flawed/flaws.h"
#include "flawed/http_flaws.h"
#include "flawed/origin.h"
#include "flawed/waiting.h"
#include "net/net.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The right operations with some replaced. */
#define WITH(...) FLAW_OPS(http_ops, __VA_ARGS__)

/* --- full sockets --- */

/* Room of a connection's send buffer: small, so that it is full soon on any kernel. */
static void small_buffer(const struct http_conn *c)
{
    const int room = 16384;
    setsockopt(c->base.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

static ssize_t send_once(struct http_conn *c, const void *data, size_t len, int flags)
{
    small_buffer(c);
    ssize_t n = http_conn_send(c, data, len, flags);
    return n < 0 && errno != EAGAIN ? n : (ssize_t)len; /* what was not taken is forgotten */
}

/* Called once: what the call has not taken for a signal's sake is lost. */
static ssize_t interrupted_is_sent(struct http_conn *c, const void *data, size_t len, int flags)
{
    (void)flags;
    ssize_t n = waiting_send(c->base.fd, data, len);
    return n < 0 && errno == EINTR ? (ssize_t)len : n;
}

static ssize_t send_blocking(struct http_conn *c, const void *data, size_t len, int flags)
{
    (void)flags;
    small_buffer(c);
    return net_send_all(c->base.fd, data, len, NET_NEVER) < 0 ? -1 : (ssize_t)len;
}

static ssize_t send_with_sigpipe(struct http_conn *c, const void *data, size_t len, int flags)
{
    /* In two halves: the first calls forth the RST of a peer that is gone, the second meets it. */
    signal(SIGPIPE, SIG_DFL);
    return send(c->base.fd, data, len > 1 ? len / 2 : len, flags);
}

/* --- peers that go, and what they leave behind --- */

static void leak(struct http_conn *c)
{
    struct epoll_event ev = {0};
    epoll_ctl(c->base.server->epoll, EPOLL_CTL_DEL, c->base.fd, &ev);
    net_conn_timer(&c->base, -1);
}

static void die(struct http_conn *c)
{
    (void)c;
    fprintf(stderr, "flawed-http-server: %s\n", strerror(errno));
    exit(1);
}

static void end_at_once(struct http_conn *c)
{
    (void)c;
    exit(0);
}

static void spin_without_files(struct net_server *s)
{
    (void)s;
}

/* Takes a moment's rest for a back-off, and tells the log each time. */
static void log_without_files(struct net_server *s)
{
    (void)s;
    fprintf(stderr, "accept: too many open files; the connection stays in the queue, and this is tried again at once; "
                    "raise the limit of descriptors (ulimit -n) or close some\n");
    usleep(100);
}

static const struct flaw flaws[] = {
    {"one-recv-one-request", "SOCK-STREAM-BOUNDARY",
     "http-server/request-in-single-bytes http-server/request-cut-anywhere http-server/request-body "
     "http-server/link-slices-the-request http-server/short-reads http-server/request-read-in-two",
     "takes the first recv for the whole request", WITH(.received = one_recv),
     .also = "RFC9110-5.3-whole RFC9112-3-endless RFC9112-3-length RFC9112-7.1 SOCK-HEAD-OF-LINE"},
    {"pipelining-drops-second", "RFC9112-9.3.2",
     "http-server/pipelined-two http-server/pipelined-ten "
     "http-server/pipelined-behind-a-large-response http-server/pipelined-cut-anywhere "
     "http-server/pipelined-hundred http-server/pipelined-methods",
     "throws away what follows a request in its segment", WITH(.sent = drop_pipelined), .also = "*",
     .since = "where a message has ended is shown by the request behind it"},
    {"idle-close-for-an-answer", "RFC9112-9.3.2",
     "http-server/pipelined-two http-server/pipelined-ten http-server/pipelined-cut-anywhere "
     "http-server/pipelined-hundred http-server/pipelined-methods http-server/pipelined-bodies "
     "http-server/pipelined-behind-a-large-body",
     "throws away what follows a request in its segment, and closes a second later as if nobody had asked",
     WITH(.sent = drop_and_close_when_idle), .also = "*",
     .since = "where a message has ended is shown by the request behind it"},
    {"short-lines", "RFC9112-3-length", "http-server/long-request-line http-server/endless-request-line",
     "refuses a request line of more than 4,096 bytes with 400", WITH(.received = short_lines)},
    {"no-empty-lines", "RFC9112-2.2-crlf", "http-server/leading-empty-line", "refuses an empty line before the request",
     WITH(.received = no_empty_lines)},
    {"few-fields", "RFC9110-5.4", "http-server/many-fields", "ends at a request of more than 100 fields",
     WITH(.received = few_fields),
     .also = "RFC9112-6.3-chunked RFC9112-6.3-length RFC9112-9.3-body RFC9112-9.3.2 "
             "RFC9112-9.6-stages"},
    {"no-host-check", "RFC9112-3.2-host", "http-server/missing-host http-server/absolute-form-without-host",
     "serves HTTP/1.1 requests without Host", WITH(.allow = HTTP_ALLOW_HOST, .request = only_missing)},
    {"two-hosts-accepted", "RFC9112-3.2-host",
     "http-server/two-hosts http-server/same-host-twice http-server/two-hosts-in-http-1.0",
     "serves requests with two Host fields", WITH(.allow = HTTP_ALLOW_HOST, .request = only_doubled)},
    {"bad-host-accepted", "RFC9112-3.2-host", "http-server/bad-host", "serves requests whose Host is no host",
     WITH(.allow = HTTP_ALLOW_HOST, .request = only_invalid)},
    {"origin-form-only", "RFC9112-3.2.2", "http-server/absolute-form http-server/absolute-form-in-its-variants",
     "refuses a target with scheme and host", WITH(.request = origin_form_only)},
    {"one-space-only", "RFC9110-5.5", "http-server/blanks-around-values",
     "wants one space before each value and none behind it", WITH(.request = one_space_only),
     .also = "RFC9110-12.4.1 RFC9110-12.5.3-empty RFC9110-5.1-unknown"},
    {"case-sensitive-names", "RFC9110-5.1", "http-server/field-names-in-any-case", "knows Host only with a capital H",
     WITH(.request = case_sensitive_names)},
    {"methods-in-any-case", "RFC9110-9.1-case", "http-server/method-in-small-letters", "takes get for GET",
     WITH(.request = methods_in_any_case)},
    {"no-later-minor", "RFC9110-6.2", "http-server/later-minor-version", "answers HTTP/1.2 with 505",
     WITH(.request = no_later_minor)},
    {"version-in-any-case", "RFC9112-2.3", "http-server/version-in-small-letters", "takes http/1.1 for HTTP/1.1",
     WITH(.allow = HTTP_ALLOW_VERSION, .request = any_case_of_version)},
    {"bad-start-line-accepted", "RFC9112-3.2-line",

     "http-server/broken-request-line http-server/malformed-version "
     "http-server/control-byte-in-the-method http-server/control-byte-in-the-target "
     "http-server/control-byte-in-the-version http-server/target-of-no-form",
     "answers 200 to a start line that is none", WITH(.respond = bad_start_is_get),
     .also = "RFC9110-4.2.1 RFC9110-4.2.4 RFC9110-9.3.6 RFC9112-2.3 RFC9112-3.2-autocorrect"},
    {"space-before-colon-accepted", "RFC9112-5.1",
     "http-server/space-before-colon http-server/whitespace-before-the-colon-of-known-fields",
     "serves requests with whitespace before a colon", WITH(.allow = HTTP_ALLOW_SPACE_COLON)},
    {"fold-is-a-field", "RFC9112-5.2", "http-server/folded-field http-server/space-before-first-field",
     "reads a folded line as a field of its own", WITH(.allow = HTTP_ALLOW_OBS_FOLD, .framing = framing_folded)},
    {"bare-cr-ends-a-line", "RFC9112-2.2-cr", "http-server/bare-cr",
     "reads what follows a CR without LF as a field of its own",
     WITH(.allow = HTTP_ALLOW_BARE_CR, .framing = framing_bare_cr)},
    {"bad-content-length-accepted", "RFC9112-6.3-invalid",
     "http-server/bad-content-length http-server/bad-length-hides-a-request "
     "http-server/length-of-other-numbers",
     "reads Content-Length with strtol: signs and garbage pass", WITH(.framing = framing_by_atoi)},
    {"two-lengths-accepted", "RFC9112-6.3-invalid", "http-server/two-content-lengths",
     "takes the last of two Content-Length fields", WITH(.framing = framing_last_length)},
    {"length-wraps", "RFC9110-8.6-overflow", "http-server/huge-content-length", "reads a Content-Length modulo 2^64",
     WITH(.framing = framing_wraps),
     .also = "RFC9112-6.1-both RFC9112-6.1-faulty RFC9112-6.3-head RFC9112-6.3-invalid "
             "RFC9112-6.3-overrides"},
    {"ignores-bodies", "RFC9112-9.3-body",
     "http-server/unread-body "
     "http-server/hidden-in-a-length http-server/hidden-half-a-request "
     "http-server/pipelined-behind-a-large-body "
     "http-server/pipelined-bodies",
     "takes the body of a request for the next request", WITH(.framing = framing_no_bodies),
     .also = "RFC9110-10.1.1-case RFC9110-10.1.1-final RFC9110-10.1.1-omit "
             "RFC9110-13.1.3-invalid RFC9110-14.2-method RFC9112-2.2-crlf RFC9112-6-methods "
             "RFC9112-9.3.2"},
    {"chunked-request-ignored", "RFC9112-7.1",
     "http-server/unread-chunks http-server/chunked-request http-server/chunked-is-not-last "
     "http-server/hidden-behind-a-broken-coding",
     "takes the chunks of a request for the next request", WITH(.framing = framing_no_chunks), .also = "*",
     .since = "whatever is said in chunks is garbage to it"},
    {"te-and-cl-smuggle", "RFC9112-6.1-both",
     "http-server/length-and-chunked http-server/hidden-in-a-chunk "
     "http-server/length-before-or-behind-chunked http-server/smuggled-behind-the-last-chunk "
     "http-server/smuggled-inside-a-chunk",
     "frames by Content-Length where Transfer-Encoding stands too", WITH(.framing = framing_length_wins),
     .also = "RFC9112-6.1-faulty"},
    {"ignores-expect-100", "RFC9110-10.1.1", "http-server/expect-continue",
     "waits for a body that waits for 100 (Continue)", WITH(.no_continue = true),
     .also = "RFC9110-10.1.1-case RFC9110-10.1.1-final"},
    {"continue-for-all", "RFC9110-15.2", "http-server/http-1.0-gets-no-100",
     "sends 100 (Continue) to an HTTP/1.0 client", WITH(.write_head = continue_for_all)},
    {"chunks-for-all", "RFC9112-6.1-http10",
     "http-server/http-1.0-gets-no-chunks http-server/http-1.0-error-gets-no-chunks",
     "sends chunks to an HTTP/1.0 client", WITH(.respond = chunks_for_all, .write_head = chunked_head)},
    {"no-keep-alive-honour", "RFC9112-9.6",

     "http-server/close-is-kept http-server/nothing-after-close http-server/get "
     "http-server/close-beats-keep-alive http-server/close-in-another-line "
     "http-server/close-in-any-spelling http-server/nothing-after-close-in-a-list",
     "keeps open after Connection: close", WITH(.framing = framing_keeps_open), .also = "*",
     .since = "most conversations end with Connection: close, and wait for the end"},
    {"http10-keeps-open", "RFC9112-9.3-http10", "http-server/http-1.0-closes", "keeps open after an HTTP/1.0 request",
     WITH(.framing = framing_keeps_http10), .also = "RFC9112-6.1-faulty RFC9112-6.1-http10 RFC9112-9.6"},
    {"closes-without-saying", "RFC9112-9.6-tell", "http-server/close-is-told http-server/keep-alive",
     "closes after each response and does not say so", WITH(.respond = close_after_each, .write_head = closes_unsaid),
     .also = "RFC9112-9.3-persist RFC9112-9.5-sustain RFC9112-9.6-half-close"},
    {"no-half-close", "RFC9112-9.6-half-close",
     "http-server/half-close-gets-its-response http-server/half-close-behind-three-requests",
     "drops the request of a peer that has closed its side", WITH(.request = close_at_half_close)},
    {"head-with-body", "RFC9110-9.3.2",
     "http-server/head-has-no-body http-server/head-then-get http-server/head-of-an-error-has-no-body "
     "http-server/head-of-a-large-resource",
     "answers HEAD with a body", WITH(.respond = body_for_head),
     .also = "RFC9112-6-methods RFC9112-9.3.2 RFC9112-9.5-sustain"},
    {"status-line-after-empty-line", "RFC9110-2.2", "http-server/well-formed",
     "sends an empty line before the status line", WITH(.write_head = empty_line_first),
     .also = "RFC9110-15.2 RFC9110-5.4 RFC9110-7.6.2 RFC9112-3-endless RFC9112-4-space"},
    {"bare-lf-response", "RFC9110-2.2", "http-server/well-formed", "ends its lines with LF alone",
     WITH(.write_head = bare_lf), .also = "RFC9110-4.2.3-encoding RFC9110-9.3.1"},
    {"space-before-colon-response", "RFC9110-2.2", "http-server/well-formed",
     "writes whitespace between field name and colon", WITH(.write_head = space_before_colon)},
    {"space-before-colon-in-errors", "RFC9110-2.2", "http-server/error-is-well-formed",
     "writes whitespace between field name and colon of its errors", WITH(.write_head = space_before_colon_in_errors)},
    {"content-length-too-long", "RFC9112-6.3-length", "http-server/get", "tells one byte more than it sends",
     WITH(.write_head = length_too_long), .also = "*", .since = "no response ends, so nothing behind one is seen"},
    {"content-length-too-short", "RFC9112-6.3-length", "http-server/get", "tells one byte less than it sends",
     WITH(.write_head = length_too_short), .also = "*",
     .since = "a byte is left behind each response, and the next one begins with it"},
    {"no-length", "RFC9112-6.3-length", "http-server/keeps-the-connection",
     "keeps open and does not tell where the body ends", WITH(.write_head = no_length),
     .also = "RFC9110-10.1.1-omit RFC9110-8.6 RFC9112-6.1-connect RFC9112-6.1-http10 "
             "RFC9112-6.3-delimited RFC9112-9.3-persist RFC9112-9.3.2 RFC9112-9.5-closure "
             "RFC9112-9.5-sustain RFC9112-9.6-half-close"},
    {"no-length-of-nothing", "RFC9112-6.3-length", "http-server/empty-resource",
     "tells no length where there is no content", WITH(.write_head = no_length_of_nothing)},
    {"no-date", "RFC9110-6.6.1", "http-server/date http-server/date-with-404", "writes no Date",
     WITH(.write_head = no_date), .also = "RFC9110-15.3.7 RFC9110-15.4.5"},
    {"no-501", "RFC9110-9.1", "http-server/unknown-method", "answers 200 to a method that it does not know",
     WITH(.respond = unknown_method_is_get), .also = "RFC9110-9.1-case RFC9112-3-method"},
    {"no-allow", "RFC9110-15.5.6", "http-server/allow-with-405", "answers 405 without Allow", WITH(.respond = no_allow),
     .also = "RFC9110-9.3.7"},
    {"later-first", "RFC9112-9.3.2", "http-server/pipelined-two http-server/pipelined-ten",
     "answers a request after the one behind it", WITH(.respond = later_first),
     .also = "RFC9110-10.1.1-omit RFC9110-2.2 RFC9110-9.3.2 RFC9112-2.2-grammar RFC9112-6-methods "
             "RFC9112-6.3-head RFC9112-6.3-length RFC9112-7.1 RFC9112-9.6-half-close"},
    {"sigpipe", "SOCK-SIGPIPE", "http-server/goes-before-the-response", "dies of SIGPIPE when a peer has gone",
     WITH(.send = send_with_sigpipe), .also = "SOCK-EINTR SOCK-NO-LEAK"},
    {"send-once-nonblocking", "SOCK-SHORT-WRITE",
     "http-server/large-response-to-a-slow-reader http-server/link-is-slow http-server/short-writes "
     "http-server/response-cut-anywhere http-server/lossy-path",
     "takes one send for all: a large response is cut", WITH(.send = send_once),
     .also = "RFC9112-6.3-length RFC9112-9.3.2"},
    {"send-eintr", "SOCK-EINTR", "http-server/send-interrupted", "takes an interrupted send for one that has taken all",
     WITH(.send = interrupted_is_sent)},
    {"head-of-line", "SOCK-HEAD-OF-LINE", "http-server/large-response-beside-a-quick-one",
     "waits in send for a slow reader; the others wait too", WITH(.send = send_blocking)},
    {"iterative", "SOCK-HEAD-OF-LINE",
     "http-server/slow-peer-beside-a-quick-one http-server/head-in-drips-beside-brisk-peers",
     "serves one client at a time", WITH(.max_clients = 1)},
    {"dies-on-reset", "SOCK-RESET-SURVIVED",

     "http-server/reset-in-mid-request http-server/goes-in-mid-response "
     "tcp-server/resets-with-reply-unread tcp-server/reset-beside-a-peer "
     "http-server/link-resets-in-mid-response http-server/resets-at-every-stage",
     "ends when a connection is reset", WITH(.error = die),
     .also = "SOCK-ERROR-ITS-OWN SOCK-HEAD-OF-LINE SOCK-NO-LEAK SOCK-SHORTAGE"},
    {"leak-on-reset", "SOCK-NO-LEAK", "tcp-server/no-descriptor-left-behind",
     "keeps the descriptor of a connection that was reset", WITH(.error = leak)},
    {"exits-after-first-response", "SOCK-PEER-GOES",
     "http-server/keeps-the-connection tcp-server/closes-with-reply-unread", "ends after its first response",
     WITH(.sent = end_at_once), .also = "*", .since = "whoever asks a second time meets nobody"},
    {"spin-on-emfile", "SOCK-EMFILE", "tcp-server/out-of-descriptors",
     "calls accept again and again while descriptors are missing", WITH(.shortage = spin_without_files),
     .also = "SOCK-SHORTAGE"},
    {"logs-on-emfile", "SOCK-EMFILE", "tcp-server/out-of-descriptors",
     "writes a line for each of thousands of futile accepts a second", WITH(.shortage = log_without_files),
     .also = "SOCK-SHORTAGE"},
};

int main(int argc, char **argv)
{
    return flawed_origin_main(argc, argv, flaws, sizeof flaws / sizeof flaws[0]);
}
