"""One line that says how far things are: refreshed on a terminal, now and then a new one elsewhere."""
import sys
import time

# Seconds between lines where nobody watches.
PLAIN_EVERY = 15


class Progress:
    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.last = -PLAIN_EVERY
        self.width = 0

    def show(self, text, force=False):
        if self.terminal:
            sys.stdout.write("\r" + text.ljust(self.width))
            sys.stdout.flush()
            self.width = len(text)
        elif force or time.monotonic() - self.last >= PLAIN_EVERY:
            self.last = time.monotonic()
            print(text, flush=True)

    def end(self):
        if self.terminal and self.width:
            print()
            self.width = 0
