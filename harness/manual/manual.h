/*
 * What is installed beside the program and tells of it: pages of the manual, completions for shells, syntax for
 * editors. All of it is made from the tables that the program works by, and from the pages of the repository.
 */
#ifndef SOCKSPEC_MANUAL_MANUAL_H
#define SOCKSPEC_MANUAL_MANUAL_H

#include "base/buf.h"
#include "base/err.h"

/* A file: where it goes below share/, and what makes it. */
struct manual_file {
    const char *path;
    void (*make)(struct buf *out);
};

/* Those that are no page of a verb, ended by a row without a path. */
extern const struct manual_file manual_files[];

/*
 * Writes all of them below `folder`, which is made as are those in it. `source` is the top of the repository, from
 * which pages are read. Returns 0, or -1 with the error: ENOENT where a page or a heading of one is not there.
 */
int manual_write(const char *folder, const char *source, struct err *e);

/* --- one file each; appends to `out` ------------------------------------------------------------------- */

struct verb;

/* sockspec-VERB(1). `page` is the verb's page of the repository, or NULL: its sections stand behind the options. */
void page_of_verb(struct buf *out, const struct verb *verb, const char *page);

/* sockspec(1) */
void page_of_program(struct buf *out);

void complete_bash(struct buf *out);
void complete_zsh(struct buf *out);
void complete_fish(struct buf *out);
void syntax_vim(struct buf *out);
void syntax_vim_detect(struct buf *out);
void syntax_textmate(struct buf *out);

#endif
