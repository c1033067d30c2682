"""Too little of everything: descriptors, processes, memory, stack, room for files; /proc/net that is not there; signals and
descriptors as no shell would hand them over."""
import resource
import signal
import subprocess
import sys

from .bench import ROOT, mounts_work


def descriptors(b):
    """Few descriptors."""
    seen = []
    for limit in (10, 20, 64, 79, 80, 100, 256) if b.full else (10, 64, 80, 256):
        code, text = b.run([*b.without_rights(), b.sockspec, "test", "echo-server", "-j128", "--filter", "echo-server/*-*-*",
                            "--", *b.echo], f"{limit} descriptors", limits={resource.RLIMIT_NOFILE: limit})
        b.expect(code == (3 if limit < 80 else 0), f"{limit} descriptors: exit code {code}: {text[-300:]}")
        if code == 3:
            b.expect("open files are needed" in text, f"{limit} descriptors: no cause is told: {text[-300:]}")
        elif limit < 256:
            b.expect("in place of" in text, f"{limit} descriptors: fewer workers, and nobody says so: {text[-300:]}")
        seen.append(f"{limit}: {code}")
    return "limit: exit code " + ", ".join(seen)


def memory(b):
    """Little memory, stack and processes."""
    tries = {"200 MB of addresses": {resource.RLIMIT_AS: 200_000_000}, "30 MB": {resource.RLIMIT_AS: 30_000_000},
             "64 KiB of stack": {resource.RLIMIT_STACK: 65536}}
    seen = []
    for name, limits in tries.items():
        code, text = b.run([b.sockspec, "test", "echo-server", "--filter", "*half-close*", "--", *b.echo], name,
                           limits=limits, may_leave=True)
        b.expect(code in (0, 1, 3, 127, -signal.SIGSEGV, -signal.SIGABRT), f"{name}: exit code {code}: {text[-300:]}")
        seen.append(f"{name}: {code}")
    code, text = b.run([*b.as_user(), b.sockspec, "test", "echo-server", "-j8", "--filter", "*half-close*", "--", *b.echo],
                       "5 processes", limits={resource.RLIMIT_NPROC: 5})
    b.expect(code in (0, 3), f"5 processes: exit code {code}: {text[-300:]}")
    return ", ".join([*seen, f"5 processes: {code}"])


def no_proc_net(b):
    """No /proc/net, a read-only or missing TMPDIR."""
    seen = []
    if ROOT and mounts_work(["sh", "-c", "mount -t tmpfs none /proc/sys"]):
        code, text = b.run(["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc/sys; exec "$0" "$@"', b.sockspec,
                            "test", "echo-server", "--filter", "*half-close*", "--", *b.echo], "no /proc/sys")
        b.expect(code in (0, 3), f"no /proc/sys: exit code {code}: {text[-300:]}")
        seen.append(f"no /proc/sys: {code}")
    code, text = b.run(["env", "TMPDIR=/no/such/folder", b.sockspec, "test", "echo-server", "--filter", "*half-close*", "--",
                        *b.echo], "no TMPDIR")
    b.expect(code == 3 and "/no/such/folder" in text, f"no TMPDIR: exit code {code}: {text[-300:]}")
    return ", ".join([*seen, f"no TMPDIR: {code}"])


# Runs the words behind it with signals ignored (+) or blocked (-), or descriptors shut.
PREPARE = """
import os, signal, sys
for word in sys.argv[1].split(","):
    if word[0] == "+":
        signal.signal(int(word[1:]), signal.SIG_IGN)
    elif word[0] == "-":
        signal.pthread_sigmask(signal.SIG_BLOCK, [int(word[1:])])
    else:
        try:
            os.close(int(word))
        except OSError:
            pass
os.execv(sys.argv[2], sys.argv[2:])
"""


def inherited(b):
    """Signals ignored or blocked, descriptors shut at the start."""
    chld, pipe, term = int(signal.SIGCHLD), int(signal.SIGPIPE), int(signal.SIGTERM)
    words = [b.sockspec, "test", "echo-server", "--filter", "*/short*|*/half-close*", "--", *b.echo]
    base_code, base = b.run(words, "as usual")
    verdicts = base.strip().splitlines()[-1].partition(" in ")[0]
    tried = (f"+{chld}", f"-{term},-{chld}", f"+{chld},+{pipe},+{term}", "1", "0,1,2", "0", "2", f"-{chld}", f"+{pipe}")
    tried = tried if b.full else tried[:5]
    for what in tried:
        code, text = b.run([sys.executable, "-c", PREPARE, what, *words], what)
        if "1" in what.split(","): # its report has nowhere to go
            b.expect(code == 3, f"{what}: exit code {code}")
        else:
            b.expect(code == base_code, f"{what}: exit code {code}: {text[-300:]}")
        if not set(what.split(",")) & {"1", "2"}:
            last = (text.strip().splitlines() or [""])[-1].partition(" in ")[0]
            b.expect(last == verdicts, f"{what}: {last}, and as usual {verdicts}")
    return f"{len(tried)} ways, each as usual: {verdicts}"


