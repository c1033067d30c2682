#include "clients/host_lookup.h"

#include <arpa/inet.h>
#include <stdio.h>

const struct hostent *host_lookup(const char *host, struct net_error *e)
{
    struct in_addr address;
    bool is_address = inet_pton(AF_INET, host, &address) == 1;
    const struct hostent *found = is_address ? gethostbyaddr(&address, sizeof address, AF_INET) : gethostbyname(host);
    if (found != NULL)
        return found;
    *e = (struct net_error){.failure = NET_BAD_ADDRESS, .code = h_errno};
    snprintf(e->text, sizeof e->text, "%s: %s", host, hstrerror(e->code)); /* what herror() prints */
    return NULL;
}

void host_print(const struct hostent *host)
{
    char text[INET6_ADDRSTRLEN];
    printf("name %s\n", host->h_name);
    for (char *const *alias = host->h_aliases; *alias != NULL; alias++)
        printf("alias %s\n", *alias);
    for (char *const *address = host->h_addr_list; *address != NULL; address++) {
        if (inet_ntop(host->h_addrtype, *address, text, sizeof text) != NULL)
            printf("address %s\n", text);
    }
}
