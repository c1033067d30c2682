#include "fault/inject_internal.h"

void missed_words(uint32_t spared, uint64_t calls, struct buf *out)
{
    static const struct {
        unsigned bit;
        const char *why;
    } reasons[] = {
        {SPARED_DATAGRAM, "only stream sockets can be short"},
        {SPARED_WHOLE, "its calls ask for all (MSG_WAITALL) or look ahead (MSG_PEEK)"},
        {SPARED_BLOCKING, "its calls block, and such a call never says EAGAIN"},
        {SPARED_EDGE, "it waits for edges (EPOLLET), which would not tell again of what is there"},
        {SPARED_UNDER_WAY, "its connect() does not block, so no signal interrupts it"},
        {SPARED_AT_ONCE, "its calls do not wait, and only a call that waits is interrupted"},
        {SPARED_UNCAUGHT, "it catches no signal and has set no time limit for its calls, so none is interrupted"},
        {SPARED_PAIR, "its calls are on a socketpair() without names, both ends of which are the program's own"},
        {SPARED_FOREIGN, "a program of 32 bits, whose calls are left alone"},
        {SPARED_UNTRACED,
         "it has made a process with CLONE_UNTRACED, which no fault reaches, and whose calls of this kind "
         "fail with ENOSYS"},
        {SPARED_UNSEEN, "its descriptors may not be looked at from here"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (spared & reasons[i].bit) {
            buf_puts(out, reasons[i].why);
            return;
        }
    if (calls == 0)
        buf_puts(out, "the program made no such call");
    else
        buf_printf(out, "the program made %llu such call%s, which the conditions left alone", (unsigned long long)calls,
                   calls == 1 ? "" : "s");
}
