"""Programs that mean harm (ci/check/hostile has those that merely behave badly)."""
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import time

from .bench import ROOT, bearers

KILLER = """
import os, socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
parents, p = [], os.getppid()
while p > 1 and len(parents) < int(sys.argv[2]):
    parents.append(p)
    p = int(open("/proc/%d/stat" % p).read().rpartition(")")[2].split()[1])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for p in parents:
            try:
                os.kill(p, 9)
            except OSError:
                pass
        time.sleep(1000)
    os._exit(0)
while True:
    c, _ = s.accept()
    c.send(c.recv(100))
    c.close()
"""


def parricide(b):
    """A server that kills its parents, --isolation process."""
    seen = []
    for depth, who in ((1, "its init"), (2, "the worker too")):
        process = b.start([b.sockspec, "test", "echo-server", "--isolation", "process", "-j4", "--filter",
                           "echo-server/sizes[*]", "--timeout", "2", "--", sys.executable, "-c", KILLER, "{port}", depth])
        code, text = b.end(process, f"kills {who}")
        b.expect(code in (1, 3), f"kills {who}: exit code {code}: {text[-300:]}")
        seen.append(f"{who}: {code}")
    return "kills " + ", ".join(seen) + ", nothing left"


WRITER = """
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    c, _ = s.accept()
    sys.stdout.buffer.write(b"before\\0after \\xff\\xfe ##[error]x\\n::error::y\\n\\x1b[2J\\0\\0end\\n")
    sys.stdout.flush()
    c.close()
"""


def raw_output(b):
    """A program whose output holds NULs, no UTF-8, a terminal's and a CI's commands."""
    results = b.folder / "r.json"
    code, text = b.run([b.sockspec, "test", "echo-server", "--filter", "echo-server/half-close[size=5]", "--json", results,
                        "--", sys.executable, "-c", WRITER, "{port}"], "raw output")
    b.expect(code == 1, f"exit code {code}: {text[-300:]}")
    for part in ("before", "after", "end"):
        b.expect("| " in text and part in text.partition("it wrote")[2], f"the console does not show '{part}'")
    b.expect("##[" not in text and "\x1b" not in text and "\0" not in text, "a command goes through")
    b.expect(not any(line.lstrip().startswith("::") for line in text.splitlines()), "a line begins with ::")
    case = json.loads(results.read_text())["cases"][0]
    b.expect("end" in case["output"] and "##[" not in results.read_text(), f"JSON: {case['output']!r}")
    return f"all {case['output_total']} bytes are shown, none obeyed"


