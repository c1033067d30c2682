"""One libFuzzer process after the other, in rounds."""
import re
import subprocess
import threading
import time

from .common import CORPUS, length_most, start, stop

# A round ends so that its executions are known exactly, and so that a new one begins with what the others found.
ROUND = 300
# A target that ends within a second so often in a row crashes on its own seeds: to be fixed, not fuzzed.
QUICK_DEATHS_MOST = 5

STATUS = re.compile(rb"^#(\d+)\s+(\w+)\s.*?cov: (\d+) ft: (\d+)(?:.*exec/s: (\d+))?")
DONE = re.compile(rb"^stat::number_of_executed_units:\s*(\d+)")


class LibFuzzerJob:
    """A process that fuzzes until `deadline`, started anew behind each round and each crash."""

    def __init__(self, program, target, corpus, found, log, seed=None, extra=()):
        self.command = [program, f"-max_len={length_most(target)}", "-timeout=10", "-rss_limit_mb=2048",
                        "-print_final_stats=1", f"-artifact_prefix={found}/", *extra]
        if (CORPUS / f"{target}.dict").exists():
            self.command.append(f"-dict={CORPUS / target}.dict")
        self.corpora = [corpus, CORPUS / target]
        self.seed = seed
        self.log = log
        self.done = 0  # executions of the rounds that have ended
        self.now = 0  # of this one, as far as it has said so
        self.rate = 0
        self.coverage = 0
        self.said = 0.0  # when it said so
        self.deaths = 0
        self.gave_up = False
        self.process = None

    def begin(self, deadline):
        self.deadline = deadline
        left = max(1, int(deadline - time.monotonic()))
        words = [f"-max_total_time={min(left, ROUND)}"]
        if self.seed is not None:
            words.append(f"-seed={self.seed}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.now, self.began, self.said = 0, time.monotonic(), time.monotonic()
        self.process = start([*self.command, *words, *self.corpora], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, args=(self.process.stderr,), daemon=True)
        self.reader.start()

    def read(self, stream):
        with open(self.log, "ab") as log:
            for line in stream:
                log.write(line)
                status = STATUS.match(line)
                if status:
                    self.now, self.coverage = int(status[1]), int(status[3])
                    self.rate = int(status[5] or 0) or self.rate
                    self.said = time.monotonic()
                done = DONE.match(line)
                if done:
                    self.now, self.said = int(done[1]), time.monotonic()

    def collect(self):
        """Counts the round that has ended."""
        self.reader.join(5)
        self.process.stderr.close()
        self.done += self.now
        self.now = 0

    def poll(self):
        """Goes on with the next round where one has ended. False once the time is over."""
        if self.process is None:
            return False
        if self.process.poll() is None:
            return True
        quick = time.monotonic() - self.began < 1
        self.deaths = self.deaths + 1 if quick and self.process.returncode != 0 else 0
        self.collect()
        self.gave_up = self.deaths >= QUICK_DEATHS_MOST
        if self.gave_up or time.monotonic() >= self.deadline - 1:
            self.process = None
            return False
        self.begin(self.deadline)
        return True

    def execs(self):
        """Executions so far. Between two lines of libFuzzer's, which come seldom, what its rate makes of the time."""
        silent = time.monotonic() - self.said if self.process is not None else 0
        return self.done + self.now + int(self.rate * min(silent, ROUND)) * (self.now > 0)

    def finish(self):
        if self.process is not None:
            stop(self.process)
            self.collect()
            self.process = None
