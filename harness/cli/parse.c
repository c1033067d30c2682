/* The verb `parse`: what a parser sees, as JSON lines. */
#include "cli/parse.h"

#include "base/mem.h"
#include "cli/verb.h"
#include "protocol/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What --cut all keeps in memory, twice as events: every cut reads all of it again. */
#define CUT_ALL_MAX 65536

/* Up to here --cut all cuts everywhere; beyond, at the line ends and at so many offsets more. */
#define CUT_EVERYWHERE 4096
#define CUT_SAMPLES    256

/* A deviation of ours: neither a verdict on the input nor a wrong command line. */
#define EXIT_CODE_BUG 4

#define LINE_LIMIT 65536

struct settings {
    struct word methods, cut, base;
    bool lenient;
    int limit;
};

static const struct kind {
    const char *name;
    parse_reader *read;
    bool cuts; /* is read piece by piece */
} kinds[] = {
    {"http-request", parse_http_requests, true},
    {"http-response", parse_http_responses, true},
    {"lines", parse_lines, true},
    {"url", parse_url, false},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A run of the verb: the command line, understood. */
struct job {
    const struct line *line;
    const struct kind *kind;
    struct word file;
    struct parse_settings settings;
    size_t piece; /* 0: as it comes */
    bool every_cut;
};

/* --- the command line --- */

static int complain(const struct job *j, const struct word *where, const char *hint, const char *what, const char *word)
{
    struct buf error = {0};
    if (word)
        usage_error(&error, j->line, where, hint, "%s '%s'", what, word);
    else
        usage_error(&error, j->line, where, hint, "%s", what);
    tell_error(&error);
    return -1;
}

static int find_kind(struct job *j, const struct words *words)
{
    const char *names[KINDS];
    for (size_t i = 0; i < KINDS; i++)
        names[i] = kinds[i].name;
    const struct word *w = words->count ? &words->items[0] : NULL;
    for (size_t i = 0; w && i < KINDS; i++) {
        if (strcmp(w->text, kinds[i].name) == 0)
            j->kind = &kinds[i];
    }
    if (!j->kind) {
        char *all = enumerate(names, KINDS, "or");
        char *hint = w ? suggestion(w->text, names, KINDS, all) : mem_dup(all);
        complain(j, w, hint, w ? "cannot read" : "what to read is missing", w ? w->text : NULL);
        free(hint);
        free(all);
        return -1;
    }
    if (words->count == 1)
        return complain(j, NULL, "FILE, or - for standard input", "the file is missing", NULL);
    if (words->count > 2)
        return complain(j, &words->items[2], NULL, "takes one file; too much is", words->items[2].text);
    j->file = words->items[1];
    return 0;
}

/* GET,HEAD,...: what the responses answer, in order. */
static int read_methods(struct job *j, const struct word *w)
{
    if (!w->text)
        return 0;
    if (j->kind->read != parse_http_responses)
        return complain(j, w, NULL, "only responses answer a method", NULL);
    struct parse_settings *s = &j->settings;
    for (const char *at = w->text;; at++) {
        size_t len = strcspn(at, ",");
        if (s->method_count == PARSE_METHODS_MAX)
            return complain(j, w, NULL, "more methods than can be kept", NULL);
        if (len == 0 || strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") < len)
            return complain(j, w, "GET, or GET,HEAD,...", "no list of methods, in capitals:", w->text);
        s->methods[s->method_count++] = http_method_of(at, len);
        at += len;
        if (*at == '\0')
            return 0;
    }
}

static int read_cut(struct job *j, const struct word *w)
{
    if (!w->text)
        return 0;
    if (!j->kind->cuts)
        return complain(j, w, NULL, "a URL is read whole: --cut has no meaning", NULL);
    if (strcmp(w->text, "all") == 0) {
        j->every_cut = true;
        return 0;
    }
    char *end;
    errno = 0;
    unsigned long n = strtoul(w->text, &end, 10);
    if (w->text[0] < '0' || w->text[0] > '9' || *end != '\0' || errno != 0 || n == 0 || n > 1 << 20)
        return complain(j, w, "1 to 1048576, or all", "--cut takes a number of bytes, not", w->text);
    j->piece = n;
    return 0;
}

static int read_base(struct job *j, const struct word *w)
{
    struct url u;
    if (!w->text)
        return 0;
    if (j->kind->read != parse_url)
        return complain(j, w, NULL, "only a URL has a base", NULL);
    if (url_parse(&u, w->text, strlen(w->text)) < 0)
        return complain(j, w, u.error.sentence, "no http or https URL:", w->text);
    j->settings.base = w->text;
    return 0;
}

static int understand(struct job *j, const struct settings *s, const struct operands *operands)
{
    j->settings.lenient = s->lenient;
    j->settings.limit = (size_t)s->limit;
    if (operands->command)
        return complain(j, NULL, "sockspec parse http-request FILE", "takes no command", NULL);
    if (find_kind(j, &operands->words) < 0 || read_methods(j, &s->methods) < 0 || read_cut(j, &s->cut) < 0)
        return -1;
    return read_base(j, &s->base);
}

/* --- reading --- */

static const char *const verdicts[] = {
    [PARSE_COMPLETE] = "complete", [PARSE_INCOMPLETE] = "incomplete", [PARSE_REJECTED] = "rejected"};

static int exit_code(const struct parse_result *r)
{
    return r->verdict == PARSE_COMPLETE     ? EXIT_CODE_OK
           : r->verdict == PARSE_INCOMPLETE ? EXIT_CODE_UNTESTED
                                            : EXIT_CODE_BROKEN;
}

static void tell_verdict(const struct job *j, struct sink *sink, const struct parse_result *r)
{
    json_t *o = json_pack("{s:s, s:s?, s:s?, s:I}", "verdict", verdicts[r->verdict], "rule", r->note.rule, "sentence",
                          r->note.sentence, "offset", (json_int_t)r->note.offset);
    if (r->verdict == PARSE_REJECTED && j->kind->read == parse_http_requests)
        json_object_set_new(o, "status", json_integer(r->note.status));
    if (r->verdict == PARSE_REJECTED)
        json_object_set_new(o, "limit", json_boolean(r->note.limit));
    json_object_set_new(o, "messages", json_integer((json_int_t)r->messages));
    sink_put(sink, o);
}

/* One delivery of the input, from its first event to the verdict. Returns the exit code. */
static int run_once(const struct job *j, struct feed *feed, struct sink *sink)
{
    struct parse_result result = {.verdict = PARSE_COMPLETE};
    struct err e = {0};
    if (j->kind->read(&j->settings, feed, sink, &result, &e) < 0) {
        tell_trouble("parse", "%s", e.text);
        return EXIT_CODE_USAGE;
    }
    tell_verdict(j, sink, &result);
    if (sink->error != 0) {
        tell_trouble("parse", "cannot tell the events: %s", strerror(sink->error));
        return EXIT_CODE_USAGE;
    }
    return exit_code(&result);
}

/* Whether --cut all cuts before this byte. */
static bool cut_here(const struct buf *input, size_t at)
{
    if (input->len <= CUT_EVERYWHERE || at < 2)
        return true;
    if (input->data[at] == '\n' || input->data[at - 1] == '\n' || input->data[at - 2] == '\n')
        return true;
    return at % (input->len / CUT_SAMPLES) == 0;
}

/* The same input in other pieces. Returns 0 when the events are the same. */
static int compare_cut(const struct job *j, const struct buf *input, const struct buf *want, int code, size_t first,
                       size_t piece)
{
    struct feed feed;
    struct sink sink = {.want = want};
    feed_memory(&feed, input, first, piece);
    int got = run_once(j, &feed, &sink);
    feed_close(&feed);
    bool same = got == code && !sink.differing && sink.compared == want->len;
    if (!same)
        fprintf(stderr,
                "sockspec parse: a fault of sockspec itself, please report it with this input: other events "
                "with the "
                "first %zu bytes apart, then pieces of %zu\n  %s",
                first, piece, sink.differing ? sink.differing : "events are missing\n");
    free(sink.differing);
    return same ? 0 : -1;
}

/* The whole input, then every cut of it. */
static int run_every_cut(const struct job *j, const struct buf *input)
{
    struct buf events = {0};
    struct feed feed;
    struct sink sink = {.keep = &events};
    feed_memory(&feed, input, input->len, input->len);
    int code = run_once(j, &feed, &sink);
    feed_close(&feed);
    bool same = compare_cut(j, input, &events, code, 1, 1) == 0;
    for (size_t at = 1; same && at < input->len; at++)
        same = !cut_here(input, at) || compare_cut(j, input, &events, code, at, input->len) == 0;
    if (tell_output(&events) < 0)
        return EXIT_CODE_USAGE;
    return same ? code : EXIT_CODE_BUG;
}

/* Reads the whole feed into memory. Returns 0 or -1. */
static int read_all(const struct job *j, struct feed *feed, struct buf *input)
{
    struct err e = {0};
    size_t len;
    int more = 0;
    do {
        const char *data = feed_bytes(feed, &len);
        buf_add(input, data, len);
        feed_use(feed, len);
    } while (input->len <= CUT_ALL_MAX && (more = feed_more(feed, &e)) > 0);
    if (more < 0) {
        tell_trouble("parse", "%s", e.text);
        return -1;
    }
    if (input->len > CUT_ALL_MAX)
        return complain(j, &j->file, "--cut all takes 64 KiB at most; --cut N any length",
                        "is too long:", j->file.text);
    return 0;
}

static int run_job(const struct job *j)
{
    struct feed feed;
    struct err e = {0};
    if (feed_open(&feed, j->file.text, j->piece, &e) < 0) {
        tell_trouble("parse", "%s", e.text);
        return EXIT_CODE_USAGE;
    }
    int code = EXIT_CODE_USAGE;
    if (j->every_cut) {
        struct buf input = {0};
        if (read_all(j, &feed, &input) == 0)
            code = run_every_cut(j, &input);
        buf_free(&input);
    } else {
        struct sink sink = {.out = stdout};
        struct buf nothing = {0};
        code = run_once(j, &feed, &sink);
        if (sink.error == 0 && tell_output(&nothing) < 0)
            code = EXIT_CODE_USAGE;
    }
    feed_close(&feed);
    return code;
}

static int run_parse(const struct verb *verb, const struct line *line)
{
    struct settings settings = {.limit = LINE_LIMIT};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    struct job job = {.line = line};
    int code = understand(&job, &settings, &operands) < 0 ? EXIT_CODE_USAGE : run_job(&job);
    free(operands.words.items);
    return code;
}

#define AT(field) offsetof(struct settings, field)

static const struct option rows[] = {
    {OPTION_TEXT, 0, "method", "M,...", "what the responses answer, in order; the last holds on (GET)",
     .at = AT(methods)},
    {OPTION_TEXT, 0, "cut", "N|all", "give the reader N bytes at a time; all: try every cut, compare the events",
     .at = AT(cut)},
    {OPTION_FLAG, 0, "lenient", NULL, "go on where the rules allow it or it can be helped, and tell all that is wrong",
     .at = AT(lenient)},
    {OPTION_COUNT, 0, "limit", "N", "most bytes of a line, for lines (65536)", .at = AT(limit), .low = 1,
     .high = 16 << 20},
    {OPTION_TEXT, 0, "base", "URL", "what a URL is relative to: where a redirect leads", .at = AT(base)},
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

const struct verb verb_parse = {
    .name = "parse",
    .synopsis = "sockspec parse http-request|http-response|lines|url [OPTION...] FILE",
    .purpose = "show what a parser sees, an event a line",
    .about = "FILE holds what went over a connection: any number of messages one behind the other, or lines, "
             "or one\n"
             "URL; - is standard input. Offsets count from its first byte. The parsers are those that the "
             "scenarios\n"
             "and targets use: strict unless --lenient. Bytes are text where they are UTF-8 without control\n"
             "characters, else hex. The last line is\n"
             "  "
             "{\"verdict\":\"complete|incomplete|rejected\",\"rule\":...,\"sentence\":...,\"offset\":...,"
             "\"messages\":N}",
    .examples = "sockspec parse http-request request.bin\n"
                "sockspec parse http-response --method HEAD,GET --cut all responses.bin\n"
                "printf 'http://a/b?c' | sockspec parse url -",
    .options = &table,
    .exit_codes = "  0  complete\n"
                  "  1  rejected: a rule is broken, or a limit passed\n"
                  "  2  the command line is wrong, or the input cannot be read\n"
                  "  3  incomplete: right as far as it goes\n"
                  "  4  --cut all found that the events depend on the cuts: a fault of sockspec itself\n",
    .run = run_parse,
};
