"""Signals at random moments: what ends, ends as the README says, and leaves nothing."""
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .bench import END

ASKED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


# Runs at a time: they mostly wait. Of what does not end or leaves something each tells its own signal and moment.
TOGETHER = 8


def shoot(b, words, what, span, codes, numbers=ASKED):
    """Signals in `span` seconds from the start, to the runs of `words(i)`. Returns what was seen."""
    shots = [(b.chance.choice(numbers), b.chance.random() * span, words(i)) for i in range(b.signals)]

    def one(shot):
        number, moment, command = shot
        process = b.start(command)
        time.sleep(moment)
        process.send_signal(number)
        code, text = b.end(process, f"{what}, {number.name} after {moment:.3f} s", END, number == signal.SIGKILL)
        b.expect(code in (*codes, -number), f"{what}, {number.name} after {moment:.3f} s: exit code {code}: {text[-300:]}")
        return code
    with ThreadPoolExecutor(TOGETHER) as pool:
        seen = Counter(pool.map(one, shots))
    return f"{b.signals} signals in {span} s: exit codes {dict(sorted(seen.items()))}, nothing left"


def forking(b):
    """A run against a server that leaves its session, in one isolation or the other."""
    return lambda _: [b.sockspec, "test", "echo-server", "--isolation", b.chance.choice(("auto", "process")), "--", "sh", "-c",
                      f"setsid '{b.targets}/echo-server' {{host}} {{port}} & wait"]


def test(b):
    """Signals: test."""
    return shoot(b, forking(b), "test", 1.5, (0, 1, 3))


def killed(b):
    """Signals: test, killed."""
    return shoot(b, forking(b), "test", 1.5, (0, 1, 3), (signal.SIGKILL,))


def inject(b):
    """Signals: inject."""
    return shoot(b, lambda _: [b.sockspec, "inject", "send short 1", "recv error EINTR every 3", "--", sys.executable, "-c",
                     "import socket, time; l = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection("
                     "l.getsockname()); s = l.accept()[0]\nfor i in range(100): c.send(b'hello'); s.recv(5); time.sleep(.01)"],
                 "inject", 1.0, (0, 1), (*ASKED, signal.SIGKILL))


def proxy(b):
    """Signals: proxy."""
    return shoot(b, lambda i: [b.sockspec, "proxy", f"unix:{b.folder}/place-{i}", "127.0.0.1:1", "delay 1ms"], "proxy", 0.3, (0, 1),
                 (signal.SIGTERM, signal.SIGINT))


def report(b):
    """Signals: report."""
    pages = [b.folder / f"page-{i}.html" for i in range(b.signals)]
    for page in pages:
        page.write_text("old")
    result = shoot(b, lambda i: [b.sockspec, "report", b.top / "corpus" / "results" / "mismatch", "-o", pages[i]], "report", 0.03,
                   (0, 1))
    whole = [text == "old" or text.endswith("</html>\n") for text in (page.read_text() for page in pages)]
    b.expect(all(whole), f"{whole.count(False)} pages were left half written")
    return result


KINDS = (test, killed, inject, proxy, report)
