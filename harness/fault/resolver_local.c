/* What is true in any network: the names of this machine, and what its addresses are called. */
#include "fault/resolver.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LOCALHOST "localhost"

/* RFC 1035 section 3.5, RFC 3596 section 2.5. */
static const char *const reverse_names[] = {"1.0.0.127.in-addr.arpa",
                                            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"};

/* Whether `name` is localhost, or below it. */
static bool is_localhost(const char *name)
{
    size_t len = strlen(name), tail = sizeof LOCALHOST - 1;
    return len >= tail && strcasecmp(name + len - tail, LOCALHOST) == 0 && (len == tail || name[len - tail - 1] == '.');
}

static bool is_this_machine(const struct resolver_query *q)
{
    char host[256] = "";
    return gethostname(host, sizeof host - 1) == 0 && *host && resolver_query_is_for(q, host);
}

size_t resolver_local_answer(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                             const unsigned char *data)
{
    static const struct resolver_address loopback[] = {{false, {127, 0, 0, 1}}, {true, {[15] = 1}}};
    if (resolver_query_is_for(q, q->name) && (is_localhost(q->name) || is_this_machine(q)))
        return resolver_answer_write(out, q, data, RESOLVER_NOERROR, loopback, 2);
    for (size_t i = 0; i < sizeof reverse_names / sizeof *reverse_names; i++)
        if (q->type == RESOLVER_PTR && resolver_query_is_for(q, reverse_names[i]))
            return resolver_pointer_write(out, q, data, LOCALHOST);
    return 0;
}
