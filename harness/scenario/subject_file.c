#include "scenario/lines.h"
#include "scenario/source.h"

#include <stdlib.h>
#include <string.h>

static bool parse_title(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    return parse_plain(p, "the subject's title", &s->title);
}

static bool parse_install(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    return parse_plain(p, "a command line", &s->install);
}

static bool parse_profiles(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    for (;;) {
        const char *name;
        if (!parse_name(p, "the name of a profile", &name, NULL))
            return false;
        const char **slot = arena_push(p->arena, &s->profiles, &s->profile_count, sizeof(*slot));
        *slot = name;
        if (p->tok.kind != TOK_COMMA)
            return true;
        advance(p);
    }
}

/* A path that does not begin at the root begins at the folder of the subject file. */
static bool parse_scenarios(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    const char *name;
    do {
        if (!parse_plain(p, "a folder of profiles", &name))
            return false;
        const char *slash = *name == '/' ? NULL : strrchr(p->file, '/');
        const char **slot = arena_push(p->arena, &s->folders, &s->folder_count, sizeof(*slot));
        char *path = mem_printf("%.*s%s", slash ? (int)(slash - p->file) + 1 : 0, p->file, name);
        *slot = arena_dup(p->arena, path);
        free(path);
    } while (p->tok.kind == TOK_STRING);
    return true;
}

static bool parse_file(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    struct scn_config_file file = {0};
    struct scn_at at = p->tok.at;
    if (!parse_plain(p, "the name of a file", &file.name))
        return false;
    if (!*file.name || strchr(file.name, '/') || file.name[0] == '.')
        return fail_at(p, at, NULL, "the name of a file beside {root}: no '/', no '.' first");
    if (p->tok.kind != TOK_PIPE)
        return fail_expected(p, "| lines with the text of the file", NULL);
    parse_pipes(p, "\n", &file.text);
    struct scn_config_file *slot = arena_push(p->arena, &s->files, &s->file_count, sizeof(*slot));
    *slot = file;
    return true;
}

static bool parse_start(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    if (s->argc)
        return fail_at(p, p->tok.at, NULL, "a second start");
    do {
        struct scn_text text;
        if (!parse_text(p, "a word of the command", &text))
            return false;
        struct scn_text *slot = arena_push(p->arena, &s->argv, &s->argc, sizeof(*slot));
        *slot = text;
    } while (p->tok.kind == TOK_STRING);
    return true;
}

static bool parse_ready(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    struct scn_regex regex;
    if (accept_word(p, "listening"))
        return true;
    if (!need_word(p, "output", "or 'listening' after 'ready'") || !parse_regex(p, &regex))
        return false;
    s->ready_output = regex.pattern;
    return true;
}

static bool parse_net(struct parser *p, void *to)
{
    static const char *const nets[] = {"host", "private", NULL};
    struct scn_subject_file *s = to;
    s->net_host = is_word(p, "host");
    if (accept_word(p, "host") || accept_word(p, "private"))
        return true;
    if (p->tok.kind == TOK_WORD)
        return fail_unknown(p, p->tok.at, "network", tok_copy(p), nets, NULL);
    return fail_expected(p, "host or private", NULL);
}

static bool parse_fact(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    const char *name, *value;
    if (!parse_name(p, "the name of a fact", &name, NULL) || !lines_value(p, "the fact's value", &value))
        return false;
    if (s->facts.count >= LINES_MAX)
        return fail_at(p, p->tok.at, NULL, "more than %d facts", LINES_MAX);
    scn_facts_set(&s->facts, name, value);
    return true;
}

static bool parse_known(struct parser *p, void *to)
{
    struct scn_subject_file *s = to;
    struct scn_known_failure known;
    if (!parse_plain(p, "the name of a scenario", &known.name) || !parse_plain(p, "the reason", &known.reason))
        return false;
    struct scn_known_failure *slot = arena_push(p->arena, &s->known, &s->known_count, sizeof(*slot));
    *slot = known;
    return true;
}

static const struct line_row ROWS[] = {
    LINE_ROW("subject", parse_title),   LINE_ROW("profiles", parse_profiles),
    LINE_ROW("install", parse_install), LINE_ROW("file", parse_file),
    LINE_ROW("start", parse_start),     LINE_ROW("ready", parse_ready),
    LINE_ROW("net", parse_net),         LINE_ROW("fact", parse_fact),
    LINE_ROW("known", parse_known),     LINE_ROW("scenarios", parse_scenarios),
};
static const struct table TABLE = {.what = "word", .where = "subject file", TABLE_ROWS(ROWS)};

/* {names} in words and files are the engine's or facts of this file. */
static void check_text(struct parser *p, const struct scn_subject_file *s, const struct scn_text *text)
{
    for (size_t i = 0; i < text->count && !parser_full(p); i++) {
        const struct scn_part *part = &text->parts[i];
        if (part->kind != SCN_PART_NAME || scn_facts_get(&s->facts, part->bytes))
            continue;
        if (scn_list_find(SCN_LIST_GIVEN, part->bytes) < 0)
            fail_unknown(p, part->at, "name", part->bytes, scn_list_words(SCN_LIST_GIVEN), NULL);
    }
}

static bool complete(struct parser *p, const struct scn_subject_file *s)
{
    struct scn_at top = {.line = 1, .col = 1, .len = 1};
    if (!s->title)
        fail_at(p, top, NULL, "a subject file begins with: subject \"what it is\"");
    if (!s->argc)
        fail_at(p, top, "start \"program\" \"{port}\"", "no start: how is the subject started?");
    if (!s->profile_count)
        fail_at(p, top, "profiles http-server", "no profiles: what is the subject held to?");
    for (size_t i = 0; i < s->argc; i++)
        check_text(p, s, &s->argv[i]);
    for (size_t i = 0; i < s->file_count; i++)
        check_text(p, s, &s->files[i].text);
    return !parser_failed(p);
}

struct scn_subject_file *scn_subject_file_parse(const char *file, const char *text, size_t len,
                                                struct scn_messages *messages)
{
    struct scn_subject_file *s = mem_new(1, sizeof(*s));
    struct parser p;
    int rc = lines_parse(file, text, len, &TABLE, s, &s->arena, &p, messages);
    if (rc == 0 && !complete(&p, s))
        rc = -1;
    if (rc == 0)
        return s;
    scn_subject_file_free(s);
    return NULL;
}

struct scn_subject_file *scn_subject_file_load(const char *path, struct scn_messages *messages)
{
    struct buf source = {0};
    struct scn_subject_file *s = NULL;
    if (source_read(path, &source, messages) == 0)
        s = scn_subject_file_parse(path, buf_text(&source), source.len, messages);
    buf_free(&source);
    return s;
}

void scn_subject_file_free(struct scn_subject_file *s)
{
    if (!s)
        return;
    scn_facts_free(&s->facts);
    arena_free(&s->arena);
    free(s);
}
