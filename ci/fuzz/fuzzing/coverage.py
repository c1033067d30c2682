"""What the corpus of a target reaches, by clang's source-based coverage: a summary and pages."""
import os
import subprocess

from .build import build, need
from .common import CORPUS, TOP, run, start, stop
from .corpus import files

# Inputs a process.
BATCH = 500

# What a target is there to try.
SUBJECT = {"scenario": "harness/scenario"}
SUBJECT_USUAL = "targets/protocol"


def replay(program, paths, into):
    """Runs inputs, many at a time. A process that crashes writes no profile: its batch is cut in two until the input
    that does it is alone, and left out. Returns how many those were."""
    crashing, batches, number = 0, [paths[i:i + BATCH] for i in range(0, len(paths), BATCH)], 0
    while batches:
        batch = batches.pop()
        number += 1
        env = dict(os.environ, LLVM_PROFILE_FILE=str(into / f"{number}.profraw"))
        process = start([program, *batch], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        try:
            failed = process.wait() != 0
        finally:
            stop(process)
        if failed and len(batch) == 1:
            crashing += 1
        elif failed:
            batches += [batch[:len(batch) // 2], batch[len(batch) // 2:]]
    return crashing


def report(target, corpora, into):
    """Writes summary.txt and html/ into `into`. Returns the line of the totals, and of each source file."""
    for program in ("llvm-profdata", "llvm-cov"):
        need(program, "llvm")
    into.mkdir(parents=True, exist_ok=True)
    program = build("fuzz-coverage", [f"replay-{target}"]) / f"replay-{target}"
    for old in into.glob("*.profraw"):
        old.unlink()
    crashing = replay(program, [path for folder in (CORPUS / target, *corpora) for path in files(folder)], into)
    if crashing:
        print(f"coverage: {crashing} inputs that crash are left out")
    data = into / "profile.data"
    run(["llvm-profdata", "merge", "-sparse", *into.glob("*.profraw"), "-o", data], into / "merge.log", "llvm-profdata")
    sources = TOP / SUBJECT.get(target, SUBJECT_USUAL)
    words = [str(program), f"-instr-profile={data}", str(sources)]
    summary = subprocess.run(["llvm-cov", "report", *words], check=True, capture_output=True, text=True).stdout
    (into / "summary.txt").write_text(summary)
    run(["llvm-cov", "show", "-format=html", f"-output-dir={into / 'html'}", *words], into / "show.log",
        "llvm-cov show")
    for raw in into.glob("*.profraw"):
        raw.unlink()
    return summary


def totals(summary):
    """Covered functions, lines and branches of a summary, in percent."""
    words = next(line for line in summary.splitlines() if line.startswith("TOTAL")).split()
    # TOTAL, then for regions, functions, lines and branches: how many, missed, percent.
    return {"functions": words[6], "lines": words[9], "branches": words[12] if len(words) > 12 else "-"}
