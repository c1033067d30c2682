/* flawed-pages-client --flaw NAME URL URL: a page fetcher that fetches two pages in turn, with one thing
 * wrong. */
#include "clients/fetch.h"
#include "flawed/fetch_flaws.h"

#define P "http-client-pages/"

static const struct flaw flaws[] = {
    /* --- where the response ends */
    {"reads-until-close", "RFC9112-9.2-order", P "two-pages",
     "waits for the end of the stream when the body is complete", WITH(.never_done = true, .timeout = 1000),
     .also = "*", .since = "it waits behind every body for an end that comes with the next request"},
    {"empty-is-unknown", "RFC9112-9.2-order", P "empty-page", "takes a length of 0 for none",
     WITH(.frame = flaw_no_length_is_0, .timeout = 2500)},
    {"forgets-trailers", "RFC9112-6.3-chunked", P "chunked-then-more " P "chunk-end-in-pieces",
     "takes the last chunk for the end and leaves its trailers to the next response",
     WITH(.receive = flaw_receive_no_trailers, .keeps = flaw_keeps_the_rest, .usable = flaw_always_usable),
     .also = "RFC9112-9.2-order RFC9112-9.2-unasked RFC9112-9.2-ambiguous"},
    {"body-of-204-eats-next", "RFC9112-6.3-head", P "no-content-then-more", "reads a body behind a 204",
     WITH(.frame = flaw_body_of_204)},
    {"body-of-304-eats-next", "RFC9112-6.3-head", P "not-modified-then-more", "reads a body behind a 304",
     WITH(.success = flaw_wait_for_304)},
    {"interim-is-final", "RFC9110-15.2-client", P "interim-before-each", "takes 100 (Continue) for the answer",
     WITH(.interim = flaw_no_interim)},
    {"one-recv-a-body", "RFC9112-6.3-length", P "body-looks-like-a-response " P "second-in-single-bytes",
     "takes what comes with the head for the whole body", WITH(.one_recv = true),
     .also = "RFC9112-6.3-chunked RFC9112-8"},
    {"length-over-chunks", "RFC9112-6.3-overrides", P "length-and-chunked", "goes by Content-Length where chunks come",
     WITH(.frame = flaw_length_over_chunks)},
    {"atoi", "RFC9112-6.3-invalid-response", P "invalid-length-ends-it", "reads Content-Length with atoi",
     WITH(.frame = flaw_length_by_atoi), .also = "RFC9112-6.3-overrides"},
    {"strtol-chunks", "RFC9112-8", P "broken-chunk-ends-it", "takes a chunk size that is none for 0",
     WITH(.broken = flaw_no_size_is_the_end)},
    {"cut-is-complete", "RFC9112-8", P "first-is-cut " P "second-is-cut",
     "takes the end of the stream for the end of the body, and exits with 0", WITH(.ended = flaw_any_end)},

    /* --- what is behind it */
    {"takes-the-rest-for-next", "RFC9112-9.2-unasked",
     P "forged-behind-the-body " P "forged-behind-no-content " P "bytes-behind-the-body-end-it",
     "takes what stands behind a body for the next response",
     WITH(.keeps = flaw_keeps_the_rest, .usable = flaw_always_usable)},
    {"drops-the-rest", "RFC9112-9.2-ambiguous", P "bytes-behind-the-body-end-it",
     "forgets what stands behind a body and goes on", WITH(.keeps = flaw_drops_the_rest)},
    {"leaves-error-pages", "RFC9112-9.3-entire", P "error-page-is-read",
     "leaves the body of an error unread and goes on", WITH(.unread = true, .usable = flaw_always_usable)},

    /* --- whether the connection persists */
    {"reuses-after-close", "RFC9112-9.6-client", P "connection-close",
     "goes on over a connection that the server has said to close", WITH(.frame = flaw_persists_after_close)},
    {"close-stands-alone", "RFC9112-9.6-client", P "connection-close",
     "knows close only where nothing else stands, and in small letters", WITH(.frame = flaw_close_stands_alone)},
    {"reuses-http-1.0", "RFC9112-9.3-http10", P "http-1.0-closes",
     "goes on over connections of HTTP/1.0 without keep-alive", WITH(.frame = flaw_persists_in_1_0),
     .also = "RFC9112-6.1-faulty"},
    {"trusts-chunks-of-1.0", "RFC9112-6.1-faulty", P "chunks-in-http-1.0",
     "goes on behind chunks in a response of HTTP/1.0",
     WITH(.frame = flaw_persists_with_chunks_in_1_0, .usable = flaw_always_usable)},
    {"reuses-what-has-ended", "RFC9112-6.3-close", P "until-close-then-more",
     "goes on over a connection whose end was the end of the body",
     WITH(.frame = flaw_persists_at_its_end, .usable = flaw_always_usable)},
    {"says-close-and-stays", "RFC9112-9.6-said", P "own-close-is-kept",
     "says Connection: close in each request and goes on", WITH(.request = flaw_says_close)},

    /* --- when it ends */
    {"lost-is-empty", "RFC9112-8", P "idle-close " P "idle-reset " P "closed-without-answer " P "reset-without-answer",
     "takes no response for an empty page, and exits with 0",
     WITH(.again = flaw_never_again, .usable = flaw_always_usable, .failed = flaw_reset_is_the_end,
          .exit_with = flaw_incomplete_is_fine),
     .also = "RFC9112-9.3.1 RFC9112-6.3-invalid-response RFC9112-6.3-overrides RFC9110-9.2.2-again"},
    {"asks-once", "RFC9112-9.3.1", P "kept-connection-ends",
     "gives up when the connection that it kept has been closed", WITH(.again = flaw_never_again)},
    {"asks-for-ever", "RFC9110-9.2.2-again", P "no-third-try", "asks again and again",
     WITH(.again = flaw_again_and_again)},

    /* --- the second page */
    {"hasty", "HTTP-PATIENCE", P "slow-second", "gives both pages a second", WITH(.receive = flaw_receive_hastily)},
    {"host-once", "RFC9112-3.2-client", P "second-request-has-host",
     "sends Host with the first request of a connection only", WITH(.request = flaw_host_once)},
    {"last-counts", "HTTP-STATUS-TOLD", P "error-then-page", "exits with what came of the last page",
     WITH(.last_counts = true), .also = "RFC9112-9.3-entire RFC9112-6.3-overrides"},
    {"any-status", "HTTP-STATUS-TOLD", P "error-then-page " P "page-then-error", "prints error pages as pages",
     WITH(.success = flaw_any_status), .also = "RFC9112-9.3-entire"},
};

int main(int argc, char **argv)
{
    return flawed_fetch_main(argc, argv, flaws, sizeof flaws / sizeof flaws[0], "URL URL", false);
}
