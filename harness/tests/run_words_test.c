/* Names in commands, the line that repeats a case, addresses of --at. */
#include "run/names.h"
#include "run/renew.h"
#include "run/repeat.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
/* A word that may be written to, as those of argv are. */
#define WORD(text) ((char[]){text})

static void names_are_put_in(void **state)
{
    (void)state;
    struct scn_facts facts = {0};
    scn_facts_set(&facts, "path", "/index.html");
    const struct names names = {.host = "127.0.0.1", .port = 8080, .root = "/r", .dir = "/d", .facts = &facts};
    static const char *const table[][2] = {
        {"{port}", "8080"},
        {"--bind={host}:{port}", "--bind=127.0.0.1:8080"},
        {"{url}{path}", "http://127.0.0.1:8080/index.html"},
        {"{root}/{dir}", "/r//d"},
        {"{{port}", "{port}"},
        {"awk '{ print $1 }' {} {a,b} {\"k\":1} ${x", "awk '{ print $1 }' {} {a,b} {\"k\":1} ${x"},
        {"", ""},
    };
    for (size_t i = 0; i < LENGTH(table); i++) {
        struct buf out = {0};
        struct err e = {0};
        assert_int_equal(names_expand(&out, table[i][0], &names, &e), 0);
        assert_string_equal(buf_text(&out), table[i][1]);
        buf_free(&out);
    }
    scn_facts_free(&facts);
}

static void v6_hosts_get_brackets_in_urls(void **state)
{
    (void)state;
    const struct names names = {.host = "::1", .port = 80};
    struct buf out = {0};
    struct err e = {0};
    assert_int_equal(names_expand(&out, "{url}", &names, &e), 0);
    assert_string_equal(buf_text(&out), "http://[::1]:80");
    buf_free(&out);
}

static void an_unknown_name_is_an_error_with_a_hint(void **state)
{
    (void)state;
    const struct names names = {.host = "h", .port = 1};
    char *words[] = {WORD("server"), WORD("{prot}"), NULL};
    struct err e = {0};
    assert_null(names_expand_words(words, &names, &e));
    assert_non_null(strstr(e.text, "did you mean {port}?"));
    char *missing[] = {WORD("server"), WORD("{large}"), NULL};
    assert_null(names_expand_words(missing, &names, &e));
    assert_non_null(strstr(e.text, "--set large=..."));
}

static void names_that_are_used(void **state)
{
    (void)state;
    char *words[] = {WORD("a"), WORD("x{port}y"), WORD("{{url}"), WORD("{ root }"), NULL};
    assert_true(names_used(words, "port"));
    assert_false(names_used(words, "url"));
    assert_false(names_used(words, "root"));
    assert_false(names_used(words, "por"));
    assert_false(names_used(NULL, "port"));
}

/* The shell itself says whether a word comes back as it was. */
static void quoted_words_survive_the_shell(void **state)
{
    (void)state;
    static const char *const words[] = {
        "plain", "two words", "it's", "",       "$HOME `id` \"x\" \\", "*", "a\nb", "-n", "p/a[size=1]",
        "~",     "#",         "!",    "{port}", "a=b;c|d&e<f>g(h)"};
    for (size_t i = 0; i < LENGTH(words); i++) {
        struct buf line = {0};
        char back[128];
        buf_puts(&line, "printf '%s' ");
        repeat_quote(&line, words[i]);
        FILE *shell = popen(buf_text(&line), "r");
        assert_non_null(shell);
        size_t n = fread(back, 1, sizeof(back) - 1, shell);
        back[n] = '\0';
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(back, words[i]);
        buf_free(&line);
    }
}

static void the_line_that_repeats_a_case(void **state)
{
    (void)state;
    const char *words[] = {"http-server", "--set", "large=/a b", NULL};
    char *argv[] = {WORD("./my server"), WORD("{port}"), NULL};
    const struct run_options o = {.program = "sockspec", .repeat_words = words, .argv = argv, .engine = {.seed = 42}};
    struct result r = {.name = WORD("http-server/x[v=+1]")};
    char *line = repeat_line(&o, &r);
    assert_string_equal(line,
                        "sockspec test http-server --set 'large=/a b' --filter 'http-server/x[v=+1]' --seed 42 -- "
                        "'./my server' '{port}'");
    free(line);
    char *depends[] = {WORD("http-server/a"), WORD("http-server/b")};
    r.depends = depends;
    r.depend_count = 2;
    line = repeat_line(&o, &r);
    assert_non_null(strstr(line, "--filter 'http-server/a|http-server/b|http-server/x[v=+1]' -j 1 --seed 42 -- "));
    free(line);
}

