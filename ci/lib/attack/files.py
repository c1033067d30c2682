"""Files: what is written keeps what is there, what is read harms nobody."""
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time

from .bench import ROOT, mounts_work

FILTER = ["--filter", "*half-close*"]


def outputs_keep(b):
    """What stands where we write: links, modes, devices, pipes, other names, other files."""
    f = b.folder
    real = f / "real.json"
    real.write_text("old")
    real.chmod(0o600)
    (f / "link.json").symlink_to("real.json")
    (f / "dangling.json").symlink_to("made.json")
    (f / "hard.json").write_text("old")
    os.link(f / "hard.json", f / "hard2.json")
    os.mkfifo(f / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((f / "pipe").read_bytes()))
    reader.start()
    code, text = b.run([b.sockspec, "test", "echo-server", *FILTER, "--json", f / "link.json", "--junit", f / "dangling.json",
                        "--html", f / "hard.json", "--markdown", f / "pipe", "--write-baseline", "/dev/null", "--",
                        *b.echo], "outputs")
    reader.join(10)
    b.expect(code == 0, f"exit code {code}: {text[-300:]}")
    b.expect((f / "link.json").is_symlink() and real.read_text().startswith("{"), "a link was cut, or not followed")
    b.expect(stat.S_IMODE(real.stat().st_mode) == 0o600, f"mode 600 became {stat.S_IMODE(real.stat().st_mode):o}")
    b.expect((f / "made.json").exists(), "a link that leads nowhere was not followed")
    b.expect((f / "hard.json").samefile(f / "hard2.json"), "a file's other name has another file now")
    b.expect(bool(got and got[0]), "nothing came through the pipe")
    b.expect(stat.S_ISCHR(os.stat("/dev/null").st_mode), "/dev/null is no device any more")
    source = f / "main.c"
    source.write_text("int main(void)\n{\n}\n")
    code, text = b.run([b.sockspec, "test", "echo-server", *FILTER, "--write-baseline", source, "--", *b.echo], "a source")
    b.expect(code == 3 and "no baseline" in text, f"--write-baseline main.c: exit code {code}: {text[-300:]}")
    b.expect(source.read_text().startswith("int main"), "--write-baseline has overwritten what is no baseline")
    left = [entry.name for entry in f.iterdir() if entry.name.startswith(".sockspec")]
    b.expect(not left, f"left: {left}")
    return "link, dangling link, mode 600, second name, pipe, /dev/null, a file that is no baseline: all as they were"


def proxy_places(b):
    """proxy unix:PATH where something is."""
    f = b.folder
    (f / "file").write_text("precious")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(f / "stale"))
    taken = socket.socket(socket.AF_UNIX)
    taken.bind(str(f / "taken"))
    taken.listen()
    seen = []
    for kind in ("unix", "unix-dgram", "unix-seqpacket"):
        target = {"unix": "127.0.0.1:1"}.get(kind, f"{kind}:{f}/nobody")
        code, text = b.run([b.sockspec, "proxy", f"{kind}:{f}/file", target], f"{kind} over a file", 10)
        b.expect(code == 3 and (f / "file").read_text() == "precious", f"{kind} over a file: exit code {code}: {text}")
        seen.append(kind)
    code, text = b.run([b.sockspec, "proxy", f"unix:{f}/taken", "127.0.0.1:1"], "a socket that listens", 10)
    b.expect(code == 3 and (f / "taken").is_socket(), f"a socket that listens: exit code {code}: {text}")
    process = b.start([b.sockspec, "proxy", f"unix:{f}/stale", "127.0.0.1:1"])
    b.expect(b"listening" in process.stdout.readline(), "a stale socket was not replaced")
    process.send_signal(signal.SIGTERM)
    code, _ = b.end(process, "a stale socket", 10)
    b.expect(code == 0 and not (f / "stale").exists(), f"a stale socket: exit code {code}, or it was left")
    taken.close()
    return f"a file stays ({', '.join(seen)}), a listener stays, a stale socket is replaced and removed"