ENDLESS = """
import socket, sys, threading, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def serve(c):
    try:
        c.recv(65536)
        while True:
            c.send(b"x")
            time.sleep(0.05)
    except OSError:
        pass
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""


def endless(b):
    """An answer without end."""
    scenario = b.folder / "endless.scn"
    scenario.write_text('scenario "x"\nrule     SOCK-STREAM-BOUNDARY MUST "x"\n\nclient {\n    connect\n    send "x\\n"\n'
                        '    expect line "y"\n}\n')
    results = b.folder / "endless.json"
    begin = time.monotonic()
    code, text = b.run([b.sockspec, "test", scenario, "--profile", "echo-server", "--timeout", "1", "-q", "--json", results,
                        "--", sys.executable, "-c", ENDLESS, "{port}"], "endless", 300)
    took = time.monotonic() - begin
    case = json.loads(results.read_text())["cases"][0]
    b.expect(code == 1, f"exit code {code}: {text[-300:]}")
    # Twice the limit and our own lateness; ten times it was once.
    b.expect(1.5 < case["seconds"] < 6, f"a case took {case['seconds']:.1f} s at --timeout 1")
    return f"{case['seconds']:.1f} s at --timeout 1, {took:.0f} s with the confirmation"


def injected(b):
    """inject: exec from another thread, CLONE_UNTRACED, a program of 32 bits."""
    send = ("import socket; l = socket.create_server(('127.0.0.1', 0)); "
            "print('sent', socket.create_connection(l.getsockname()).send(b'hello'), flush=True)")
    other = ("import os, sys, threading; "
             f"threading.Thread(target=os.execv, args=(sys.executable, [sys.executable, '-c', {send!r}])).start()")
    code, text = b.run([b.sockspec, "inject", "send short 2", "--", sys.executable, "-c", other], "exec from a thread")
    b.expect(code == 0 and "sent 2" in text, f"exec from a thread: {code}: {text[-300:]}")
    b.expect("never hit" not in text, f"exec from a thread: {text[-300:]}")
    number = {"x86_64": 56, "aarch64": 220}.get(os.uname().machine)
    untraced = ("import ctypes, os, socket; libc = ctypes.CDLL(None, use_errno=True); "
                f"p = libc.syscall({number}, 0x00800000 | 17, 0, 0, 0, 0)\n"
                "if p == 0:\n    os._exit(0)\nos.waitpid(p, 0)\n" + send)
    code, text = b.run([b.sockspec, "inject", "send short 2", "--", sys.executable, "-c", untraced], "CLONE_UNTRACED")
    b.expect(code == 0 and "CLONE_UNTRACED" in text, f"CLONE_UNTRACED: {code}: {text[-300:]}")
    seen = ["exec from a thread", "CLONE_UNTRACED"]
    small = b.folder / "elf32"
    small.write_bytes(elf32())
    small.chmod(0o755)
    if os.uname().machine == "x86_64" and subprocess.run([small], check=False).returncode == 7:
        code, text = b.run([b.sockspec, "inject", "send short 2", "--", small], "32 bits")
        b.expect(code == 7 and "32 bits" in text, f"32 bits: {code}: {text[-300:]}")
        seen.append("32 bits")
    return ", ".join(seen) + ": told"


def elf32():
    """A static program for Linux on i386 that ends with 7."""
    code = b"\xb8\x01\x00\x00\x00\xbb\x07\x00\x00\x00\xcd\x80"
    base, head = 0x08048000, 52 + 32
    header = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + head, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<IIIIIIII", 1, 0, base, base, head + len(code), head + len(code), 5, 0x1000) + code


def terminal(b):
    """A terminal that hangs up."""
    seen = []
    for verb in (["test", "echo-server", "--", *b.echo], ["inject", "send short 1", "--", "sleep", "1000"],
                 ["proxy", "127.0.0.1:0", "127.0.0.1:1"]):
        token = b.token()
        tmp = b.folder / token
        tmp.mkdir()
        pid, master = pty.fork()
        if pid == 0:
            os.environ.update(SOCKSPEC_CI_TOKEN=token, TMPDIR=str(tmp))
            os.execv(b.sockspec, [b.sockspec, *verb])
        time.sleep(0.7)
        os.close(master)
        deadline = time.monotonic() + 20
        while (left := bearers(token)) and time.monotonic() < deadline:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                pid = 0
            time.sleep(0.05)
            if pid == 0 and not bearers(token):
                left = {}
                break
        b.expect(not left, f"{verb[0]}: left after the terminal was gone: {left}")
        for process in left:
            os.kill(process, signal.SIGKILL)
        if pid:
            os.waitpid(pid, 0)
        b.expect(not list(tmp.iterdir()), f"{verb[0]}: left in TMPDIR: {[entry.name for entry in tmp.iterdir()]}")
        seen.append(verb[0])
    return ", ".join(seen) + ": ended, nothing left"


def swapped(b):
    """Links swapped in TMPDIR while a run writes there."""
    victim = b.folder / "victim"
    victim.write_text("precious")
    process = b.start([b.sockspec, "test", "http-server", "--filter", "*get*", "--", sys.executable, "-m", "http.server",
                       "--bind", "{host}", "--directory", "{root}", "{port}"])
    swaps = 0
    deadline = time.monotonic() + 15
    while process.poll() is None and time.monotonic() < deadline:
        for folder in process.tmp.glob("sockspec-*/*"):
            try:
                if folder.is_dir() and not folder.is_symlink() and folder.name.startswith("w"):
                    (folder / "x").symlink_to(victim)
                    (folder / "deep").mkdir()
                    (folder / "deep" / "up").symlink_to(b.folder)
                    swaps += 1
            except OSError:
                pass
        time.sleep(0.01)
    code, text = b.end(process, "links in TMPDIR")
    b.expect(code in (0, 1, 3), f"exit code {code}: {text[-300:]}")
    b.expect(victim.read_text() == "precious", "a file that a link in TMPDIR leads to was changed")
    return f"{swaps} links put there, nothing behind them touched (as {'root' if ROOT else 'a user'})"


KINDS = (parricide, raw_output, endless, injected, terminal, swapped)
