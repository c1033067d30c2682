#include "fuzz/http_grammar.h"

#define RFC5234 "RFC 5234, B.1"
#define RFC3986 "RFC 3986, A"

const struct abnf_rule grammar_rules[] = {
    {"ALPHA", "%x41-5A / %x61-7A", RFC5234},
    {"CR", "%x0D", RFC5234},
    {"LF", "%x0A", RFC5234},
    {"CRLF", "CR LF", RFC5234},
    {"DIGIT", "%x30-39", RFC5234},
    {"DQUOTE", "%x22", RFC5234},
    {"HEXDIG", "DIGIT / \"A\" / \"B\" / \"C\" / \"D\" / \"E\" / \"F\"", RFC5234},
    {"HTAB", "%x09", RFC5234},
    {"SP", "%x20", RFC5234},
    {"VCHAR", "%x21-7E", RFC5234},

    /* RFC 3986: the whole of its appendix A that HTTP refers to */
    {"URI", "scheme \":\" hier-part [ \"?\" query ] [ \"#\" fragment ]", RFC3986},
    {"hier-part", "\"//\" authority path-abempty / path-absolute / path-rootless / path-empty", RFC3986},
    {"URI-reference", "URI / relative-ref", RFC3986},
    {"absolute-URI", "scheme \":\" hier-part [ \"?\" query ]", RFC3986},
    {"relative-ref", "relative-part [ \"?\" query ] [ \"#\" fragment ]", RFC3986},
    {"relative-part", "\"//\" authority path-abempty / path-absolute / path-noscheme / path-empty", RFC3986},
    {"scheme", "ALPHA *( ALPHA / DIGIT / \"+\" / \"-\" / \".\" )", RFC3986},
    {"authority", "[ userinfo \"@\" ] host [ \":\" port ]", RFC3986},
    {"userinfo", "*( unreserved / pct-encoded / sub-delims / \":\" )", RFC3986},
    {"host", "IP-literal / IPv4address / reg-name", RFC3986},
    {"port", "*DIGIT", RFC3986},
    {"IP-literal", "\"[\" ( IPv6address / IPvFuture ) \"]\"", RFC3986},
    {"IPvFuture", "\"v\" 1*HEXDIG \".\" 1*( unreserved / sub-delims / \":\" )", RFC3986},
    {"IPv6address",
     "                           6( h16 \":\" ) ls32"
     " /                       \"::\" 5( h16 \":\" ) ls32"
     " / [               h16 ] \"::\" 4( h16 \":\" ) ls32"
     " / [ *1( h16 \":\" ) h16 ] \"::\" 3( h16 \":\" ) ls32"
     " / [ *2( h16 \":\" ) h16 ] \"::\" 2( h16 \":\" ) ls32"
     " / [ *3( h16 \":\" ) h16 ] \"::\"    h16 \":\"   ls32"
     " / [ *4( h16 \":\" ) h16 ] \"::\"              ls32"
     " / [ *5( h16 \":\" ) h16 ] \"::\"              h16"
     " / [ *6( h16 \":\" ) h16 ] \"::\"",
     RFC3986},
    {"h16", "1*4HEXDIG", RFC3986},
    {"ls32", "( h16 \":\" h16 ) / IPv4address", RFC3986},
    {"IPv4address", "dec-octet \".\" dec-octet \".\" dec-octet \".\" dec-octet", RFC3986},
    {"dec-octet", "DIGIT / %x31-39 DIGIT / \"1\" 2DIGIT / \"2\" %x30-34 DIGIT / \"25\" %x30-35", RFC3986},
    {"reg-name", "*( unreserved / pct-encoded / sub-delims )", RFC3986},
    {"path-abempty", "*( \"/\" segment )", RFC3986},
    {"path-absolute", "\"/\" [ segment-nz *( \"/\" segment ) ]", RFC3986},
    {"path-noscheme", "segment-nz-nc *( \"/\" segment )", RFC3986},
    {"path-rootless", "segment-nz *( \"/\" segment )", RFC3986},
    {"path-empty", "\"\"", RFC3986},
    {"segment", "*pchar", RFC3986},
    {"segment-nz", "1*pchar", RFC3986},
    {"segment-nz-nc", "1*( unreserved / pct-encoded / sub-delims / \"@\" )", RFC3986},
    {"pchar", "unreserved / pct-encoded / sub-delims / \":\" / \"@\"", RFC3986},
    {"query", "*( pchar / \"/\" / \"?\" )", RFC3986},
    {"fragment", "*( pchar / \"/\" / \"?\" )", RFC3986},
    {"pct-encoded", "\"%\" HEXDIG HEXDIG", RFC3986},
    {"unreserved", "ALPHA / DIGIT / \"-\" / \".\" / \"_\" / \"~\"", RFC3986},
    {"sub-delims", "\"!\" / \"$\" / \"&\" / \"'\" / \"(\" / \")\" / \"*\" / \"+\" / \",\" / \";\" / \"=\"", RFC3986},

    /* RFC 9110 */
    {"absolute-path", "1*( \"/\" segment )", "RFC 9110, 4.1"},
    {"http-URI", "\"http\" \"://\" authority path-abempty [ \"?\" query ]", "RFC 9110, 4.2.1"},
    {"https-URI", "\"https\" \"://\" authority path-abempty [ \"?\" query ]", "RFC 9110, 4.2.2"},
    {"uri-host", "host", "RFC 9110, 4.1"},
    {"field-name", "token", "RFC 9110, 5.1"},
    {"field-value", "*field-content", "RFC 9110, 5.5"},
    {"field-content", "field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]", "RFC 9110, 5.5"},
    {"field-vchar", "VCHAR / obs-text", "RFC 9110, 5.5"},
    {"obs-text", "%x80-FF", "RFC 9110, 5.5"},
    {"token", "1*tchar", "RFC 9110, 5.6.2"},
    {"tchar",
     "\"!\" / \"#\" / \"$\" / \"%\" / \"&\" / \"'\" / \"*\" / \"+\" / \"-\" / \".\" / \"^\" / \"_\""
     " / \"`\" / \"|\" / \"~\" / DIGIT / ALPHA",
     "RFC 9110, 5.6.2"},
    {"OWS", "*( SP / HTAB )", "RFC 9110, 5.6.3"},
    {"BWS", "OWS", "RFC 9110, 5.6.3"},
    {"quoted-string", "DQUOTE *( qdtext / quoted-pair ) DQUOTE", "RFC 9110, 5.6.4"},
    {"qdtext", "HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text", "RFC 9110, 5.6.4"},
    {"quoted-pair", "\"\\\" ( HTAB / SP / VCHAR / obs-text )", "RFC 9110, 5.6.4"},
    {"Host", "uri-host [ \":\" port ]", "RFC 9110, 7.2"},
    {"Content-Length", "1*DIGIT", "RFC 9110, 8.6"},
    {"transfer-coding", "token *( OWS \";\" OWS transfer-parameter )", "RFC 9110, 10.1.4"},
    {"transfer-parameter", "token BWS \"=\" BWS ( token / quoted-string )", "RFC 9110, 10.1.4"},

    /* RFC 9112 */
    {"request-head", "[ CRLF ] request-line CRLF *( field-line CRLF ) CRLF", "RFC 9112, 2.1 and 2.2"},
    {"response-head", "status-line CRLF *( field-line CRLF ) CRLF", "RFC 9112, 2.1"},
    {"HTTP-name", "%x48.54.54.50", "RFC 9112, 2.3"},
    {"HTTP-version", "HTTP-name \"/\" DIGIT \".\" DIGIT", "RFC 9112, 2.3"},
    {"request-line", "method SP request-target SP HTTP-version", "RFC 9112, 3"},
    {"method", "token", "RFC 9112, 3.1"},
    {"request-target", "origin-form / absolute-form / authority-form / asterisk-form", "RFC 9112, 3.2"},
    {"origin-form", "absolute-path [ \"?\" query ]", "RFC 9112, 3.2.1"},
    {"absolute-form", "absolute-URI", "RFC 9112, 3.2.2"},
    {"authority-form", "uri-host \":\" port", "RFC 9112, 3.2.3"},
    {"asterisk-form", "\"*\"", "RFC 9112, 3.2.4"},
    {"status-line", "HTTP-version SP status-code SP [ reason-phrase ]", "RFC 9112, 4"},
    {"status-code", "3DIGIT", "RFC 9112, 4"},
    {"reason-phrase", "1*( HTAB / SP / VCHAR / obs-text )", "RFC 9112, 4"},
    {"field-line", "field-name \":\" OWS field-value OWS", "RFC 9112, 5"},
    {"Transfer-Encoding", "[ transfer-coding ] *( OWS \",\" OWS [ transfer-coding ] )",
     "RFC 9112, 6.1; RFC 9110, 5.6.1.2"},
    {"chunk-line", "chunk-size [ chunk-ext ] CRLF", "RFC 9112, 7.1: chunk without its data, last-chunk"},
    {"chunk-size", "1*HEXDIG", "RFC 9112, 7.1"},
    {"chunk-ext", "*( BWS \";\" BWS chunk-ext-name [ BWS \"=\" BWS chunk-ext-val ] )", "RFC 9112, 7.1.1"},
    {"chunk-ext-name", "token", "RFC 9112, 7.1.1"},
    {"chunk-ext-val", "token / quoted-string", "RFC 9112, 7.1.1"},
    {"trailer-section", "*( field-line CRLF )", "RFC 9112, 7.1.2"},
    {"trailers", "trailer-section CRLF", "RFC 9112, 7.1"},
    {"web-URI", "http-URI / https-URI", "RFC 9110, 4.2"},
    {NULL, NULL, NULL},
};

