/*
 * What flawed-semantics-server and flawed-validators-server are made of: wrong operations in place of those
 * of struct http_ops. Most are one of four that a struct slip in `data` tells when to act and what to do.
 */
#ifndef SOCKSPEC_FLAWED_SEMANTICS_H
#define SOCKSPEC_FLAWED_SEMANTICS_H

#include "flawed/flaws.h"
#include "flawed/origin.h"
#include "servers/http_server.h"

/* When, and what. NULL and 0 stand for any, and for nothing. Values and targets: "text" is somewhere in it,
 * "=text" is all of it, "^text" is its beginning. */
struct slip {
    const char *method, *version, *target; /* of the request; "1.0" */
    const char *field, *value;             /* a line of the request */
    const char *missing;                   /* a field that the request does not have */
    int status;                            /* of the right answer */
    const char *drop;                      /* names of fields to take out, | between them */
    const char *add;                       /* lines to put in, each with its CR LF */
    int becomes;                           /* another status */
};

/* --- semantics.c: the four --- */

/* .request: does not see the fields to drop. */
void slip_blind(struct http_conn *c);
/* .request: refuses with another status. */
void slip_refuses(struct http_conn *c);
/* .respond: another status, with its reason for a text. */
void slip_answers(struct http_conn *c, struct http_response *r);
/* .write_head: drops and adds lines. */
size_t slip_edits(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);

/* For operations of their own. */
bool slip_head_is_whole(const struct http_conn *c);
const struct http_field *slip_field(const struct http_conn *c, const char *name);
bool slip_value_is(const struct http_conn *c, const struct http_field *f, const char *value);
void slip_drop_field(struct http_conn *c, size_t index);
/* Another answer in place of *r, with the same decisions about the connection. */
void slip_replace(struct http_response *r, struct http_response with);

/* --- semantics_requests.c: .request, .received, .framing and .send --- */

void only_this_finding(struct http_conn *c);
void no_capital_scheme(struct http_conn *c);
void empty_path_is_none(struct http_conn *c);
void percent_stays(struct http_conn *c);
void merges_trailers(struct http_conn *c);
void first_lines_only(struct http_conn *c);
void host_comes_first(struct http_conn *c);
void answers_at_host(struct http_conn *c);
void ascii_only(struct http_conn *c);
void nul_ends_host(struct http_conn *c);
void no_empty_members(struct http_conn *c);
void capital_options_unknown(struct http_conn *c);
void content_location_is_target(struct http_conn *c);
void content_must_wait(struct http_conn *c);
int content_is_awaited(struct http_framing *f, const struct http_head *h, const char *data);
ssize_t ends_with_continue(struct http_conn *c, const void *data, size_t len, int flags);
void weak_is_strong_in_if_match(struct http_conn *c);
void weak_is_strong_in_if_range(struct http_conn *c);
void first_date_counts(struct http_conn *c);
void range_wraps(struct http_conn *c);
void any_unit_is_bytes(struct http_conn *c);

/* --- semantics_answers.c: .respond and .write_head --- */

void no_explanation(struct http_conn *c, struct http_response *r);
void packed_unsaid(struct http_conn *c, struct http_response *r);
void shows_secrets(struct http_conn *c, struct http_response *r);
void cuts_large_content(struct http_conn *c, struct http_response *r);
void leaves_the_root(struct http_conn *c, struct http_response *r);
void stays_open_after_refusal(struct http_conn *c, struct http_response *r);
void content_with_304(struct http_conn *c, struct http_response *r);
void invalid_target_is_connected(struct http_conn *c, struct http_response *r);
void parts(struct http_conn *c, struct http_response *r);
void parts_without_place(struct http_conn *c, struct http_response *r);
size_t version_of_the_request(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t no_length_for_head(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);

#endif
