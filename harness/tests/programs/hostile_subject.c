/*
 * A subject that behaves as badly as it is told: hostile_subject WHAT [ARGUMENT]. One function a misdeed.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what)
{
    perror(what);
    exit(70);
}

static _Noreturn void wait_for_ever(void)
{
    for (;;)
        pause();
}

/* On 127.0.0.1; "127.0.0.2:80" says another address. */
static in_addr_t address_in(const char *place)
{
    char host[16] = "127.0.0.1";
    const char *colon = strchr(place, ':');
    if (colon)
        snprintf(host, sizeof host, "%.*s", (int)(colon - place), place);
    return inet_addr(host);
}

static int bound_at(int type, in_addr_t host, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = host};
    int fd = socket(AF_INET, type, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (void *)&a, sizeof a) < 0)
        fail("bind");
    return fd;
}

static int bound(int type, int port)
{
    return bound_at(type, htonl(INADDR_LOOPBACK), port);
}

/* Listens at "127.0.0.2:80", and never accepts. */
static void listen_elsewhere(const char *place)
{
    const char *colon = strchr(place, ':');
    if (listen(bound_at(SOCK_STREAM, address_in(place), atoi(colon ? colon + 1 : place)), 16) < 0)
        fail("listen");
    for (;;)
        pause();
}

static int listening(int port)
{
    int fd = bound(SOCK_STREAM, port);
    if (listen(fd, 16) < 0)
        fail("listen");
    return fd;
}

static void echo(const char *port)
{
    int listener = listening(atoi(port));
    for (;;) {
        char bytes[4096];
        ssize_t n;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            fail("accept");
        while ((n = read(fd, bytes, sizeof bytes)) > 0)
            if (write(fd, bytes, (size_t)n) != n)
                break;
        close(fd);
    }
}

static void udp(const char *port)
{
    bound(SOCK_DGRAM, atoi(port));
    wait_for_ever();
}

static void unix_listen(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (bind(fd, (void *)&a, sizeof a) < 0 || listen(fd, 4) < 0)
        fail("bind");
    wait_for_ever();
}

static void exit_with_words(const char *code)
{
    printf("to stdout\n");
    fflush(stdout);
    fprintf(stderr, "to stderr\n");
    exit(atoi(code));
}

static void flood(const char *bytes)
{
    static char piece[65536];
    memset(piece, 'f', sizeof piece);
    for (long long left = atoll(bytes); left > 0;) {
        ssize_t n = write(1, piece, left < (long long)sizeof piece ? (size_t)left : sizeof piece);
        if (n < 0)
            fail("write");
        left -= n;
    }
}

/* Floods for ever, and listens. */
static void flood_and_listen(const char *port)
{
    listening(atoi(port));
    for (;;)
        flood("100000000");
}

static void ignore_term(const char *unused)
{
    (void)unused;
    signal(SIGTERM, SIG_IGN);
    printf("ignoring\n");
    fflush(stdout);
    wait_for_ever();
}

static void say_goodbye(int signo)
{
    (void)signo;
    static const char word[] = "goodbye\n";
    _exit(write(1, word, sizeof word - 1) < 0 ? 1 : 7);
}

static void end_politely(const char *unused)
{
    (void)unused;
    signal(SIGTERM, say_goodbye);
    printf("waiting\n");
    fflush(stdout);
    wait_for_ever();
}

static void become_daemon(const char *port)
{
    if (fork())
        _exit(0);
    setsid();
    if (fork())
        _exit(0);
    if (atoi(port))
        listening(atoi(port));
    close(0);
    close(1);
    close(2);
    wait_for_ever();
}

static void close_stdio(const char *port)
{
    close(0);
    close(1);
    close(2);
    listening(atoi(port));
    wait_for_ever();
}

static void stop_self(const char *unused)
{
    (void)unused;
    raise(SIGSTOP);
    wait_for_ever();
}

static void stop_in_mid_case(const char *port)
{
    char c;
    int fd = accept(listening(atoi(port)), NULL, NULL);
    if (fd < 0 || read(fd, &c, 1) != 1)
        fail("accept");
    raise(SIGSTOP);
    wait_for_ever();
}

static void die_by_signal(const char *number)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(atoi(number), SIG_DFL); /* a sanitizer may have its own idea */
    raise(atoi(number));
}

