/*
 * The wrong operations of flawed-message-server, each in place of the right one of struct http_ops with the
 * same signature. The table in flawed_message_server.c says what each is about.
 */
#ifndef SOCKSPEC_FLAWED_MESSAGE_FLAWS_H
#define SOCKSPEC_FLAWED_MESSAGE_FLAWS_H

#include "servers/http_server.h"

/* --- message_heads.c: .received, .request --- */

void text_line_ends(struct http_conn *c);
void cr_ends_lines(struct http_conn *c);
void drops_control_bytes(struct http_conn *c);
void mends_targets(struct http_conn *c);
void trims_first_lines(struct http_conn *c);
void version_is_optional(struct http_conn *c);
void end_ends_the_head(struct http_conn *c);
void empty_word_is_a_target(struct http_conn *c);
void empty_line_is_an_error(struct http_conn *c);
void host_must_be_the_same(struct http_conn *c);
void host_may_be_folded(struct http_conn *c);

/* --- message_framings.c: .framing --- */

int folded_coding_dropped(struct http_framing *f, const struct http_head *h, const char *data);
int folded_length_cut(struct http_framing *f, const struct http_head *h, const char *data);
int coding_by_strcmp(struct http_framing *f, const struct http_head *h, const char *data);
int coding_by_strstr(struct http_framing *f, const struct http_head *h, const char *data);
int coding_of_first_line(struct http_framing *f, const struct http_head *h, const char *data);
int coding_without_parameters(struct http_framing *f, const struct http_head *h, const char *data);
int compression_without_parameters(struct http_framing *f, const struct http_head *h, const char *data);
int coding_by_cgi_name(struct http_framing *f, const struct http_head *h, const char *data);
int length_in_octal(struct http_framing *f, const struct http_head *h, const char *data);
int length_of_both(struct http_framing *f, const struct http_head *h, const char *data);
int coding_in_http10(struct http_framing *f, const struct http_head *h, const char *data);
int doubled_length_dropped(struct http_framing *f, const struct http_head *h, const char *data);
int post_has_content(struct http_framing *f, const struct http_head *h, const char *data);
int content_by_method(struct http_framing *f, const struct http_head *h, const char *data);
int options_mean_close(struct http_framing *f, const struct http_head *h, const char *data);

/* --- message_chunks.c: .read --- */

#define READ_FLAW(name)                                                                                                \
    enum http_body_event name(struct http_conn *c, const char *data, size_t len, size_t *used, struct http_part *part)

READ_FLAW(plain_sizes_only);
READ_FLAW(sizes_wrap);
READ_FLAW(sizes_by_strtoul);
READ_FLAW(two_bytes_behind_data);
READ_FLAW(no_extensions);
READ_FLAW(extensions_without_end);
READ_FLAW(no_trailers);
READ_FLAW(few_chunks);
READ_FLAW(lines_in_one_piece);
READ_FLAW(end_ends_the_chunks);
READ_FLAW(end_ends_the_content);

/* --- message_answers.c: .respond, .write_head, .sent --- */

void dies_of_garbage(struct http_conn *c, struct http_response *r);
void garbage_is_get(struct http_conn *c, struct http_response *r);
void goes_on_behind_errors(struct http_conn *c, struct http_response *r);
void drop_what_was_wrong(struct http_conn *c);
void long_method_is_an_error(struct http_conn *c, struct http_response *r);
void connect_is_fine(struct http_conn *c, struct http_response *r);
void ten_requests(struct http_conn *c, struct http_response *r);
void errors_close(struct http_conn *c, struct http_response *r);
void errors_have_bodies(struct http_conn *c, struct http_response *r);
void coded_errors(struct http_conn *c, struct http_response *r);
void unframed_errors(struct http_conn *c, struct http_response *r);
void close_by_reset(struct http_conn *c);

#define HEAD_FLAW(name) size_t name(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)

HEAD_FLAW(version_10);
HEAD_FLAW(no_reason_no_space);
HEAD_FLAW(coded_tunnel);
HEAD_FLAW(coded_204);
HEAD_FLAW(both_framings);
HEAD_FLAW(coded_error_head);
HEAD_FLAW(unframed_error_head);

#endif
