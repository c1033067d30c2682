"""Which files there are, and which have changed last."""
import os
import subprocess
from pathlib import Path

from ..places import TOP

# What is no part of the tree where git cannot be asked.
NOT_OURS = {".git", "build", "__pycache__", "node_modules"}
# Commits are looked at back to here, more than any sample needs.
COMMITS_MOST = 200


def _git(*words: str) -> list[str] | None:
    try:
        out = subprocess.run(["git", *words], cwd=TOP, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [line for line in out.split("\0") if line]


def tree() -> list[str]:
    """All files, tracked or new, but what is ignored."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:
        listed = []
        for folder, folders, names in os.walk(TOP):
            folders[:] = sorted(set(folders) - NOT_OURS)
            listed += [str((Path(folder) / name).relative_to(TOP)) for name in names]
    return sorted({name for name in listed if (TOP / name).is_file()})


def changed_last(files: list[str], most: int) -> list[str]:
    """`most` of these, the last changed first: what is not committed, then commit by commit. So a branch's own files are
    among them, whatever it was branched from, in a shallow clone too. Without a history: every so many-th."""
    if len(files) <= most:
        return files
    new = _git("ls-files", "-z", "--modified", "--others", "--exclude-standard")
    old = _git("log", "-z", f"-{COMMITS_MOST}", "--first-parent", "-m", "--name-only", "--pretty=format:")
    if new is None or old is None:
        return files[:: -(-len(files) // most)]
    wanted = set(files)
    order = dict.fromkeys(name.strip("\n") for name in new + old)
    return [name for name in order if name in wanted][:most]


def is_script(name: str, *interpreters: str) -> bool:
    """Whether its first line asks for one of these."""
    try:
        with open(TOP / name, "rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and any(word.encode() in first.replace(b"/", b" ").split() for word in interpreters)
