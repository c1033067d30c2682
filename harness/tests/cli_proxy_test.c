/* The verb `proxy` as a program: its line, its log, its end, what it refuses. */
#include "shell.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#define PROGRAM BINARY_DIR "/sockspec"

struct proxy {
    pid_t pid;
    int out;         /* its standard output and error */
    char place[160]; /* behind "listening on " */
};

static struct proxy start(const char *const *arguments)
{
    const char *argv[16] = {PROGRAM, "proxy"};
    struct proxy p = {0};
    int fds[2];
    for (size_t i = 0; arguments[i]; i++)
        argv[i + 2] = arguments[i];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    p.pid = fork();
    if (p.pid == 0) {
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        execv(PROGRAM, (char *const *)argv);
        _exit(127);
    }
    close(fds[1]);
    p.out = fds[0];
    static const char begin[] = "listening on ";
    char line[160] = "";
    for (size_t n = 0; n < sizeof(line) - 1 && !strchr(line, '\n'); n++)
        if (read(p.out, line + n, 1) != 1)
            fail_msg("it ended: %s", line);
    *strchr(line, '\n') = '\0';
    assert_memory_equal(line, begin, sizeof(begin) - 1);
    snprintf(p.place, sizeof(p.place), "%s", line + sizeof(begin) - 1);
    return p;
}

/* Sends the signal, takes the rest of what it wrote; returns its exit status. */
static int stop(struct proxy *p, int signo, struct buf *rest)
{
    int status;
    char piece[4096];
    kill(p->pid, signo);
    for (ssize_t n; (n = read(p->out, piece, sizeof(piece))) > 0;)
        buf_add(rest, piece, (size_t)n);
    close(p->out);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int listen_v4(char *place, size_t size)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    getsockname(fd, (struct sockaddr *)&in, &len);
    snprintf(place, size, "127.0.0.1:%d", ntohs(in.sin_port));
    return fd;
}

static int dial_v4(const char *place)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    in.sin_port = htons((uint16_t)atoi(strchr(place, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    return fd;
}

static size_t read_all(int fd, char *to, size_t size, int *error)
{
    size_t got = 0;
    ssize_t n = 1;
    while (got < size && (n = recv(fd, to + got, size - got, 0)) > 0)
        got += (size_t)n;
    *error = n < 0 ? errno : 0;
    return got;
}

static void a_reply_comes_after_the_half_close(void **state)
{
    (void)state;
    char target[64], text[64];
    int listener = listen_v4(target, sizeof(target)), error;
    struct buf rest = {0};
    struct proxy p = start((const char *[]){"127.0.0.1:0", target, "delay 5ms", NULL});
    int client = dial_v4(p.place), server = accept(listener, NULL, NULL);
    assert_int_equal(send(client, "question", 8, 0), 8);
    shutdown(client, SHUT_WR);
    assert_int_equal(read_all(server, text, sizeof(text), &error), 8);
    assert_int_equal(error, 0);
    assert_int_equal(send(server, "answer", 6, 0), 6);
    close(server);
    assert_int_equal(read_all(client, text, sizeof(text), &error), 6);
    assert_memory_equal(text, "answer", 6);
    close(client);
    assert_int_equal(stop(&p, SIGTERM, &rest), 0);
    assert_string_equal(buf_text(&rest), "");
    close(listener);
    buf_free(&rest);
}

static void the_second_connection_is_reset_and_logged(void **state)
{
    (void)state;
    char target[64], text[64];
    int listener = listen_v4(target, sizeof(target)), error, faults = 0, passed = 0;
    struct buf rest = {0};
    struct proxy p = start((const char *[]){"--json", "127.0.0.1:0", target, "down reset after 3 bytes on connection 2",
                                            "up slice 1000", NULL});
    for (int i = 1; i <= 2; i++) {
        int client = dial_v4(p.place), server = accept(listener, NULL, NULL);
        assert_int_equal(send(server, "12345", 5, 0), 5);
        shutdown(server, SHUT_WR);
        assert_int_equal(read_all(client, text, sizeof(text), &error), i == 2 ? 3 : 5);
        assert_int_equal(error, i == 2 ? ECONNRESET : 0);
        close(client);
        close(server);
    }
    assert_int_equal(stop(&p, SIGINT, &rest), 0);
    for (char *line = strtok(rest.data, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] != '{') {
            assert_string_equal(line, "sockspec proxy: never reached: up slice 1000");
            continue;
        }
        json_error_t e;
        json_t *event = json_loads(line, 0, &e);
        if (!event)
            fail_msg("%s: %s", e.text, line);
        const char *kind = json_string_value(json_object_get(event, "event"));
        passed += strcmp(kind, "passed") == 0;
        if (strcmp(kind, "fault") == 0) {
            faults++;
            assert_int_equal(json_integer_value(json_object_get(event, "connection")), 2);
            assert_int_equal(json_integer_value(json_object_get(event, "offset")), 3);
            assert_string_equal(json_string_value(json_object_get(event, "direction")), "down");
            assert_string_equal(json_string_value(json_object_get(event, "fault")),
                                "down reset after 3 bytes on connection 2");
        }
        json_decref(event);
    }
    assert_int_equal(faults, 1);
    assert_int_equal(passed, 2);
    close(listener);
    buf_free(&rest);
}

static void a_path_leads_to_a_port(void **state)
{
    (void)state;
    char target[64], text[8], place[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
    int listener = listen_v4(target, sizeof(target)), error;
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct buf rest = {0};
    snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/cli-proxy-test-%d", (int)getpid());
    snprintf(place, sizeof(place), "unix:%s", un.sun_path);
    struct proxy p = start((const char *[]){place, target, "--log", "-", NULL});
    assert_string_equal(p.place, place);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&un, sizeof(un)), 0);
    int server = accept(listener, NULL, NULL);
    assert_int_equal(send(client, "hello", 5, 0), 5);
    close(client);
    assert_int_equal(read_all(server, text, sizeof(text), &error), 5);
    close(server);
    assert_int_equal(stop(&p, SIGTERM, &rest), 0);
    assert_non_null(strstr(buf_text(&rest), " #1 up passed 5 bytes at 0\n"));
    assert_non_null(strstr(buf_text(&rest), " #1 up FIN passed at 5\n"));
    assert_int_equal(access(un.sun_path, F_OK), -1); /* it takes its file along */
    close(listener);
    buf_free(&rest);
}

