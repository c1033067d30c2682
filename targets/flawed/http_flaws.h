/*
 * The wrong operations of flawed-http-server, each in place of the right one of struct http_ops with the same
 * signature. The table in flawed_http_server.c says what each is about.
 */
#ifndef SOCKSPEC_FLAWED_HTTP_FLAWS_H
#define SOCKSPEC_FLAWED_HTTP_FLAWS_H

#include "servers/http_server.h"

/* --- http_framings.c: .framing --- */

int framing_by_atoi(struct http_framing *f, const struct http_head *h, const char *data);
int framing_last_length(struct http_framing *f, const struct http_head *h, const char *data);
int framing_no_chunks(struct http_framing *f, const struct http_head *h, const char *data);
int framing_length_wins(struct http_framing *f, const struct http_head *h, const char *data);
int framing_keeps_open(struct http_framing *f, const struct http_head *h, const char *data);
int framing_keeps_http10(struct http_framing *f, const struct http_head *h, const char *data);
int framing_wraps(struct http_framing *f, const struct http_head *h, const char *data);
int framing_no_bodies(struct http_framing *f, const struct http_head *h, const char *data);
int framing_folded(struct http_framing *f, const struct http_head *h, const char *data);
int framing_bare_cr(struct http_framing *f, const struct http_head *h, const char *data);

/* --- http_requests.c: .request and .received --- */

void only_missing(struct http_conn *c);
void only_doubled(struct http_conn *c);
void only_invalid(struct http_conn *c);
void case_sensitive_names(struct http_conn *c);
void methods_in_any_case(struct http_conn *c);
void origin_form_only(struct http_conn *c);
void one_space_only(struct http_conn *c);
void no_later_minor(struct http_conn *c);
void any_case_of_version(struct http_conn *c);
void close_at_half_close(struct http_conn *c);
void one_recv(struct http_conn *c);
void drop_pipelined(struct http_conn *c);
void drop_and_close_when_idle(struct http_conn *c);
void short_lines(struct http_conn *c);
void no_empty_lines(struct http_conn *c);
void few_fields(struct http_conn *c);

/* --- http_answers.c: .respond and .write_head --- */

void body_for_head(struct http_conn *c, struct http_response *r);
void unknown_method_is_get(struct http_conn *c, struct http_response *r);
void no_allow(struct http_conn *c, struct http_response *r);
void later_first(struct http_conn *c, struct http_response *r);
size_t bare_lf(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t empty_line_first(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t closes_unsaid(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t space_before_colon(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t space_before_colon_in_errors(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t no_length(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t no_length_of_nothing(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t length_too_long(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t length_too_short(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
void close_after_each(struct http_conn *c, struct http_response *r);
void bad_start_is_get(struct http_conn *c, struct http_response *r);
size_t no_date(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
size_t continue_for_all(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
void chunks_for_all(struct http_conn *c, struct http_response *r);
size_t chunked_head(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);

#endif