struct abnf *grammar_of(enum grammar_start start)
{
    static const char *const names[GRAMMAR_STARTS] = {
        [GRAMMAR_REQUEST_HEAD] = "request-head",
        [GRAMMAR_RESPONSE_HEAD] = "response-head",
        [GRAMMAR_REQUEST_LINE] = "request-line",
        [GRAMMAR_STATUS_LINE] = "status-line",
        [GRAMMAR_ORIGIN_FORM] = "origin-form",
        [GRAMMAR_ABSOLUTE_FORM] = "absolute-form",
        [GRAMMAR_AUTHORITY_FORM] = "authority-form",
        [GRAMMAR_ASTERISK_FORM] = "asterisk-form",
        [GRAMMAR_WEB_URI] = "web-URI",
        [GRAMMAR_HOST] = "Host",
        [GRAMMAR_CONTENT_LENGTH] = "Content-Length",
        [GRAMMAR_TRANSFER_ENCODING] = "Transfer-Encoding",
        [GRAMMAR_CHUNK_LINE] = "chunk-line",
        [GRAMMAR_TRAILERS] = "trailers",
        [GRAMMAR_TOKEN] = "token",
        [GRAMMAR_IPV4] = "IPv4address",
        [GRAMMAR_URI] = "URI",
        [GRAMMAR_URI_REFERENCE] = "URI-reference",
    };
    /* Kept because a grammar costs more to make than any input to match. */
    static struct abnf *made[GRAMMAR_STARTS];
    if (made[start] == NULL)
        made[start] = abnf_new(grammar_rules, names[start]);
    return made[start];
}
