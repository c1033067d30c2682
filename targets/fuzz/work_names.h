/* Stands before each source of the copies of targets/protocol whose work is counted: see work.h. */
#ifndef SOCKSPEC_FUZZ_WORK_NAMES_H
#define SOCKSPEC_FUZZ_WORK_NAMES_H

#include "fuzz/work.h"

#include <string.h>

#define memchr work_memchr
#define memmem work_memmem
#ifndef WORK_SEARCHES_ONLY
#define memcmp  work_memcmp
#define memcpy  work_memcpy
#define memmove work_memmove
#define strlen  work_strlen
#endif

#endif
