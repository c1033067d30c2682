/*
 * udp-client HOST SERVICE MESSAGE [--unconnected]: sends the message, prints the reply. SERVICE is a number,
 * or a name that is looked up as UDP's. Asks four times, 1.5 seconds each; exit status 5 when no reply comes,
 * 1 for other errors, 3 for unknown names, 2 for a wrong call. Document 002, 7 (what is different with UDP),
 * whose client waits until somebody presses Ctrl-C.
 */
#include "clients/udp_client.h"
#include "net/words.h"

#include <string.h>

int main(int argc, char **argv)
{
    int status;
    struct udp_client client = {.connected = !net_option_word(&argc, argv, "--unconnected")};
    if (!net_words(argc, argv, 3, "HOST SERVICE MESSAGE [--unconnected]", &status))
        return status;
    client.message = argv[3];
    client.len = strlen(argv[3]);
    return udp_client_run(&client, argv[0], argv[1], argv[2]);
}
