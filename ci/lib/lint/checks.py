"""The table of checks: what ci/lint runs, in this order."""
from collections.abc import Callable
from dataclasses import dataclass

from . import c, scripts, texts
from .files import changed_last


@dataclass(frozen=True)
class Check:
    name: str
    what: str
    programs: tuple[str, ...]
    files: Callable[[list[str]], list[str]]
    run: Callable[[list[str]], list[str]]  # files in, complaints out
    changed: Callable[[list[str]], list[str]] | None = None  # with --changed, in place of `run`
    most: int = 0  # files that --changed looks at; 0: all, it is quick


def _c_and_headers(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith((".c", ".h"))]


def _scenarios(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith(".scn")]


def _pages(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith(".md")]


CHECKS = [
    Check("format", "clang-format", ("clang-format",), _c_and_headers, c.check_format),
    Check("shell", "shellcheck", ("shellcheck",), scripts.shells, scripts.check_shell),
    Check("python", "compiles, pyflakes", ("pyflakes3",), scripts.pythons, scripts.check_python),
    Check("columns", "lines of scenarios", (), _scenarios, texts.check_columns),
    Check("pages", "lines of running text", (), _pages, texts.check_pages),
    Check("cppcheck", "cppcheck", ("cppcheck",), c.sources, c.check_cppcheck, most=c.CPPCHECK_MOST),
    Check("tidy", "clang's warnings, clang-tidy (.clang-tidy)", ("clang-tidy",), c.sources, c.check_tidy,
          changed=c.check_tidy_quick, most=c.TIDY_MOST),
]


def complaints(check: Check, tree: list[str], changed: bool) -> tuple[int, list[str]]:
    """How many files were looked at, and what is wrong with them."""
    absent = c.missing(*check.programs)
    if absent:
        return 0, absent
    files = check.files(tree)
    if changed and check.most:
        files = changed_last(files, check.most)
    return len(files), (check.changed if changed and check.changed else check.run)(files)
