#include "base/mem.h"
#include "report/failure.h"
#include "report/formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Content: line ends and tabs stay, since a reader keeps them there. */
static void add_content(struct buf *out, const char *text)
{
    struct buf safe = {0};
    for (const char *p = text; *p;) {
        size_t line = strcspn(p, "\n\t");
        buf_clear(&safe);
        text_safe(&safe, p, line);
        text_markup(out, buf_text(&safe), safe.len);
        p += line;
        if (*p)
            buf_putc(out, *p++);
    }
    buf_free(&safe);
}

/* An attribute, or nothing for NULL: line ends and tabs, which a reader would turn into spaces, are made visible. */
static void add_attribute(struct buf *out, const char *name, const char *text)
{
    if (!text)
        return;
    struct buf safe = {0};
    text_line(&safe, text);
    buf_printf(out, " %s=\"", name);
    text_markup(out, buf_text(&safe), safe.len);
    buf_putc(out, '"');
    buf_free(&safe);
}

static double seconds_of(double seconds)
{
    return isfinite(seconds) && seconds > 0 ? seconds : 0;
}

/* What CI systems tell apart. */
enum outcome { PASSED, FAILED, ERRED, SKIPPED };

static enum outcome outcome_of(const struct result *r, bool strict)
{
    switch (r->verdict) {
    case VERDICT_PASS:
        return PASSED;
    case VERDICT_SKIP:
        return SKIPPED;
    case VERDICT_ERROR:
        return ERRED;
    case VERDICT_INCONCLUSIVE:
        return strict ? ERRED : SKIPPED;
    default:
        return !result_is_broken(r, strict) ? PASSED : r->known ? SKIPPED : FAILED;
    }
}

static void add_reason(struct buf *out, const struct result *r, enum outcome outcome)
{
    struct buf message = {0};
    if (r->verdict == VERDICT_INCONCLUSIVE)
        buf_puts(&message, "inconclusive: ");
    failure_message(&message, r);
    if (outcome == SKIPPED) {
        if (r->known) {
            buf_clear(&message);
            buf_printf(&message, "known failure: %s", r->known);
        }
        buf_puts(out, "      <skipped");
        add_attribute(out, "message", buf_text(&message));
        buf_puts(out, "/>\n");
    } else if (outcome != PASSED) {
        const char *element = outcome == ERRED ? "error" : "failure";
        bool flaky = r->verdict == VERDICT_FLAKY || r->diagnosis == DIAGNOSIS_NONE;
        buf_printf(out, "      <%s", element);
        add_attribute(out, "message", buf_text(&message));
        add_attribute(out, "type", flaky ? verdict_name(r->verdict) : diagnosis_name(r->diagnosis));
        buf_puts(out, ">");
        const struct look plain = {0};
        struct buf body = {0};
        failure_body(&body, &plain, r, DETAIL_FULL);
        add_content(out, buf_text(&body));
        buf_free(&body);
        buf_printf(out, "</%s>\n", element);
    }
    buf_free(&message);
}

static void add_output(struct buf *out, const struct result *r, enum outcome outcome)
{
    bool told = outcome == FAILED || outcome == ERRED;
    struct buf text = {0};
    const struct look plain = {0};
    if (!told && r->verdict != VERDICT_PASS && r->verdict != VERDICT_SKIP)
        failure_add(&text, &plain, r, DETAIL_FULL);
    else if (r->known && r->verdict == VERDICT_PASS)
        buf_printf(&text, "passes now, known as a failure: %s\n", r->known);
    else if (r->output && *r->output)
        buf_puts(&text, r->output);
    if (text.len) {
        buf_puts(out, "      <system-out>");
        add_content(out, buf_text(&text));
        buf_puts(out, "</system-out>\n");
    }
    buf_free(&text);
}

static void add_case(struct buf *out, const struct result *r, bool strict)
{
    enum outcome outcome = outcome_of(r, strict);
    struct buf inner = {0};
    add_reason(&inner, r, outcome);
    add_output(&inner, r, outcome);
    buf_puts(out, "    <testcase");
    add_attribute(out, "name", r->name ? r->name : "(no name)");
    add_attribute(out, "classname", r->scenario ? r->scenario : "");
    add_attribute(out, "file", r->file);
    if (r->line > 0)
        buf_printf(out, " line=\"%d\"", r->line);
    buf_printf(out, " time=\"%.6f\"", seconds_of(r->seconds));
    if (inner.len) {
        buf_puts(out, ">\n");
        buf_add(out, inner.data, inner.len);
        buf_puts(out, "    </testcase>\n");
    } else {
        buf_puts(out, "/>\n");
    }
    buf_free(&inner);
}

