/* `sockspec test`: from settings to the options of a run. */
#include "cli/test_settings.h"

#include "base/mem.h"
#include "run/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of the prepared document root, for subjects that serve {root}. */
static const struct scn_fact root_facts[] = {
    {"path", "/small.txt", NULL},  {"encoded", "/sm%61ll.txt", NULL}, {"redirect", "/folder", NULL},
    {"empty", "/empty.txt", NULL}, {"large", "/large.bin", NULL},     {"large_size", "50000000", NULL},
};

/* The text as the user would write it: "{port}" for a name. */
static char *text_source(const struct scn_text *t)
{
    struct buf b = {0};
    for (size_t i = 0; i < t->count; i++) {
        bool name = t->parts[i].kind == SCN_PART_NAME;
        buf_printf(&b, "%s%.*s%s", name ? "{" : "", (int)t->parts[i].len, t->parts[i].bytes, name ? "}" : "");
    }
    return buf_take(&b);
}

/* A command behind -- wins over the subject file's. */
static int choose_command(struct test_plan *p)
{
    const struct line *line = p->line;
    int first = p->operands->command;
    if (first == line->argc && first > 0) {
        struct word last = {"--", first - 1, 0};
        return test_plan_refuse(p, &last, "the subject's command stands behind it", "no command behind --");
    }
    if (first > 0) {
        p->argv = mem_new((size_t)(line->argc - first) + 1, sizeof(char *));
        for (int i = first; i < line->argc; i++)
            p->argv[i - first] = line->argv[i];
    } else if (p->subject && p->subject->argc && !p->settings->at.text && !p->settings->listen.text) {
        p->argv = mem_new(p->subject->argc + 1, sizeof(char *));
        p->own_argv = true;
        for (size_t i = 0; i < p->subject->argc; i++)
            p->argv[i] = text_source(&p->subject->argv[i]);
    }
    return 0;
}

static bool serves_root(const struct test_plan *p)
{
    if (names_used(p->argv, "root"))
        return true;
    for (size_t i = 0; p->subject && i < p->subject->file_count; i++) {
        const struct scn_text *t = &p->subject->files[i].text;
        for (size_t k = 0; k < t->count; k++) {
            if (t->parts[k].kind == SCN_PART_NAME && strcmp(t->parts[k].bytes, "root") == 0)
                return true;
        }
    }
    return false;
}

/* Later ones win: the profile's defaults, the prepared root's files, the subject file's, the user's. */
static void merge_facts(struct test_plan *p)
{
    bool root = serves_root(p);
    lineage_facts(&p->lineage, &p->facts);
    for (size_t i = 0; root && i < sizeof(root_facts) / sizeof(root_facts[0]); i++) {
        if (scn_facts_get(&p->known, root_facts[i].name))
            scn_facts_set(&p->facts, root_facts[i].name, root_facts[i].value);
    }
    if (p->subject)
        scn_facts_merge(&p->facts, &p->subject->facts);
    for (size_t i = 0; i < p->settings->set.count; i++) {
        const char *text = p->settings->set.items[i].text;
        char *name = mem_printf("%.*s", (int)strcspn(text, "="), text);
        scn_facts_set(&p->facts, name, text + strlen(name) + 1);
        free(name);
    }
}

static int read_shard(struct test_plan *p)
{
    const struct word *w = &p->settings->shard;
    char after;
    if (!w->text)
        return 0;
    if (strspn(w->text, "0123456789/") != strlen(w->text) ||
        sscanf(w->text, "%5d/%5d%c", &p->run.shard, &p->run.shards, &after) != 2)
        return test_plan_refuse(p, w, NULL, "--shard takes K/N, such as 2/3, not '%s'", w->text);
    if (p->run.shards < 1)
        return test_plan_refuse(p, w, NULL, "--shard %s: at least one part is needed", w->text);
    if (p->run.shard < 1 || p->run.shard > p->run.shards)
        return test_plan_refuse(p, w, NULL, "--shard %s: the parts are 1 to %d", w->text, p->run.shards);
    return 0;
}

/* All that an option was given, in the order of the command line; NULL: nothing. */
static char *joined(const struct words *words, char between)
{
    struct buf out = {0};
    for (size_t i = 0; i < words->count; i++) {
        if (i)
            buf_putc(&out, between);
        buf_puts(&out, words->items[i].text);
    }
    return words->count ? buf_take(&out) : NULL;
}

/* Whether the comma-separated list holds the word. */
static bool list_has(const char *list, const char *word)
{
    size_t want = strlen(word);
    for (const char *at = list; *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        if (len == want && memcmp(at, word, len) == 0)
            return true;
        at += len;
    }
    return false;
}

static bool has_tag(const struct scn_scenario *s, const char *list)
{
    for (size_t i = 0; i < s->tag_count; i++) {
        if (list_has(list, s->tags[i]))
            return true;
    }
    return false;
}

/* Keeps those with a wanted tag; whoever asks for slow ones by name gets them. */
static int select_tags(struct test_plan *p)
{
    const char *list = p->tags = joined(&p->settings->tags, ',');
    p->excluded[0] = p->settings->slow || (list && list_has(list, "slow")) ? NULL : "slow";
    if (!list)
        return 0;
    size_t kept = 0;
    for (size_t i = 0; i < p->scenarios.count; i++) {
        struct scn_scenario *s = p->scenarios.items[i];
        if (has_tag(s, list))
            p->scenarios.items[kept++] = s;
        else
            scn_free(s);
    }
    p->scenarios.count = kept;
    if (kept == 0)
        return test_plan_refuse(p, &p->settings->tags.items[0], NULL, "no scenario has one of the tags %s", list);
    return 0;
}

