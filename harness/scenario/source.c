/* The only file of this folder that reads files. */
#include "scenario/source.h"

#include "scenario/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int source_read(const char *path, struct buf *out, struct scn_messages *messages)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        message_add_file(messages, path, "cannot be read: %s", strerror(errno));
        return -1;
    }
    size_t got;
    do {
        char *to = buf_reserve(out, 16384);
        got = fread(to, 1, 16384, f);
        out->len += got;
    } while (got && out->len <= SCN_SOURCE_MAX);
    int failed = ferror(f) ? errno : 0;
    fclose(f);
    if (failed)
        message_add_file(messages, path, "cannot be read: %s", strerror(failed));
    else if (out->len > SCN_SOURCE_MAX)
        message_add_file(messages, path, "larger than %d bytes", SCN_SOURCE_MAX);
    if (!failed && out->len <= SCN_SOURCE_MAX)
        return 0;
    buf_free(out);
    return -1;
}
