"""The corpus of a campaign: minimised, and what of it the repository should take."""
import hashlib
import os
import shutil

from .common import CORPUS, length_most, run

# corpus/README.md: so much a parser, in bytes.
CORPUS_MOST = 2_000_000


def size_of(folder):
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def files(folder):
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def merge(program, target, into, sources, log, words=()):
    """libFuzzer's -merge: adds to `into` the inputs of `sources` that cover more, the smallest first."""
    run([program, "-merge=1", f"-max_len={length_most(target)}", "-timeout=10", "-rss_limit_mb=2048", *words, into,
         *sources], log, f"merging the corpus of {target}")


def cmin(program, source, into, log):
    """afl-cmin: fewest inputs for the same edges. AFL_ALLOW_TMP: our folders are wherever the repository is."""
    env = dict(os.environ, AFL_ALLOW_TMP="1", AFL_QUIET="1", AFL_SKIP_CPUFREQ="1",
               AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES="1")
    shutil.rmtree(into, ignore_errors=True)
    run(["afl-cmin", "-m", "none", "-t", "2000", "-i", source, "-o", into, "--", program], log,
        "minimising with afl-cmin", env=env)


def gather(into, folders):
    """All inputs of some folders in one, each once, named by their content."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for folder in folders:
        for path in files(folder):
            data = path.read_bytes()
            name = into / hashlib.sha1(data).hexdigest()
            if not name.exists():
                name.write_bytes(data)
    return into


def propose(program, target, corpus, into, log):
    """Fills `into` with the inputs of `corpus` that reach code which corpus/TARGET does not, as far as there is room.
    Returns how many, and their bytes."""
    seeds = CORPUS / target
    work = into.with_name("proposal.work")
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(seeds, work)
    known = {path.name for path in files(work)}
    # Without counters: an input that runs a loop once more is no news for a corpus that people read.
    merge(program, target, work, [corpus], log, ["-use_counters=0"])
    into.mkdir(parents=True)
    room, number, total = CORPUS_MOST - size_of(seeds), 0, 0
    for path in sorted(files(work), key=lambda path: path.stat().st_size):
        if path.name in known or path.stat().st_size > room:
            continue
        shutil.move(path, into / path.name)
        size = (into / path.name).stat().st_size
        room, number, total = room - size, number + 1, total + size
    shutil.rmtree(work)
    return number, total
