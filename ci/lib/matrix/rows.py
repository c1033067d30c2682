"""What is run: the rows of targets/matrix.toml, the flaws that the twins list, and what scenarios there are."""
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..places import SCENARIOS, TOP

FILE = TOP / "targets" / "matrix.toml"
# In place of rules that break with a flaw: nearly all of them.
NEARLY_ALL = "*"


class Trouble(Exception):
    """What keeps the matrix from being run at all."""


@dataclass(frozen=True)
class Row:
    """A program and what it is held to."""

    profile: str
    program: str
    words: tuple[str, ...]
    facts: tuple[str, ...]

    def command(self, targets: Path, *flaw: str) -> list[str]:
        return [str(targets / self.program), *flaw, *self.words]

    def __str__(self) -> str:
        return f"{self.profile} against {' '.join((self.program, *self.words))}"


@dataclass(frozen=True)
class Flaw:
    """A line of a twin's --list."""

    row: Row
    name: str
    rule: str
    caught_by: tuple[str, ...]
    what: str
    also: tuple[str, ...]  # rules that break with it, or NEARLY_ALL
    since: str  # why; "" where it does not say

    def breaks_nearly_all(self) -> bool:
        return NEARLY_ALL in self.also

    def __str__(self) -> str:
        return f"{self.row.program} --flaw {self.name}"


@dataclass(frozen=True)
class Rows:
    right: list[Row]
    twins: list[Row]
    elsewhere: dict[str, str]  # programs without a profile, and where they are tried


def read() -> Rows:
    with open(FILE, "rb") as file:
        table = tomllib.load(file)
    lists = table["facts"]

    def rows(kind: str) -> list[Row]:
        found = []
        for profile, kinds in table["profiles"].items():
            for command, *facts in kinds[kind]:
                program, *words = command.split()
                each = [[fact] if "=" in fact else lists[fact] for fact in facts]
                found.append(Row(profile, program, tuple(words), tuple(sum(each, []))))
        return found

    try:
        return Rows(rows("right"), rows("flawed"), table["elsewhere"])
    except KeyError as error:
        raise Trouble(f"{FILE.relative_to(TOP)}: there is no {error}") from error


def flaws_of(row: Row, targets: Path) -> list[Flaw]:
    try:
        listed = subprocess.run([targets / row.program, "--list"], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(f"{row.program} --list: {error}") from error
    flaws = []
    for line in listed.splitlines():
        name, rule, caught_by, what, also, since = line.split("\t")
        flaws.append(Flaw(row, name, rule, tuple(caught_by.split()), what, tuple(() if also == "-" else also.split()),
                          "" if since == "-" else since))
    return flaws


def profiles_of(profile: str) -> list[str]:
    """The profile and those that it extends."""
    for line in (SCENARIOS / profile / "profile").read_text().splitlines():
        if line.startswith("extends "):
            return [profile, *profiles_of(line.split()[1])]
    return [profile]


def scenarios_of(profile: str) -> list[str]:
    """The names of all scenarios that a profile consists of."""
    return [f"{each}/{file.stem}" for each in profiles_of(profile) for file in sorted((SCENARIOS / each).glob("*.scn"))]


def rules() -> set[str]:
    lines = (SCENARIOS / "rules").read_text().splitlines()
    return {line.split()[1] for line in lines if line.startswith("rule ")}


def rules_of_scenarios() -> dict[str, str]:
    """The rule that each scenario rests on."""
    found = {}
    for file in SCENARIOS.glob("*/*.scn"):
        rule = next((line.split()[1] for line in file.read_text().splitlines() if line.split()[:1] == ["rule"]), "")
        found[f"{file.parent.name}/{file.stem}"] = rule
    return found


def programs(targets: Path) -> set[str]:
    """What has been built, twins and targets."""
    return {file.name for file in targets.iterdir() if file.is_file() and file.stat().st_mode & 0o111}


def complaints(rows: Rows, flaws: list[Flaw], targets: Path) -> list[str]:
    """What is wrong with the rows by themselves: rules that do not exist, nearly all without a reason, no row at all."""
    known, wrong = rules(), []
    for flaw in flaws:
        if flaw.breaks_nearly_all() and not flaw.since:
            wrong.append(f"{flaw}: nearly all rules break with it, and it does not say why")
        wrong += [f"{flaw}: there is no rule {rule}" for rule in (flaw.rule, *flaw.also)
                  if rule != NEARLY_ALL and rule not in known]
    run = {row.program for row in rows.right + rows.twins}
    wrong += [f"{program}: targets/matrix.toml has no row for it"
              for program in sorted(programs(targets) - run - rows.elsewhere.keys())]
    wrong += [f"targets/matrix.toml: there is no program {program}"
              for program in sorted((run | rows.elsewhere.keys()) - programs(targets))]
    return wrong


def unfailed(rows: Rows, flaws: list[Flaw]) -> list[str]:
    """Scenarios that no twin fails: they show nothing."""
    failed = {name for flaw in flaws for name in flaw.caught_by}
    profiles = sorted({each for row in rows.right for each in profiles_of(row.profile)})
    names = [f"{profile}/{file.stem}" for profile in profiles for file in sorted((SCENARIOS / profile).glob("*.scn"))]
    return [name for name in names if name not in failed]
