/*
 * The folder of scenarios: where it is, which profiles and scenarios it holds, and how they are loaded with their
 * context.
 */
#ifndef SOCKSPEC_CLI_CATALOGUE_H
#define SOCKSPEC_CLI_CATALOGUE_H

#include "base/err.h"
#include "scenario/load.h"

#include <stdbool.h>

/* Names in order of the alphabet. Free with names_list_free. */
struct name_list {
    char **items;
    size_t count;
};

void name_list_add(struct name_list *l, const char *name);
bool name_list_has(const struct name_list *l, const char *name);
void name_list_free(struct name_list *l);

/*
 * Where the scenarios are: `given` (--scenarios), else $SOCKSPEC_SCENARIOS, else scenarios/ with a file `rules` in it
 * beside the program or in a folder above it, else <prefix>/share/sockspec/scenarios. The caller frees it. NULL with
 * `e` when there is none.
 */
char *catalogue_find(const char *given, struct err *e);

/* The folders in `dir` that hold a file `profile`. A folder that cannot be read has none. */
struct name_list catalogue_profiles(const char *dir);

/* The .scn files in `dir`, without the ending. */
struct name_list catalogue_scenarios(const char *dir);

/* A profile with all that it extends, nearest first: profiles[0] is the one asked for. */
struct lineage {
    struct scn_profile **profiles;
    size_t count;
};

/*
 * Loads DIR/NAME/profile and what it extends, each once. Returns 0, or -1 with messages (an unknown `extends` or
 * premise, a file that cannot be read or is wrong). Free with lineage_free in both cases.
 */
int lineage_load(struct lineage *l, const char *dir, const char *name, struct scn_messages *messages);
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

/* Loads all of DIR/PROFILE. Returns how many had errors. */
size_t collection_load_profile(struct collection *c, const char *dir, const char *profile,
                               const struct scn_context *context, struct scn_messages *messages);

void collection_free(struct collection *c);

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
