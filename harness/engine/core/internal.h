/*
 * The inside of the engine: cases, actors and connections, shared by its files and by nobody else.
 *
 * An actor is a step machine. A step's run function is called when the step becomes current and again whenever
 * something has happened that may let it go on; it answers STEP_DONE, STEP_WAIT, or STEP_FAILED (then case_fail has
 * been called). Nothing here blocks.
 */
#ifndef SOCKSPEC_ENGINE_INTERNAL_H
#define SOCKSPEC_ENGINE_INTERNAL_H

#include "engine/core/types.h"

/* --- case.c: actors on the move ------------------------------------------------------------------------- */

/* The step that the actor is at; NULL when it has ended. */
const struct scn_step *actor_step(const struct actor *a);

/* "client", "crowd 17". Appends to `out`. */
void actor_name(const struct actor *a, struct buf *out);

/* Puts the actor on the queue of those that may go on. */
void actor_wake(struct actor *a);

/* Wakes every actor that waits. */
void case_wake_all(struct case_run *run);

/* Wakes all when every actor has ended, holds, or waits for the subject's end: call when one of these has changed. */
void case_settled(struct case_run *run);

/* Waits until `seconds` from now: a->timer_fired is set then and the actor is woken. */
void actor_timer(struct actor *a, double seconds);

/* Has the actor woken at each tick (PROBE_US) until its step ends. */
void actor_probe(struct actor *a);

/* Ends the case as failed at the actor's current step (or at none: `a` NULL). The first one counts. Returns
 * STEP_FAILED. */
