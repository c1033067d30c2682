#include "run/before.h"

#include "base/mem.h"
#include "run/names.h"
#include "run/renew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int before_kind(const struct run_options *o, struct worker_setup *setup, struct err *e)
{
    enum scn_role role = o->profile ? o->profile->role : SCN_ROLE_NONE;
    setup->kind = WORKER_ALONE;
    if (role == SCN_ROLE_NONE && (o->argv || o->at || o->listen))
        return err_set(e, 0, "nothing here plays against a subject: no command, --at or --listen is wanted");
    if (role == SCN_ROLE_SERVER) {
        if (o->listen)
            return err_set(e, 0, "--listen is for clients, and %s is a server's profile", o->profile->name);
        if (!o->at == !o->argv)
            return err_set(e, 0, "%s wants a server: either its command after --, or --at HOST:PORT", o->profile->name);
        setup->kind = o->at ? WORKER_AT : WORKER_SERVER;
    } else if (role == SCN_ROLE_CLIENT) {
        if (o->at)
            return err_set(e, 0, "--at is for servers, and %s is a client's profile", o->profile->name);
        if (!o->listen == !o->argv)
            return err_set(e, 0, "%s wants a client: either its command after --, or --listen HOST:PORT",
                           o->profile->name);
        setup->kind = o->listen ? WORKER_LISTEN : WORKER_CLIENT;
    }
    if (o->restart && setup->kind != WORKER_AT)
        return err_set(e, 0, "--restart goes with --at");
    if (o->at)
        return place_parse(&setup->place, o->profile->transport, o->at, "--at", o->allow_remote, e);
    if (o->listen)
        return place_parse(&setup->place, o->profile->transport, o->listen, "--listen", o->allow_remote, e);
    return 0;
}

/* Whether a program of that name can be executed: as a path, or along PATH. */
static bool program_exists(const char *name)
{
    const char *path = getenv("PATH");
    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    for (const char *at = path ? path : "/bin:/usr/bin";; at++) {
        size_t len = strcspn(at, ":");
        char *full = mem_printf("%.*s/%s", (int)len, len ? at : ".", name);
        bool found = access(full, X_OK) == 0;
        free(full);
        if (found)
            return true;
        at += len;
        if (!*at)
            return false;
    }
}

int before_command(const struct run_options *o, const struct worker_setup *setup, struct err *e)
{
    /* Stands for each value that is not known yet: it is the names that are checked. */
    const struct names any = {.host = "127.0.0.1",
                              .port = 1,
                              .socket = "socket",
                              .root = "root",
                              .dir = "dir",
                              .facts = o->facts,
                              .servers = setup->kind == WORKER_CLIENT};
    if (!o->argv)
        return 0;
    if (!o->argv[0] || !*o->argv[0])
        return err_set(e, 0, "the command after -- is empty");
    char **words = names_expand_words(o->argv, &any, e);
    if (!words)
        return -1;
    int result = 0;
    if (!names_in(o->argv[0], "dir") && !names_in(o->argv[0], "root") && !program_exists(words[0]))
        result =
            err_set(e, ENOENT, strchr(words[0], '/') ? "cannot execute '%s'" : "cannot find the program '%s' in PATH",
                    words[0]);
    names_free(words);
    return result;
}

int before_server(const struct run_options *o, const struct worker_setup *setup, struct err *e)
{
    const struct place *place = &setup->place;
    char where[PLACE_TEXT];
    if (setup->kind != WORKER_AT || place_taken(place))
        return 0;
    if (o->restart && renew_restart(o->restart, place, o->start_timeout, e) < 0)
        return -1;
    if (o->restart && place_awaited(place, o->start_timeout))
        return 0;
    place_text(place, where);
    return err_set(e, ECONNREFUSED, "nobody listens on %s%s: no case was run", where,
                   o->restart ? ", and --restart has not changed that" : "");
}
