"""Signals at random moments: what ends, ends as the README says, and leaves nothing."""
import signal
import sys
import time

from .bench import END

ASKED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def shoot(b, words, what, span, codes, numbers=ASKED):
    """Signals in `span` seconds from the start. Returns what was seen."""
    seen = {}
    for i in range(b.signals):
        number = b.chance.choice(numbers)
        moment = b.chance.random() * span
        process = b.start(words)
        time.sleep(moment)
        process.send_signal(number)
        code, text = b.end(process, f"{what}, {number.name} after {moment:.3f} s", END, number == signal.SIGKILL)
        allowed = (*codes, -number)
        b.expect(code in allowed, f"{what}, {number.name} after {moment:.3f} s: exit code {code}: {text[-300:]}")
        seen[code] = seen.get(code, 0) + 1
    return f"{b.signals} signals in {span} s: exit codes {dict(sorted(seen.items()))}, nothing left"


def test(b):
    """Signals: test."""
    return shoot(b, [b.sockspec, "test", "echo-server", "--isolation", b.chance.choice(("auto", "process")), "--", "sh", "-c",
                     f"setsid '{b.targets}/echo-server' {{host}} {{port}} & wait"], "test", 1.5, (0, 1, 3))


def killed(b):
    """Signals: test, killed."""
    return shoot(b, [b.sockspec, "test", "echo-server", "--isolation", b.chance.choice(("auto", "process")), "--", "sh", "-c",
                     f"setsid '{b.targets}/echo-server' {{host}} {{port}} & wait"], "test", 1.5, (0, 1, 3), (signal.SIGKILL,))


def inject(b):
    """Signals: inject."""
    return shoot(b, [b.sockspec, "inject", "send short 1", "recv error EINTR every 3", "--", sys.executable, "-c",
                     "import socket, time; l = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection("
                     "l.getsockname()); s = l.accept()[0]\nfor i in range(100): c.send(b'hello'); s.recv(5); time.sleep(.01)"],
                 "inject", 1.0, (0, 1), (*ASKED, signal.SIGKILL))


def proxy(b):
    """Signals: proxy."""
    return shoot(b, [b.sockspec, "proxy", f"unix:{b.folder}/place", "127.0.0.1:1", "delay 1ms"], "proxy", 0.3, (0, 1),
                 (signal.SIGTERM, signal.SIGINT))


def report(b):
    """Signals: report."""
    page = b.folder / "page.html"
    page.write_text("old")
    result = shoot(b, [b.sockspec, "report", b.top / "corpus" / "results" / "mismatch", "-o", page], "report", 0.03, (0, 1))
    b.expect(page.read_text() == "old" or page.read_text().endswith("</html>\n"), "a page was left half written")
    return result


KINDS = (test, killed, inject, proxy, report)