static void wrong_command_lines_are_told(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec proxy ", "where to listen and where to lead to is missing"},
        {"sockspec proxy 127.0.0.1:0", "where to listen"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 -- x", "where to listen"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1", "^~~~~~~~~ HOST:PORT"},
        {"sockspec proxy 127.0.0.1:0 192.0.2.1:80", "--allow-remote permits it"},
        {"sockspec proxy 0.0.0.0:0 127.0.0.1:80", "--allow-remote permits it"},
        {"sockspec proxy 127.0.0.1:0 udp:127.0.0.1:80", "a stream cannot be led to datagrams"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 'down sluce 1'",
         "     1 | down sluce 1\n       |      ^~~~~ did you mean 'slice'?"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 'slice'", "expected a size of pieces"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 'slice 1 2'", "expected the end of the fault, found '2'"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 'slice {n}'", "expected a size of pieces, found {n}"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 'delay 5'", "is not a time"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 'loss 5%'", "no packets to lose"},
        {"sockspec proxy udp:127.0.0.1:0 udp:127.0.0.1:1 'slice 1'", "'slice' cuts a stream"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 --log /no/such/folder/log", "cannot write /no/such/folder/log"},
        {"sockspec proxy 127.0.0.1:0 127.0.0.1:1 --sead 1", "did you mean '--seed'?"},
    };
    struct buf out = {0};
    ASSERT_USAGE(cases);
    assert_int_equal(shell_run(&out, "sockspec proxy unix:/no/such/folder/socket unix:/tmp/x 2>&1"), 3);
    assert_non_null(strstr(buf_text(&out), "cannot bind unix:/no/such/folder/socket"));
    assert_int_equal(shell_run(&out, "sockspec proxy --help"), 0);
    assert_non_null(strstr(buf_text(&out), "Exit codes\n  0  ended by SIGINT or SIGTERM"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_comes_after_the_half_close),
        cmocka_unit_test(the_second_connection_is_reset_and_logged),
        cmocka_unit_test(a_path_leads_to_a_port),
        cmocka_unit_test(wrong_command_lines_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