def shared(b):
    """Two and more runs that write to the same places at the same time."""
    baseline, captures = b.folder / "known", b.folder / "captures"
    flaws = ("drops-large", "adds-a-line-end", "7-bit", "crlf-translating")
    flawed = str(b.targets / "flawed-echo-server")
    alone = set()
    # Random bytes decide what these flaws fail: the same ones in each run.
    chosen = ["--seed", "1", "--filter", "echo-server/*size*|*every-byte*|*nul-and*", "-q"]
    for flaw in flaws:
        alone_file = b.folder / f"known-{flaw}"
        b.run([b.sockspec, "test", "echo-server", *chosen, "--write-baseline", alone_file, "--", flawed, "--flaw", flaw,
               "{host}", "{port}"], flaw)
        alone |= names_of(alone_file)
    runs = [b.start([b.sockspec, "test", "echo-server", *chosen, "--write-baseline", baseline,
                     "--capture", "failed", "--capture-dir", captures, "--json", b.folder / f"{flaw}.json", "--", flawed, "--flaw", flaw, "{host}", "{port}"]) for flaw in flaws]
    for flaw, process in zip(flaws, runs):
        b.end(process, flaw)
    together = names_of(baseline)
    passing = alone - together
    b.expect(together <= alone, f"names that no run alone has: {sorted(together - alone)[:5]}")
    used = {}
    for flaw in flaws:
        for case in json.loads((b.folder / f"{flaw}.json").read_text())["cases"]:
            if "capture" in case:
                if case["capture"] in used and used[case["capture"]] != flaw:
                    b.say(f"{case['capture']} is the capture of {flaw} and of {used[case['capture']]}")
                used[case["capture"]] = flaw
                b.expect(os.path.exists(case["capture"]), f"{case['capture']} is lost")
    b.expect(not any(name.startswith(".sockspec") for name in os.listdir(b.folder)), "a half-written file is left")
    return f"{len(flaws)} runs: {len(together)} failures in one baseline ({len(passing)} pass in another), {len(used)} captures"


def names_of(path):
    return {line.split("  ")[0] for line in path.read_text().splitlines() if line and not line.startswith("#")}


EVIL = {
    "name": "a/b ##[error]x", "scenario": "a/b", "verdict": "fail", "diagnosis": "crash", "seconds": 0.1,
    "message": "::error::x ##[set-output name=a]b \x1b[2J", "output": "\n::set-output name=a::b\n##[group]\x1b]0;x\x07",
    "capture": "javascript:alert(1)", "file": "/etc/passwd", "line": 1, "line_text": "root",
    "title": "</title><script>alert(1)</script>", "expected": "##[", "received": "##[x]\r\n##[y]",
    "graph": ["##[x"], "depends": ["##[y"], "repeat": "##[z]",
}


def hostile_results(b):
    """Results that somebody else has written."""
    seeds = [path.read_bytes() for path in sorted((b.top / "corpus" / "results").iterdir())]
    pipe = b.folder / "pipe.scn"
    os.mkfifo(pipe)
    whole = {"sockspec": "0.1.0", "seconds": 1, "cases": [EVIL, dict(EVIL, file=str(pipe), name="a/c")]}
    evil = b.folder / "evil.json"
    evil.write_text(json.dumps(whole))
    for form in ([], ["--tap"], ["--junit", "-"], ["--github"], ["--markdown", "-"], ["-o", "-"]):
        code, text = b.run([b.sockspec, "report", evil, *form], f"report {form}", 20)
        b.expect(code == 1, f"report {form}: exit code {code}: {text[-200:]}")
        b.expect("##[" not in text and "\x1b" not in text, f"report {form} lets a command through")
        b.expect("-o" not in form or ("href=\"javascript:" not in text and "<script>alert" not in text),
                 f"report {form} lets a script through")
        b.expect("daemon:" not in text, f"report {form} shows /etc/passwd")
        if "--github" not in form:
            b.expect(not any(line.lstrip().startswith("::") for line in text.splitlines()), f"report {form}: a line begins ::")
    evil.write_text(json.dumps({"sockspec": "1", "seconds": 1, "cases": [dict(EVIL, rule="R", level="MU<script>alert(1)</script>")]}))
    code, text = b.run([b.sockspec, "report", evil, "-o", "-"], "a level of markup", 20)
    b.expect(code == 2 and "no such level" in text, f"a level of markup: exit code {code}: {text[-200:]}")
    count = 400 if b.full else 40
    codes = {}
    for _ in range(count):
        data = bytearray(b.chance.choice(seeds))
        for _ in range(b.chance.randrange(1, 8)):
            if data:
                at = b.chance.randrange(len(data))
                data[at:at + b.chance.randrange(3)] = b.chance.choice([b"", b"[", b"{", b'"', b"\xff", b"9" * 30, b"\\u0000"])
        evil.write_bytes(bytes(data))
        code, text = b.run([b.sockspec, "report", evil, "-o", b.folder / "page.html"], "mutated results", 20)
        b.expect(code in (0, 1, 2, 3), f"mutated results: exit code {code}: {text[-300:]} ({data[:200]!r})")
        codes[code] = codes.get(code, 0) + 1
    evil.write_text("[" * 1_000_000)
    code, text = b.run([b.sockspec, "report", evil], "a million brackets", 20)
    b.expect(code == 2, f"a million brackets: exit code {code}: {text[-200:]}")
    return f"6 forms of one full of commands, {count} mutated: exit codes {codes}"