def outputs_full(b):
    """Outputs that take nothing: a full disk, a limit, nobody who reads."""
    test = [b.sockspec, "test", "echo-server", "--filter", "*half-close*"]
    small = b.folder / "small.json"
    tries = {
        "console to /dev/full": ([*test, "--", *b.echo], {"stdout": open("/dev/full", "wb"), "stderr": subprocess.PIPE}),
        "json to /dev/full": ([*test, "--json", "/dev/full", "--", *b.echo], {}),
        "junit to /dev/full": ([*test, "--junit", "/dev/full", "--", *b.echo], {}),
        "html to /dev/full": ([*test, "--html", "/dev/full", "--", *b.echo], {}),
        "markdown to /dev/full": ([*test, "--markdown", "/dev/full", "--", *b.echo], {}),
        "baseline to /dev/full": ([*test, "--write-baseline", "/dev/full", "--", *b.echo], {}),
        "json into a folder that is not there": ([*test, "--json", "/no/such/folder/x", "--", *b.echo], {}),
        "a limit of 512 bytes a file": ([*test, "--json", small, "--", *b.echo], {"limits": {resource.RLIMIT_FSIZE: 512}}),
        "list to /dev/full": ([b.sockspec, "list", "words"], {"stdout": open("/dev/full", "wb"),
                                                             "stderr": subprocess.PIPE}),
    }
    for name, (words, options) in tries.items():
        process = b.start(words, options.pop("limits", None), **options)
        error = process.stderr
        code, text = b.end(process, name)
        told = text if error is None else ""
        b.expect(code == 3, f"{name}: exit code {code}: {text[-200:]}")
        b.expect(error is not None or "cannot write" in told, f"{name}: nobody says so: {text[-200:]}")
    b.expect(not small.exists(), "a file that was too large was left half written")
    process = b.start([b.sockspec, "test", "echo-server", "-v", "--", *b.echo], stderr=subprocess.DEVNULL)
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    code, _ = b.end(process, "nobody reads")
    b.expect(code == 3, f"nobody reads: exit code {code}")
    log = b.start([b.sockspec, "inject", "send short 1", "--log", "/dev/full", "--", sys.executable, "-c",
                   "import socket; l = socket.create_server(('127.0.0.1', 0)); "
                   "socket.create_connection(l.getsockname()).send(b'hello')"])
    code, text = b.end(log, "inject --log")
    b.expect(code == 0 and "receipts are lost" in text, f"inject --log /dev/full: exit code {code}: {text[-300:]}")
    return f"{len(tries) + 2} outputs, each told, exit code 3 (inject's is the program's)"


def captures_lost(b):
    """Captures that cannot be kept."""
    seen = []
    closed = b.folder / "closed"
    closed.mkdir(mode=0o555)
    words = ["test", "echo-server", "--capture", "always", "--filter", "*half-close*"]
    code, text = b.run([*b.as_user(), b.sockspec, *words, "--capture-dir", closed, "--", *b.echo], "a read-only folder")
    b.expect(code == 3 and "cannot write" in text, f"a read-only folder: exit code {code}: {text[-300:]}")
    seen.append("read-only")
    if ROOT and mounts_work(["sh", "-c", f"mount -t tmpfs none {closed}"]):
        code, text = b.run(["unshare", "--mount", "sh", "-c",
                            f'mount -t tmpfs -o size=12k none {closed}; "$0" "$@"; code=$?; find {closed} -size 0; exit $code',
                            b.sockspec, *words, "--capture-dir", closed, "--", *b.echo], "a full disk")
        b.expect(code == 3 and "lost" in text, f"a full disk: exit code {code}: {text[-300:]}")
        b.expect(str(closed) + "/" not in text.partition("lost")[2].partition("\n")[2], "empty captures were left")
        seen.append("full disk")
    return ", ".join(seen) + ": told, exit code 3, no empty file"


def clock(b):
    """A machine that has been up for a year."""
    if subprocess.run(["unshare", "--time", "--fork", "--monotonic", "31536000", "true"], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        return None
    code, text = b.run(["unshare", "--time", "--fork", "--monotonic", "31536000", b.sockspec, "test", "echo-server",
                        "--filter", "*half-close*", "--", *b.echo], "a time namespace")
    b.expect(code == 0, f"exit code {code}: {text[-300:]}")
    return "a time namespace with another monotonic clock: as usual"


KINDS = (descriptors, memory, no_proc_net, inherited, outputs_full, captures_lost, clock)
