/* Targets to files: what is outside of the root does not exist. */
#include "servers/http_server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool http_bytes_add(struct http_bytes *b, const void *data, size_t len)
{
    if (len == 0)
        return true;
    if (b->len + len > b->cap) {
        size_t cap = b->cap < 4096 ? 4096 : b->cap * 2;
        if (cap < b->len + len)
            cap = b->len + len;
        char *grown = realloc(b->data, cap);
        if (grown == NULL)
            return false;
        b->data = grown;
        b->cap = cap;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    return true;
}

void http_bytes_free(struct http_bytes *b)
{
    free(b->data);
    *b = (struct http_bytes){0};
}

void http_bytes_drop(struct http_bytes *b, size_t count)
{
    b->len -= count;
    if (b->len == 0)
        http_bytes_free(b);
    else if (count > 0)
        memmove(b->data, b->data + count, b->len);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' ? c - 'a' + 10 : c - 'A' + 10;
}

/* A path, decoded (RFC 3986, 2.1). False: too long, or a NUL. */
static bool decode_path(const char *text, size_t len, char *path, size_t cap)
{
    size_t i = 0, n = 0;
    while (i < len) {
        char c = text[i++];
        if (c == '%' && len - i >= 2) {
            c = (char)(hex(text[i]) << 4 | hex(text[i + 1]));
            i += 2;
        }
        if (c == '\0' || n + 1 >= cap)
            return false;
        path[n++] = c;
    }
    path[n] = '\0';
    return true;
}

/* openat that cannot leave the root, by "..", by links or by a race between check and use (Linux 5.6). */
static int open_beneath(int root, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static const char *type_of(const char *path)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".htm", "text/html; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".css", "text/css"},
        {".js", "text/javascript"},
        {".json", "application/json"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".svg", "image/svg+xml"},
    };
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t end = strlen(types[i].end);
        if (len > end && strcmp(path + len - end, types[i].end) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* Why there is no such file, by errno. */
static int status_of_error(void)
{
    if (errno == EACCES || errno == EPERM)
        return 403;
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? 503 : 404;
}

struct http_file http_file_open(int root, const char *text, size_t len)
{
    char path[PATH_MAX];
    struct http_file file = {.fd = -1, .status = 404};
    if (!decode_path(text, len, path, sizeof path - sizeof "index.html")) {
        file.status = 400;
        return file;
    }
    size_t n = strlen(path), skip = strspn(path, "/");
    if (n == 0 || path[n - 1] == '/')
        strcpy(path + n, "index.html");
    file.fd = open_beneath(root, path + skip);
    struct stat st;
    if (file.fd < 0) {
        file.status = status_of_error();
        return file;
    }
    if (fstat(file.fd, &st) == 0 && S_ISREG(st.st_mode)) {
        file.size = (uint64_t)st.st_size;
        file.modified = st.st_mtim;
        file.type = type_of(path);
        return file;
    }
    file.status = S_ISDIR(st.st_mode) ? 301 : 404;
    close(file.fd);
    file.fd = -1;
    return file;
}
