/*
 * Where profiles are: the folder that comes with the program and those of the user, which profiles and scenarios they
 * hold, and how these are loaded with their context.
 */
#ifndef SOCKSPEC_CLI_CATALOGUE_H
#define SOCKSPEC_CLI_CATALOGUE_H

#include "base/err.h"
#include "cli/options.h"
#include "scenario/load.h"

#include <stdbool.h>

/* Names. Free with name_list_free. */
struct name_list {
    char **items;
    size_t count;
};

void name_list_add(struct name_list *l, const char *name);
bool name_list_has(const struct name_list *l, const char *name);
void name_list_sort(struct name_list *l); /* in order of the alphabet */
void name_list_free(struct name_list *l);

/* All folders of profiles. Zero-initialise before use; free with catalogue_close. */
struct catalogue {
    struct name_list folders;  /* each once, in the order in which they were found */
    struct name_list profiles; /* of all of them: each name once, in order of the alphabet */
    struct name_list within;   /* the folder that each of these is in */
};

/* What is told where no folder was found at all. */
#define CATALOGUE_EMPTY "the scenarios are not beside the program; name their folder with --scenarios DIR"

/*
 * Opens the shipped folder (scenarios/ with a file `rules` in it beside the program or in a folder above it, else
 * <prefix>/share/sockspec/scenarios), then those of $SOCKSPEC_SCENARIOS, `:` between them, then those of `given`
 * (--scenarios; may be NULL). A folder that is there already says nothing new. Returns 0 (no folder at all is no
 * error), or -1 with `e`: one is no folder, or a second profile of some name is in it; *where is then the word of
 * `given` that named it, or NULL. Close it in both cases.
 */
int catalogue_open(struct catalogue *c, const struct words *given, const struct word **where, struct err *e);

/* As catalogue_open; what is wrong has been told when it returns -1, no folder at all too. */
int catalogue_open_all(struct catalogue *c, const struct words *given, const struct line *line);
void catalogue_close(struct catalogue *c);

/* One more folder, named by `from` ("--scenarios"). Returns 0, or -1 with `e` as catalogue_open. */
int catalogue_add(struct catalogue *c, const char *dir, const char *from, struct err *e);

bool catalogue_has_folder(const struct catalogue *c, const char *dir);

/* The folder of a profile, in the folder `near` (may be NULL) before all others. NULL: there is none. The caller frees
 * it. */
char *catalogue_profile(const struct catalogue *c, const char *near, const char *name);

/*
 * The rules of all folders and of the profiles in them, as one list; NULL where there are none. Messages tell what is
 * wrong, an id that stands in two files too. Free with scn_rules_free.
 */
struct scn_rules *catalogue_rules(const struct catalogue *c, struct scn_messages *messages);

/* Those of a profile's folder and the one above it alone. */
struct scn_rules *rules_near(const char *dir, struct scn_messages *messages);

/* `rules` for a folder that is held to a list, since it or the one above has a file `rules`; else NULL: whose rules are
 * nowhere but in the scenarios need no list. */
const struct scn_rules *rules_held(const struct scn_rules *rules, const char *dir);

/* The .scn files in a folder, without the ending. */
struct name_list catalogue_scenarios(const char *folder);

/* Folders besides the shipped one: a row of the options of whoever needs scenarios, into a struct words. */
#define SCENARIOS_OPTION(offset, told)                                                                                 \
    {                                                                                                                  \
        OPTION_LIST, 0, "scenarios", "DIR",                                                                            \
            "A folder of profiles and rules besides the shipped one; may be repeated. $SOCKSPEC_SCENARIOS names such " \
            "folders too, with : between them",                                                                        \
            .at = (offset), .decides = (told)                                                                          \
    }

/* A profile with all that it extends, nearest first: profiles[0] is the one asked for. */
struct lineage {
    struct scn_profile **profiles;
    size_t count;
    struct name_list folders; /* of each */
};

/*
 * Loads the profile of a folder and what it extends, each once; a profile beside it comes before those of the
 * catalogue. Returns 0, or -1 with messages (an unknown `extends` or premise, a file that cannot be read or is wrong).
 * Free with lineage_free in both cases. lineage_find: the profile that the catalogue has.
 */
int lineage_load(struct lineage *l, const struct catalogue *c, const char *folder, const char *name,
                 struct scn_messages *messages);
int lineage_find(struct lineage *l, const struct catalogue *c, const char *name, struct scn_messages *messages);
void lineage_free(struct lineage *l);

/* Sets the defaults of the facts: those of the bases first, so that the nearest wins. */
void lineage_facts(const struct lineage *l, struct scn_facts *facts);

/* As lineage_facts, with "" for those without a default: all names that the checker may take for defined. */
void lineage_known_facts(const struct lineage *l, struct scn_facts *facts);

/* A growing set of loaded scenarios, each name once. Zero-initialise before use. */
struct collection {
    struct scn_scenario **items;
    size_t count;
    size_t failed; /* files with errors */
};

/* Loads PATH as PROFILE/BASE unless a scenario of that name is there. Returns 0, or -1 with messages. */
int collection_load(struct collection *c, const char *path, const char *profile, const struct scn_context *context,
                    struct scn_messages *messages);

/* Loads all of a profile's folder. Returns how many had errors. */
size_t collection_load_profile(struct collection *c, const char *folder, const char *profile,
                               const struct scn_context *context, struct scn_messages *messages);

void collection_free(struct collection *c);

/* A profile with what it extends, the facts that are known there, and its own scenarios. */
struct shelf {
    struct lineage lineage;
    struct scn_facts facts;
    struct collection scenarios;       /* empty before shelf_fill */
    const struct scn_profile *profile; /* NULL: it could not be loaded */
    const char *folder;
};

/* Loads what the catalogue has of that name; what is wrong stands in `messages`. */
void shelf_open(struct shelf *s, const struct catalogue *c, const char *profile, struct scn_messages *messages);
void shelf_fill(struct shelf *s, struct scn_messages *messages);
void shelf_close(struct shelf *s);

/* Prints the messages to stderr, with colour on a terminal, and frees them. */
void print_messages(struct scn_messages *messages);

/* The last part of a path; "." and "/" have none: then ".". The caller frees it. */
char *path_base(const char *path);

/* The folder that a path is in: "." where it names none. The caller frees it. */
char *path_folder(const char *path);

bool path_is_file(const char *path);
bool path_is_folder(const char *path);
bool path_ends(const char *path, const char *ending);

#endif
