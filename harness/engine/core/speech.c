#include "engine/core/speech.h"
#include "engine/core/payload.h"
#include "engine/core/values.h"

#include "protocol/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* reply 250 "one" "two" */
static int write_numbered(enum scn_speech_kind kind, const struct scn_item *item, const char *const *lines,
                          size_t count, struct buf *out, struct err *e)
{
    static const char *const empty[] = {""};
    enum reply_form form = kind == SCN_SPEECH_FTP ? REPLY_FTP : kind == SCN_SPEECH_NNTP ? REPLY_NNTP : REPLY_SMTP;
    char *text = mem_new(REPLY_WRITTEN_MAX, 1);
    size_t len = reply_write(text, REPLY_WRITTEN_MAX, form, atoi(item->name), count ? lines : empty, count ? count : 1);
    buf_add(out, text, len);
    free(text);
    return len ? 0
               : err_set(e, EINVAL,
                         "line %d: no such reply can be written: a code from 100 to 699, and lines "
                         "without line ends, one in nntp",
                         item->at.line);
}

/* reply OK "done": with the tag of the command that it answers; reply +OK "hello". */
static int write_word(struct case_run *run, struct actor *a, const struct scn_item *item, const char *const *lines,
                      size_t count, struct buf *out, struct err *e)
{
    bool tagged = item->name[0] != '+' && item->name[0] != '-';
    if (count > 1 || (count && strpbrk(lines[0], "\r\n")))
        return err_set(e, EINVAL, "line %d: this reply has one line", item->at.line);
    if (tagged && item->tag.count && text_expand(run, a, &item->tag, out) < 0)
        return err_set(e, EINVAL, "line %d: the tag has no value here", item->at.line);
    if (tagged && !item->tag.count)
        buf_printf(out, "%s", a->tag ? a->tag->data : "*");
    buf_printf(out, "%s%s%s%s\r\n", tagged ? " " : "", item->name, count ? " " : "", count ? lines[0] : "");
    return 0;
}

int speech_write(struct case_run *run, struct actor *a, const struct scn_item *item, struct buf *out, struct err *e)
{
    size_t count = item->of->count;
    char **lines = mem_new(count + 1, sizeof(*lines));
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct buf line = {0};
        rc = text_expand(run, a, &item->of->items[i].text, &line);
        if (rc < 0)
            err_set(e, EINVAL, "line %d: a name in this reply has no value here", item->at.line);
        else if (line.len && memchr(line.data, '\0', line.len))
            rc = err_set(e, EINVAL, "line %d: a line of a reply has no NUL", item->at.line);
        lines[i] = mem_printf("%s", buf_text(&line));
        buf_free(&line);
    }
    const char *const *texts = (const char *const *)lines;
    if (rc == 0 && item->name[0] >= '0' && item->name[0] <= '9')
        rc = write_numbered(run->scenario->speech.kind, item, texts, count, out, e);
    else if (rc == 0)
        rc = write_word(run, a, item, texts, count, out, e);
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
    return rc;
}
