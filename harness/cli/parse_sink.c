/* Events of the verb `parse` as JSON lines: printed, kept or compared. */
#include "base/mem.h"
#include "base/visible.h"
#include "cli/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void compare(struct sink *s, const char *line, size_t len)
{
    size_t left = s->want->len - s->compared;
    if (s->differing != NULL)
        return;
    if (len > left || memcmp(s->want->data + s->compared, line, len) != 0)
        s->differing = mem_dup(line);
    s->compared += len;
}

void sink_put(struct sink *s, json_t *object)
{
    /* ASCII only: what came from outside must not play with the terminal. */
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);
    json_decref(object);
    if (text == NULL) {
        s->error = ENOMEM;
        return;
    }
    struct buf line = {0};
    buf_printf(&line, "%s\n", text);
    visible_break_json(&line, 0);
    if (s->out != NULL && s->error == 0 && fwrite(line.data, 1, line.len, s->out) != line.len)
        s->error = errno;
    if (s->keep != NULL)
        buf_add(s->keep, line.data, line.len);
    if (s->want != NULL)
        compare(s, line.data, line.len);
    buf_free(&line);
    free(text);
}

json_t *sink_event(const char *name, uint64_t offset)
{
    return json_pack("{s:s, s:I}", "event", name, "offset", (json_int_t)offset);
}

static bool plain(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return false;
    }
    return true;
}

void sink_add_bytes(json_t *object, const char *key, const char *data, size_t len)
{
    json_t *text = plain(data, len) ? json_stringn(data, len) : NULL; /* NULL: no UTF-8 */
    if (text != NULL) {
        json_object_set_new(object, key, text);
        return;
    }
    static const char digits[] = "0123456789abcdef";
    struct buf hex = {0};
    for (size_t i = 0; i < len; i++) {
        buf_putc(&hex, digits[(unsigned char)data[i] >> 4]);
        buf_putc(&hex, digits[(unsigned char)data[i] & 15]);
    }
    char *name = strcmp(key, "text") == 0 ? mem_dup("hex") : mem_printf("%s_hex", key);
    json_object_set_new(object, name, json_string(buf_text(&hex)));
    free(name);
    buf_free(&hex);
}
