"""Checks of scripts: shellcheck, Python that compiles and names nothing in vain."""
import subprocess

from ..places import TOP
from .files import is_script


def shells(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith(".sh") or is_script(name, "sh", "bash")]


def pythons(files: list[str]) -> list[str]:
    return [name for name in files if name.endswith(".py") or is_script(name, "python3")]


def _lines_of(command: list[str]) -> list[str]:
    done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.splitlines()
    return (lines or [f"{command[0]}: exit code {done.returncode}"]) if done.returncode else []


def check_shell(files: list[str]) -> list[str]:
    return _lines_of(["shellcheck", "--format=gcc", "--external-sources", *files]) if files else []


def check_python(files: list[str]) -> list[str]:
    wrong = []
    for name in files:
        try:
            compile((TOP / name).read_bytes(), name, "exec", dont_inherit=True)
        except SyntaxError as error:
            wrong.append(f"{name}:{error.lineno}: {error.msg}")
    return wrong or (_lines_of(["pyflakes3", *files]) if files else [])
