"""The tables of the twins, for people: made from what the twins say of themselves, and held to it."""
import difflib

from ..places import TOP
from .rows import Flaw

PAGE = TOP / "targets" / "flawed" / "README.md"
# Behind this line the page is nothing but what table() makes.
BEGIN = "<!-- made by ci/matrix --write -->\n"


def _breaks_with_it(flaw: Flaw) -> str:
    rules = "nearly all" if flaw.breaks_nearly_all() else ", ".join(flaw.also)
    return f"{rules}: {flaw.since}" if flaw.since else rules


def table(flaws: list[Flaw]) -> str:
    lines, program = [], None
    for flaw in flaws:
        if flaw.row.program != program:
            program = flaw.row.program
            lines += ["", f"### {program}", "", "| flaw | what it does | rule | caught by | breaks with it |",
                      "| --- | --- | --- | --- | --- |"]
        caught = ", ".join(f"`{name}`" for name in flaw.caught_by)
        lines.append(f"| `{flaw.name}` | {flaw.what} | {flaw.rule} | {caught} | {_breaks_with_it(flaw)} |")
    return "\n".join(lines) + "\n"


def difference(flaws: list[Flaw]) -> list[str]:
    """Lines in which the page is not what the twins say; none where it is."""
    _, _, told = PAGE.read_text().partition(BEGIN)
    return [line[:200] for line in difflib.unified_diff(told.splitlines(), table(flaws).splitlines(), "page", "twins",
                                                        lineterm="", n=0)]


def write(flaws: list[Flaw]) -> None:
    """Puts the tables into the page; what stands above them stays."""
    head, begin, _ = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(head + begin + table(flaws))
