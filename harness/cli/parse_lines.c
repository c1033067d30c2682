/* `parse lines`: a stream of text lines that end in CR LF or LF. */
#include "cli/parse.h"
#include "protocol/line.h"

static void tell_line(struct sink *sink, uint64_t at, const struct line *l, size_t used)
{
    json_t *o = sink_event("line", at);
    json_object_set_new(o, "length", json_integer((json_int_t)l->len));
    sink_add_bytes(o, "text", l->data, l->len);
    json_object_set_new(o, "end", json_string(!l->terminated ? "none" : used == l->len + 2 ? "CR LF" : "LF"));
    sink_put(sink, o);
}

static int too_long(struct parse_result *result, uint64_t line_at, size_t limit)
{
    result->verdict = PARSE_REJECTED;
    result->note = (struct http_note){
        .rule = "LIMIT-LINE", .sentence = "a line is longer than the limit", .offset = line_at + limit, .limit = true};
    return 0;
}

/* The input has ended: what is left is a line that nothing ends. */
static int finish(struct line_splitter *s, struct feed *feed, struct sink *sink, struct parse_result *result)
{
    size_t len;
    const char *data = feed_bytes(feed, &len);
    struct line l;
    result->note.offset = feed->offset + len;
    switch (line_rest(s, data, len, &l)) {
    case LINE_MORE:
        return 0;
    case LINE_TOO_LONG:
        return too_long(result, feed->offset, s->limit);
    default:
        tell_line(sink, feed->offset, &l, l.len);
        result->verdict = PARSE_INCOMPLETE;
        result->note.rule = "LINE-END";
        result->note.sentence = "the last line is not ended";
        return 0;
    }
}

int parse_lines(const struct parse_settings *settings, struct feed *feed, struct sink *sink,
                struct parse_result *result, struct err *e)
{
    struct line_splitter s;
    line_init(&s, '\n', true, settings->limit);
    for (;;) {
        size_t len, used;
        const char *data = feed_bytes(feed, &len);
        struct line l;
        enum line_event event = line_next(&s, data, len, &l, &used);
        if (event == LINE_TOO_LONG)
            return too_long(result, feed->offset, s.limit);
        if (event == LINE_FOUND) {
            tell_line(sink, feed->offset, &l, used);
            feed_use(feed, used);
            result->messages++;
            continue;
        }
        int more = feed_more(feed, e);
        if (more < 0)
            return -1;
        if (more == 0)
            return finish(&s, feed, sink, result);
    }
}
