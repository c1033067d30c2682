#include "report/formats.h"

#include <string.h>

const struct report_format *const report_formats[] = {
#define FORMAT(name) &name##_format,
#include "report/formats.def"
#undef FORMAT
};

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
        if (strcmp(report_formats[i]->name, name) == 0)
            return report_formats[i];
    return NULL;
}

int report_put(FILE *out, struct buf *text)
{
    size_t written = fwrite(buf_text(text), 1, text->len, out);
    int rc = written == text->len && fflush(out) == 0 ? 0 : -1;
    buf_free(text);
    return rc;
}
