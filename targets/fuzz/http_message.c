#include "fuzz/http_message.h"

#include "fuzz/http_again.h"
#include "fuzz/http_agree.h"
#include "fuzz/http_differ.h"
#include "fuzz/http_read.h"
#include "fuzz/http_rules.h"
#include "fuzz/http_written.h"

/* Writing a whole message costs as much as reading one thrice. */
#define WRITTEN_ONE_IN 8

int fuzz_http_message(enum http_kind kind, const uint8_t *data, size_t size)
{
    struct fuzz_input in;
    if (!fuzz_input_read(&in, data, size))
        return 0;
    const struct http_options options = read_options(&in);
    const enum http_method method = read_method(&in);
    struct read_message m;
    read_every_way(&m, &in, kind, &options, method);
    check_leniency(&m, &in, kind, &options, method);
    if (!read_strict(&options))
        return 0;
    struct plain_message plain;
    plain_read(&plain, kind, in.data, in.len, method);
    agree_message(&m, &plain, in.data, in.len);
    differ_check(&m, &plain, in.data, in.len, method);
    if (m.head_result <= 0)
        return 0;
    rules_head(&m.head, in.data);
    again_head(&m.head, in.data);
    if (FUZZ_CHOSEN(fuzz_digest(FUZZ_DIGEST, in.data, m.head.length), WRITTEN_ONE_IN))
        written_message(&m.head, in.data, method);
    if (m.framing_result == 0)
        rules_framing(&m.framing, &m.head, in.data, method);
    return 0;
}
