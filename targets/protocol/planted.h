/*
 * Bugs that parsers have had, to be put back one at a time: does the fuzzing of this repository find them? A build with
 * -DPLANTED=NAME (CMake: -DSOCKSPEC_PLANTED=NAME) has that one; every other build has none, and no code for any.
 * ci/fuzz/planted builds each, fuzzes it, and makes the table in corpus/README.md from these comments:
 *
 *     NAME, // [target] what it is | who has had it
 */
#ifndef SOCKSPEC_PROTOCOL_PLANTED_H
#define SOCKSPEC_PROTOCOL_PLANTED_H

// clang-format off
enum planted_bug {
    NOTHING_PLANTED,

    /* framing */
    BOTH_FRAMINGS,      // [http_request] Content-Length beside Transfer-Encoding passes | Twisted (CVE-2020-10109), Netty (CVE-2019-20445)
    CHUNKED_NOT_LAST,   // [http_request] chunked anywhere in the list of codings frames | gunicorn (CVE-2024-1135), llhttp (CVE-2022-32213)
    CHUNKED_SUBSTRING,  // [http_request] any coding with "chunked" in its name is chunked | http-parser (CVE-2019-15605)
    VERTICAL_TAB,       // [http_request] VT before a coding is a blank | HAProxy (CVE-2019-18277), Waitress (CVE-2019-16789)
    CODING_IN_1_0,      // [http_request] Transfer-Encoding in HTTP/1.0 leaves the connection open |
    TWO_LENGTHS,        // [http_request] the first of two lengths counts | Go (CVE-2015-5740), Twisted (CVE-2020-10108)
    LENGTH_LIST,        // [http_request] what follows a comma in Content-Length is not looked at |
    LENGTH_SIGN,        // [http_request] a length may have a plus sign | Squid (CVE-2020-15049)
    LENGTH_BLANK,       // [http_request] blanks between the digits of a length are passed over | http-parser (CVE-2018-7159)
    LENGTH_HEX,         // [http_request] a length may be 0x5, as strtol reads it |
    LENGTH_EMPTY,       // [http_request] an empty Content-Length is 0 | HAProxy (CVE-2023-40225)
    LENGTH_WRAPS,       // [http_request] a length is counted modulo 2^64 |
    CLOSE_NOT_FIRST,    // [http_request] "close" is seen only as the first token of Connection |
    LENGTH_OF_204,      // [http_response] a 204 response with Content-Length has a body |

    /* heads */
    SPACE_BEFORE_COLON, // [http_request] blanks between field name and colon pass | llhttp (CVE-2021-22959), Go (CVE-2019-16276), Netty (CVE-2019-16869)
    FOLDED_FIELD,       // [http_request] a field goes on in the next line | llhttp (CVE-2022-32215)
    SPACE_BEFORE_FIELDS,// [http_request] a line that begins with a blank behind the start line is passed over |
    BARE_LF,            // [http_request] LF alone ends a line | llhttp (CVE-2022-32214), Waitress (CVE-2019-16785)
    BARE_CR,            // [http_request] CR alone stands in a value | llhttp (CVE-2023-30589)
    NUL_IN_VALUE,       // [http_request] NUL stands in a value |
    NO_COLON,           // [http_request] a line without colon is passed over | Netty (CVE-2019-20444)
    EMPTY_NAME,         // [http_request] a field may have no name | HAProxy (CVE-2023-25725)
    NO_HOST,            // [http_request] an HTTP/1.1 request needs no Host |
    TWO_HOSTS,          // [http_request] the first of two Host fields counts |
    BLANK_IN_TARGET,    // [http_request] a tab stands in a request target | Apache httpd (CVE-2016-8743)
    VERSION_DIGIT,      // [http_request] any byte may be the minor version |
    LONG_VERSION,       // [http_request] HTTP/1.10 is read as HTTP/1.1 |
    ONE_FIELD_TOO_MANY, // [http_request] the limit of fields is off by one |
    ONE_BYTE_TOO_MANY,  // [http_request] the limit of a line is off by one |
    READS_AHEAD,        // [http_request] looks for a fold in the byte behind the line, which may not be there (memory) |
    LOST_AT_THE_CUT,    // [http_request] a LF that comes first in its segment is not seen |
    SCANS_AGAIN,        // [http_request] scans an unfinished line from its start with each byte that comes (quadratic) |

    /* bodies */
    CHUNK_SIZE_WRAPS,   // [chunked] a chunk size is counted modulo 2^64 | nginx (CVE-2013-2028) and Apache httpd (CVE-2002-0392) took theirs as signed
    CHUNK_SIZE_32,      // [chunked] a chunk size is kept in 32 bits |
    CHUNK_SIZE_0X,      // [chunked] a chunk size may be 0x5 | Waitress (CVE-2022-24761)
    CHUNK_SIZE_SIGN,    // [chunked] a chunk size may have a plus sign | Waitress (CVE-2022-24761)
    CHUNK_SIZE_EMPTY,   // [chunked] a chunk line without digits is the last chunk |
    CHUNK_BLANKS,       // [chunked] blanks stand behind a chunk size |
    CHUNK_EXTENSION,    // [chunked] what follows a chunk size is not looked at | llhttp (CVE-2021-22960), Apache httpd (CVE-2015-3183)
    CHUNK_END,          // [chunked] CR LF behind the data of a chunk may be missing |
    TRAILER_NUL,        // [chunked] NUL stands in a trailer |
    TRAILER_LIMIT,      // [chunked] the limit of trailers counts only the longest | Tomcat (CVE-2023-46589)

    /* lines */
    LINE_CR,            // [line] a CR before LF is cut off twice |
    LINE_LIMIT,         // [line] the limit of a line is off by one where it ends the input |

    /* replies, texts, literals */
    REPLY_CODE_INSIDE,  // [reply] any code and a blank end a reply of several lines | curl (FTP: "331 " inside 220-)
    REPLY_CODES_DIFFER, // [reply] the lines of a reply may have different codes |
    DOTS_LF,            // [dots] LF alone ends a line, so that LF . LF ends a text | Postfix (CVE-2023-51764), Sendmail (CVE-2023-51765), Exim (CVE-2023-51766)
    DOTS_AT_THE_CUT,    // [dots] a period that comes first in its segment begins a line | aiosmtpd (issue 561)
    DOTS_STUFFED_ONCE,  // [dots] a period is doubled only behind a line that was written by the same call | MailKit (issue 788)
    LITERAL_PARENS,     // [imap_line] a CR in the octets ends the literal |
    LITERAL_IN_QUOTES,  // [imap_line] what looks like a literal behind an open quote is one |
    LITERAL_32,         // [imap_line] the size of a literal is kept in 32 bits |
};
// clang-format on

#ifndef PLANTED
#define PLANTED NOTHING_PLANTED
#endif

/* Whether this bug is in this build. A constant. */
#define BUG(name) (PLANTED == (name))

#endif
