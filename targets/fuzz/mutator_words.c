/*
 * What has made HTTP parsers disagree, as words: the mutator's dictionary. Each list holds right ones too, so
 * that a mutation can lead back to what is accepted.
 */
#include "fuzz/mutator_internal.h"

#include <string.h>

/* The length of a literal, NUL bytes inside it included. */
#define W(text)                                                                                                        \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }
#define LAST                                                                                                           \
    {                                                                                                                  \
        NULL, 0                                                                                                        \
    }

const struct word words_methods[] = {W("GET"),  W("POST"),  W("HEAD"), W("PUT"),    W("CONNECT"), W("OPTIONS"),
                                     W("M-!#"), W("TRACE"), W("get"),  W("G\tT"),   W("(GET)"),   W(""),
                                     W(" GET"), W("\nGET"), W("GE:T"), W("G\x80T"), LAST};

const struct word words_targets[] = {W("/"),
                                     W("/a?b=c"),
                                     W("http://a/"),
                                     W("http://a:80/b"),
                                     W("*"),
                                     W("a:443"),
                                     W("[::1]:443"),
                                     W("/%41"),
                                     W("/%4"),
                                     W("/%zz"),
                                     W("/a b"),
                                     W("/a\tb"),
                                     W("/#"),
                                     W("/\x80"),
                                     W("/\x7f"),
                                     W("//a"),
                                     W("a"),
                                     W(""),
                                     W("http:///"),
                                     W("http://u@a/"),
                                     W("ftp://a"),
                                     W("/\0"),
                                     W("/<>\"\\^`{|}"),
                                     W("/[]"),
                                     W("https://[v1.a]/"),
                                     W("a:0"),
                                     W("a:65536"),
                                     W("http://a:b/"),
                                     W("/?a[]=1"),
                                     LAST};

const struct word words_versions[] = {W("HTTP/1.1"),  W("HTTP/1.0"),  W("HTTP/1.2"),  W("HTTP/1.9"),  W("HTTP/2.0"),
                                      W("HTTP/0.9"),  W("http/1.1"),  W("HTTP/1.10"), W("HTTP/01.1"), W("HTTP/1"),
                                      W("HTTP/1.1 "), W("HTTP/1.x"),  W("HTTP/1,1"),  W("HTTP/1.:"),  W("HTTP/1./"),
                                      W(""),          W("HTTP/ 1.1"), W("HTTP/1.01"), W("XTTP/1.1"),  LAST};

const struct word words_statuses[] = {W("200"), W("204"), W("304"), W("100"), W("101"), W("103"),  W("404"),
                                      W("599"), W("600"), W("099"), W("000"), W("20"),  W("2000"), W("2x0"),
                                      W("-20"), W("+20"), W(""),    W("20:"), LAST};

const struct word words_lengths[] = {W("0"),
                                     W("1"),
                                     W("3"),
                                     W("5"),
                                     W("7"),
                                     W("05"),
                                     W("+5"),
                                     W("-5"),
                                     W("-0"),
                                     W("5, 5"),
                                     W("5,5"),
                                     W("5, 6"),
                                     W("3,5"),
                                     W("0x5"),
                                     W("5 5"),
                                     W("5 "),
                                     W("5\t"),
                                     W("5\v"),
                                     W("5;"),
                                     W("5a"),
                                     W("a"),
                                     W(""),
                                     W("5.0"),
                                     W("5e0"),
                                     W(",5"),
                                     W("5,"),
                                     W("\"5\""),
                                     W("5\0"),
                                     W("00000000000000000000005"),
                                     W("4294967296"),
                                     W("4294967301"),
                                     W("2147483648"),
                                     W("9223372036854775807"),
                                     W("9223372036854775808"),
                                     W("18446744073709551615"),
                                     W("18446744073709551616"),
                                     W("18446744073709551621"),
                                     LAST};

