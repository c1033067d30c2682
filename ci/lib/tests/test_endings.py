"""A run that is ended, at whatever moment and by whatever signal, leaves no process behind."""
import os
import signal
import subprocess
import sys
import time
import unittest
import uuid
from pathlib import Path

CI = Path(__file__).resolve().parents[2]
TOKEN = "SOCKSPEC_CI_TOKEN"
# Longer than all that a run does when it is told to end; what is left then would be left for ever.
PATIENCE_S = 60

# What sections do to get away: sessions and groups of their own, daemons, deaf ones, and a shell that only waits.
RUNAWAYS = """
timeout 900 sleep 901 &
(setsid sleep 903 &)
python3 -c 'import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(904)' &
"""
DEAF = """
setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 902; done' &
"""
DRIVER = """
import sys
from lib.runner import Section, main
sections = [Section(f"section {i}", ("sh", "-c", command), 0, beside="--beside" in sys.argv)
            for i, command in enumerate(sys.argv[2].split("---"))]
sys.exit(main(sections, float(sys.argv[1])))
"""


def alive(token):
    """The processes that have the token in their environment, as all have that a run has started."""
    found, word = [], f"{TOKEN}={token}".encode()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if word in Path(f"/proc/{name}/environ").read_bytes().split(b"\0"):
                found.append(int(name))
        except OSError:
            pass
    return found


def wait_until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Endings(unittest.TestCase):
    def start(self, *commands, limit=900, options=()):
        token = uuid.uuid4().hex
        environment = dict(os.environ, **{TOKEN: token})
        run = subprocess.Popen([sys.executable, "-B", "-c", DRIVER, str(limit), "---".join(commands), *options], cwd=CI,
                               env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        run.token = token
        self.addCleanup(self.end, run)
        return run

    @staticmethod
    def end(run):
        for pid in alive(run.token):
            os.kill(pid, signal.SIGKILL)
        run.communicate()

    def assert_none_left(self, run):
        self.assertTrue(wait_until(lambda: not alive(run.token)), f"left: {alive(run.token)}")

    def test_ended_in_the_middle(self):
        # The whole crowd: the runner, its reaper, the shell and what that has started.
        signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL)
        runs = [(number, self.start("exit 0", RUNAWAYS + DEAF + "sleep 905")) for number in signals]
        for number, run in runs:
            self.assertTrue(wait_until(lambda: len(alive(run.token)) >= 9))
            run.send_signal(number)
        for number, run in runs:
            with self.subTest(number.name):
                self.assert_none_left(run)
                output, _ = run.communicate(timeout=PATIENCE_S)
                self.assertEqual(run.returncode, -number if number == signal.SIGKILL else 128 + number)
                if number != signal.SIGKILL:
                    self.assertTrue(output.endswith("1 passed, 1 failed\n"), output)

    def test_ended_at_any_moment(self):
        for most in (1, 2, 3, 4, 5, 6, 7):
            with self.subTest(most):
                run = self.start(RUNAWAYS + "sleep 905")
                self.assertTrue(wait_until(lambda: len(alive(run.token)) >= most))
                run.terminate()
                self.assert_none_left(run)

    def test_side_by_side(self):
        run = self.start(RUNAWAYS + "sleep 905", RUNAWAYS + "sleep 905", options=["--beside"])
        self.assertTrue(wait_until(lambda: len(alive(run.token)) >= 15))
        run.terminate()
        self.assert_none_left(run)

    def test_out_of_time(self):
        run = self.start(RUNAWAYS + "sleep 905", "exit 0", limit=1)
        output, _ = run.communicate(timeout=PATIENCE_S)
        self.assert_none_left(run)
        self.assertEqual(run.returncode, 1)
        self.assertIn("FAIL  section 0: exit code 124", output)
        self.assertTrue(output.endswith("1 passed, 1 failed\n"), output)

    def test_what_a_section_leaves_is_ended_and_told(self):
        run = self.start(RUNAWAYS + "sleep 0.2", "exit 0")
        output, _ = run.communicate(timeout=PATIENCE_S)
        self.assert_none_left(run)
        self.assertEqual(run.returncode, 0, output)
        self.assertIn("processes behind, which are ended now", output)
        self.assertTrue(output.endswith("2 passed, 0 failed\n"), output)

    def test_what_a_failed_section_said_last_is_told_again(self):
        for options in ([], ["--beside"]):
            with self.subTest(options):
                run = self.start("seq 1000; echo the reason; exit 3", "seq 1000; echo all is well", options=options)
                output, _ = run.communicate(timeout=PATIENCE_S)
                before, _, summary = output.partition("== Summary")
                self.assertEqual(before.count("the reason\n"), 2, before[-500:])
                self.assertEqual(before.count("all is well\n"), 1)
                self.assertTrue(before.rstrip().endswith("999\n1000\nthe reason"), before[-500:])
                self.assertIn("FAIL  section 0: exit code 3", summary)


if __name__ == "__main__":
    unittest.main()
