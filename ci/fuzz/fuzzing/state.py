"""What a target's campaigns leave behind, for the next one to go on from."""
import fcntl
import json

from .common import TOP, Trouble


class State:
    """build/campaigns/TARGET: corpus/ (both engines), found/ (libFuzzer's artifacts), afl/ (AFL++'s sync directory),
    crashes/ (one folder a crash), proposal/, coverage/, log/, total.json."""

    def __init__(self, target, create=True):
        self.folder = TOP / "build" / "campaigns" / target
        for name in ("corpus", "found", "log") if create else ():
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def hold(self):
        """Keeps other campaigns of this target away until we end, however that comes."""
        self.lock = open(self.folder / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"another campaign uses {self.folder}: several processes are --jobs, several machines "
                          "have a checkout each") from None

    def __truediv__(self, name):
        return self.folder / name

    def totals(self):
        """Executions and seconds by engine, of all campaigns so far."""
        try:
            return json.loads((self.folder / "total.json").read_text())
        except (OSError, ValueError):
            return {}

    def add(self, engine, execs, seconds):
        """Adds a campaign. Returns the executions of all, by all engines."""
        total = self.totals()
        entry = total.setdefault(engine, {"executions": 0, "seconds": 0, "campaigns": 0})
        entry["executions"] += execs
        entry["seconds"] += round(seconds)
        entry["campaigns"] += 1
        part = self.folder / "total.json.part"
        part.write_text(json.dumps(total, indent=2) + "\n")
        part.replace(self.folder / "total.json")  # a crash in between loses nothing
        return sum(one["executions"] for one in total.values())
