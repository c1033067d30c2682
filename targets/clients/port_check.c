#include "clients/port_check.h"

#include <stdio.h>

int port_check_status(int fd, const struct net_error *e)
{
    if (fd >= 0)
        return 0;
    return e->failure == NET_BAD_NAME ? 3 : 1; /* refused, no way there, or silence: nobody listens for us */
}

const char *port_check_word(int status)
{
    return status == 0 ? "open" : "closed";
}

int port_check(const char *program, const char *host, const char *service, const struct port_check_ops *given)
{
    static const struct port_check_ops right = {.dial = net_dial, .status = port_check_status, .word = port_check_word};
    struct port_check_ops ops = OPS_COPY(port_check_ops, given);
    struct net_error e = {0};
    OPS_COMPLETE(&ops, &right, word);
    int fd = ops.dial(host, service, net_deadline(PORT_CHECK_MS), &e);
    int status = ops.status(fd, &e);
    if (fd < 0)
        net_tell(program, &e);
    if (status <= 1)
        printf("%s\n", ops.word(status));
    net_close(&fd);
    return fflush(stdout) == 0 ? status : 1;
}
