#include "flawed/decode.h"

void flawed_decode(char *data, size_t len)
{
    static const struct {
        unsigned char mask, lead;
        size_t len;
    } forms[] = {{0xe0, 0xc0, 2}, {0xf0, 0xe0, 3}, {0xf8, 0xf0, 4}};
    for (size_t i = 0, whole; i < len; i += whole) {
        unsigned char c = (unsigned char)data[i];
        whole = c < 0x80 ? 1 : 0;
        for (size_t k = 0; k < sizeof forms / sizeof forms[0] && whole == 0; k++)
            if ((c & forms[k].mask) == forms[k].lead && i + forms[k].len <= len)
                whole = forms[k].len;
        if (whole == 0) {
            data[i] = '?';
            whole = 1;
        }
    }
}
