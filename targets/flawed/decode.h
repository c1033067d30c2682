/* What a client makes of text that decodes each piece of it by itself. */
#ifndef SOCKSPEC_FLAWED_DECODE_H
#define SOCKSPEC_FLAWED_DECODE_H

#include <stddef.h>

/* piece.decode("utf-8", "replace"): bytes of a character that is not whole in data[0 .. len) become '?'. */
void flawed_decode(char *data, size_t len);

#endif
