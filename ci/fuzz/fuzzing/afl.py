"""afl-fuzz: one main instance and its secondaries over one sync directory, which machines may share."""
import os
import re
import socket
import subprocess
import time

from .common import CORPUS, HTTP_TARGETS, Trouble, length_most, start, stop

FIGURE = re.compile(rb"^fuzzing\.(\w+):([0-9.]+)\|g", re.M)


class Figures:
    """What an afl-fuzz says of itself once a second by StatsD: its own files are a minute late."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.last = {}

    def environment(self):
        host, port = self.socket.getsockname()
        return {"AFL_STATSD": "1", "AFL_STATSD_HOST": host, "AFL_STATSD_PORT": str(port)}

    def read(self):
        while True:
            try:
                figures = FIGURE.findall(self.socket.recv(65536))
                self.last.update({name.decode(): float(value) for name, value in figures})
            except BlockingIOError:
                return self.last


def environment(programs, target, resume):
    env = dict(os.environ, AFL_NO_UI="1", AFL_SKIP_CPUFREQ="1", AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1",
               AFL_TRY_AFFINITY="1", AFL_NO_CRASH_README="1", AFL_QUIET="1", AFL_IMPORT_FIRST="1")
    if resume:
        env["AFL_AUTORESUME"] = "1"
    if target in HTTP_TARGETS:
        env["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(programs / "mutator-http.so")
    return env


def stats(instance):
    """fuzzer_stats of an instance as a dictionary; empty when there is none yet."""
    try:
        lines = (instance / "fuzzer_stats").read_text().splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def main_elsewhere(sync, own):
    """Whether another instance of this sync directory is the main one."""
    return any(path.parent.name != own for path in sync.glob("*/is_main_node"))


class AflJob:
    """One afl-fuzz with a name in a sync directory. Resumes where that name has been before."""

    def __init__(self, programs, target, seeds, sync, name, main, log, extra=(), mutator_from=None):
        self.sync, self.name, self.log = sync, name, log
        self.instance = sync / name
        self.program = programs / f"afl-{target}"
        self.figures = Figures()
        self.env = environment(mutator_from or programs, target, resume=True) | self.figures.environment()
        self.words = ["-i", seeds, "-o", sync, "-M" if main else "-S", name, "-m", "none", "-t", "2000",
                      "-G", length_most(target), *extra]
        if (CORPUS / f"{target}.dict").exists():
            self.words += ["-x", CORPUS / f"{target}.dict"]
        self.before = int(stats(self.instance).get("execs_done", 0))
        self.process = None
        self.coverage = 0
        self.gave_up = False

    def begin(self, deadline):
        left = max(1, int(deadline - time.monotonic()))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as out:
            self.process = start(["afl-fuzz", "-V", left, *self.words, "--", self.program], env=self.env, stdout=out,
                                 stderr=subprocess.STDOUT)

    def poll(self):
        if self.process is None:
            return False
        self.coverage = int(self.figures.read().get("edges_found", 0))
        if self.process.poll() is None:
            return True
        code, self.process = self.process.returncode, None
        if code != 0:
            tail = self.log.read_text(errors="replace").splitlines()[-15:]
            raise Trouble("\n".join([*tail, f"afl-fuzz failed (exit code {code}); all of its output: {self.log}"]))
        return False

    def execs(self):
        """Executions of this run."""
        if self.process is None:
            return max(0, int(stats(self.instance).get("execs_done", 0)) - self.before)
        return max(0, int(self.figures.read().get("execs_done", 0)) - self.before)

    def finish(self):
        if self.process is not None:
            stop(self.process)
            self.process = None