enum step_result case_fail(struct case_run *run, struct actor *a, enum diagnosis d, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Ends the case as trouble of the harness. */
enum step_result case_error(struct case_run *run, struct actor *a, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends the case as skipped. */
void case_skip(struct case_run *run, const char *reason);

/* Sets the actor's timers up. */
void actor_timers_init(struct actor *a);

/* Ends the actor's current step: frees its state, stops its timers. */
void actor_leave_step(struct actor *a, const struct scn_step *s);

/* --- cast.c: who takes part ----------------------------------------------------------------------------- */

/* Makes the actors, has servers listen, starts a client subject. Trouble ends the run (run->over). */
void case_set_up(struct case_run *run);

/* After a failure: a server whose death is told a moment later has crashed, which is the better diagnosis. */
void case_await_death_notice(struct case_run *run);

/* A client killed by a signal that no step expects has crashed, whatever its peers think. */
void case_check_client_death(struct case_run *run);

/* The subject's output and end, for the result. */
void case_copy_subject_evidence(struct case_run *run);

/* Closes and frees everything; stops a client subject. */
void case_tear_down(struct case_run *run);

/* Runs the case once, with run->cut set. */
void case_execute(struct case_run *run);

/* --- timeline.c ----------------------------------------------------------------------------------------- */

void happened(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
              size_t len);
void happened_text(struct case_run *run, const struct actor *a, const char *who, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As happened_text, for what is no fault. */
void happened_note(struct case_run *run, const char *who, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Renders all that happened into the result. */
void happened_render(struct case_run *run);

/* --- captures.c ----------------------------------------------------------------------------------------- */

struct captures *captures_new(struct engine *e);
void captures_free(struct engine *e);

/* Around a run of a case: before anything is sent, and when all its sockets are closed. The end writes the file and
 * names it in the result, when its verdict asks for one. */
void captures_begin(struct case_run *run);
void captures_end(struct case_run *run);

/* Remembers what a step did, for the comment of its packet. */
void captures_saw(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
                  size_t len);

/* --- values.c ------------------------------------------------------------------------------------------- */

/* The value of a name for this actor (NULL: for none in particular), or NULL; *len is set. Valid
 * until the next call. */
const char *value_of(struct case_run *run, const struct actor *a, const char *name, size_t *len, struct buf *scratch);

/* Appends text with its names put in. Returns 0, or -1 when a name has no value (err text by
 * case_error in the caller). */
int text_expand(struct case_run *run, const struct actor *a, const struct scn_text *text, struct buf *out);

/* The number, its name resolved; `otherwise` where it is not set. */
double number_of(struct case_run *run, const struct actor *a, const struct scn_number *n, double otherwise);

/* The same for a `within`: where a fact says it there is a second more. */
double limit_of(struct case_run *run, const struct actor *a, const struct scn_number *n, double otherwise);

/* All bytes of a payload. The caller owns a reference (bytes_drop). NULL with a reason in `e`. */
struct bytes *payload_expand(struct case_run *run, const struct actor *a, const struct scn_payload *p, struct err *e);

struct bytes *bytes_new(const void *data, size_t len);
struct bytes *bytes_keep(struct bytes *b);
void bytes_drop(struct bytes *b);

/* Gives a variable of the actor a value (takes over the reference). */
void variable_set(struct actor *a, const char *name, struct bytes *value);
void variables_free(struct actor *a);

/* --- packets.c ------------------------------------------------------------------------------------------ */

/* Whether the scenario's link is one of packets. */
bool packets_wanted(const struct scn_scenario *s);

/* Puts the link of packets in the way, where the scenario has one: when every server listens and before a client
 * starts. Trouble ends the run. */
void packets_begin(struct case_run *run);

/* A step of that link. */
enum step_result packets_step(struct actor *a, const struct scn_step *s);

/* At the end: a case that passed though its link did nothing to any packet has not tested what it says. */
void packets_judge(struct case_run *run);

/* Tells in the timeline what the link has done, as a sum. */
void packets_tell(struct case_run *run);

void packets_end(struct case_run *run);

/* How much longer than without it the kernel may take over anything before that means something: 1 where there is no
 * such link. */
double packets_patience(const struct case_run *run);

/* --- faults.c --------------------------------------------------------------------------------------- */

/* At the beginning of a run: forgets those of the run before, and arms the ones that stand first in the subject's
 * block. */
void faults_begin(struct case_run *run);

/* Whether the step is a fault of system calls: names that do not resolve are given by no call. */
bool faults_is_of_calls(const struct scn_step *s);

/* Puts the fault of this step in force. */
void faults_arm(struct engine_faults *f, const struct scn_step *s);

/* Before an actor's socket connects: the subject's side will know its connection by the address. Returns 0 or -1
 * (errno). */
int faults_name_peer(struct actor *a, int fd);

/* At the end: a case whose faults were never hit has not tested what it says. A pass is a skip
 * then; a failure says so. */
void faults_judge(struct case_run *run);

/* What was injected, in words, by time: for the timeline. The caller frees the texts and the array. */
struct fault_told {
    uint64_t us; /* since the run began */
    int line;    /* of the step */
    char *text;
};
size_t faults_tell(struct case_run *run, struct fault_told **out);

/* --- names.c -------------------------------------------------------------------------------------------- */

/* Starts the resolver that the scenario's faults of names ask for: when every server listens and before a client
 * starts. Trouble ends the run. */
void names_begin(struct case_run *run);

/* Has the client find it. */
void names_put(const struct case_run *run, struct subject_spec *spec);

/* The name that stands for the server's address, or NULL: there is no resolver. */
const char *names_host(const struct case_run *run);

/* A step `fault names`. */
enum step_result names_step(struct actor *a, const struct scn_step *s);

/* At the end: as faults_judge. */
void names_judge(struct case_run *run);

void names_end(struct case_run *run);

/* --- scarcity.c ----------------------------------------------------------------------------------------- */

/* Limits what a client may need at once: `limit ports` that stands first in the subject's block. Before it starts. */
void scarcity_begin(struct case_run *run);

/* Steps `limit ports` and `limit backlog`. */
enum step_result scarcity_ports(struct actor *a, const struct scn_step *s);
enum step_result scarcity_backlog(struct actor *a, const struct scn_step *s);

/* Undoes what is not the subject's alone. */
void scarcity_end(struct case_run *run);

/* --- regex.c -------------------------------------------------------------------------------------------- */

/* Whether the pattern matches somewhere in the data; where: begin and end of group 1 (or of the whole match), may be
 * NULL. */
bool regex_search(const struct scn_regex *r, const char *data, size_t len, size_t *begin, size_t *end);

/* --- net.c ---------------------------------------------------------------------------------------------- */

/* A fresh non-blocking socket for the transport; -1 (errno). */
int net_socket(enum scn_transport t);

/* The loopback (or given) address for the transport. Returns 0, or -1 with `e`. */
int net_address(struct address *out, enum scn_transport t, const char *host, int port, const char *path, struct err *e);

/* Binds (and, for connections, listens) for a server actor. Returns 0, or -1 with `e`. */
int listener_open(struct listener *l, struct case_run *run, const struct scn_actor *actor, enum scn_transport t,
                  struct err *e);
void listener_close(struct listener *l);

/* Puts the port of where it is found into l->port. */
void listener_learn_port(struct listener *l);

/* The transport that holds for an actor or step. */
enum scn_transport transport_of(const struct case_run *run, enum scn_transport step, enum scn_transport actor);

/* SO_LINGER 0 and close: a real RST. */
void net_reset(int fd);

/* Sets an option by the scenario language's name. Returns 0 or -1 (errno; EINVAL: no such option on this socket). */
int net_set(int fd, enum scn_transport t, const char *option, double value);

/* --- conn.c --------------------------------------------------------------------------------------------- */

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

void conn_shutdown(struct conn *c, bool read, bool write);
void conn_reset(struct conn *c);

/* Closes (FIN, or RST where input was left unread) and frees. */
void conn_close(struct conn *c);

/* --- message.c, requests.c: requests and responses ------------------------------------------------------ */

/* What a harness must be able to read, to say what is wrong with it: lenient, and larger than any limit that a right
 * program has. */
const struct http_options *message_options(void);

/* For a connection of an actor that expects responses, else NULL. */
struct sent_requests *requests_new(const struct actor *a);
/* Records what is sent, to know which requests wait for a response. */
void requests_sent(struct conn *c, const void *data, size_t len);
void requests_free(struct sent_requests *r);
/* The method of the oldest request without a final response, or "GET". */
const char *requests_oldest(const struct conn *c);
/* A final response has been taken. */
void requests_answered(struct conn *c);

struct message_match;
enum match_status { MATCH_MORE, MATCH_YES, MATCH_NO };

/* Matching of one request or response alternative against the bytes of a connection, incrementally. */
struct message_match *message_new(const struct scn_match *m);
void message_free(struct message_match *m);

/*
 * Looks at c->in from where it left off. May take the bytes of a body away from c->in when `may_take` (it is the only
 * alternative left). MATCH_YES: *end is set to how many bytes of c->in belong to the message still. MATCH_NO: the
 * reason is in `why`.
 */
enum match_status message_try(struct message_match *m, struct actor *a, struct conn *c, bool may_take, size_t *end,
                              struct buf *why);

/* After MATCH_NO: whether all that is wrong is that the stream ended in its middle. */
bool message_was_cut(const struct message_match *m);

/* What it has seen, for a failure: the head as received. Appends visible text. */
void message_seen(const struct message_match *m, struct buf *out);

/* Asks for more of the content to be kept than a failure shows: HEAD_MAX bytes. Before message_try. */
void message_keep(struct message_match *m);

/* The head as received: valid as long as the match. */
const struct buf *message_head_text(const struct message_match *m);

/* The head as received and what was kept of the content. The caller drops it. */
struct bytes *message_text(const struct message_match *m);

/* Whether the match is of a response that ends an exchange (not 1xx). */
bool message_is_final(const struct message_match *m);

/* --- explain.c ------------------------------------------------------------------------------------------ */

/* "line 12, expect: waits for 5 bytes", or "has ended": what an actor is at, for a person. Appends. */
void explain_step(struct actor *a, struct buf *out);

/* Fills in the graph: who waits for what, with queues. Returns the diagnosis that can be proven, else
 * DIAGNOSIS_TIMEOUT. */
enum diagnosis explain_waits(struct case_run *run, struct actor *late, struct buf *summary);

/* --- standstill.c --------------------------------------------------------------------------------------- */

/* Looks, whenever nothing moves, whether anybody can still go on: a deadlock or hang that is proven ends the case at
 * once. */
void standstill_watch(struct case_run *run);
void standstill_end(struct case_run *run);

/* The diagnosis of a step whose time has run out; appends what is known to `summary`. */
enum diagnosis standstill_diagnose(struct case_run *run, struct buf *summary);

/* --- steps ---------------------------------------------------------------------------------------------- */

/* The next connection of the actor's listener, or NULL (then the actor is woken when one comes). */
struct conn *accept_one(struct actor *a);

/* The connection of a server of datagrams: its bound socket, with no accept. NULL for other actors. */
struct conn *bound_conn(struct actor *a);

/* Whether the client subject has ended with all its processes. */
bool subject_is_gone(const struct case_run *run);

enum step_result step_connect(struct actor *a, const struct scn_step *s);
enum step_result step_accept(struct actor *a, const struct scn_step *s);
enum step_result step_shutdown(struct actor *a, const struct scn_step *s);
enum step_result step_reset(struct actor *a, const struct scn_step *s);
enum step_result step_close(struct actor *a, const struct scn_step *s);
enum step_result step_hold(struct actor *a, const struct scn_step *s);
enum step_result step_send(struct actor *a, const struct scn_step *s);
void step_send_leave(struct actor *a, const struct scn_step *s);
void step_send_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_expect(struct actor *a, const struct scn_step *s);
void step_expect_leave(struct actor *a, const struct scn_step *s);
/* Puts what was expected and what came until now into the result: for a step that ran out of time. */
void step_expect_evidence(struct actor *a);
void step_expect_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_reading(struct actor *a, const struct scn_step *s);
enum step_result step_set(struct actor *a, const struct scn_step *s);
enum step_result step_echo(struct actor *a, const struct scn_step *s);
void step_echo_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_pause(struct actor *a, const struct scn_step *s);
enum step_result step_let(struct actor *a, const struct scn_step *s);
enum step_result step_capture(struct actor *a, const struct scn_step *s);
/* Skips the case for the reason that `why` gives, or for `otherwise` where a name in it has no value. */
enum step_result skip_instead(struct actor *a, const struct scn_or_skip *why, const char *otherwise);
enum step_result step_signal(struct actor *a, const struct scn_step *s);
enum step_result step_wait(struct actor *a, const struct scn_step *s);
void step_wait_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_wait_blocked(struct actor *a, const struct scn_step *s);
enum step_result step_wait_accepted(struct actor *a, const struct scn_step *s);
void step_wait_accepted_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_fault(struct actor *a, const struct scn_step *s);
enum step_result step_limit(struct actor *a, const struct scn_step *s);
/* --- streams.c ------------------------------------------------------------------------------------------ */

/* Whether the scenario's link is one of streams. */
bool streams_wanted(const struct scn_scenario *s);

/* Descriptors that such a link needs. */
size_t streams_files(const struct case_run *run);

/* Puts the link of streams in front of the servers that the harness plays, where the scenario has one. Trouble ends the
 * run. */
void streams_begin(struct case_run *run);

/* Puts the link in front of the subject: `to` becomes where the link listens for it. Without a link it stays. Returns
 * 0, or -1 with `e`. */
int streams_door(struct case_run *run, enum scn_transport t, struct address *to, struct err *e);

/* The listener is closed: nobody can connect at its door either. */
void streams_shut(struct listener *l);

/* A step of that link. */
enum step_result streams_step(struct actor *a, const struct scn_step *s);

/* Most seconds that the link itself holds a byte up. */
double streams_delay(const struct case_run *run);

/* At the end: a case that would pass though a fault of its link never struck has not tested what it says, and is
 * skipped. */
void streams_judge(struct case_run *run);

/* Tells in the graph what the link holds. */
void streams_explain(struct case_run *run);

void streams_end(struct case_run *run);

/*
 * The socket that faces the subject on this connection: its own, or, with a link between, the link's on the far side.
 * -1: the link has not reached it (yet, or any more).
 */
int conn_subject_fd(const struct conn *c);

/* queues_peer_took_all for what was sent on the connection, through the link. */
int conn_peer_took_all(const struct conn *c);

enum step_result step_link(struct actor *a, const struct scn_step *s);
enum step_result step_remember(struct actor *a, const struct scn_step *s);
enum step_result step_kill(struct actor *a, const struct scn_step *s);
enum step_result step_state(struct actor *a, const struct scn_step *s);
void step_state_leave(struct actor *a, const struct scn_step *s);
void step_state_waiting(struct actor *a, const struct scn_step *s, struct buf *out);

#endif
