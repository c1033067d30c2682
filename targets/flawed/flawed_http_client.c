/* flawed-http-client --flaw NAME URL: a page fetcher with one thing wrong. */
#include "clients/fetch.h"
#include "flawed/fetch_flaws.h"

#include <errno.h>

/* Refused and reset are errors; what is in no list of usual ones is none. */
static int unusual_is_fine(const char *program, const struct net_error *e)
{
    int status = net_tell(program, e);
    return e->failure == NET_BAD_NAME || e->code == ECONNRESET || e->code == ECONNREFUSED ? status : 0;
}

static int names_are_fine(const char *program, const struct net_error *e)
{
    int status = net_tell(program, e);
    return e->failure == NET_BAD_NAME ? 0 : status;
}

#define P "http-client/"

static const struct flaw flaws[] = {
    /* --- the stream */
    {"one-recv", "SOCK-STREAM-BOUNDARY", P "byte-by-byte " P "body-behind-the-head " P "short-reads",
     "takes the first recv for the whole response", WITH(.receive = flaw_receive_once),
     .also = "HTTP-ORDINARY-HEAD HTTP-PATIENCE HTTP-STATUS-TOLD RFC9110-10.2.2 RFC9110-15.4 "
             "RFC9112-3.2-client RFC9112-3.2.1 RFC9112-6.3-close RFC9112-6.3-length RFC9112-7.1 "
             "RFC9112-8-close SOCK-EINTR"},
    {"one-recv-a-body", "SOCK-STREAM-BOUNDARY", P "body-behind-the-head " P "chunks-cut-anywhere",
     "takes what comes with the head for the whole body", WITH(.one_recv = true),
     .also = "HTTP-PATIENCE RFC9110-8.6-overflow RFC9112-6.3-close RFC9112-6.3-length "
             "RFC9112-7.1 RFC9112-7.1-large RFC9112-8 RFC9112-8-close SOCK-EINTR SOCK-ERROR-TOLD "
             "SOCK-RESET-TOLD SOCK-TIMEOUT"},
    {"nul-terminated", "SOCK-BINARY", P "nul-in-body " P "binary-body", "takes the body for a C string",
     WITH(.print = flaw_print_string)},
    {"reset-is-the-end", "SOCK-RESET-TOLD",
     P "reset-in-the-body " P "closed-port " P "connect-refused " P "recv-reset " P "until-close-and-reset " P
       "reset-in-the-head " P "reset-before-the-response " P "reset-in-a-chunk",
     "takes a reset for the end of the stream", WITH(.failed = flaw_reset_is_the_end)},
    {"unusual-is-fine", "SOCK-CONNECT-TOLD",
     P "connect-times-out " P "connect-unreachable " P "connect-without-address " P "no-socket " P "recv-times-out",
     "says all is well when a call fails in a way that it does not expect", WITH(.failed = unusual_is_fine),
     .also = "SOCK-TIMEOUT"},
    {"recv-eintr", "SOCK-EINTR", P "recv-interrupted", "gives up when recv is interrupted",
     WITH(.receive = flaw_receive_uninterrupted)},
    {"never-times-out", "SOCK-TIMEOUT", P "silent-server " P "stalled-body",
     "waits for ever (003, urlopen without a timeout)", WITH(.timeout = -1)},
    {"no-limit-for-bodies", "SOCK-TIMEOUT", P "stalled-body", "waits for ever for the rest of a body",
     WITH(.receive = flaw_receive_without_limit)},
    {"limit-for-each-recv", "SOCK-TIMEOUT", P "head-drips",
     "listens for ever to a server that sends a byte now and then", WITH(.receive = flaw_receive_drips)},
    {"hasty", "HTTP-PATIENCE", P "slow-head " P "slow-body " P "pause-before-the-response", "gives up after a second",
     WITH(.receive = flaw_receive_hastily)},
    {"names-are-fine", "SOCK-NAMES-TOLD", P "name-does-not-exist " P "name-server-fails",
     "says all is well when a name is not known", WITH(.failed = names_are_fine)},
    {"watches-the-lookup", "SOCK-NAMES-SLOW", P "name-comes-late", "gives a lookup 300 ms",
     WITH(.resolve = flaw_watches_the_lookup)},
    {"first-address-only", "SOCK-NAMES-ALL", P "dead-address-first", "tries the first address of the name and no other",
     WITH(.resolve = flaw_first_address)},

    /* --- status lines and heads */
    {"garbage-is-fine", "RFC9112-4", P "no-http " P "truncated-head " P "no-response " P "head-ends-anywhere",
     "says all is well where the response is none", WITH(.exit_with = flaw_incomplete_is_fine),
     .also = "RFC9110-15-invalid RFC9110-2.3 RFC9110-5.5-nul RFC9110-8.6-overflow RFC9112-2.2-cr "
             "RFC9112-6.3-invalid-response RFC9112-6.3-list RFC9112-6.3-not-last "
             "RFC9112-6.3-overrides RFC9112-7.1-large RFC9112-7.1-parameters RFC9112-7.2"},
    {"wants-a-reason", "RFC9112-4", P "no-reason", "refuses a status line without a reason phrase",
     WITH(.frame = flaw_wants_reason)},
    {"reads-the-reason", "RFC9112-4-reason", P "reason-is-ignored " P "reason-does-not-help",
     "goes by the words of the status line", WITH(.success = flaw_success_by_reason)},
    {"known-successes-only", "RFC9110-15-class", P "unknown-success", "takes a 2xx that it does not know for an error",
     WITH(.success = flaw_success_if_known)},
    {"known-errors-only", "RFC9110-15-class", P "unknown-error", "takes an error that it does not know for a page",
     WITH(.success = flaw_unknown_error_is_fine)},
    {"known-interims-only", "RFC9110-15-class", P "unknown-interim", "takes a 1xx that it does not know for the answer",
     WITH(.interim = flaw_interim_if_known)},
    {"beyond-599-is-fine", "RFC9110-15-invalid", P "invalid-status",
     "takes a status outside of all classes for a success",
     WITH(.success = flaw_beyond_classes_is_fine, .allow = HTTP_ALLOW_STATUS_RANGE)},
    {"any-status", "HTTP-STATUS-TOLD",
     P "error-status " P "switching-unasked " P "not-modified-unasked " P "moved-without-location",
     "prints error pages as pages (003)", WITH(.success = flaw_any_status),
     .also = "HTTP-REDIRECT-SCHEME RFC9110-15-class RFC9112-4-reason"},
    {"only-200", "HTTP-STATUS-TOLD", P "success-of-every-kind " P "unknown-success", "takes 201 for an error",
     WITH(.success = flaw_only_200)},
    {"refuses-1.0", "RFC9112-6.3-close", P "http-1.0", "refuses responses of HTTP/1.0",
     WITH(.frame = flaw_refuses_1_0)},
    {"refuses-1.2", "RFC9110-6.2", P "later-minor-version", "refuses responses of HTTP/1.2",
     WITH(.frame = flaw_refuses_later)},
    {"interim-is-final", "RFC9110-15.2-client", P "interim-responses " P "five-interim-responses",
     "takes 100 (Continue) for the answer", WITH(.interim = flaw_no_interim),
     .also = "RFC9110-15-class RFC9112-6.3-head"},
    {"interim-is-enough", "RFC9112-8", P "interim-and-no-answer " P "interim-responses " P "interim-with-length",
     "takes 100 (Continue) for an answer, and a success",
     WITH(.interim = flaw_no_interim, .success = flaw_interim_is_fine), .also = "RFC9110-15-class"},
    {"interim-with-length-is-final", "RFC9112-6.3-head", P "interim-with-length",
     "takes a 1xx with a length for the answer", WITH(.interim = flaw_interim_without_length)},
    {"interim-table", "HTTP-CLIENT-ENDS", P "interim-flood", "crashes at the 101st interim response",
     WITH(.interim = flaw_interim_table)},
    {"refuses-folds", "RFC9112-5.2-agent", P "folded-field", "refuses a folded field",
     WITH(.refuse = HTTP_ALLOW_OBS_FOLD)},
    {"fold-is-a-field", "RFC9112-5.2-agent", P "fold-makes-no-field", "reads a folded line as a field of its own",
     WITH(.frame = flaw_fold_is_a_field)},
    {"blanks-are-nothing", "RFC9112-2.2-space", P "blank-before-first-field",
     "throws away whitespace before the first field", WITH(.receive = flaw_receive_without_blanks)},
    {"bare-cr-ends-a-line", "RFC9112-2.2-cr", P "bare-cr", "reads what follows a CR without LF as a field of its own",
     WITH(.receive = flaw_receive_bare_cr)},
    {"ascii-only", "RFC9110-5.5-opaque", P "obs-text", "refuses bytes above 127 in fields",
     WITH(.receive = flaw_receive_ascii)},
    {"few-fields", "HTTP-ORDINARY-HEAD", P "many-fields", "refuses more than 32 fields",
     WITH(.receive = flaw_receive_few_fields)},
    {"short-lines", "HTTP-ORDINARY-HEAD", P "long-field", "refuses lines of more than 4,096 bytes",
     WITH(.receive = flaw_receive_short_lines)},
    {"table-of-fields", "HTTP-CLIENT-ENDS", P "ten-thousand-fields", "crashes at the 100th field",
     WITH(.receive = flaw_receive_into_table)},
    {"line-buffer", "HTTP-CLIENT-ENDS", P "line-of-a-megabyte", "crashes at a line of more than 8,100 bytes",
     WITH(.receive = flaw_receive_into_line)},
    {"names-have-a-length", "HTTP-CLIENT-ENDS", P "no-field-at-all", "crashes at a field without a name",
     WITH(.receive = flaw_receive_names)},
    {"signed-bytes", "HTTP-CLIENT-ENDS", P "noise", "crashes at a first byte above 127",
     WITH(.receive = flaw_receive_noise)},

    /* --- where the body ends */
    {"until-close", "RFC9112-6.3-length", P "ends-at-its-length " P "empty-body",
     "waits for the end of the stream when the body is complete", WITH(.never_done = true),
     .also = "RFC9110-5.1 RFC9110-5.5 RFC9112-6.3-head RFC9112-7.1"},
    {"no-length", "RFC9112-6.3-length", P "bytes-behind-the-body " P "ends-at-its-length",
     "takes all that comes for the body", WITH(.frame = flaw_no_length),
     .also = "RFC9110-5.1 RFC9110-5.5 RFC9110-8.6-overflow RFC9112-8"},
    {"body-of-204", "RFC9112-6.3-head", P "no-content " P "no-content-with-length", "waits for the body of a 204",
     WITH(.frame = flaw_body_of_204)},
    {"body-of-304", "RFC9112-6.3-head", P "not-modified-has-no-body", "waits for the body of a 304",
     WITH(.success = flaw_wait_for_304)},
    {"chunks-are-content", "RFC9112-7.1", P "chunked", "prints chunk sizes as content", WITH(.frame = flaw_no_chunks),
     .also = "RFC9110-2.3 RFC9110-5.6.1.2 RFC9110-5.6.3 RFC9112-7-case RFC9112-7.1-large "
             "RFC9112-7.1.1 RFC9112-7.1.2 RFC9112-8"},
    {"no-length-no-body", "RFC9112-6.3-close", P "until-close " P "half-closed-server",
     "takes a response without a length for one without a body", WITH(.frame = flaw_no_length_is_none),
     .also = "RFC9110-5.1-unknown RFC9112-2.2-space RFC9112-5.2-agent RFC9112-8-close"},
    {"atoi", "RFC9112-6.3-invalid-response", P "bad-content-length " P "odd-content-length",
     "reads Content-Length with atoi", WITH(.frame = flaw_length_by_atoi),
     .also = "RFC9110-8.6-overflow RFC9112-6.3-not-last RFC9112-6.3-overrides "
             "RFC9112-7.1-parameters RFC9112-7.2"},
    {"nul-ends-a-length", "RFC9110-5.5-nul", P "nul-in-length", "takes a field value for a C string",
     WITH(.frame = flaw_nul_ends_length, .allow = HTTP_ALLOW_CONTROL)},
    {"part-of-a-name", "RFC9110-5.1-unknown", P "name-is-whole", "finds Content-Length in X-Content-Length",
     WITH(.frame = flaw_part_of_name)},
    {"exact-names", "RFC9110-5.1", P "names-in-any-case", "knows Content-Length only with two capitals",
     WITH(.frame = flaw_exact_names)},
    {"one-space", "RFC9110-5.5", P "blanks-around-values", "wants one space before each value and none behind it",
     WITH(.frame = flaw_one_space)},
    {"first-length", "RFC9112-6.3-invalid-response", P "two-lengths", "takes the first of two lengths",
     WITH(.frame = flaw_first_length)},
    {"list-is-no-length", "RFC9112-6.3-list", P "same-length-twice", "takes a length that stands there twice for none",
     WITH(.frame = flaw_list_is_no_length)},
    {"length-in-32-bits", "RFC9110-8.6-overflow", P "huge-content-length", "reads Content-Length modulo 2^32",
     WITH(.frame = flaw_length_in_32_bits)},
    {"length-over-chunks", "RFC9112-6.3-overrides", P "length-and-chunked", "goes by Content-Length where chunks come",
     WITH(.frame = flaw_length_over_chunks)},
    {"unknown-coding-is-none", "RFC9112-6.3-not-last", P "unknown-coding",
     "goes by Content-Length where it does not know the coding", WITH(.frame = flaw_unknown_coding_is_none)},
    {"parameters-dropped", "RFC9112-7.1-parameters", P "chunked-with-parameters " P "compression-with-parameters",
     "reads a coding up to its semicolon", WITH(.frame = flaw_parameters_dropped)},
    {"chunked-anywhere", "RFC9112-6.3-not-last", P "chunked-is-not-last", "looks for chunks wherever chunked stands",
     WITH(.frame = flaw_chunked_anywhere), .also = "RFC9112-6.3-head RFC9112-7.2"},
    {"coding-by-case", "RFC9112-7-case", P "chunked-in-any-case", "knows chunked only in small letters",
     WITH(.frame = flaw_coding_by_case)},
    {"coding-alone", "RFC9110-5.6.1.2", P "empty-list-elements", "knows chunked only where nothing else stands",
     WITH(.frame = flaw_coding_alone), .also = "RFC9112-7.2"},

    /* --- the body */
    {"wrong-page", "RFC9112-6.3-length", P "content-length", "prints nothing of the body",
     WITH(.print = flaw_print_nothing), .also = "*",
     .since = "whatever else a response may have, the page is looked at"},
    {"4-mib", "RFC9112-6.3-length", P "large-body", "has room for 4 MiB", WITH(.print = flaw_print_4_mib)},
    {"cut-is-complete", "RFC9112-8",
     P "truncated-body " P "truncated-chunks " P "link-closes-anywhere " P "chunks-end-anywhere",
     "takes the end of the stream for the end of the body (003, read)", WITH(.ended = flaw_any_end),
     .also = "RFC9110-8.6-overflow RFC9112-7.1-large"},
    {"no-extensions", "RFC9112-7.1.1", P "chunk-extensions", "refuses chunk extensions",
     WITH(.receive = flaw_receive_no_extensions)},
    {"no-blanks-in-chunk-lines", "RFC9110-5.6.3", P "chunk-bad-whitespace", "refuses blanks behind a chunk size",
     WITH(.receive = flaw_receive_no_blanks)},
    {"small-hex", "RFC9112-7.1", P "chunk-sizes", "knows no hex digits in capitals",
     WITH(.receive = flaw_receive_small_hex)},
    {"one-zero", "RFC9112-7.1", P "last-chunk-of-zeros", "knows a last chunk with one zero only",
     WITH(.receive = flaw_receive_one_zero)},
    {"thousand-chunks", "RFC9112-7.1", P "many-chunks", "has room for 1,000 chunks",
     WITH(.print = flaw_print_1000_chunks)},
    {"strtol-chunks", "RFC9112-8", P "bad-chunk-size", "takes a chunk size that is none for 0",
     WITH(.broken = flaw_no_size_is_the_end), .also = "RFC9110-2.3"},
    {"lenient-chunks", "RFC9110-2.3", P "odd-chunk-size " P "bad-chunk-size",
     "stops at a chunk size that it half understands, and says all is well", WITH(.broken = flaw_odd_size_is_the_end)},
    {"chunks-in-32-bits", "RFC9112-7.1-large", P "huge-chunk-size", "reads chunk sizes modulo 2^32",
     WITH(.broken = flaw_large_size_is_the_end, .ended = flaw_ends_at_4_gib)},
    {"no-line-end-behind-chunks", "RFC9112-8", P "chunk-longer-than-its-size",
     "does not mind what stands behind a chunk", WITH(.broken = flaw_no_line_end_is_the_end)},
    {"trailers-are-fields", "RFC9112-7.1.2", P "trailers-change-nothing", "reads trailers as fields of the head",
     WITH(.trailer = flaw_trailer_counts)},

    /* --- the request */
    {"no-host", "RFC9110-7.2",
     P "request-has-host " P "host-is-the-authority " P "host-comes-first " P "host-without-user", "sends no Host",
     WITH(.request = flaw_no_host), .also = "RFC9110-2.2"},
    {"host-without-port", "RFC9112-3.2-client", P "host-is-the-authority " P "host-over-ipv6",
     "leaves the port out of Host", WITH(.request = flaw_host_without_port)},
    {"host-without-brackets", "RFC9112-3.2-client", P "host-over-ipv6", "writes an IPv6 address without brackets",
     WITH(.request = flaw_host_without_brackets)},
    {"host-with-user", "RFC9112-3.2-client", P "host-without-user", "writes user and password into Host",
     WITH(.request = flaw_host_with_user)},
    {"host-of-the-first", "RFC9112-3.2-client", P "redirect-to-another-port", "keeps the Host of the first URL",
     WITH(.request = flaw_host_of_the_first)},
    {"host-last", "RFC9110-7.2-first", P "host-comes-first", "sends Host behind the other fields",
     WITH(.request = flaw_host_last)},
    {"no-query", "RFC9112-3.2.1", P "path-and-query " P "empty-path-with-query " P "location-is-a-query",
     "leaves out the query", WITH(.request = flaw_no_query)},
    {"sends-fragments", "RFC9112-3.2.1", P "no-fragment " P "location-with-fragment", "sends the fragment",
     WITH(.request = flaw_fragment)},
    {"empty-target", "RFC9112-3.2.1-empty", P "empty-path " P "empty-path-with-query", "sends a path that is empty",
     WITH(.request = flaw_empty_target)},
    {"decodes-slashes", "RFC9112-3.2.1", P "encoded-stays-encoded", "decodes %2F", WITH(.request = flaw_decoded_slash)},
    {"decodes-line-ends", "RFC9112-3.2.1", P "encoded-line-ends", "decodes %0D%0A",
     WITH(.request = flaw_decoded_line_end)},
    {"no-agent", "RFC9110-10.1.5", P "names-itself", "does not say what it is", WITH(.request = flaw_no_agent)},
    {"length-of-nothing", "RFC9110-8.6-none", P "no-content-length", "sends Content-Length: 0",
     WITH(.request = flaw_length_of_nothing)},
    {"chunked-get", "RFC9112-6.1-client", P "no-transfer-encoding", "sends chunks with a GET",
     WITH(.request = flaw_chunked_nothing)},
    {"extra-line-end", "RFC9112-2.2-extra", P "nothing-behind-the-request", "sends CR LF behind the request",
     WITH(.request = flaw_extra_line_end),
     .also = "HTTP-STATUS-TOLD RFC9110-10.2.2 RFC9110-15.4 RFC9110-15.4-loop RFC9112-3.2.1"},
    {"bare-lf", "RFC9110-2.2", P "request-is-well-formed", "ends its lines with LF alone",
     WITH(.request = flaw_bare_lf)},
    {"te-unlisted", "RFC9110-10.1.4", P "te-is-listed", "sends TE without Connection: TE",
     WITH(.request = flaw_te_unlisted)},
    {"te-chunked", "RFC9112-7.4-chunked", P "te-without-chunked", "names chunked in TE",
     WITH(.request = flaw_te_chunked)},
    {"upgrade-unlisted", "RFC9110-7.8", P "upgrade-is-listed", "sends Upgrade without Connection: Upgrade",
     WITH(.request = flaw_upgrade_unlisted)},
    {"expects-100", "RFC9110-10.1.1-none", P "no-expectation", "expects 100 (Continue) for a GET",
     WITH(.request = flaw_expectation)},
    {"referer", "RFC9110-10.1.3", P "no-referer", "calls the site its own referrer", WITH(.request = flaw_referer)},
    {"from", "RFC9110-10.1.2", P "no-from", "tells its user's address", WITH(.request = flaw_from)},

    /* --- redirects */
    {"only-301-302", "RFC9110-15.4", P "redirects", "follows 301 and 302 and no other",
     WITH(.redirected = flaw_only_301_302)},
    {"no-redirect-that-closes", "RFC9110-15.4", P "redirect-and-close", "does not follow when the connection is closed",
     WITH(.redirected = flaw_no_redirect_that_closes)},
    {"prints-redirects", "HTTP-STATUS-TOLD", P "redirect-body-is-no-page", "prints the body of a redirect",
     WITH(.redirected = flaw_prints_redirects)},
    {"joins-to-the-host", "RFC9110-10.2.2",
     P "location-is-relative " P "location-is-a-query " P "location-without-scheme",
     "puts a relative Location behind the host", WITH(.redirected = flaw_joins_to_the_host)},
    {"follows-for-ever", "RFC9110-15.4-loop", P "redirect-loop", "follows redirects for ever",
     WITH(.redirects = 1000000)},
    {"follows-to-files", "HTTP-REDIRECT-SCHEME", P "redirect-to-a-file",
     "follows a redirect to a file of its own machine", WITH(.redirected = flaw_follows_to_files)},
};

int main(int argc, char **argv)
{
    static struct fetch fetch;
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "URL", &status);
    if (f == NULL)
        return status;
    fetch.ops = *(const struct fetch_ops *)f->ops;
    return fetch_pages(&fetch, argv[0], argv + 1, 1);
}