static void add_repeat(struct test_plan *p, size_t *count, const char *word)
{
    p->repeat_words = mem_realloc(p->repeat_words, (*count + 2) * sizeof(char *));
    p->repeat_words[(*count)++] = word;
    p->repeat_words[*count] = NULL;
}

static bool find_option(const char *word, struct option *out)
{
    if (word[1] == '-')
        return options_find(&test_options, word + 2, strcspn(word + 2, "="), out);
    return options_find_letter(&test_options, word[1], out);
}

/* Operands and deciding options with their values, as the user wrote them. */
static void choose_repeat_words(struct test_plan *p)
{
    const struct line *line = p->line;
    int end = p->operands->command ? p->operands->command - 1 : line->argc;
    size_t count = 0;
    for (int i = 2; i < end; i++) {
        const char *word = line->argv[i];
        struct option o;
        if (word[0] != '-')
            add_repeat(p, &count, word);
        if (word[0] != '-' || !find_option(word, &o))
            continue;
        bool value_inside = word[1] == '-' ? strchr(word, '=') != NULL : word[2] != '\0';
        bool value_follows = o.kind != OPTION_FLAG && !value_inside;
        if (o.decides) {
            add_repeat(p, &count, word);
            if (value_follows && i + 1 < end)
                add_repeat(p, &count, line->argv[i + 1]);
        }
        i += value_follows;
    }
}

static void fill_subject(struct test_plan *p)
{
    const struct test_settings *s = p->settings;
    const struct scn_subject_file *f = p->subject;
    struct run_options *r = &p->run;
    if (f && f->title)
        p->subject_name = mem_dup(f->title);
    else
        p->subject_name = p->argv ? shell_line(p->argv) : mem_dup(s->at.text);
    r->argv = p->argv;
    r->files = f ? f->files : NULL;
    r->file_count = f ? f->file_count : 0;
    r->subject_name = p->subject_name;
    r->at = s->at.text;
    r->restart = s->restart.text;
    r->listen = s->listen.text;
    r->allow_remote = s->allow_remote;
    r->ready_output = s->ready_output.text ? s->ready_output.text : f ? f->ready_output : NULL;
    r->start_timeout = s->start_timeout;
    r->isolation = (enum isolation)s->isolation;
    r->host_net = s->net == 1 || (f && f->net_host);
}

/* Two runs that write into one folder at the same time must not take each other's captures: the second one's names bear
 * its PID. One that comes later takes the place of the first, as with any report. */
static void lock_capture_folder(struct test_plan *p, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return; /* told when captures cannot be written there */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        p->capture_lock = fd;
        return;
    }
    close(fd);
    p->capture_suffix = mem_printf("-%ld", (long)getpid());
}

/* Captures need their folder before the first case ends. */
static int make_capture_folder(struct test_plan *p)
{
    const struct word *dir = &p->settings->capture_dir;
    if (p->settings->capture == CAPTURE_NEVER)
        return dir->text ? test_plan_refuse(p, dir, "--capture failed",
                                            "--capture-dir says where to, but nothing is captured")
                         : 0;
    if (dir->text && mkdir(dir->text, 0777) < 0 && errno != EEXIST)
        return test_plan_refuse(p, dir, NULL, "cannot make the folder for captures: %s", strerror(errno));
    lock_capture_folder(p, dir->text ? dir->text : ".");
    return 0;
}

static const char *const *allow_files(struct test_plan *p)
{
    const struct words *words = &p->settings->allow_files;
    p->allow_files = mem_new(words->count + 1, sizeof(*p->allow_files));
    for (size_t i = 0; i < words->count; i++)
        p->allow_files[i] = words->items[i].text;
    return p->allow_files;
}

int test_plan_options(struct test_plan *p)
{
    const struct test_settings *s = p->settings;
    int rc = choose_command(p);
    if (rc == 0)
        rc = read_shard(p);
    if (rc == 0)
        rc = select_tags(p);
    if (rc == 0)
        rc = make_capture_folder(p);
    if (rc)
        return rc;
    merge_facts(p);
    choose_repeat_words(p);
    fill_subject(p);
    struct run_options *r = &p->run;
    r->profile = p->lineage.count ? p->lineage.profiles[0] : NULL;
    r->scenarios = p->scenarios.items;
    r->scenario_count = p->scenarios.count;
    r->facts = &p->facts;
    r->jobs = s->jobs;
    r->repeat = s->repeat;
    r->until_fail = s->until_fail;
    r->filter = p->filter = joined(&s->filter, '|');
    r->tags_excluded = p->excluded;
    r->engine = (struct engine_options){.patience = s->patience,
                                        .timeout = s->timeout,
                                        .seed = s->seed,
                                        .delivery = (enum delivery)s->delivery,
                                        .capture = (enum capture_when)s->capture,
                                        .capture_dir = s->capture_dir.text,
                                        .capture_suffix = p->capture_suffix,
                                        .allow_files = allow_files(p)};
    r->program = p->line->argv[0];
    r->repeat_words = p->repeat_words;
    return 0;
}
