/* How messages come to be; how they are printed is in load.h. */
#ifndef SOCKSPEC_SCENARIO_MESSAGE_H
#define SOCKSPEC_SCENARIO_MESSAGE_H

#include "scenario/load.h"

#include <stdarg.h>

/* At most so many a file: the first ones matter, and a broken file must not flood. */
#define MESSAGES_PER_FILE 20

/* Appends one; `hint` may be NULL. The caller fills in line_text (malloced). Valid until the next. */
struct scn_message *message_add(struct scn_messages *m, const char *file, struct scn_at at, const char *hint,
                                const char *format, va_list args) __attribute__((format(printf, 5, 0)));

/* One about a file as a whole. */
void message_add_file(struct scn_messages *m, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