/* A chain: each process has one child; every other one is in a session of its own. */
static void descend(const char *depth)
{
    int left = atoi(depth);
    while (left > 0 && fork() == 0)
        if (--left % 2)
            setsid();
    if (left == 0) {
        printf("all born\n");
        fflush(stdout);
    }
    wait_for_ever();
}

/*
 * Runs from whoever would kill it: its life goes on in a child of another session while the parent ends, a thousand
 * times a second; some of them stay.
 */
static void run_away(const char *unused)
{
    (void)unused;
    printf("off\n");
    fflush(stdout);
    for (unsigned generation = 1;; generation++) {
        pid_t child = fork();
        if (child == 0) {
            setsid();
            usleep(1000);
        } else if (child > 0 && generation % 8 == 0 && generation < 800) {
            wait_for_ever();
        } else {
            _exit(0);
        }
    }
}

static void list_files(const char *unused)
{
    (void)unused;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        fail("/proc/self/fd");
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
            printf("[%s]", entry->d_name);
    closedir(dir);
    printf(" stdin %zd\n", read(0, (char[1]){0}, 1));
}

static void tell_signals(const char *unused)
{
    (void)unused;
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    if (!f)
        fail("status");
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "SigIgn", 6) == 0 || strncmp(line, "SigBlk", 6) == 0)
            fputs(line, stdout);
    fclose(f);
}

static void tell_environment(const char *unused)
{
    (void)unused;
    for (char **e = environ; *e; e++)
        puts(*e);
}

static void tell_limit(const char *unused)
{
    (void)unused;
    struct rlimit r;
    getrlimit(RLIMIT_NOFILE, &r);
    printf("files %llu %llu\n", (unsigned long long)r.rlim_cur, (unsigned long long)r.rlim_max);
}

static void hold_files(const char *count)
{
    for (int i = atoi(count); i > 0; i--)
        if (open("/dev/null", O_RDONLY) < 0)
            fail("open");
    printf("held\n");
    fflush(stdout);
    wait_for_ever();
}

static void hold_memory(const char *bytes)
{
    size_t len = (size_t)atoll(bytes);
    char *all = malloc(len);
    if (!all)
        fail("malloc");
    memset(all, 1, len);
    printf("held %d\n", all[len / 2]);
    fflush(stdout);
    wait_for_ever();
}

static void spin(const char *unused)
{
    (void)unused;
    for (volatile unsigned i = 0;; i++)
        ;
}

static void block_in_read(const char *unused)
{
    (void)unused;
    int pair[2];
    char c;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || dup2(pair[0], 42) < 0)
        fail("socketpair");
    printf("blocking\n");
    fflush(stdout);
    if (read(42, &c, 1) < 0)
        fail("read");
}

static void print_and_wait(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
    wait_for_ever();
}

static void unix_connect(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (void *)&at, sizeof at) < 0)
        fail("connect");
    printf("connected\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const char *argument);
    } deeds[] = {
        {"echo", echo},
        {"udp", udp},
        {"elsewhere", listen_elsewhere},
        {"unix", unix_listen},
        {"unix-connect", unix_connect},
        {"exit", exit_with_words},
        {"flood", flood},
        {"flood-and-listen", flood_and_listen},
        {"ignore-term", ignore_term},
        {"end-politely", end_politely},
        {"daemon", become_daemon},
        {"close-stdio", close_stdio},
        {"stop-self", stop_self},
        {"stop-in-mid-case", stop_in_mid_case},
        {"signal", die_by_signal},
        {"descend", descend},
        {"run-away", run_away},
        {"files", list_files},
        {"signals", tell_signals},
        {"environment", tell_environment},
        {"limit", tell_limit},
        {"hold-files", hold_files},
        {"hold-memory", hold_memory},
        {"spin", spin},
        {"block-in-read", block_in_read},
        {"print", print_and_wait},
    };
    for (size_t i = 0; argc > 1 && i < sizeof deeds / sizeof *deeds; i++)
        if (strcmp(deeds[i].name, argv[1]) == 0) {
            deeds[i].run(argc > 2 ? argv[2] : "0");
            return 0;
        }
    fprintf(stderr, "hostile_subject: no such deed\n");
    return 64;
}
