#include "base/buf.h"
#include "base/visible.h"
#include "scenario/scenario.h"

#include <string.h>

size_t scn_case_count(const struct scn_scenario *s)
{
    size_t count = 1;
    for (size_t i = 0; i < s->param_count; i++)
        count *= s->params[i].count;
    return count;
}

const char *scn_case_value(const struct scn_scenario *s, size_t index, size_t param)
{
    for (size_t i = s->param_count; i-- > param + 1;)
        index /= s->params[i].count;
    return s->params[param].values[index % s->params[param].count];
}

char *scn_case_name(const struct scn_scenario *s, size_t index)
{
    struct buf name = {0};
    buf_puts(&name, s->name);
    for (size_t i = 0; i < s->param_count; i++) {
        const char *value = scn_case_value(s, index, i);
        buf_printf(&name, "%s%s=", i ? "," : "[", s->params[i].name);
        visible_add(&name, value, strlen(value), 0);
    }
    if (s->param_count)
        buf_putc(&name, ']');
    return buf_take(&name);
}
