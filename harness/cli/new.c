/* The verb `new`: writes a profile or a scenario to begin with. */
#include "base/mem.h"
#include "base/output.h"
#include "cli/catalogue.h"
#include "cli/verb.h"
#include "scenario/vocabulary.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct new_settings {
    int subject, transport;
};

/* The roles that a first scenario can be written for, and the transports of the language. */
static const char *const subject_words[] = {"server", "client", NULL};
static const char *const transport_words[] = SCN_WORDS(SCN_TRANSPORTS);

/* A conversation that any right program has, for what a profile is about; the user's own comes in its place. */
struct first {
    bool client; /* the subject is one */
    bool datagrams;
    const char *title, *sentence;
    const char *steps;
};

static const struct first FIRSTS[] = {
    {false, false, "Who connects and leaves again is no trouble", "A server outlives a client that says nothing",
     "client {\n"
     "    connect\n"
     "    # send \"PING\\r\\n\"\n"
     "    # expect line \"PONG\" within 2s\n"
     "    shutdown write\n"
     "}\n"
     "subject { expect alive }\n"},
    {false, true, "A datagram that means nothing is no trouble", "A server outlives a datagram that it does not know",
     "client {\n"
     "    connect\n"
     "    send \"?\"\n"
     "    # expect \"what comes back\" within 2s\n"
     "}\n"
     "subject { expect alive }\n"},
    {true, false, "A server that closes at once is no reason to hang", "A client ends when its server does",
     "server {\n"
     "    accept\n"
     "    # expect line \"PING\"\n"
     "    # send \"PONG\\r\\n\"\n"
     "    close\n"
     "}\n"
     "subject { expect exit any within 10s }\n"},
    {true, true, "A server that never answers is no reason to hang", "A client gives up when no answer comes",
     "server {\n"
     "    hold # expect \"what it sends\" ; send \"what comes back\"\n"
     "}\n"
     "subject { expect exit any within 30s }\n"},
};

static const struct first *first_of(bool client, enum scn_transport transport)
{
    bool datagrams = transport == SCN_UDP || transport == SCN_UDP6 || transport == SCN_UNIX_DGRAM;
    for (size_t i = 0; i < sizeof(FIRSTS) / sizeof(FIRSTS[0]); i++)
        if (FIRSTS[i].client == client && FIRSTS[i].datagrams == datagrams)
            return &FIRSTS[i];
    return NULL;
}

/* Where the program under test finds the other side. */
static const char *place_words(enum scn_transport transport)
{
    bool is_unix = transport == SCN_UNIX_STREAM || transport == SCN_UNIX_DGRAM || transport == SCN_UNIX_SEQPACKET;
    return is_unix ? "{socket}" : "{host} {port}";
}

/* `KV-OUTLIVES`, of the profile `kv`. */
static void add_rule_id(struct buf *out, const char *profile, bool client)
{
    for (const char *at = profile; *at; at++)
        buf_putc(out, *at == '_' ? '-' : (char)toupper((unsigned char)*at));
    buf_puts(out, client ? "-ENDS" : "-OUTLIVES");
}

static void profile_text(struct buf *out, const char *name, const struct new_settings *s)
{
    bool client = s->subject == 1;
    enum scn_transport transport = (enum scn_transport)(s->transport + 1);
    buf_printf(out, "profile   \"What a %s of %s owes its %s\"\n", subject_words[s->subject], name,
               client ? "servers" : "clients");
    buf_printf(out, "subject   %s\ntransport %s\n", subject_words[s->subject], transport_words[s->transport]);
    if (transport == SCN_TCP)
        buf_printf(out, "extends   tcp-%s # whose scenarios are run as well\n", subject_words[s->subject]);
    buf_printf(out, "usage     \"sockspec test %s --scenarios . -- ./my-%s %s\"\n", name, subject_words[s->subject],
               place_words(transport));
}

static void rules_text(struct buf *out, const char *profile, const struct first *first)
{
    buf_puts(out, "rule   ");
    add_rule_id(out, profile, first->client);
    buf_printf(out, " MUST\nsource \"the description of %s\"\ntext   \"%s.\"\n", profile, first->sentence);
}

static void scenario_text(struct buf *out, const char *profile, const struct first *first)
{
    buf_printf(out, "scenario \"%s\"\nrule     ", first->title);
    add_rule_id(out, profile, first->client);
    buf_printf(out, " MUST \"%s\"\n\n%s", first->sentence, first->steps);
}

/* Writes what is not there yet, and tells so. Returns 0, or -1. */
static int write_new(const char *folder, const char *file, struct buf *text)
{
    struct err e = {0};
    char *path = strcmp(folder, ".") == 0 ? mem_dup(file) : mem_printf("%s/%s", folder, file);
    struct stat there;
    int rc = lstat(path, &there) == 0 ? err_set(&e, EEXIST, "%s is there already", path)
                                      : output_save(path, text->data, text->len, &e);
    if (rc < 0)
        tell_trouble("new", "%s", e.text);
    else
        printf("wrote %s\n", path);
    buf_free(text);
    free(path);
    return rc;
}

