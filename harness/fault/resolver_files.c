/* What a program reads to find its resolver, as files for its own mount namespace. */
#include "fault/resolver.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* No machine's file of this kind is longer. */
#define FILE_MAX 65536

/* Two tries of a second each: a resolver that says nothing is given up on after some seconds, with any library. */
#define RESOLV_CONF "nameserver %s\noptions timeout:1 attempts:2\n"

static int write_file(const char *path, const char *text, size_t len, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    ssize_t n = fd < 0 ? -1 : write(fd, text, len);
    if (fd >= 0) {
        fchmod(fd, 0644); /* whatever the umask: the subject may be somebody else by then */
        close(fd);
    }
    return n == (ssize_t)len ? 0 : err_errno(e, n < 0 ? errno : ENOSPC, "cannot write %s", path);
}

/* The machine's file, NUL-ended, "" where it cannot be read; free it. */
static char *read_file(const char *path)
{
    char *text = mem_new(FILE_MAX + 1, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, FILE_MAX);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

/* Whether one of the words behind the first is `name`. `line` ends at `len`. */
static bool names_host(const char *line, size_t len, const char *name)
{
    size_t at = strcspn(line, " \t"), want = strlen(name);
    while (at < len && line[at] != '#') {
        at += strspn(line + at, " \t");
        size_t word = strcspn(line + at, " \t\n#");
        if (word == want && strncasecmp(line + at, name, want) == 0)
            return true;
        if (word == 0)
            break;
        at += word;
    }
    return false;
}

/* What the machine calls its own loopback addresses, and what it must call them; other addresses cannot be reached. */
static void make_hosts(struct buf *out)
{
    char host[256] = "", *text = read_file("/etc/hosts");
    bool has_v4 = false, has_v6 = false, has_host = gethostname(host, sizeof(host) - 1) < 0 || !*host;
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        bool v4 = strncmp(line, "127.", 4) == 0, v6 = strncmp(line, "::1", 3) == 0 && strchr(" \t", line[3]);
        if (v4 || v6)
            buf_printf(out, "%.*s\n", (int)len, line);
        has_v4 = has_v4 || (v4 && names_host(line, len, "localhost"));
        has_v6 = has_v6 || (v6 && names_host(line, len, "localhost"));
        has_host = has_host || ((v4 || v6) && names_host(line, len, host));
        line += len + (line[len] != '\0');
    }
    if (!has_v4)
        buf_puts(out, "127.0.0.1 localhost\n");
    if (!has_v6)
        buf_puts(out, "::1 localhost ip6-localhost\n");
    if (!has_host)
        buf_printf(out, "127.0.0.1 %s\n", host);
    free(text);
}

/* The machine's own, but for who is asked about hosts: files, then our resolver, and no daemon that would ask the
 * machine's. */
static void make_nsswitch(struct buf *out)
{
    char *text = read_file("/etc/nsswitch.conf");
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        if (strncmp(line + strspn(line, " \t"), "hosts", 5) != 0)
            buf_printf(out, "%.*s\n", (int)len, line);
        line += len + (line[len] != '\0');
    }
    buf_puts(out, "hosts: files dns\n");
    free(text);
}

static bool exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

int resolver_files_make(struct resolver_file files[RESOLVER_FILES_MAX], const char *dir, const char *host,
                        struct err *e)
{
    static const struct {
        const char *shown, *name;
        void (*make)(struct buf *out);
        bool needed;
    } table[] = {
        {"/etc/resolv.conf", "resolv.conf", NULL, true},
        {"/etc/hosts", "hosts", make_hosts, false},
        {"/etc/nsswitch.conf", "nsswitch.conf", make_nsswitch, false},
        /* glibc asks nscd before all else, where there is one. A file is no socket: the connection is refused. */
        {"/run/nscd/socket", "nscd", NULL, false},
    };
    int count = 0;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct buf text = {0};
        if (!exists(table[i].shown) && !table[i].needed)
            continue;
        if (!exists(table[i].shown)) {
            resolver_files_remove(files, count);
            return err_set(e, ENOENT, "%s does not exist, so that nothing can be put in its place", table[i].shown);
        }
        if (table[i].make)
            table[i].make(&text);
        else if (table[i].needed)
            buf_printf(&text, RESOLV_CONF, host);
        files[count] = (struct resolver_file){table[i].shown, mem_printf("%s/names-%s", dir, table[i].name)};
        int rc = write_file(files[count].path, buf_text(&text), text.len, e);
        buf_free(&text);
        count++;
        if (rc < 0) {
            resolver_files_remove(files, count);
            return -1;
        }
    }
    return count;
}

void resolver_files_remove(struct resolver_file files[RESOLVER_FILES_MAX], int count)
{
    for (int i = 0; i < count; i++) {
        unlink(files[i].path);
        free(files[i].path);
    }
}
