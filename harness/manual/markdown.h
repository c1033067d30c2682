/*
 * The pages of the repository as pages of the manual: what they use of Markdown, and nothing else of it. Headings,
 * paragraphs, lists of one level, fenced and indented blocks, tables, comments.
 */
#ifndef SOCKSPEC_MANUAL_MARKDOWN_H
#define SOCKSPEC_MANUAL_MARKDOWN_H

#include "base/buf.h"

#include <stdbool.h>

/*
 * Appends the sections of `text` from the heading `from` (NULL: its first section) up to, without it, the heading `to`
 * (NULL: its end). Both are the whole words behind the marks of a heading of the second level. The title of the page is
 * left out. Returns false where a heading that is named does not stand there.
 */
bool markdown_to_roff(struct buf *out, const char *text, const char *from, const char *to);

#endif