const struct word words_codings[] = {W("chunked"),
                                     W("Chunked"),
                                     W("CHUNKED"),
                                     W("chunked, chunked"),
                                     W("chunked, gzip"),
                                     W("gzip, chunked"),
                                     W("chunked, identity"),
                                     W("identity, chunked"),
                                     W("identity"),
                                     W("gzip"),
                                     W("xchunked"),
                                     W("chunkedx"),
                                     W("x-chunked"),
                                     W("chunked;a=b"),
                                     W("\"chunked\""),
                                     W("\vchunked"),
                                     W("chunked\v"),
                                     W("chunked\t"),
                                     W("chunked,"),
                                     W(",chunked"),
                                     W(", ,chunked ,"),
                                     W(""),
                                     W("chunked\0"),
                                     W("chun"),
                                     W("not chunked"),
                                     W("chunked chunked"),
                                     W("gzip;q=\"a,chunked\""),
                                     LAST};

const struct word words_hosts[] = {W("a"),    W("a:80"), W(""),       W("a b"),   W("a,b"), W("a:b"),   W("[::1]"),
                                   W("[::1"), W("a/"),   W("a@b"),    W("a%41"),  W("a%4"), W("a:"),    W("a:80:80"),
                                   W("a\tb"), W("a#"),   W("[::1]a"), W("\"a\""), W("a?b"), W("A-._~"), LAST};

const struct word words_connections[] = {
    W("close"),  W("keep-alive"),   W("keep-alive, close"), W("Close"), W("close,"), W("upgrade"), W("close\t, a"),
    W("xclose"), W("close, close"), W("\"close\""),         W("clos"),  W(""),       LAST};

static const struct word expectations[] = {W("100-continue"), W("100-Continue"), W("100-continue, a"), W("x"), LAST};

const struct word words_values[] = {W("b"),    W(""),     W("\"q\\\"\""), W("a,b"),  W("a\tb"), W("\x80\xff"),
                                    W("a\0b"), W("a\rb"), W("a\nb"),      W("\x7f"), W("a: b"), W("a\x01"),
                                    LAST};

const struct word_field words_by_name[] = {{"Content-Length", words_lengths},
                                           {"Transfer-Encoding", words_codings},
                                           {"Host", words_hosts},
                                           {"Connection", words_connections},
                                           {"Expect", expectations},
                                           {"Upgrade", words_values},
                                           {"Proxy-Connection", words_connections},
                                           {NULL, NULL}};

/* Lines that are no field, or hide one. Without their line ends. */
const struct word words_fields[] = {W("X: y"),
                                    W("X:y"),
                                    W("X : y"),
                                    W(" X: y"),
                                    W("\tX: y"),
                                    W(": y"),
                                    W("X"),
                                    W("X y"),
                                    W("X\0: y"),
                                    W("X\t: y"),
                                    W("Content-Length : 5"),
                                    W("Content-Length\t: 5"),
                                    W(" Content-Length: 5"),
                                    W("Content-Length:5"),
                                    W("Content_Length: 5"),
                                    W("Content-Length"),
                                    W("Content-Length: \r5"),
                                    W("Content-Length:\r\n 5"),
                                    W("Transfer-Encoding : chunked"),
                                    W(" Transfer-Encoding: chunked"),
                                    W("Transfer-Encoding:\r\n chunked"),
                                    W("Transfer-Encoding: x\r\n chunked"),
                                    W("Transfer_Encoding: chunked"),
                                    W("Transfer-Encoding:\xa0"
                                      "chunked"),
                                    W("X: y\rContent-Length: 5"),
                                    W("X: y\nContent-Length: 5"),
                                    W("X: y\rTransfer-Encoding: chunked"),
                                    W("X: y\nTransfer-Encoding: chunked"),
                                    W("X: y\n\nGET / HTTP/1.1"),
                                    W("X(y): z"),
                                    W("X\x80: y"),
                                    W("\"X\": y"),
                                    W("Host : a"),
                                    W(" Host: a"),
                                    W("Host:\r\n a"),
                                    LAST};

