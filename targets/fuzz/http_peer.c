#include "fuzz/http_peer.h"

#ifdef SOCKSPEC_HTTP_PARSER

#include "fuzz/fuzz.h"

#include <http_parser.h>
#include <string.h>

/* Far above its last method; names behind that one are "<unknown>". */
#define METHODS_MOST 64

struct reading {
    struct peer_reading *r;
    enum peer_body body;
    bool complete;
};

static int on_headers_complete(http_parser *p)
{
    struct reading *reading = p->data;
    bool success = p->status_code >= 200 && p->status_code <= 299;
    reading->r->head = true;
    if (reading->body == PEER_BODY_TUNNEL)
        return success ? PEER_BODY_TUNNEL : PEER_BODY_AS_TOLD;
    return (int)reading->body;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
    struct peer_reading *r = ((struct reading *)p->data)->r;
    r->digest = fuzz_digest(r->digest, at, len);
    r->content += len;
    return 0;
}

/* Stops it behind the message. */
static int on_message_complete(http_parser *p)
{
    struct reading *reading = p->data;
    reading->complete = true;
    reading->r->keep_alive = http_should_keep_alive(p) != 0;
    http_parser_pause(p, 1);
    return 0;
}

bool peer_is_here(void)
{
    return true;
}

struct peer_reading peer_read(bool response, const char *data, size_t len, enum peer_body body)
{
    struct peer_reading r = {.what = PEER_MORE, .digest = FUZZ_DIGEST};
    struct reading reading = {.r = &r, .body = body};
    http_parser_settings settings;
    http_parser p = {.data = &reading};
    http_parser_settings_init(&settings);
    settings.on_headers_complete = on_headers_complete;
    settings.on_body = on_body;
    settings.on_message_complete = on_message_complete;
    http_parser_init(&p, response ? HTTP_RESPONSE : HTTP_REQUEST);
    if (len > 0)
        r.end = http_parser_execute(&p, &settings, data, len);
    if (reading.complete) {
        r.what = p.upgrade ? PEER_UPGRADE : PEER_MESSAGE;
        return r;
    }
    if (HTTP_PARSER_ERRNO(&p) == HPE_OK && r.head && p.upgrade) {
        r.what = PEER_UPGRADE;
    } else if (HTTP_PARSER_ERRNO(&p) != HPE_OK) {
        r.what = PEER_REFUSED;
        r.error = http_errno_name(HTTP_PARSER_ERRNO(&p)) + strlen("HPE_");
    } else if (r.head) {
        http_parser_execute(&p, &settings, data, 0);
        r.what = reading.complete ? PEER_CLOSE : PEER_MORE;
    }
    return r;
}

bool peer_knows_method(const char *method, size_t len)
{
    for (unsigned i = 0; i < METHODS_MOST; i++) {
        const char *name = http_method_str((enum http_method)i);
        if (strlen(name) == len && memcmp(name, method, len) == 0)
            return true;
    }
    return false;
}

#else

bool peer_is_here(void)
{
    return false;
}

struct peer_reading peer_read(bool response, const char *data, size_t len, enum peer_body body)
{
    (void)response;
    (void)data;
    (void)len;
    (void)body;
    return (struct peer_reading){.what = PEER_MORE};
}

bool peer_knows_method(const char *method, size_t len)
{
    (void)method;
    (void)len;
    return false;
}

#endif
