/*
 * One request read strictly and whole, head to body, as a server would: what the benchmark's fuzz targets do.
 */
#ifndef SOCKSPEC_BENCH_OUR_REQUEST_H
#define SOCKSPEC_BENCH_OUR_REQUEST_H

#include "protocol/http.h"

/* What was read. Parts behind a refusal, or behind where the bytes ended, are not set. */
struct our_request {
    long head_result; /* http_head_parse */
    struct http_head head;
    int framing_result; /* http_framing_decide */
    struct http_framing framing;
    enum http_body_event end; /* END, ERROR, or MORE where bytes are missing */
    struct http_body body;    /* where there is one */
};

/* Reads one request from data[0 .. len), in one piece. */
void our_request_read(struct our_request *r, const char *data, size_t len);

#endif