/* The folder of the scenario: the profile that it was written for. */
static size_t suite_length(const struct result *r)
{
    const char *slash = r->scenario ? strrchr(r->scenario, '/') : NULL;
    return slash ? (size_t)(slash - r->scenario) : 0;
}

static bool same_suite(const struct result *a, const struct result *b)
{
    size_t n = suite_length(a);
    return n == suite_length(b) && (n == 0 || memcmp(a->scenario, b->scenario, n) == 0);
}

static void add_counts(struct buf *out, const size_t counts[4], double seconds)
{
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\"",
               counts[PASSED] + counts[FAILED] + counts[ERRED] + counts[SKIPPED], counts[FAILED], counts[ERRED],
               counts[SKIPPED], seconds_of(seconds));
}

static void add_property(struct buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    buf_puts(out, "      <property");
    add_attribute(out, "name", name);
    add_attribute(out, "value", value);
    buf_puts(out, "/>\n");
}

static void begin_suite(struct buf *out, const struct run *r, const struct result *first, const size_t counts[4],
                        double seconds)
{
    char *name = suite_length(first) ? mem_printf("%.*s", (int)suite_length(first), first->scenario)
                                     : mem_dup(r->profile ? r->profile : "sockspec");
    char *seed = mem_printf("%llu", (unsigned long long)r->seed);
    buf_puts(out, "  <testsuite");
    add_attribute(out, "name", name);
    add_counts(out, counts, seconds);
    buf_puts(out, ">\n    <properties>\n");
    add_property(out, "sockspec", SOCKSPEC_VERSION);
    add_property(out, "profile", r->profile);
    add_property(out, "subject", r->subject);
    add_property(out, "seed", seed);
    add_property(out, "machine", r->machine);
    add_property(out, "stopped", r->stopped);
    buf_puts(out, "    </properties>\n");
    free(name);
    free(seed);
}

/* All results of one suite, from its first on; `written` marks those that are done. */
static void write_suite(FILE *out, const struct run *r, size_t first, bool *written, bool strict)
{
    size_t counts[4] = {0};
    double seconds = 0;
    for (size_t i = first; i < r->count; i++) {
        if (!same_suite(&r->results[first], &r->results[i]))
            continue;
        counts[outcome_of(&r->results[i], strict)]++;
        seconds += seconds_of(r->results[i].seconds);
    }
    struct buf text = {0};
    begin_suite(&text, r, &r->results[first], counts, seconds);
    for (size_t i = first; i < r->count; i++) {
        if (!same_suite(&r->results[first], &r->results[i]))
            continue;
        written[i] = true;
        add_case(&text, &r->results[i], strict);
        fwrite(text.data, 1, text.len, out);
        buf_clear(&text);
    }
    fputs("  </testsuite>\n", out);
    buf_free(&text);
}

/* As CI systems read it: a testsuite a profile. A known failure is `skipped`, with its reason. */
static int junit_write(FILE *out, const struct run *r, bool strict)
{
    size_t counts[4] = {0};
    for (size_t i = 0; i < r->count; i++)
        counts[outcome_of(&r->results[i], strict)]++;
    struct buf head = {0};
    buf_puts(&head, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sockspec\"");
    add_counts(&head, counts, r->seconds);
    buf_puts(&head, ">\n");
    fwrite(head.data, 1, head.len, out);
    buf_free(&head);
    bool *written = mem_new(r->count, sizeof(*written));
    for (size_t i = 0; i < r->count; i++)
        if (!written[i])
            write_suite(out, r, i, written, strict);
    free(written);
    fputs("</testsuites>\n", out);
    return fflush(out) || ferror(out) ? -1 : 0;
}

const struct report_format junit_format = {
    .name = "junit",
    .place = REPORT_FILE,
    .purpose = "JUnit XML, as CI systems read it",
    .write = junit_write,
};
