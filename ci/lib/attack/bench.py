"""What all attacks share: runs that end in time, and what they must not leave."""
import itertools
import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

# What hangs takes for ever; what takes longer than this on a crowded machine is not looked for here.
LIMIT = 60
# An end that was asked for: workers and subjects have some seconds for theirs.
END = 20
ROOT = os.geteuid() == 0


class Bench:
    def __init__(self, build, top, work, chance, full, signals):
        self.build, self.top, self.work, self.chance, self.full, self.signals = build, top, work, chance, full, signals
        self.sockspec = str(build / "sockspec")
        self.targets = build / "targets"
        self.serial = itertools.count()  # runs side by side take their numbers from it
        self.begin()

    def begin(self):
        self.wrong = []
        self.folder = self.work / str(next(self.serial))
        self.folder.mkdir(mode=0o777)
        os.chmod(self.folder, 0o777)

    def say(self, text):
        self.wrong.append(text)

    def expect(self, holds, text):
        if not holds:
            self.say(text)
        return holds

    @property
    def echo(self):
        return [str(self.targets / "echo-server"), "{host}", "{port}"]

    def token(self):
        return f"attack-{os.getpid()}-{next(self.serial)}"

    def start(self, words, limits=None, **options):
        """A process with a token in its environment and a TMPDIR of its own; `limits`: {resource: value}."""
        token = self.token()
        tmp = self.folder / f"tmp-{token}"
        tmp.mkdir(mode=0o777)
        os.chmod(tmp, 0o777)

        def before():
            for name, value in (limits or {}).items():
                resource.setrlimit(name, (value, value))
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.STDOUT)
        env = dict(os.environ, SOCKSPEC_CI_TOKEN=token, TMPDIR=str(tmp), **options.pop("env", {}))
        process = subprocess.Popen([str(word) for word in words], env=env, start_new_session=True,
                                   preexec_fn=before if limits else None, **options)
        process.token, process.tmp = token, tmp
        return process

    def end(self, process, what, seconds=LIMIT, may_leave=False):
        """Waits for its end. Returns exit code and output; tells a hang, and what is left of it."""
        try:
            output = process.communicate(timeout=seconds)[0] or b""
        except subprocess.TimeoutExpired:
            self.say(f"{what}: still there after {seconds} s")
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0] or b""
        self.none_left(process, what, may_leave)
        return process.returncode, output.decode(errors="replace")

    def run(self, words, what, seconds=LIMIT, limits=None, may_leave=False, **options):
        return self.end(self.start(words, limits, **options), what, seconds, may_leave)

    def none_left(self, process, what, may_leave=False):
        deadline = time.monotonic() + 5
        while (left := bearers(process.token)) and time.monotonic() < deadline:
            time.sleep(0.02)
        if left:
            self.say(f"{what}: processes left: {', '.join(left.values())[:200]}")
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        files = [] if may_leave else list(process.tmp.iterdir())
        if files:
            self.say(f"{what}: left in TMPDIR: {', '.join(file.name for file in files)[:200]}")
        shutil.rmtree(process.tmp, ignore_errors=True)

    def as_user(self):
        """The words that make a command a plain user's; [] where we are one."""
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if ROOT else []

    def without_rights(self):
        """The words that take away the right to raise limits; root keeps the others."""
        return ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource", "--"] if ROOT else []


def bearers(token):
    """Living processes with that token in their environment: {pid: command}."""
    mark, found = f"SOCKSPEC_CI_TOKEN={token}".encode(), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            pass
    return found


def mounts_work(words=("true",)):
    """Whether we may have mounts of our own."""
    return subprocess.run(["unshare", "--mount", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          check=False).returncode == 0
