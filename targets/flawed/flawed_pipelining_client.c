/* flawed-pipelining-client --flaw NAME URL URL: a page fetcher that asks for two pages at once, with one
 * thing wrong. */
#include "clients/fetch.h"
#include "flawed/fetch_flaws.h"

#define P "http-client-pages/"

static const struct flaw flaws[] = {
    {"counts-interim-responses", "RFC9112-9.2-outstanding", P "pipelined-in-order",
     "takes an interim response for the answer to the first request",
     WITH(.interim = flaw_no_interim, .success = flaw_interim_is_fine), .also = "RFC9110-15.2-client"},
    {"asks-once", "RFC9112-9.3.2-retry", P "pipelined-and-closed",
     "gives up what was not answered when the connection closes", WITH(.again = flaw_never_again),
     .also = "RFC9112-9.3.1"},
    {"repeats-the-pipeline", "RFC9112-9.3.2-careful", P "pipeline-is-not-repeated",
     "sends a pipeline that broke again as one", WITH(.hurries = true)},
};

int main(int argc, char **argv)
{
    return flawed_fetch_main(argc, argv, flaws, sizeof flaws / sizeof flaws[0], "URL URL", true);
}