static int new_profile(const char *path, const struct new_settings *s)
{
    char *name = path_base(path), *above = path_folder(path);
    const struct first *first = first_of(s->subject == 1, (enum scn_transport)(s->transport + 1));
    struct buf text = {0};
    int rc = mkdir(path, 0777);
    if (rc < 0) {
        tell_trouble("new", "cannot make the folder %s: %s", path, strerror(errno));
    } else {
        profile_text(&text, name, s);
        rc = write_new(path, "profile", &text);
    }
    if (rc == 0) {
        rules_text(&text, name, first);
        rc = write_new(path, "rules", &text);
    }
    if (rc == 0) {
        scenario_text(&text, name, first);
        rc = write_new(path, "first.scn", &text);
    }
    if (rc == 0)
        printf("\nnext:\n  sockspec check %s\n  sockspec test %s --scenarios %s -- ./my-%s %s\n", path, name, above,
               subject_words[s->subject], place_words((enum scn_transport)(s->transport + 1)));
    free(above);
    free(name);
    return rc;
}

/* The profile of that folder; NULL where it has none (or it is wrong: told). */
static struct scn_profile *profile_in(const char *folder, const char *name)
{
    char *file = mem_printf("%s/profile", folder);
    struct scn_messages messages = {0};
    struct scn_profile *p = path_is_file(file) ? scn_profile_load(file, name, &messages) : NULL;
    if (!p && !messages.count)
        tell_trouble("new",
                     "%s is no profile: 'sockspec new profile' writes one, and then sockspec new scenario "
                     "PROFILE/NAME",
                     folder);
    print_messages(&messages);
    free(file);
    return p;
}

static int new_scenario(const char *path)
{
    char *folder = path_folder(path), *real = realpath(folder, NULL), *profile = path_base(real ? real : folder);
    char *base = path_base(path), *file = path_ends(base, ".scn") ? mem_dup(base) : mem_printf("%s.scn", base);
    struct scn_profile *p = profile_in(folder, profile);
    int rc = -1;
    if (p && p->role == SCN_ROLE_NONE) {
        tell_trouble("new", "profile %s has no subject: write its scenario by hand (scenarios/README.md)", profile);
    } else if (p) {
        struct buf text = {0};
        scenario_text(&text, profile, first_of(p->role == SCN_ROLE_CLIENT, p->transport));
        rc = write_new(folder, file, &text);
    }
    if (rc == 0)
        printf("\nnext:\n  sockspec check %s/%s\n", folder, file);
    scn_profile_free(p);
    free(file);
    free(base);
    free(profile);
    free(real);
    free(folder);
    return rc;
}

/* A name that scenarios and command lines can say: letters, digits, - and _, a letter first. */
static bool is_name(const char *path)
{
    char *base = path_base(path);
    if (path_ends(base, ".scn"))
        base[strlen(base) - strlen(".scn")] = '\0';
    bool yes = isalpha((unsigned char)base[0]);
    for (const char *at = base; *at && yes; at++)
        yes = isalnum((unsigned char)*at) || *at == '-' || *at == '_';
    free(base);
    return yes;
}

static int refuse(const struct line *line, const struct word *where, const char *hint, const char *text)
{
    struct buf error = {0};
    usage_error(&error, line, where, hint, "%s", text);
    tell_error(&error);
    return EXIT_CODE_USAGE;
}

static int run_new(const struct verb *verb, const struct line *line)
{
    struct new_settings settings = {0};
    struct operands operands = {0};
    int rc = verb_options(verb, line, &settings, &operands);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    const struct word *w = operands.words.items;
    bool profile = operands.words.count && strcmp(w[0].text, "profile") == 0;
    bool scenario = operands.words.count && strcmp(w[0].text, "scenario") == 0;
    int code = EXIT_CODE_USAGE;
    if (!profile && !scenario)
        refuse(line, w, "sockspec new profile NAME", "a profile or a scenario, and its name, are wanted");
    else if (operands.words.count != 2)
        refuse(line, operands.words.count > 2 ? &w[2] : &w[0], NULL, "one name is wanted");
    else if (!is_name(w[1].text))
        refuse(line, &w[1], "letters, digits, - and _, a letter first", "that is no name");
    else if ((profile ? new_profile(w[1].text, &settings) : new_scenario(w[1].text)) == 0)
        code = fflush(stdout) == 0 ? EXIT_CODE_OK : EXIT_CODE_UNTESTED;
    free(operands.words.items);
    return code;
}

static const struct option rows[] = {
    {OPTION_CHOICE, 0, "subject", "WHAT", "What the profile is about", .at = offsetof(struct new_settings, subject),
     .choices = subject_words},
    {OPTION_CHOICE, 0, "transport", "T", "What it speaks", .at = offsetof(struct new_settings, transport),
     .choices = transport_words},
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

const struct verb verb_new = {
    .name = "new",
    .synopsis = "sockspec new profile NAME [OPTION...]\n"
                "sockspec new scenario PROFILE/NAME",
    .purpose = "write a profile, or a scenario of one, to begin with",
    .about = "NAME may have a folder before it. What is written passes 'sockspec check' and runs; no file is written\n"
             "over. The options are those of a profile. scenarios/OWN.md goes on from there.",
    .examples = "sockspec new profile kv\n"
                "sockspec new profile kv-client --subject client\n"
                "sockspec new scenario kv/get-empty",
    .options = &table,
    .exit_codes = "  0  written\n"
                  "  2  the command line is wrong, or a file is in the way\n"
                  "  3  it cannot be told\n",
    .run = run_new,
};