static void places(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        int port;
        enum scn_transport transport;
    } table[] = {
        {"127.0.0.1:7", "127.0.0.1", 7, SCN_TCP},
        {"8080", "127.0.0.1", 8080, SCN_TCP},
        {":8080", "127.0.0.1", 8080, SCN_TCP},
        {"[::1]:80", "::1", 80, SCN_TCP6},
        {"8080", "::1", 8080, SCN_UDP6},
        {"[::1]:80", NULL, 0, SCN_TCP}, /* no scenario over IPv4 would find it */
        {"127.0.0.1:80", NULL, 0, SCN_TCP6},
        {"127.0.0.1:80", NULL, 0, SCN_UNIX_STREAM},
        {"127.1.2.3:65535", "127.1.2.3", 65535, SCN_TCP},
        {"", NULL, 0, SCN_TCP},
        {"127.0.0.1", NULL, 0, SCN_TCP},
        {"127.0.0.1:0", NULL, 0, SCN_TCP},
        {"127.0.0.1:65536", NULL, 0, SCN_TCP},
        {"127.0.0.1:-1", NULL, 0, SCN_TCP},
        {"127.0.0.1:8x", NULL, 0, SCN_TCP},
        {"::1:80", NULL, 0, SCN_TCP},
        {"192.0.2.1:80", NULL, 0, SCN_TCP},
        {"0.0.0.0:80", NULL, 0, SCN_TCP},
        {"127.0.0.1:99999999999999999999", NULL, 0, SCN_TCP},
    };
    for (size_t i = 0; i < LENGTH(table); i++) {
        struct place place = {0};
        struct err e = {0};
        int got = place_parse(&place, table[i].transport, table[i].text, "--at", false, &e);
        assert_int_equal(got, table[i].host ? 0 : -1);
        if (!table[i].host) {
            assert_true(strlen(e.text) > 0);
            continue;
        }
        assert_string_equal(place.host, table[i].host);
        assert_int_equal(place.port, table[i].port);
    }
    struct place place = {0};
    struct err e = {0};
    assert_int_equal(place_parse(&place, SCN_TCP, "192.0.2.1:80", "--at", true, &e), 0);
    assert_false(place.loopback);
    assert_int_equal(place_parse(&place, SCN_UNIX_STREAM, "/run/it", "--at", false, &e), 0);
    assert_string_equal(place.path, "/run/it");
}

/* Binds a socket of this transport; a stream listens where `open`. Returns it; its place in `p`. */
static int occupy(struct place *p, enum scn_transport t, const char *host, bool open)
{
    int type = t == SCN_UDP || t == SCN_UNIX_DGRAM ? SOCK_DGRAM : SOCK_STREAM;
    *p = (struct place){.transport = t, .loopback = true};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    bool local = t == SCN_UNIX_STREAM || t == SCN_UNIX_DGRAM;
    int fd = socket(local ? AF_UNIX : AF_INET, type, 0);
    socklen_t len = sizeof(in);
    if (local) {
        snprintf(p->path, sizeof(p->path), "/tmp/sockspec_place_%d", (int)getpid());
        strcpy(un.sun_path, p->path);
        unlink(p->path);
        assert_int_equal(bind(fd, (void *)&un, sizeof(un)), 0);
    } else {
        inet_pton(AF_INET, host, &in.sin_addr);
        assert_int_equal(bind(fd, (void *)&in, sizeof(in)), 0);
        getsockname(fd, (void *)&in, &len);
        strcpy(p->host, "127.0.0.1");
        p->port = ntohs(in.sin_port);
    }
    if (open && type == SOCK_STREAM)
        assert_int_equal(listen(fd, 3), 0);
    return fd;
}

static void who_is_there(void **state)
{
    (void)state;
    static const struct {
        enum scn_transport transport;
        const char *host;
        bool open, there;
    } table[] = {
        {SCN_TCP, "127.0.0.1", true, true},    {SCN_TCP, "0.0.0.0", true, true},
        {SCN_TCP, "127.0.0.2", true, false}, /* the same port of another address */
        {SCN_TCP, "127.0.0.1", false, false},  {SCN_UDP, "127.0.0.1", true, true},
        {SCN_UDP, "127.0.0.2", true, false},   {SCN_UNIX_STREAM, NULL, true, true},
        {SCN_UNIX_STREAM, NULL, false, false}, {SCN_UNIX_DGRAM, NULL, true, true},
    };
    for (size_t i = 0; i < LENGTH(table); i++) {
        struct place p;
        int fd = occupy(&p, table[i].transport, table[i].host, table[i].open);
        if (place_taken(&p) != table[i].there)
            fail_msg("row %zu: %d", i, !table[i].there);
        close(fd); /* a socket file stays, and nobody is behind it */
        assert_false(place_awaited(&p, 0.02));
        if (p.path[0])
            unlink(p.path);
    }
}

static void restarts_are_bounded_and_their_failure_told(void **state)
{
    (void)state;
    const struct place place = {.host = "127.0.0.1", .port = 1, .loopback = true};
    struct err e = {0};
    assert_int_equal(renew_restart("true", &place, 5, &e), 0);
    assert_int_equal(renew_restart("exit 7", &place, 5, &e), -1);
    assert_non_null(strstr(e.text, "exit status 7"));
    assert_int_equal(renew_restart("sleep 100", &place, 0.05, &e), -1);
    assert_non_null(strstr(e.text, "did not end"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_put_in),
        cmocka_unit_test(v6_hosts_get_brackets_in_urls),
        cmocka_unit_test(an_unknown_name_is_an_error_with_a_hint),
        cmocka_unit_test(names_that_are_used),
        cmocka_unit_test(quoted_words_survive_the_shell),
        cmocka_unit_test(the_line_that_repeats_a_case),
        cmocka_unit_test(places),
        cmocka_unit_test(who_is_there),
        cmocka_unit_test(restarts_are_bounded_and_their_failure_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
