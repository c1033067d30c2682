"""What the cases of a twin say of its flaw. No processes here: results in, judgement out."""
from dataclasses import dataclass, field

from .rows import Flaw

# Verdicts by which a scenario has caught something; --strict makes a warning one of them.
CAUGHT = {"fail", "warn", "flaky", "error"}


@dataclass(frozen=True)
class Case:
    name: str  # with its parameters
    scenario: str
    verdict: str
    message: str


@dataclass
class Judgement:
    state: str = "FAIL"  # or "ok", "SKIP"
    why: list[str] = field(default_factory=list)
    besides: list[str] = field(default_factory=list)  # told and not judged: what else it fails
    shown: list[str] = field(default_factory=list)  # scenarios whose cases explain it
    unsure: set[str] = field(default_factory=set)  # scenarios to be tried once more


def cases_of(results: dict) -> list[Case]:
    return [Case(case["name"], case["scenario"], case["verdict"], case["message"] or "") for case in results["cases"]]


def others(flaw: Flaw, cases: list[Case], rule_of: dict[str, str]) -> list[str]:
    """What a twin fails that is of no rule of its row: neither the flaw's own, nor that of a scenario that catches it,
    nor one that breaks with it. A case that is flaky has not failed."""
    if flaw.breaks_nearly_all():
        return []
    own = {flaw.rule, *flaw.also, *(rule_of.get(name) for name in flaw.caught_by)}
    failed = {case.scenario for case in cases if case.verdict in CAUGHT - {"flaky"}}
    return sorted(name for name in failed if rule_of.get(name) not in own)


def judge(flaw: Flaw, cases: list[Case], code: int, rule_of: dict[str, str], *, besides_count: bool,
          only: set[str] | None = None) -> Judgement:
    """`besides_count`: what it fails besides is judged and not only told; of `only` these, where that is given. What
    could not be tested at all is a failure, of whatever scenario."""
    caught = {case.scenario for case in cases if case.verdict in CAUGHT}
    in_error = {case.scenario for case in cases if case.verdict == "error"}
    unjudged = {case.scenario for case in cases if case.verdict == "inconclusive"}
    skipped = {case.scenario: case.message for case in reversed(cases) if case.verdict == "skip"}
    side = [name for name in others(flaw, cases, rule_of) if only is None or name in only]
    told = [f"{name} ({rule_of.get(name)})" for name in side]
    missed = [name for name in flaw.caught_by if name not in caught and name not in skipped]
    skips = [f"{name} ({skipped[name]})" for name in flaw.caught_by if name not in caught and name in skipped]

    # What could not be judged has caught nothing; in the crowd that is mostly the machine's fault, so it is tried again.
    result = Judgement(unsure=in_error | set(side) | unjudged, shown=missed + side + sorted(in_error - set(side)))
    if not besides_count:
        result.besides = told
    wrong = missed or (told and besides_count)
    if skips and not wrong:
        result.state, result.why = "SKIP", skips
    elif code == 1 and not wrong and not in_error:
        result.state = "ok"
    else:
        result.why.append(f"exit code {code}, expected 1")
        result.why += ["not caught by: " + " ".join(missed)] if missed else []
        result.why += ["fails besides: " + " ".join(told)] if told and besides_count else []
        result.why += ["in error: " + " ".join(sorted(in_error))] if in_error else []
    return result
