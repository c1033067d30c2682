/*
 * The request that heads are measured with: nine header lines as a browser sends them, 703 bytes. The size is
 * that of the request which public benchmarks of HTTP parsers share, so that figures can be compared; the
 * text is not.
 */
#ifndef SOCKSPEC_BENCH_BROWSER_REQUEST_H
#define SOCKSPEC_BENCH_BROWSER_REQUEST_H

#define BROWSER_REQUEST_SIZE 703

/* One line of the request a line. */
// clang-format off
static const char browser_request[] =
    "GET /gallery/2024/harbour/lighthouse-at-dawn.html?size=large HTTP/1.1\r\n"
    "Host: pictures.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.8,de-DE;q=0.5,de;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Charset: utf-8, iso-8859-1;q=0.7, *;q=0.3\r\n"
    "Referer: https://pictures.example.org/gallery/2024/harbour/index.html?page=3\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=7f3a9c51e0b24d68b1f20c94; theme=dark; seen=harbour%2Cpier%2Cbeacon; consent=essential; "
    "visited=1718900000; recent=lighthouse,jetty,crane,buoy,ferry; tz=Europe/Rome\r\n"
    "\r\n";
// clang-format on

_Static_assert(sizeof browser_request - 1 == BROWSER_REQUEST_SIZE, "the request has its size");

#endif
