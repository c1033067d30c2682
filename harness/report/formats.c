#include "report/formats.h"

#include <string.h>

static const struct report_format formats[] = {
    {"tap", "--tap", NULL, "TAP 14 on standard output in place of the console's report", tap_write},
    {"junit", "--junit", "FILE", "JUnit XML, as CI systems read it", junit_write},
    {"json", "--json", "FILE", "everything about the run (schema: results.schema.json); `sockspec report` reads it",
     json_write},
    {"html", "--html", "FILE", "one page for a browser, offline: rules, failures, sequence diagrams", html_write},
    {"markdown", "--markdown", "FILE", "a summary in Markdown", markdown_write},
    {"github", "--github", NULL, "annotations for GitHub Actions on standard output, behind the console's report",
     github_write},
};

const struct report_format *report_formats(size_t *count)
{
    *count = sizeof(formats) / sizeof(formats[0]);
    return formats;
}

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
