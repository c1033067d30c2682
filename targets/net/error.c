/* Failures, told apart. */
#include "net/net.h"

#include <stdio.h>

/* Exit statuses: 2 is a wrong call, by custom. */
static const struct {
    const char *word;
    int status;
} kinds[] = {
    [NET_OK] = {"no error", 0},         [NET_BAD_NAME] = {"name error", 3}, [NET_BAD_ADDRESS] = {"address error", 4},
    [NET_SYSTEM] = {"system error", 1}, [NET_TIMEOUT] = {"timeout", 5},
};

int net_tell(const char *program, const struct net_error *e)
{
    if (e->failure != NET_OK)
        fprintf(stderr, "%s: %s: %s\n", program, kinds[e->failure].word, e->text);
    return kinds[e->failure].status;
}
