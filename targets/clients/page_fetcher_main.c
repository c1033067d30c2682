/*
 * page-fetcher URL... [--close | --pipeline]: the bodies of the pages on stdout, one behind the other. With
 * --close each comes over a connection of its own, with --pipeline all are asked for at once. Exit status 0
 * when all were complete 2xx responses; else that of the first that was not: 6 for another status, 7 for a
 * response that is no HTTP or incomplete, 8 for a URL that cannot be fetched (https among them), 1, 3 and 5
 * for system errors, names and time: 5 seconds for a page. 2 for a wrong call. Document 003, 13.4 (urllib),
 * whose two lines print whatever came.
 */
#include "clients/fetch.h"
#include "net/words.h"

int main(int argc, char **argv)
{
    static struct fetch fetch;
    fetch.pipelines = net_option_word(&argc, argv, "--pipeline");
    fetch.one_each = net_option_word(&argc, argv, "--close");
    int status, urls = argc > 1 ? argc - 1 : 1;
    if (!net_words(argc, argv, urls, "URL... [--close | --pipeline]", &status))
        return status;
    return fetch_pages(&fetch, argv[0], argv + 1, (size_t)urls);
}
