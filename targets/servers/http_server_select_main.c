/*
 * http-server-select HOST PORT [ROOT]: HTTP/1.1 with select(), for many clients in one thread. Serves the
 * files of ROOT, a small page at / where it has none, and gives back at /echo what is posted to it. Document
 * 001 (select), whose program sends once and forgets the rest, puts any descriptor into its sets, and waits
 * for room to write with nothing to write.
 */
#include "net/words.h"
#include "servers/http_server.h"

#define TIMEOUT_MS 30000
#define BODY_MAX   (8u << 20)

int main(int argc, char **argv)
{
    struct http_config config = {.select = true, .timeout = TIMEOUT_MS, .body_max = BODY_MAX};
    int status;
    if (!net_words(argc == 4 ? 3 : argc, argv, 2, "HOST PORT [ROOT]", &status))
        return status;
    return http_serve(argv[1], argv[2], argc == 4 ? argv[3] : NULL, &config);
}
