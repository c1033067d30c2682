#include "flawed/origin.h"

#include "servers/http_server.h"

#define TIMEOUT_MS 30000
#define BODY_MAX   (8u << 20)

int flawed_origin_main(int argc, char **argv, const struct flaw *flaws, size_t count)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, count, "HOST PORT [ROOT]", &status);
    if (f == NULL)
        return status;
    const struct http_ops *ops = f->ops;
    const struct http_config config = {.ops = *ops, .timeout = TIMEOUT_MS, .body_max = BODY_MAX};
    return http_serve(argv[1], argv[2], argv[3], &config);
}
