/* Answers that are wrong. */
#include "flawed/semantics.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What "cuts-large-content" keeps. */
#define SMALL 65536

/* No content where `data` names the status. */
void no_explanation(struct http_conn *c, struct http_response *r)
{
    const struct slip *s = http_config_of(c)->ops.data;
    if (r->status != s->status)
        return;
    r->text = "";
    r->length = 0;
}

/* The packed file in place of the plain one, and the head of the plain one. The two bytes are the beginning
 * of any gzip file. */
void packed_unsaid(struct http_conn *c, struct http_response *r)
{
    const struct http_field *f = slip_head_is_whole(c) ? slip_field(c, "Accept-Encoding") : NULL;
    if (f == NULL || r->status != 200 || !slip_value_is(c, f, "=gzip"))
        return;
    struct http_response packed = http_plain(200);
    packed.text = "\x1f\x8b";
    packed.length = 2;
    slip_replace(r, packed);
}

/* TRACE with all that was received. */
void shows_secrets(struct http_conn *c, struct http_response *r)
{
    struct http_bytes shown = {0};
    if (!slip_head_is_whole(c) || c->head->method != HTTP_TRACE || !http_bytes_add(&shown, c->in.data, c->head->length))
        return;
    slip_replace(r, (struct http_response){
                        .status = 200, .type = "message/http", .file = -1, .body = shown, .length = shown.len});
}

void cuts_large_content(struct http_conn *c, struct http_response *r)
{
    (void)c;
    if (r->body.len > SMALL)
        r->length = r->body.len = SMALL;
}

/* open(root + path): the dots are the file system's business. */
void leaves_the_root(struct http_conn *c, struct http_response *r)
{
    char path[PATH_MAX];
    struct stat st;
    int root = http_config_of(c)->root;
    if (!slip_head_is_whole(c) || c->head->target.len >= sizeof path || r->status != 404 || root < 0)
        return;
    snprintf(path, sizeof path, "./%.*s", (int)c->head->target.len, http_text(c->in.data, c->head->target));
    int file = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return;
    if (fstat(file, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(file);
        return;
    }
    slip_replace(
        r, (struct http_response){.status = 200, .type = "text/plain", .file = file, .length = (uint64_t)st.st_size});
}

/* Refuses before the content has come, and then reads it as a request. */
void stays_open_after_refusal(struct http_conn *c, struct http_response *r)
{
    if (slip_head_is_whole(c) && slip_field(c, "Expect") != NULL && r->status >= 400)
        r->close = false;
}

void content_with_304(struct http_conn *c, struct http_response *r)
{
    (void)c;
    if (r->status != 304)
        return;
    r->text = "Not Modified\n";
    r->length = strlen(r->text);
    r->head_only = false;
}

/* CONNECT to a target that has no port is taken for one that has. */
void invalid_target_is_connected(struct http_conn *c, struct http_response *r)
{
    if (slip_head_is_whole(c) && c->head->method == HTTP_CONNECT && c->head->findings.count > 0)
        slip_replace(r, http_plain(200));
}

static void two_parts(struct http_conn *c, struct http_response *r, const char *text)
{
    const struct http_field *f = slip_head_is_whole(c) ? slip_field(c, "Range") : NULL;
    if (f == NULL || r->status != 200 || !slip_value_is(c, f, "3-3"))
        return;
    struct http_response parts_of_it = http_plain(206);
    parts_of_it.type = "multipart/byteranges; boundary=x";
    parts_of_it.text = text;
    parts_of_it.length = strlen(text);
    slip_replace(r, parts_of_it);
}

/* The parts are right; http_write_head adds the Content-Range of a single one to their head. */
void parts(struct http_conn *c, struct http_response *r)
{
    two_parts(c, r,
              "--x\r\nContent-Range: bytes 0-0/13\r\n\r\na\r\n--x\r\nContent-Range: bytes "
              "3-3/13\r\n\r\nm\r\n--x--\r\n");
}

/* The second part does not say where it belongs. */
void parts_without_place(struct http_conn *c, struct http_response *r)
{
    two_parts(c, r,
              "--x\r\nContent-Range: bytes 0-0/13\r\n\r\na\r\n--x\r\nContent-Type: "
              "text/plain\r\n\r\nm\r\n--x--\r\n");
}

size_t version_of_the_request(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    size_t len = http_write_head(c, r, out, cap);
    if (len > 8 && slip_head_is_whole(c) && c->head->minor == 0)
        out[7] = '0';
    return len;
}

/* Nothing follows, so the length is said to be nothing. */
size_t no_length_for_head(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    struct http_response told = *r;
    if (r->head_only)
        told.length = 0;
    return http_write_head(c, &told, out, cap);
}
