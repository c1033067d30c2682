/* flawed-message-server --flaw NAME HOST PORT [ROOT]: an HTTP server that reads or frames messages wrongly
 * (RFC 9112). */
#include "flawed/flaws.h"
#include "flawed/message_flaws.h"

#include <stdio.h>

#define TIMEOUT_MS 30000
#define BODY_MAX   (8u << 20)

/* The right operations with some replaced. */
#define WITH(...)                                                                                            \
    &(const struct http_ops)                                                                                 \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static const struct flaw flaws[] = {
    {"lines-of-text", "RFC9112-2.2-octets", "http-server/what-is-no-lf-ends-no-line",
     "ends lines at VT, FF, NEL and other line ends of text", WITH(.received = text_line_ends)},
    {"cr-ends-lines", "RFC9112-3.2-line", "http-server/bare-cr-in-the-request-line", "ends lines at each CR",
     WITH(.received = cr_ends_lines), .also = "RFC9112-2.2-cr"},
    {"dies-of-garbage", "RFC9112-2.2-grammar", "http-server/no-http-at-all http-server/bare-lf-ends-lines",
     "ends at a message that is no HTTP", WITH(.respond = dies_of_garbage), .also = "*",
     .since = "what is no HTTP is sent in many ways, and each ends it"},
    {"garbage-is-get", "RFC9112-2.2-grammar", "http-server/no-http-at-all http-server/preface-of-http-2",
     "answers 200 to what is no HTTP/1.1 at all", WITH(.respond = garbage_is_get),
     .also = "RFC9112-3.2-line"},
    {"drops-control-bytes", "RFC9112-2.2-grammar",
     "http-server/nul-in-the-head http-server/control-byte-in-a-field-name",
     "leaves control bytes out before it parses", WITH(.received = drops_control_bytes),
     .also = "RFC9112-3.2-line"},
    {"skips-bad-fields", "RFC9112-2.2-grammar", "http-server/field-line-that-is-none",
     "skips field lines without colon or with a bad name", WITH(.allow = HTTP_ALLOW_NO_COLON)},
    {"version-is-optional", "RFC9112-2.2-grammar", "http-server/request-of-http-0.9",
     "takes a request line without version for a request", WITH(.received = version_is_optional)},
    {"half-a-head-is-whole", "RFC9112-2.2-grammar", "http-server/half-a-head-is-no-request",
     "takes the end of the stream for the end of the head", WITH(.received = end_ends_the_head)},
    {"goes-on-behind-errors", "RFC9112-2.2-grammar", "http-server/error-between-requests",
     "keeps the connection after a request that it could not read",
     WITH(.respond = goes_on_behind_errors, .sent = drop_what_was_wrong),
     .also = "RFC9110-6.6.1 RFC9112-3.2-host"},
    {"empty-line-is-an-error", "RFC9112-2.2-crlf", "http-server/empty-line-between-requests",
     "refuses an empty line between two requests", WITH(.request = empty_line_is_an_error)},
    {"trims-first-lines", "RFC9112-2.2-space", "http-server/field-behind-whitespace-lines",
     "trims the lines behind the request line", WITH(.received = trims_first_lines)},
    {"answers-in-1.0", "RFC9112-2.3-downgrade", "http-server/version-of-a-response",
     "says HTTP/1.0 in its responses", WITH(.write_head = version_10)},
    {"long-method-is-an-error", "RFC9112-3-method", "http-server/long-method",
     "answers 400 to a method of more than 32 letters", WITH(.respond = long_method_is_an_error)},
    {"mends-targets", "RFC9112-3.2-autocorrect", "http-server/blank-in-the-target",
     "writes blanks in a target as +", WITH(.received = mends_targets), .also = "RFC9112-3.2-line"},
    {"empty-word-is-a-target", "RFC9112-3.2-line", "http-server/blanks-in-the-request-line",
     "splits the request line at each blank",
     WITH(.allow = HTTP_ALLOW_SPACES, .request = empty_word_is_a_target)},
    {"host-must-be-the-same", "RFC9112-3.2.2-host", "http-server/absolute-form-beats-host",
     "refuses a target whose host is not what Host says", WITH(.request = host_must_be_the_same)},
    {"folded-host-accepted", "RFC9112-3.2-host", "http-server/folded-host", "does not look at a folded Host",
     WITH(.allow = HTTP_ALLOW_HOST | HTTP_ALLOW_OBS_FOLD, .request = host_may_be_folded)},
    {"no-reason-no-space", "RFC9112-4-space", "http-server/status-line-has-its-spaces",
     "ends the status line behind the code", WITH(.write_head = no_reason_no_space)},
    {"folded-coding-dropped", "RFC9112-5.2", "http-server/folded-framing-field",
     "does not see a Transfer-Encoding that is folded",
     WITH(.allow = HTTP_ALLOW_OBS_FOLD, .framing = folded_coding_dropped)},
    {"folded-length-cut", "RFC9112-6.3-invalid", "http-server/folded-length",
     "reads the first line of a folded Content-Length",
     WITH(.allow = HTTP_ALLOW_OBS_FOLD, .framing = folded_length_cut)},
    {"content-by-method", "RFC9112-6-methods",
     "http-server/body-with-any-method http-server/chunks-with-any-method",
     "reads no content of HEAD and OPTIONS", WITH(.framing = content_by_method), .also = "RFC9110-9.3.2"},
    {"coded-tunnel", "RFC9112-6.1-connect", "http-server/connect-is-no-tunnel",
     "answers CONNECT with 200 and Transfer-Encoding",
     WITH(.respond = connect_is_fine, .write_head = coded_tunnel), .also = "RFC9110-9.3.6-fields"},
    {"coded-204", "RFC9112-6.1-204", "http-server/no-coding-in-204", "sends Transfer-Encoding with a 204",
     WITH(.write_head = coded_204)},
    {"any-coding", "RFC9112-6.1-unknown", "http-server/unknown-coding",
     "takes content in a coding that it does not know", WITH(.allow = HTTP_ALLOW_CODINGS),
     .also = "RFC9112-7.2"},
    {"coding-in-http10", "RFC9112-6.1-faulty", "http-server/chunked-in-http-1.0",
     "keeps the connection of an HTTP/1.0 client that sends chunks", WITH(.framing = coding_in_http10)},
    {"both-framings", "RFC9112-6.2-both", "http-server/one-framing-a-response",
     "sends Content-Length and Transfer-Encoding in answer to HEAD", WITH(.write_head = both_framings)},
    {"length-of-both", "RFC9112-6.3-overrides", "http-server/chunks-override-the-length",
     "takes chunks for content where a length stands beside them",
     WITH(.allow = HTTP_ALLOW_TE_AND_LENGTH, .framing = length_of_both)},
    {"coding-by-strstr", "RFC9112-6.3-codings",
     "http-server/coding-that-is-not-chunked http-server/codings-in-two-lines",
     "finds chunked anywhere in Transfer-Encoding", WITH(.framing = coding_by_strstr)},
    {"coding-of-first-line", "RFC9112-6.3-chunked", "http-server/chunked-in-the-second-line",
     "looks at the first of two Transfer-Encoding lines",
     WITH(.allow = HTTP_ALLOW_CODINGS, .framing = coding_of_first_line),
     .also = "RFC9112-6.1-unknown RFC9112-7.2"},
    {"no-trailers", "RFC9112-6.3-chunked", "http-server/trailers-are-read",
     "takes trailer fields for the next request", WITH(.read = no_trailers)},
    {"few-chunks", "RFC9112-6.3-chunked", "http-server/many-small-chunks", "reads no more than 1,000 chunks",
     WITH(.read = few_chunks)},
    {"chunk-lines-in-one-piece", "RFC9112-6.3-chunked", "http-server/unread-chunks-cut-anywhere",
     "ends a body at a chunk line that arrives in two pieces", WITH(.read = lines_in_one_piece),
     .also = "RFC9112-7.1 RFC9112-7.1.1-limit RFC9112-8-chunked"},
    {"length-in-octal", "RFC9112-6.3-length", "http-server/length-with-leading-zeros",
     "reads a Content-Length with zeros in front as octal", WITH(.framing = length_in_octal)},
    {"names-by-cgi", "RFC9112-6.3-length", "http-server/no-transfer-encoding-by-name",
     "takes Transfer_Encoding for Transfer-Encoding", WITH(.framing = coding_by_cgi_name)},
    {"doubled-length-dropped", "RFC9112-6.3-invalid", "http-server/same-length-twice",
     "drops a Content-Length that is told twice", WITH(.framing = doubled_length_dropped)},
    {"post-has-content", "RFC9112-6.3-none", "http-server/post-without-length",
     "takes what follows a POST without length for its content", WITH(.framing = post_has_content),
     .also = "RFC9112-6.1-204"},
    {"errors-have-bodies", "RFC9112-6.3-head", "http-server/head-of-an-error",
     "sends the body of an error in answer to HEAD", WITH(.respond = errors_have_bodies),
     .also = "RFC9110-9.3.2 RFC9112-9.3.2 RFC9112-9.5-sustain"},
    {"unframed-errors", "RFC9112-6.3-delimited", "http-server/length-is-told", "ends a 404 by closing",
     WITH(.respond = unframed_errors, .write_head = unframed_error_head),
     .also = "RFC9110-8.6 RFC9112-9.5-sustain"},
    {"coding-by-strcmp", "RFC9112-7-case", "http-server/coding-in-any-case",
     "knows chunked in small letters only", WITH(.framing = coding_by_strcmp)},
    {"plain-sizes-only", "RFC9112-7.1-size",
     "http-server/chunk-sizes-in-any-spelling http-server/chunk-sizes-in-any-spelling-arrive",
     "wants chunk sizes in small letters and at most eight digits", WITH(.read = plain_sizes_only)},
    {"sizes-wrap", "RFC9112-7.1-large", "http-server/chunk-size-overflows", "reads a chunk size modulo 2^32",
     WITH(.read = sizes_wrap)},
    {"sizes-by-strtoul", "RFC9112-2.2-grammar", "http-server/bad-chunk-size",
     "reads chunk sizes with strtoull()", WITH(.read = sizes_by_strtoul)},
    {"two-bytes-behind-data", "RFC9112-2.2-grammar", "http-server/bad-chunk-end",
     "skips two bytes behind the data of a chunk, whatever they are", WITH(.read = two_bytes_behind_data)},
    {"coding-without-parameters", "RFC9112-7.1-parameters", "http-server/parameters-of-chunked",
     "does not look at parameters of chunked", WITH(.framing = coding_without_parameters)},
    {"no-extensions", "RFC9112-7.1.1",
     "http-server/chunk-extensions http-server/chunk-extensions-are-no-content", "refuses chunk extensions",
     WITH(.read = no_extensions), .also = "RFC9112-7.1"},
    {"extensions-without-end", "RFC9112-7.1.1-limit", "http-server/endless-chunk-extension",
     "reads a chunk extension of any length", WITH(.read = extensions_without_end)},
    {"compression-without-parameters", "RFC9112-7.2", "http-server/parameters-of-compression",
     "does not look at parameters of gzip and deflate", WITH(.framing = compression_without_parameters)},
    {"coded-errors", "RFC9112-7.4", "http-server/only-chunked-unasked",
     "sends a 404 in a transfer coding that nobody asked for",
     WITH(.respond = coded_errors, .write_head = coded_error_head), .also = "RFC9110-2.2"},
    {"half-a-body-is-whole", "RFC9112-8-chunked", "http-server/truncated-chunks",
     "takes the end of the stream for the last chunk", WITH(.read = end_ends_the_chunks)},
    {"ten-requests", "RFC9112-9.3", "http-server/hundred-requests", "closes a connection after ten requests",
     WITH(.respond = ten_requests)},
    {"options-mean-close", "RFC9112-9.3-persist", "http-server/other-options-keep-it-open",
     "closes where Connection does not say keep-alive", WITH(.framing = options_mean_close)},
    {"errors-close", "RFC9112-9.5-sustain", "http-server/open-after-an-error",
     "closes the connection after each error", WITH(.respond = errors_close)},
    {"ignores-the-end", "RFC9112-9.5-closure", "http-server/closes-when-its-client-does",
     "does not notice that a peer has closed between requests", WITH(.ignores_end = true),
     .also = "SOCK-NO-LEAK"},
    {"close-by-reset", "RFC9112-9.6-stages", "http-server/unread-input-and-a-graceful-close",
     "sends RST in place of FIN behind a request with a body", WITH(.sent = close_by_reset),
     .also = "RFC9112-6.3-length"},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f =
        flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT [ROOT]", &status);
    if (f == NULL)
        return status;
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s --flaw NAME HOST PORT [ROOT]\n", argv[0]);
        return 2;
    }
    struct http_config config = {.ops = f->ops, .timeout = TIMEOUT_MS, .body_max = BODY_MAX};
    return http_serve(argv[1], argv[2], argv[3], &config);
}
