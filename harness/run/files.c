#include "run/files.h"

#include "base/mem.h"
#include "run/pool.h"
#include "subject/subject.h"

#include <errno.h>
#include <sys/resource.h>

/* What the parent has besides its workers': standard streams, a lock or two, signals, what a fork needs for a moment,
 * files that are read and written at the beginning and at the end. */
#define PARENT_FILES 24
/* What a worker needs for any case: an init keeps descriptors at 64 and above while it arranges them, and the engine
 * keeps 64 for itself besides those of a conversation. */
#define WORKER_FILES 80

int files_for_workers(int wanted, char **notice, struct err *e)
{
    struct rlimit limit;
    *notice = NULL;
    sandbox_raise_files();
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    unsigned long long files = limit.rlim_cur;
    if (files < WORKER_FILES)
        return err_set(e, EMFILE, "%d open files are needed at least, the limit is %llu (ulimit -n)", WORKER_FILES,
                       files);
    unsigned long long most = (files - PARENT_FILES) / POOL_WORKER_FILES;
    if ((unsigned long long)wanted <= most)
        return wanted;
    *notice =
        mem_printf("%llu workers in place of %d: the limit is %llu open files (ulimit -n), and %d workers need %d",
                   most, wanted, files, wanted, PARENT_FILES + POOL_WORKER_FILES * wanted);
    return (int)most;
}
