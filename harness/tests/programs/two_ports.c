/*
 * two_ports PORT [wrong|deaf|late]: a server with a second port, as FTP has. OPEN gives `229 (|||PORT|)`, who connects
 * there gets what GET asks for: `data` and the end. PUT TEXT writes the file `kept` in the working folder. `wrong`: the
 * port told is 99999; `deaf`: nobody listens at it; `late`: the file is written half a second behind the reply.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_at(int port, int *got)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    socklen_t len = sizeof at;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        exit(1);
    *got = ntohs(at.sin_port);
    return fd;
}

static void keep(const char *text)
{
    FILE *f = fopen("kept", "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        exit(1);
}

static void serve(FILE *in, FILE *out, const char *flaw)
{
    char line[256];
    int data = -1, port;
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strcmp(line, "OPEN") == 0) {
            data = listen_at(0, &port);
            if (strcmp(flaw, "deaf") == 0) {
                close(data);
                data = -1;
            }
            fprintf(out, "229 (|||%d|)\r\n", strcmp(flaw, "wrong") == 0 ? 99999 : port);
        } else if (strcmp(line, "GET") == 0 && data >= 0) {
            fprintf(out, "150 coming\r\n");
            fflush(out);
            int fd = accept(data, NULL, NULL);
            if (write(fd, "data", 4) != 4)
                exit(1);
            close(fd);
            fprintf(out, "226 sent\r\n");
        } else if (strncmp(line, "PUT ", 4) == 0) {
            if (strcmp(flaw, "late") != 0)
                keep(line + 4);
            fprintf(out, "250 kept\r\n");
            fflush(out);
            if (strcmp(flaw, "late") == 0) {
                usleep(500 * 1000);
                keep(line + 4);
            }
        } else {
            fprintf(out, "500 what?\r\n");
        }
        fflush(out);
    }
}

int main(int argc, char **argv)
{
    int port;
    if (argc < 2)
        return 2;
    int fd = listen_at(atoi(argv[1]), &port);
    for (;;) {
        int conn = accept(fd, NULL, NULL);
        FILE *in = fdopen(conn, "r"), *out = fdopen(dup(conn), "w");
        serve(in, out, argc > 2 ? argv[2] : "");
        fclose(in);
        fclose(out);
    }
}
