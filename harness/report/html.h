/*
 * The report as one HTML page: no network, no file besides, light and dark, for screen, keyboard and paper.
 *
 * What a subject has written stands in it and may hold anything: no text goes into the page but through html_text, so
 * none of it can become markup.
 */
#ifndef SOCKSPEC_REPORT_HTML_H
#define SOCKSPEC_REPORT_HTML_H

#include "report/model.h"

/* Appends text made safe for element content and quoted attributes; NULL is nothing. */
void html_text(struct buf *out, const char *text);

/* As html_text, cut to so many columns; returns whether something was cut off (then the text ends in an ellipsis). */
bool html_text_cut(struct buf *out, const char *text, size_t columns);

/* As html_text of several lines, LF kept: for pre elements. */
void html_lines(struct buf *out, const char *text);

/* Appends one case as a details element; `id` is its anchor, unique in the page. */
void html_case(struct buf *out, const struct result *r, const char *id);

/* Appends the conversation as an SVG sequence diagram: a column an actor and one for the subject, a row an event.
 * Nothing where there is no timeline. */
void html_diagram(struct buf *out, const struct result *r, const char *id);

/* The page's style and script, whole. */
extern const char html_style[], html_script[];

#endif
