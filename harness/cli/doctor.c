/* The verb `doctor`: what this machine allows, what would be skipped, why, and how to get it. */
#include "base/clock.h"
#include "cli/reports.h"
#include "cli/verb.h"
#include "report/text.h"
#include "run/machine.h"
#include "scenario/load.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Where a terminal's width is not known. */
#define WIDTH 80
/* "  missing  network-namespace  " */
#define COLUMN_NAME 11
#define COLUMN_TEXT 30

struct doctor_settings {
    bool json;
    int colour, isolation;
};

#define AT(field) offsetof(struct doctor_settings, field)

static const struct option rows[] = {
    {OPTION_FLAG, 0, "json", NULL, "One JSON object in place of text", .at = AT(json)},
    {OPTION_CHOICE, 0, "isolation", "HOW", "The namespaces that runs will have", .at = AT(isolation),
     .choices = isolation_words},
    COLOUR_OPTION(AT(colour)),
};
static const struct options table = {rows, sizeof(rows) / sizeof(rows[0])};

/* One mechanism and what came of it. */
struct finding {
    const struct scn_mechanism *mechanism;
    const char *why; /* it does not work; NULL: it does */
};

struct examination {
    struct machine machine;
    struct finding findings[SCN_MECHANISM_COUNT];
    size_t count, working;
    char host[300];
    double seconds;
};

static void examine(struct examination *x, enum isolation isolation)
{
    size_t count;
    const struct scn_mechanism *all = scn_mechanisms(&count);
    uint64_t began = clock_us();
    struct utsname u;
    uname(&u);
    snprintf(x->host, sizeof(x->host), "%s %s %s, user %u", u.sysname, u.release, u.machine, (unsigned)geteuid());
    machine_init(&x->machine, isolation, false, false);
    for (size_t i = 0; i < count; i++) {
        const char *why = machine_why(&x->machine, all[i].id);
        x->findings[x->count++] = (struct finding){&all[i], why};
        x->working += !why;
    }
    x->seconds = (double)(clock_us() - began) / 1e6;
}

/* --- as text -------------------------------------------------------------------------------------------- */

static void add_line(struct buf *out, const struct look *look, const char *label, const char *text)
{
    buf_printf(out, "%*s", COLUMN_NAME, "");
    paint_text(out, look, PAINT_DIM, label);
    text_wrap(out, look, COLUMN_NAME + strlen(label), COLUMN_NAME + strlen(label), text);
    buf_putc(out, '\n');
}

static void add_finding(struct buf *out, const struct look *look, const struct finding *f)
{
    buf_puts(out, "  ");
    if (f->why)
        paint_text(out, look, PAINT_ALARM, "missing");
    else
        paint_text(out, look, PAINT_GREEN, "works");
    buf_printf(out, f->why ? "  " : "    ");
    paint_text(out, look, PAINT_BOLD, f->mechanism->name);
    size_t at = COLUMN_NAME + strlen(f->mechanism->name);
    buf_printf(out, "%*s", (int)(COLUMN_TEXT - at), "");
    text_wrap(out, look, COLUMN_TEXT, COLUMN_TEXT, f->mechanism->purpose);
    buf_putc(out, '\n');
    if (!f->why)
        return;
    add_line(out, look, "why  ", f->why);
    add_line(out, look, "how  ", f->mechanism->remedy);
}

/* Without namespaces: what a program under test can still do (SECURITY.md). */
static const char escapes[] =
    "Without namespaces the program under test shares the machine's processes, files and network. What it starts is "
    "found "
    "and ended, also when it kills its parents; but with the same user's rights it can kill sockspec itself and live "
    "on, "
    "and write whatever that user may write. Run it as a user of its own, or in a container, when it may be hostile.";

static void tell_text(const struct examination *x, const struct look *look, struct buf *out)
{
    buf_printf(out, "sockspec doctor: %s\n\n", x->host);
    for (size_t i = 0; i < x->count; i++)
        add_finding(out, look, &x->findings[i]);
    buf_printf(out, "\n%zu of %zu work", x->working, x->count);
    buf_puts(out,
             x->working < x->count ? "; scenarios that need what is missing are skipped, with this reason\n" : "\n");
    if (machine_why((struct machine *)(uintptr_t)&x->machine, SCN_HAS_NAMESPACES)) {
        buf_puts(out, "\n  ");
        text_wrap(out, look, 2, 2, escapes);
        buf_putc(out, '\n');
    }
}

/* --- as JSON -------------------------------------------------------------------------------------------- */

static json_t *finding_json(const struct finding *f)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", json_string(f->mechanism->name));
    json_object_set_new(o, "purpose", json_string(f->mechanism->purpose));
    json_object_set_new(o, "works", json_boolean(!f->why));
    if (f->why) {
        json_t *why = json_string(f->why); /* NULL where it is no UTF-8, which no message of the system is */
        json_object_set_new(o, "why", why ? why : json_string("unknown"));
        json_object_set_new(o, "how", json_string(f->mechanism->remedy));
    }
    return o;
}

static void tell_json(const struct examination *x, struct buf *out)
{
    json_t *all = json_object(), *list = json_array();
    for (size_t i = 0; i < x->count; i++)
        json_array_append_new(list, finding_json(&x->findings[i]));
    json_object_set_new(all, "machine", json_string(x->host));
    json_object_set_new(all, "working", json_integer((json_int_t)x->working));
    json_object_set_new(all, "missing", json_integer((json_int_t)(x->count - x->working)));
    json_object_set_new(all, "seconds", json_real(x->seconds));
    json_object_set_new(all, "mechanisms", list);
    char *text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(3));
    buf_printf(out, "%s\n", text ? text : "{}");
    free(text);
    json_decref(all);
}

/* --- the verb ------------------------------------------------------------------------------------------- */

static int run_doctor(const struct verb *verb, const struct line *line)
{
    struct doctor_settings settings = {0};
    struct console_options o = {0};
    struct examination x = {0};
    struct buf out = {0};
    int rc = verb_takes_nothing(verb, line, &settings);
    if (rc != 0)
        return rc < 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
    examine(&x, (enum isolation)settings.isolation);
    console_options_init(&o, stdout, (enum colour)settings.colour);
    const struct look look = {.colour = o.colour, .width = o.width ? o.width : WIDTH};
    if (settings.json)
        tell_json(&x, &out);
    else
        tell_text(&x, &look, &out);
    if (tell_output(&out) < 0)
        return EXIT_CODE_UNTESTED;
    return x.working < x.count ? EXIT_CODE_UNTESTED : EXIT_CODE_OK;
}

const struct verb verb_doctor = {
    .name = "doctor",
    .synopsis = "sockspec doctor [OPTION...]",
    .purpose = "try what this machine allows; say what would be skipped, why, and how to get it",
    .about = "Each mechanism is tried in a process that ends at once; nothing of the machine is changed. The names are "
             "those\n"
             "that `needs` in a scenario knows.",
    .examples = "sockspec doctor\n"
                "sockspec doctor --json | jq '.mechanisms[] | select(.works | not) | .name'",
    .options = &table,
    .exit_codes = "  0  all of it works\n"
                  "  2  the command line is wrong\n"
                  "  3  something is missing\n",
    .run = run_doctor,
};
