"""Planted bugs: their list, a build with one, and one search for it by an engine."""
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass

from . import afl, triage
from .build import build
from .common import CORPUS, HTTP_TARGETS, TOP, Trouble, length_most, start, stop

LIST = TOP / "targets/protocol/planted.h"
ROW = re.compile(r"^ {4}(\w+), *// \[(\w+)\] ([^|]*?) *\|(.*)$", re.M)

# What a search begins with: three plain, right inputs and nothing that comes near a bug.
PLAIN = {
    "http_request": [b"0aGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"0aPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                     b"0aPOST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
    "http_response": [b"0aHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                      b"0aHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                      b"0aHTTP/1.1 304 Not Modified\r\nServer: s\r\n\r\n"],
    "chunked": [b"0a0\r\n\r\n", b"0a5\r\nhello\r\n0\r\n\r\n", b"0aa;b=c\r\n0123456789\r\n0\r\nT: v\r\n\r\n"],
    "line": [b"0aone\ntwo\n", b"0aone\r\ntwo\r\n\r\n", b"0aone"],
    "reply": [b"0a250 ok\r\n", b"0a250-a\r\n250 b\r\n", b"1a220-a\r\nb\r\n220 c\r\n"],
    "dots": [b"0aone\r\n.\r\n", b"0a..one\r\ntwo\r\n.\r\n", b"1aone\ntwo\n"],
    "imap_line": [b"0aa NOOP\r\n", b"0aa X {3}\r\nabc\r\n", b"1a* 1 FETCH (B {3}\r\nabc \"x\")\r\n"],
}

# The wall clock may run so much faster than the processor time that a search gets; beyond that it has not found.
WALL = 6


@dataclass
class Bug:
    name: str
    target: str
    what: str
    who: str


def bugs():
    listed = [Bug(name, target, what, who.strip()) for name, target, what, who in ROW.findall(LIST.read_text())]
    sources = "".join(path.read_text() for path in LIST.parent.glob("*.c"))
    gone = [bug.name for bug in listed if f"BUG({bug.name})" not in sources]
    if gone or not listed:
        raise Trouble(f"no parser has {', '.join(gone) or 'any'} of the bugs that {LIST.name} lists")
    return listed


def builds(bug, engine):
    """The folder with the target's programs for this engine, the bug in them."""
    kind, prefix = {"libfuzzer": ("fuzz", "fuzz"), "afl": ("afl-asan", "afl")}[engine]
    mutator = ["mutator-http"] if engine == "afl" and bug.target in HTTP_TARGETS else []
    return build(kind, [f"{prefix}-{bug.target}", f"replay-{bug.target}", *mutator],
                 [f"-DSOCKSPEC_PLANTED={bug.name}"], TOP / "build/planted" / engine)


def processor_time(pid):
    """Seconds of processor that a process, all below it and those it has waited for have used; 0 for what has gone."""
    total = 0.0
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        total = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            children = file.read().split()
    except OSError:
        return total
    return total + sum(processor_time(int(child)) for child in children)


def command(bug, engine, folder, seed, work):
    """What to run, with which environment, and where its finds will be."""
    dictionary = CORPUS / f"{bug.target}.dict"
    if engine == "libfuzzer":
        words = [folder / f"fuzz-{bug.target}", f"-seed={seed}", f"-max_len={length_most(bug.target)}",
                 "-timeout=10", f"-artifact_prefix={work}/found/", work / "corpus", work / "seeds"]
        return words + [f"-dict={dictionary}"] * dictionary.exists(), dict(os.environ), work / "found"
    env = afl.environment(folder, bug.target, resume=False) | {"AFL_BENCH_UNTIL_CRASH": "1", "AFL_FAST_CAL": "1"}
    words = ["afl-fuzz", "-s", seed, "-i", work / "seeds", "-o", work / "afl", "-m", "none", "-t", "2000",
             "-G", length_most(bug.target), *(["-x", dictionary] if dictionary.exists() else []),
             "--", folder / f"afl-{bug.target}"]
    return words, env, work / "afl/default/crashes"


def refused_seeds(work):
    """Where every seed crashes, AFL++ saves none as a find and gives up: then they are what it has found."""
    if b"at least one valid input seed that does not crash" not in (work / "log").read_bytes():
        return []
    return triage.files_of([work / "seeds"])


def search(bug, engine, folder, seed, cap, seeds, nice, work):
    """One search. Returns the seconds of processor it took, or None beyond the cap, and the first find."""
    shutil.rmtree(work, ignore_errors=True)
    for name in ("corpus", "found"):
        (work / name).mkdir(parents=True)
    if seeds is None:
        (work / "seeds").mkdir()
        for number, data in enumerate(PLAIN[bug.target]):
            (work / "seeds" / f"plain-{number}").write_bytes(data)
    else:
        shutil.copytree(seeds, work / "seeds")
    words, env, found = command(bug, engine, folder, seed, work)
    with open(work / "log", "wb") as log:
        process = start(["nice", "-n", nice, *words], env=env, stdout=log, stderr=subprocess.STDOUT)
    spent, deadline = 0.0, time.monotonic() + WALL * cap
    try:
        while process.poll() is None and spent <= cap and time.monotonic() < deadline:
            spent = max(spent, processor_time(process.pid))
            time.sleep(0.02)
    finally:
        stop(process)
    files = triage.files_of([found]) or refused_seeds(work)
    return (spent, files[-1]) if files and spent <= cap else (None, None)


def oracle(program, planted, path):
    """What tells the find: how the planted build ends with it. None where the right parser ends too: then it is
    something else that was found."""
    if triage.replay(program, path) is not None:
        return None
    output = triage.replay(planted, path)
    return None if output is None else triage.read_crash(output, path).title