SCENARIO = """scenario "x"
rule     SOCK-STREAM-BOUNDARY MUST "x"

client {{
    connect
{}
    shutdown write
    expect close
}}
"""


def hostile_scenarios(b):
    """Scenarios that somebody else has written."""
    f = b.folder
    (f / "passwd-link").symlink_to("/etc/passwd")
    os.mkfifo(f / "fifo")
    (f / "etc-link").symlink_to("/etc")
    steps = {
        "doubling": '    let x = "0123456789abcdef"\n    repeat 60 {\n        let x = x x\n    }\n    send x',
        # Its inner count is known only to the run.
        "named": '    repeat 1000000 {\n        repeat {n} {\n            let x = "a"\n        }\n    }',
        "nested": '    repeat 1000000 {\n        repeat 1000000 {\n            let x = "a"\n        }\n    }',
        "link": '    send file "passwd-link"', "fifo": '    send file "fifo"', "below": '    send file "etc-link/passwd"',
        "device": '    send file "/dev/zero"', "absolute": '    send file "/etc/passwd"', "dots": '    send file "a/../../x"',
    }
    seen = []
    for name, step in steps.items():
        path = f / f"{name}.scn"
        path.write_text(SCENARIO.format(step).replace("\n\n", "\nwith     n in 1000000\n\n" if "{n}" in step else "\n\n", 1))
        # What we make ourselves may take longer than a step of the conversation, and is nobody's fault.
        code, text = b.run([b.sockspec, "test", path, "--profile", "echo-server", "--timeout", "0.1", "--", *b.echo], name)
        want = 2 if name in ("nested", "device", "absolute", "dots") else 3
        b.expect(code == want, f"{name}: exit code {code}: {text[-400:]}")
        b.expect("daemon:" not in text and "root:" not in text, f"{name}: /etc/passwd was sent")
        seen.append(f"{name} {code}")
    path = f / "check.scn"
    path.write_text(SCENARIO.format('    sen "##[error]x"'))
    code, text = b.run([b.sockspec, "check", path], "check")
    b.expect(code == 2 and "##[" not in text, f"check: exit code {code}, a command in its message")
    path = f / "slow.scn"
    path.write_text(SCENARIO.format("    repeat 17 {\n        let x = random 900MB\n    }"))
    process = b.start([b.sockspec, "test", path, "--profile", "echo-server", "--", *b.echo])
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    code, text = b.end(process, "TERM while payloads are made", 20)
    return ", ".join(seen) + f"; TERM while payloads are made: {code} after {time.monotonic() - begin:.1f} s"


def names(b):
    """--at and proxy with a name that leads to loopback and elsewhere."""
    hosts = b.folder / "hosts"
    hosts.write_text("127.0.0.1 both\n192.0.2.1 both\n127.0.0.1 here\n127.0.0.2 here\n")
    inside = ["unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$0" "$@"']
    if not ROOT or not mounts_work(["mount", "--bind", str(hosts), "/etc/hosts"]):
        return None
    both = subprocess.run([*inside, "getent", "ahosts", "both"], capture_output=True, text=True, check=False).stdout
    if "192.0.2.1" not in both:
        return None
    code, text = b.run([*inside, b.sockspec, "test", "echo-server", "--at", "both:7", "-q"], "--at both")
    b.expect(code == 2 and "loopback" in text, f"--at both: exit code {code}: {text[-200:]}")
    code, text = b.run([*inside, b.sockspec, "proxy", "127.0.0.1:0", "both:7"], "proxy both", 10)
    b.expect(code == 2 and "loopback" in text, f"proxy both: exit code {code}: {text[-200:]}")
    code, text = b.run([*inside, b.sockspec, "test", "echo-client", "--listen", "both:7", "-q"], "--listen both")
    b.expect(code == 2 and "loopback" in text, f"--listen both: exit code {code}: {text[-200:]}")
    code, text = b.run([*inside, b.sockspec, "test", "echo-server", "--at", "here:7", "-q"], "--at here")
    b.expect("loopback" not in text, f"--at here: {text[-200:]}")
    return "refused by --at, --listen and proxy; a name of two loopback addresses is taken"


KINDS = (outputs_keep, proxy_places, shared, hostile_results, hostile_scenarios, names)