const struct word words_ends[] = {W("\n"),    W("\r"),       W("\r\n"),  W("\r\r\n"), W("\n\r"),
                                  W(""),      W("\r\n\r\n"), W("\n\n"),  W("\r\n\n"), W("\n\r\n"),
                                  W(" \r\n"), W("\0\r\n"),   W("\r \n"), LAST};

const struct word words_blanks[] = {W(" "), W("\t"), W("  "), W(" \t "), W("\v"), W("\f"), W("\xa0"), W("\r"), LAST};

const struct word words_controls[] = {W("\0"),   W("\x01"), W("\x07"), W("\b"), W("\v"), W("\f"), W("\x1b"), W("\x1f"),
                                      W("\x7f"), W("\x80"), W("\xff"), W("\r"), W("\n"), W("\""), W("\\"),   W("("),
                                      W(","),    W(";"),    W("@"),    W("["),  W("%"),  LAST};

const struct word words_sizes[] = {W("0"),
                                   W("1"),
                                   W("5"),
                                   W("00"),
                                   W("05"),
                                   W("000000000000000000005"),
                                   W("a"),
                                   W("A"),
                                   W("f"),
                                   W("F"),
                                   W("g"),
                                   W("G"),
                                   W("0x5"),
                                   W("0X5"),
                                   W("x5"),
                                   W("+5"),
                                   W("-5"),
                                   W("-1"),
                                   W("-0"),
                                   W(" 5"),
                                   W("5 "),
                                   W("5\t"),
                                   W("5\v"),
                                   W("5_0"),
                                   W("5h"),
                                   W("5\""),
                                   W("5,"),
                                   W(""),
                                   W("5\0"),
                                   W("5 5"),
                                   W("5.0"),
                                   W("`5"),
                                   W("@5"),
                                   W(":"),
                                   W("/"),
                                   W("7fffffff"),
                                   W("80000000"),
                                   W("ffffffff"),
                                   W("100000000"),
                                   W("100000005"),
                                   W("7fffffffffffffff"),
                                   W("8000000000000000"),
                                   W("ffffffffffffffff"),
                                   W("fffffffffffffffe"),
                                   W("10000000000000000"),
                                   W("10000000000000001"),
                                   W("10000000000000005"),
                                   W("f0000000000000001"),
                                   LAST};

const struct word words_extensions[] = {W(";a"),          W(";a=b"),        W(";a=\"b\""), W(" ;a"),   W("; a = b"),
                                        W(";"),           W(";;"),          W(";a="),      W(";a=\""), W(";a=\"\\\""),
                                        W(";a=\"\\\"\""), W(";\n"),         W(";a\nb"),    W(";\r"),   W(";\ra"),
                                        W(";a=\"\n\""),   W(";a\0"),        W(";a=b;c=d"), W(" a"),    W("\t"),
                                        W(";\x80"),       W(";a=\"\x7f\""), W(";a b"),     W(";=b"),   LAST};

const struct word words_bodies[] = {W("Content-Length: 5\r\n\r\nhello"),
                                    W("Content-Length: 0\r\n\r\n"),
                                    W("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                                    W("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                                    W("Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: v\r\n\r\n"),
                                    W("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                                    W("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
                                    W("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
                                    W("Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello"),
                                    LAST};

const struct word words_messages[] = {
    W("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    W("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
    W("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    W("GET / HTTP/1.0\r\n\r\n"),
    W("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
    W("HTTP/1.1 204 No Content\r\n\r\n"),
    W("HTTP/1.1 100 Continue\r\n\r\n"),
    W("\r\n"),
    W("\n"),
    LAST};

struct word word_any(struct draft *d, const struct word *list)
{
    size_t n = 0;
    while (list[n].text != NULL)
        n++;
    /* The first ones of each list are those that most others need beside them. */
    size_t among = draft_pick(d, 2) == 0 ? n / 4 + 1 : n;
    return list[draft_pick(d, among)];
}

bool word_put(struct draft *d, size_t at, size_t old, const struct word *list)
{
    struct word w = word_any(d, list);
    return draft_replace(d, at, old, w.text, w.len);
}
