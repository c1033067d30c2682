#include "flawed/fetch_flaws.h"

int flawed_fetch_main(int argc, char **argv, const struct flaw *flaws, size_t count, const char *usage, bool pipelines)
{
    static struct fetch fetch;
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, count, usage, &status);
    if (f == NULL)
        return status;
    fetch.ops = *(const struct fetch_ops *)f->ops;
    fetch.pipelines = pipelines;
    return fetch_pages(&fetch, argv[0], argv + 1, (size_t)argc - 1);
}
