/*
 * The flaws of the page fetcher, by what they are wrong about: the status and the head, where the body ends,
 * the body itself, the stream, the request, redirects, connections. Each is a function for one of
 * fetch_ops; what each gets wrong stands in the table of flawed_http_client.c, flawed_pages_client.c or
 * flawed_pipelining_client.c.
 */
#ifndef SOCKSPEC_FLAWED_FETCH_FLAWS_H
#define SOCKSPEC_FLAWED_FETCH_FLAWS_H

#include "clients/fetch.h"
#include "flawed/flaws.h"
#include "flawed/lookup.h"

/* The operations of a row: those that are named are wrong, the rest is the page fetcher's own. */
#define WITH(...) FLAW_OPS(fetch_ops, __VA_ARGS__)

/* The program around a table: --flaw NAME and the URLs that `usage` tells of. Returns its exit status. */
int flawed_fetch_main(int argc, char **argv, const struct flaw *flaws, size_t count, const char *usage, bool pipelines);

/* --- fetch_heads.c: success, interim, and framing that is refused --- */
bool flaw_any_status(struct fetch *f, const char *data);
bool flaw_interim_is_fine(struct fetch *f, const char *data);
bool flaw_success_by_reason(struct fetch *f, const char *data);
bool flaw_success_if_known(struct fetch *f, const char *data);
bool flaw_only_200(struct fetch *f, const char *data);
bool flaw_unknown_error_is_fine(struct fetch *f, const char *data);
bool flaw_beyond_classes_is_fine(struct fetch *f, const char *data);
bool flaw_wait_for_304(struct fetch *f, const char *data);
bool flaw_no_interim(const struct fetch *f, const struct http_framing *framing);
bool flaw_interim_if_known(const struct fetch *f, const struct http_framing *framing);
bool flaw_interim_without_length(const struct fetch *f, const struct http_framing *framing);
bool flaw_interim_table(const struct fetch *f, const struct http_framing *framing);
int flaw_wants_reason(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_refuses_1_0(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_refuses_later(struct http_framing *framing, const struct http_head *h, const char *data);

/* --- fetch_framings.c: where the body ends --- */
int flaw_no_chunks(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_no_length_is_none(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_body_of_204(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_no_length(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_length_by_atoi(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_nul_ends_length(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_fold_is_a_field(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_part_of_name(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_exact_names(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_one_space(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_first_length(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_list_is_no_length(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_length_in_32_bits(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_long_length_is_none(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_length_over_chunks(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_unknown_coding_is_none(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_parameters_dropped(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_chunked_anywhere(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_coding_by_case(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_coding_alone(struct http_framing *framing, const struct http_head *h, const char *data);

/* --- fetch_bodies.c: what is made of the body --- */
void flaw_print_string(const char *data, size_t len);
void flaw_print_ascii(const char *data, size_t len);
void flaw_print_nothing(const char *data, size_t len);
void flaw_print_4_mib(const char *data, size_t len);
void flaw_print_1000_chunks(const char *data, size_t len);
bool flaw_any_end(struct http_body *b);
bool flaw_ends_at_4_gib(struct http_body *b);
bool flaw_no_size_is_the_end(const struct http_body *b);
bool flaw_odd_size_is_the_end(const struct http_body *b);
bool flaw_large_size_is_the_end(const struct http_body *b);
bool flaw_no_line_end_is_the_end(const struct http_body *b);
bool flaw_trailer_counts(struct fetch *f, const struct http_part *part);

/* --- fetch_streams.c: recv --- */
ssize_t flaw_receive_once(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_without_limit(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_uninterrupted(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_hastily(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_drips(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_without_blanks(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_bare_cr(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_decoded(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_shown(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_ascii(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_few_fields(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_short_lines(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_into_table(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_into_line(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_names(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_noise(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_no_extensions(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_no_blanks(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_small_hex(struct fetch *f, void *to, size_t len);
ssize_t flaw_receive_one_zero(struct fetch *f, void *to, size_t len);

/* --- fetch_requests.c: the request --- */
long flaw_says_close(const struct fetch *f, char *out, size_t cap);
long flaw_host_once(const struct fetch *f, char *out, size_t cap);
long flaw_no_host(const struct fetch *f, char *out, size_t cap);
long flaw_host_without_port(const struct fetch *f, char *out, size_t cap);
long flaw_host_without_brackets(const struct fetch *f, char *out, size_t cap);
long flaw_host_with_user(const struct fetch *f, char *out, size_t cap);
long flaw_host_of_the_first(const struct fetch *f, char *out, size_t cap);
long flaw_host_last(const struct fetch *f, char *out, size_t cap);
long flaw_no_query(const struct fetch *f, char *out, size_t cap);
long flaw_fragment(const struct fetch *f, char *out, size_t cap);
long flaw_empty_target(const struct fetch *f, char *out, size_t cap);
long flaw_decoded_slash(const struct fetch *f, char *out, size_t cap);
long flaw_decoded_line_end(const struct fetch *f, char *out, size_t cap);
long flaw_no_agent(const struct fetch *f, char *out, size_t cap);
long flaw_length_of_nothing(const struct fetch *f, char *out, size_t cap);
long flaw_chunked_nothing(const struct fetch *f, char *out, size_t cap);
long flaw_extra_line_end(const struct fetch *f, char *out, size_t cap);
long flaw_bare_lf(const struct fetch *f, char *out, size_t cap);
long flaw_te_unlisted(const struct fetch *f, char *out, size_t cap);
long flaw_te_chunked(const struct fetch *f, char *out, size_t cap);
long flaw_upgrade_unlisted(const struct fetch *f, char *out, size_t cap);
long flaw_expectation(const struct fetch *f, char *out, size_t cap);
long flaw_referer(const struct fetch *f, char *out, size_t cap);
long flaw_from(const struct fetch *f, char *out, size_t cap);

/* --- fetch_redirects.c: redirects --- */
bool flaw_only_301_302(struct fetch *f, const char *data);
bool flaw_no_redirect_that_closes(struct fetch *f, const char *data);
bool flaw_prints_redirects(struct fetch *f, const char *data);
bool flaw_joins_to_the_host(struct fetch *f, const char *data);
long flaw_tells_everybody(const struct fetch *f, char *out, size_t cap);
bool flaw_follows_to_files(struct fetch *f, const char *data);

/* --- fetch_connections.c: which connection a request goes over, and what its end means --- */
int flaw_persists_after_close(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_close_stands_alone(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_persists_in_1_0(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_persists_with_chunks_in_1_0(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_persists_at_its_end(struct http_framing *framing, const struct http_head *h, const char *data);
int flaw_no_length_is_0(struct http_framing *framing, const struct http_head *h, const char *data);
bool flaw_keeps_the_rest(struct fetch *f, const struct http_framing *framing);
bool flaw_drops_the_rest(struct fetch *f, const struct http_framing *framing);
ssize_t flaw_receive_no_trailers(struct fetch *f, void *to, size_t len);
bool flaw_always_usable(const struct fetch *f);
bool flaw_never_again(const struct fetch *f, int tries);
bool flaw_again_and_again(const struct fetch *f, int tries);
int flaw_reset_is_the_end(const char *program, const struct net_error *e);
int flaw_incomplete_is_fine(int status);

#endif
