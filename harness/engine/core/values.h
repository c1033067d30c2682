/*
 * What names, texts, numbers and payloads stand for while a case runs.
 */
#ifndef SOCKSPEC_ENGINE_CORE_VALUES_H
#define SOCKSPEC_ENGINE_CORE_VALUES_H

#include "engine/core/types.h"

/* Bytes that several steps share: the expansion of a payload. */
struct bytes {
    int refs;
    size_t *account; /* what counts its length as long as it lives, or NULL */
    size_t len;
    char data[];
};

/* A let or a capture. */
struct variable {
    struct variable *next;
    const char *name;
    struct bytes *value;
};

/* A copy with one reference, which the caller owns. */
struct bytes *bytes_new(const void *data, size_t len);
struct bytes *bytes_keep(struct bytes *b);
void bytes_drop(struct bytes *b);

/* The value of a name for this actor (NULL: for none in particular), or NULL; *len is set. Valid
 * until the next call. */
const char *value_of(struct case_run *run, const struct actor *a, const char *name, size_t *len, struct buf *scratch);

/* Appends text with its names put in. Returns 0, or -1 when a name has no value: that has ended the case (case_error),
 * so that nobody compares with less than was meant. */
int text_expand(struct case_run *run, struct actor *a, const struct scn_text *text, struct buf *out);

/* The number, its name resolved; `otherwise` where it is not set. Returns 0, or -1 with `e`: the name has no value
 * here, or none that could stand there. */
int number_read(struct case_run *run, const struct actor *a, const struct scn_number *n, double otherwise,
                double *value, struct err *e);

/* As number_read. What is no number ends the case (case_error), so that no program is failed for another one than was
 * meant; `otherwise` is returned then, for a step that has not noticed yet. */
double number_of(struct case_run *run, struct actor *a, const struct scn_number *n, double otherwise);

/* The same for a `within`: where a fact says it there is a second more. */
double limit_of(struct case_run *run, struct actor *a, const struct scn_number *n, double otherwise);

/* The variable's value, borrowed; NULL where there is no such variable. */
struct bytes *variable_value(const struct actor *a, const char *name);

/* What the case has captured for the fact that its scenario learns, as text; NULL: nothing, or what no text can hold.
 * The caller frees it. */
char *learned_value(const struct case_run *run);

/* Gives a variable of the actor a value (takes over the reference). */
void variable_set(struct actor *a, const char *name, struct bytes *value);
void variables_free(struct actor *a);

#endif
