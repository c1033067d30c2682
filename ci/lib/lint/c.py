"""Checks of C: the format, cppcheck, and clang-tidy, which tells clang's own warnings as errors too."""
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from ..places import RELEASE, TOP

# The format is that of this version; another one would move lines.
FORMAT_VERSION = 14
# Of what has changed, so many files: a quarter of a second each without the analyzer, and cppcheck as long.
TIDY_MOST, CPPCHECK_MOST = 40, 40
CPPCHECK = ("cppcheck", "--quiet", "--inline-suppr", "--std=c11", "--enable=warning,portability,performance",
            "--error-exitcode=1", "--template={file}:{line}: {message} [{id}]",
            f"--suppressions-list={TOP / 'ci/lib/lint/cppcheck.suppressions'}", f"--library={TOP / 'ci/lib/lint/cmocka.cfg'}")
CORES = os.cpu_count() or 1


def sources(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith(".c")]


def _parts(names: list[str], size: int) -> list[list[str]]:
    return [names[i:i + size] for i in range(0, len(names), size)]


def _all_of(commands: list[list[str]]) -> list[str]:
    """Runs them, as many at a time as there are cores. The lines of those that failed."""
    def run(command: list[str]) -> list[str]:
        done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = done.stdout.splitlines()
        return (lines or [f"exit code {done.returncode}: {' '.join(command)}"]) if done.returncode else []

    with ThreadPoolExecutor(CORES) as pool:
        return sum(pool.map(run, commands), [])


def _is_formatter() -> bool:
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"version (\d+)", version)
    return bool(found) and int(found[1]) == FORMAT_VERSION


def check_format(files: list[str], fix: bool = False) -> list[str]:
    if not _is_formatter():
        return [f"clang-format {FORMAT_VERSION} is wanted: ci/setup lint"]
    words = ["-i"] if fix else ["--dry-run", "-Werror", "--ferror-limit=1"]
    return _all_of([["clang-format", *words, *part] for part in _parts(files, 30)])


def _database() -> dict[str, list[str]]:
    """What each file is compiled with: the release build is configured for it, which is quick, and need not be built."""
    done = subprocess.run(["cmake", "--preset", "release"], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode:
        raise RuntimeError(done.stdout)
    entries = json.loads((RELEASE / "compile_commands.json").read_text())
    return {os.path.relpath(entry["file"], TOP): entry["command"].split() for entry in entries}


def _tidy(files: list[str], *words: str) -> list[str]:
    known = _database()
    lines = _all_of([["clang-tidy", "--quiet", "-p", str(RELEASE), *words, name] for name in files if name in known])
    return [line.replace(f"{TOP}/", "") for line in lines if not line.endswith("generated.")]


def check_tidy(files: list[str]) -> list[str]:
    return _tidy(files)


def check_tidy_quick(files: list[str]) -> list[str]:
    """Without clang's analyzer, which follows every path: it takes ten times as long as all else."""
    return _tidy(files, "--checks=-clang-analyzer-*")


def check_cppcheck(files: list[str]) -> list[str]:
    commands = []
    for name, command in _database().items():
        if name in files:
            words = [command[i] + command[i + 1] if word in ("-I", "-D") else word for i, word in enumerate(command)]
            commands.append([*CPPCHECK, *(word for word in words if word.startswith(("-I", "-D"))), name])
    return _all_of(commands)


def missing(*programs: str) -> list[str]:
    return [f"{program} is missing: ci/setup lint" for program in programs if shutil.which(program) is None]
