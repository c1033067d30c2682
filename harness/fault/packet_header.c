/* Headers of what passes the link. A subject with root's rights may send anything: every field is checked against what
 * is there. */
#include "fault/packet.h"

#include <netinet/in.h>
#include <string.h>

static uint16_t read16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read32(const unsigned char *at)
{
    return (uint32_t)read16(at) << 16 | read16(at + 2);
}

/* RFC 9293 section 3.1, RFC 768. */
static int read_transport(struct packet_header *out, const unsigned char *data, size_t len)
{
    size_t header = 8;
    if (out->protocol == IPPROTO_TCP) {
        if (len < 20)
            return -1;
        out->sequence = read32(data + 4);
        header = (size_t)(data[12] >> 4) * 4;
        if (header < 20)
            return -1;
    }
    if (len < header)
        return -1;
    out->has_ports = true;
    out->from = read16(data);
    out->to = read16(data + 2);
    out->payload = len - header;
    return 0;
}

static int read_rest(struct packet_header *out, const unsigned char *data, size_t len, unsigned offset)
{
    if (out->protocol != IPPROTO_TCP && out->protocol != IPPROTO_UDP)
        return -1;
    if (offset == 0)
        return read_transport(out, data, len);
    out->payload = len;
    return 0;
}

/* RFC 791 section 3.1. */
static int read_v4(struct packet_header *out, const unsigned char *data, size_t len)
{
    size_t header = (size_t)(data[0] & 0xf) * 4;
    if (len < 20 || header < 20)
        return -1;
    size_t total = read16(data + 2);
    if (total < header || total > len)
        return -1;
    unsigned fragment = read16(data + 6);
    out->protocol = data[9];
    out->fragment = fragment & 0x3fff; /* more to come, or an offset */
    out->id = read16(data + 4);
    return read_rest(out, data + header, total - header, fragment & 0x1fff);
}

/* RFC 8200 sections 3 and 4.5. Of the extension headers only the fragment's is of use here: nothing else stands before
 * TCP or UDP on loopback. */
static int read_v6(struct packet_header *out, const unsigned char *data, size_t len)
{
    if (len < 40)
        return -1;
    size_t total = read16(data + 4);
    if (total > len - 40)
        return -1;
    out->v6 = true;
    out->protocol = data[6];
    data += 40;
    unsigned offset = 0;
    if (out->protocol == IPPROTO_FRAGMENT) {
        if (total < 8)
            return -1;
        out->protocol = data[0];
        out->fragment = true;
        offset = read16(data + 2) >> 3;
        out->id = read32(data + 4);
        data += 8;
        total -= 8;
    }
    return read_rest(out, data, total, offset);
}

int packet_header_read(struct packet_header *out, const unsigned char *data, size_t len)
{
    *out = (struct packet_header){0};
    if (len == 0)
        return -1;
    if (data[0] >> 4 == 4)
        return read_v4(out, data, len);
    return data[0] >> 4 == 6 ? read_v6(out, data, len) : -1;
}
