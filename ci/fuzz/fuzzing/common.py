"""Places, errors, and child processes that never outlive us."""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
CORPUS = TOP / "corpus"

# Targets whose inputs the mutator for HTTP knows (targets/fuzz/CMakeLists.txt).
HTTP_TARGETS = ("http_request", "http_response", "message_stream", "chunked")

# Inputs longer than this repeat what shorter ones show, and cost more. Scenarios and results are whole files.
LENGTH_MOST = {"scenario": 4096, "results": 4096, "subject": 2048}
LENGTH_USUAL = 1024


class Trouble(Exception):
    """Something that keeps us from working: told in one line, exit code 3."""


def _names(*folders):
    """Each NAME_fuzz.c in these folders is a fuzz target."""
    return sorted(source.name.removesuffix("_fuzz.c") for folder in folders for source in TOP.glob(f"{folder}/*_fuzz.c"))


def targets():
    """The names of all fuzz targets."""
    return _names("targets/fuzz", "harness/tests/fuzz")


def protocol_targets():
    """The names of those that feed the parsers of targets/protocol."""
    return _names("targets/fuzz")


def length_most(target):
    return LENGTH_MOST.get(target, LENGTH_USUAL)


def seconds(text):
    """90, 90s, 15m, 2h, 1d as seconds; ValueError otherwise."""
    match = re.fullmatch(r"(\d+)([smhd]?)", text)
    if not match or int(match[1]) == 0:
        raise ValueError(text)
    return int(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def clock(duration):
    """61 as 1:01, 3661 as 1:01:01."""
    minutes, rest = divmod(int(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count(number):
    """1234567 as 1.2 M: for a line that is read in passing."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e4)):
        if number >= size:
            return f"{number / (1e3 if unit == 'k' else size):.1f} {unit}"
    return str(int(number))


def start(command, **options):
    """A child with a session of its own, so that Ctrl-C at the terminal reaches only us, and that the kernel ends
    when we die however that comes."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *map(str, command)], start_new_session=True,
                            stdin=subprocess.DEVNULL, **options)


def stop(process, number=signal.SIGINT, patience=10):
    """Asks a child to end, and makes it and what it has started end when it does not."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def run(command, log, what, **options):
    """Runs a child to its end with its output in a file; Trouble with the end of that file when it fails."""
    with open(log, "wb") as out:
        process = start(command, stdout=out, stderr=subprocess.STDOUT, **options)
        try:
            code = process.wait()
        except BaseException:
            stop(process, signal.SIGTERM)
            raise
    if code != 0:
        tail = Path(log).read_text(errors="replace").splitlines()[-30:]
        print("\n".join(tail), file=sys.stderr)
        raise Trouble(f"{what} failed (exit code {code}); all of its output: {log}")
