"""Runs a command and ends all that it has started, when it ends, after so many seconds, on a signal, or when whoever
started us dies. Process groups and sessions hold nothing together: `timeout`, `setsid` and daemons leave them. Orphans
come to the nearest subreaper, so that all descendants are found below us whatever they do; for root and users alike.

    python3 -B ci/lib/reaper.py STARTER SECONDS SPENT COMMAND...

STARTER is the process that starts it, by its id; into the file SPENT go the seconds of processor time that all of it took.

Exit code: that of the command, 128 + N where signal N ended it; 124 out of time; 128 + N when we were told to end by N.
"""
import ctypes
import os
import resource
import signal
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # <linux/prctl.h>
TOLD_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OUT_OF_TIME = 124
# Scripts remove their folders and sockspec its namespaces when told to end; longer than that takes on a busy machine.
GRACE_S = 5
# Only what the kernel itself holds back, or another user's, is left behind this.
KILL_S = 30
POLL_S = 0.02


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def descendants(root: int) -> dict[int, str]:
    """The processes below `root`, each with its state (Z: dead, and not yet reaped)."""
    parent, state = {}, {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                words = file.read().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        state[int(name)], parent[int(name)] = words[0], int(words[1])
    found = {root}
    grown = True
    while grown:
        more = {pid for pid, above in parent.items() if above in found} - found
        found |= more
        grown = bool(more)
    return {pid: state[pid] for pid in found - {root}}


def command_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()[:100]
    except OSError:
        return ""


def reap() -> dict[int, int]:
    """The children that have ended, with their exit codes."""
    ended = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        code = os.waitstatus_to_exitcode(status)
        ended[pid] = code if code >= 0 else 128 - code


def _send(number: int, everyone: dict[int, str]) -> None:
    for pid, state in everyone.items():
        if state != "Z":
            try:
                os.kill(pid, number)
            except (ProcessLookupError, PermissionError):
                pass


def end_all() -> None:
    """Asks all descendants to end, then makes them: what is born meanwhile too."""
    everyone = descendants(os.getpid())
    _send(signal.SIGTERM, everyone)
    # What was stopped hears nothing before it goes on.
    _send(signal.SIGCONT, everyone)
    begin = time.monotonic()
    while True:
        reap()
        everyone = descendants(os.getpid())
        if not everyone:
            return
        spent = time.monotonic() - begin
        if spent > GRACE_S:
            _send(signal.SIGKILL, everyone)
        if spent > GRACE_S + KILL_S:
            print("could not be ended: " + ", ".join(f"{pid} {command_of(pid)}" for pid in everyone), file=sys.stderr)
            return
        time.sleep(POLL_S)


def _tell_leftovers() -> None:
    left = {pid: command_of(pid) for pid, state in descendants(os.getpid()).items() if state != "Z"}
    if left:
        print(f"left {len(left)} processes behind, which are ended now: " + ", ".join(sorted(set(left.values()))), flush=True)


def run(starter: int, limit: float, command: list[str]) -> int:
    waited_for = {signal.SIGCHLD, *TOLD_TO_END}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != starter:
        return 128 + signal.SIGTERM
    # A session of its own: the terminal's Ctrl-C comes to whoever started us, who tells us.
    child = os.posix_spawnp(command[0], command, os.environ, setsid=True, setsigmask=(),
                            setsigdef=(*TOLD_TO_END, signal.SIGPIPE, signal.SIGXFSZ))
    deadline = time.monotonic() + limit
    code = None
    while code is None:
        info = signal.sigtimedwait(waited_for, max(0, deadline - time.monotonic()))
        if info is not None and info.si_signo in TOLD_TO_END:
            code = 128 + info.si_signo
        elif info is None and time.monotonic() >= deadline:
            print(f"not at its end after {limit:.0f} s: {' '.join(command)}", flush=True)
            code = OUT_OF_TIME
        else:
            code = reap().get(child)
            if code is not None:
                _tell_leftovers()
    end_all()
    return code


def main(starter: str, limit: str, spent: str, command: list[str]) -> int:
    code = run(int(starter), float(limit), command)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(spent, "w", encoding="ascii") as file:
        print(used.ru_utime + used.ru_stime, file=file)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:4], sys.argv[4:]))
    except FileNotFoundError as error:
        print(f"{sys.argv[4]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)
