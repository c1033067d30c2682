/* Requests to the kernel about devices, addresses, routes and rules (rtnetlink(7)). */
#ifndef SOCKSPEC_FAULT_NETLINK_H
#define SOCKSPEC_FAULT_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

/* One request under construction. All of ours are far smaller. */
struct request {
    struct nlmsghdr head;
    char body[1000];
};

/* A socket for requests of this network namespace. Returns a descriptor, or -1 (errno). */
int netlink_open(void);

/* Begins a request of `type` with the fixed part of its family. */
void request_begin(struct request *r, int type, int flags, const void *fixed, size_t len);

/* Attributes: plain ones, and those that hold others (end gets what begin returned). */
void request_add(struct request *r, int type, const void *data, size_t len);
void request_add32(struct request *r, int type, uint32_t value);
void request_add_text(struct request *r, int type, const char *text);
struct nlattr *request_nest(struct request *r, int type);
void request_nest_end(struct request *r, struct nlattr *nest);

/* Room without a header of its own: a struct inside an attribute that more attributes follow. */
void request_add_raw(struct request *r, const void *data, size_t len);

/* Sends it and waits for the kernel's answer. Returns 0, or -1 (errno). */
int request_send(int nl, struct request *r);

#endif
