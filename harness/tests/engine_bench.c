#include "engine_bench.h"

#include <ev.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct scn_scenario *parse(const char *source, const struct scn_facts *facts)
{
    struct scn_messages messages = {0};
    struct scn_scenario *s =
        scn_parse("test/t", "t.scn", source, strlen(source), &(struct scn_context){.facts = facts}, &messages);
    if (!s) {
        struct buf out = {0};
        for (size_t i = 0; i < messages.count; i++)
            scn_message_print(&out, &messages.items[i], false);
        print_error("%s\n", buf_text(&out));
        buf_free(&out);
    }
    scn_messages_free(&messages);
    return s;
}

void bench_play(const char *source, enum delivery delivery, struct result *result)
{
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct engine_options options = {.patience = 1,
                                     .timeout = 5,
                                     .seed = 1,
                                     .delivery = delivery,
                                     .isolation = ISOLATION_PROCESS,
                                     .host_net = true,
                                     .tmp_dir = "/tmp"};
    struct engine *engine = engine_new(loop, &options);
    struct engine_subject nobody = {0};
    struct scn_facts facts = {0};
    scn_facts_set(&facts, "moment", "200ms");
    struct scn_scenario *s = parse(source, &facts);
    assert_non_null(s);
    engine_run(engine, s, 0, &facts, &nobody, result);
    scn_free(s);
    scn_facts_free(&facts);
    engine_free(engine);
    ev_loop_destroy(loop);
}

void bench_run(const struct bench_row *row, enum delivery delivery)
{
    struct result result = {0};
    bench_play(row->source, delivery, &result);
    if (result.verdict != row->verdict || result.diagnosis != row->diagnosis ||
        (row->says && (!result.message || !strstr(result.message, row->says)))) {
        print_error("%s (%s): %s %s: %s\n", row->name, delivery_words[delivery], verdict_name(result.verdict),
                    diagnosis_name(result.diagnosis), result.message ? result.message : "");
        for (size_t i = 0; i < result.event_count; i++)
            print_error("  %8llu %s:%d %s\n", (unsigned long long)result.timeline[i].us, result.timeline[i].actor,
                        result.timeline[i].line, result.timeline[i].what);
        fail();
    }
    result_clear(&result);
}
