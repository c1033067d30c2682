"""Crashing inputs to different crashes: each is run once more under sanitizers and told by its stack."""
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from .common import TOP, start, stop

# A sanitized target runs any input of ours in milliseconds; the machine may be busy.
LIMIT = 30
# Frames that tell one crash from another.
FRAMES = 3
# When there are more files than these, the rest are almost certainly the same crashes again.
FILES_MOST = 300

CHECK = re.compile(r"^(\S+):(\d+): does not hold: (.*)$", re.M)
SANITIZER = re.compile(r"^==\d+==\s*ERROR: (?:\w+Sanitizer: )?(\S+)", re.M)
UNDEFINED = re.compile(r"^(\S+):(\d+):\d+: runtime error: (.*)$", re.M)
FRAME = re.compile(r"^\s+#\d+ 0x[0-9a-f]+ in (\S+) (\S+)", re.M)
# Frames of the check itself, of the engine, and of the C library say nothing.
DULL = re.compile(r"^(fuzz_failed|__|main$|replay_|_start|raise|abort|LLVMFuzzer)")


class Crash:
    """One crash: what tells it from others, an input, and how it looks."""

    def __init__(self, title, frames, output, path):
        self.title, self.frames, self.output, self.path = title, frames, output, path
        self.inputs = 1

    @property
    def key(self):
        return (self.title, *self.frames)

    @property
    def name(self):
        """For a folder: readable, and different for different crashes."""
        words = re.sub(r"[^A-Za-z0-9]+", "-", self.title).strip("-")[:60]
        return f"{words}-{hashlib.sha1(repr(self.key).encode()).hexdigest()[:8]}"


def environment():
    return dict(os.environ, ASAN_OPTIONS="handle_abort=1:detect_leaks=1:symbolize=1",
                UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")


def replay(program, path):
    """Runs one input. Returns the output of a crash, or None when there is none."""
    process = start([program, path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment())
    try:
        output = process.communicate(timeout=LIMIT)[1].decode(errors="replace")
    except subprocess.TimeoutExpired:
        output = f"==0==ERROR: timeout: still running after {LIMIT} s\n"
    finally:
        stop(process, 9)
    return None if process.returncode == 0 else output


def inner(path):
    """A source path without what differs between machines."""
    for part in ("/targets/", "/harness/"):
        if part in path:
            return part[1:] + path.rsplit(part, 1)[1]
    return None


def read_crash(output, path):
    frames = []
    for function, place in FRAME.findall(output):
        where = inner(place)
        if where is not None and not DULL.match(function) and len(frames) < FRAMES:
            frames.append(f"{function} {re.sub(r':[0-9]+$', '', where)}")
    check, undefined, error = CHECK.search(output), UNDEFINED.search(output), SANITIZER.search(output)
    if check:
        title = f"{Path(check[1]).name}: {check[3]}"
    elif undefined:
        title = f"{Path(undefined[1]).name}:{undefined[2]}: {undefined[3]}"
    else:
        title = error[1].rstrip(":") if error else "ends without a word"
    return Crash(title, frames, output, path)


def files_of(folders):
    """Crash files in these folders, the newest first."""
    files = [path for folder in folders if folder.is_dir() for path in folder.iterdir()
             if path.is_file() and path.name not in ("README.txt", ".DS_Store")]
    return sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)


def triage(program, folders, into):
    """Writes each different crash that the files of `folders` still cause into a folder of its own below `into`:
    input, stack.txt, reproduce. Returns the crashes and how many files no longer crash."""
    crashes, fine = {}, 0
    for path in files_of(folders)[:FILES_MOST]:
        output = replay(program, path)
        if output is None:
            fine += 1
            continue
        crash = read_crash(output, path)
        known = crashes.setdefault(crash.key, crash)
        if known is not crash:
            known.inputs += 1
            if path.stat().st_size < known.path.stat().st_size:
                known.path = path
    shutil.rmtree(into, ignore_errors=True)
    for crash in crashes.values():
        folder = into / crash.name
        folder.mkdir(parents=True)
        shutil.copyfile(crash.path, folder / "input")
        crash.reproduce = f"{relative(program)} {relative(folder / 'input')}"
        (folder / "stack.txt").write_text(crash.output)
        (folder / "reproduce").write_text(crash.reproduce + "\n")
    return list(crashes.values()), fine


def relative(path):
    path = Path(path)
    return str(path.relative_to(TOP)) if path.is_relative_to(TOP) else str(path)


def tell(crashes, fine):
    for crash in crashes:
        print(f"\ncrash: {crash.title} ({crash.inputs} input{'s' * (crash.inputs != 1)})")
        for frame in crash.frames:
            print(f"    in {frame}")
        print(f"    {crash.reproduce}")
    if fine:
        print(f"\n{fine} saved input{'s do' if fine != 1 else ' does'} no harm under sanitizers (fixed since, or a "
              "time-out on a busy machine)")
