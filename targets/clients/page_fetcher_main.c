/*
 * page-fetcher URL: the body of the page on stdout. Exit status 0 for a complete 2xx response; 6 for another
 * status, 7 for a response that is no HTTP or incomplete, 8 for a URL that cannot be fetched (https among
 * them), 1, 3 and 5 for system errors, names and time: 5 seconds for all of it. 2 for a wrong call.
 * Document 003, 13.4 (urllib), whose two lines print whatever came.
 */
#include "clients/fetch.h"
#include "net/words.h"

int main(int argc, char **argv)
{
    static struct fetch fetch;
    int status;
    if (!net_words(argc, argv, 1, "URL", &status))
        return status;
    return fetch_page(&fetch, argv[0], argv[1]);
}
