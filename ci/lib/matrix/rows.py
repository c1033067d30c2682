"""What is run: the rows of targets/matrix.toml, the flaws that the twins list, and what scenarios there are."""
import re
import subprocess
import tomllib
from collections import Counter
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
    folder: Path  # that its profile is in

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
            folder = TOP / kinds["scenarios"] if "scenarios" in kinds else SCENARIOS
            for command, *facts in kinds[kind]:
                program, *words = command.split()
                each = [[fact] if "=" in fact else lists[fact] for fact in facts]
                found.append(Row(profile, program, tuple(words), tuple(sum(each, [])), folder))
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


def place_of(profile: str, folder: Path) -> Path:
    """A profile in a folder besides the shipped one may stand on a shipped one."""
    return next((each / profile for each in (folder, SCENARIOS) if (each / profile).is_dir()), folder / profile)


def profiles_of(profile: str, folder: Path) -> list[str]:
    """The profile and those that it extends."""
    for line in (place_of(profile, folder) / "profile").read_text().splitlines():
        if line.startswith("extends "):
            return [profile, *profiles_of(line.split()[1], folder)]
    return [profile]


def own_scenarios(profile: str, folder: Path) -> list[str]:
    return [f"{profile}/{file.stem}" for file in sorted(place_of(profile, folder).glob("*.scn"))]


def scenarios_of(profile: str, folder: Path) -> list[str]:
    """The names of all scenarios that a profile consists of."""
    return [name for each in profiles_of(profile, folder) for name in own_scenarios(each, folder)]


def rules(folders: set[Path]) -> set[str]:
    """The ids in the rules of these folders, and of the profiles in them."""
    files = [file for folder in folders for file in (folder / "rules", *folder.glob("*/rules")) if file.is_file()]
    return {line.split()[1] for file in files for line in file.read_text().splitlines() if line.startswith("rule ")}


def rules_of_scenarios(folder: Path) -> dict[str, str]:
    """The rule that each scenario rests on."""
    found = {}
    for file in (*SCENARIOS.glob("*/*.scn"), *folder.glob("*/*.scn")):
        rule = next((line.split()[1] for line in file.read_text().splitlines() if line.split()[:1] == ["rule"]), "")
        found[f"{file.parent.name}/{file.stem}"] = rule
    return found


def programs(targets: Path) -> set[str]:
    """What has been built, twins and targets."""
    return {file.name for file in targets.iterdir() if file.is_file() and file.stat().st_mode & 0o111}


def complaints(rows: Rows, flaws: list[Flaw], targets: Path) -> list[str]:
    """What is wrong with the rows by themselves: rules that do not exist, nearly all without a reason, no row at all,
    one name for two flaws, of which --flaw finds the first."""
    known, wrong = rules({SCENARIOS} | {row.folder for row in rows.right + rows.twins}), []
    names = Counter((flaw.row, flaw.name) for flaw in flaws)
    wrong += [f"{row.program}: {count} flaws are called {name}" for (row, name), count in names.items() if count > 1]
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


def of_facts(profile: str, folder: Path) -> list[str]:
    """Premises that try or learn a fact. What they find wrong is the word of whoever set it, and no program's fault:
    they skip, and cli_verbs_test shows each with a wrong word."""
    lines = re.findall(r"^premise +(\S+) +(?:for|learns)\b", (place_of(profile, folder) / "profile").read_text(), re.M)
    return [f"{profile}/{name}" for name in lines]


def unfailed(rows: Rows, flaws: list[Flaw]) -> list[str]:
    """Scenarios that no twin fails: they show nothing."""
    failed = {name for flaw in flaws for name in flaw.caught_by}
    profiles = sorted({(each, row.folder) for row in rows.right for each in profiles_of(row.profile, row.folder)})
    names = [name for profile, folder in profiles for name in own_scenarios(profile, folder)]
    judge_nobody = {name for profile, folder in profiles for name in of_facts(profile, folder)}
    return sorted({name for name in names if name not in failed | judge_nobody})
