/*
 * Which requests have gone out on a connection and wait for an answer: a response can be framed only by the request
 * that it answers.
 */
#ifndef SOCKSPEC_ENGINE_CORE_REQUESTS_H
#define SOCKSPEC_ENGINE_CORE_REQUESTS_H

#include "engine/core/types.h"

#include "protocol/http.h"

/* A line or a message head that grows beyond this is a mismatch, not a reason to fill the memory. */
#define HEAD_MAX (1024 * 1024)

/* What requests went out on a connection. Only for actors that expect responses. */
struct sent_requests;

/* What a harness must be able to read, to say what is wrong with it: lenient, and larger than any limit that a right
 * program has. */
const struct http_options *message_options(void);

/* For a connection of an actor that expects responses, else NULL. */
struct sent_requests *requests_new(const struct actor *a);
void requests_free(struct sent_requests *r);

/* Records what is sent, to know which requests wait for a response. */
void requests_sent(struct sent_requests *r, const void *data, size_t len);

/* The method of the oldest request without a final response, or "GET" (`r` NULL too). */
const char *requests_oldest(const struct sent_requests *r);

/* Whether a request that was sent whole waits for a response, and nothing but requests was sent. NULL is allowed. */
bool requests_wait(const struct sent_requests *r);

/* A final response has been taken. NULL is allowed. */
void requests_answered(struct sent_requests *r);

#endif
