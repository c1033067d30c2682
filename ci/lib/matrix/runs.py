"""Running sockspec on a row."""
import asyncio
import json
import os
import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..places import SCENARIOS
from .judge import Judgement, cases_of, judge
from .rows import Flaw, Row, rules_of_scenarios, scenarios_of

# So many scenarios of its profile that its row does not name are tried on a twin by --quick.
SAMPLE = 1
# Instances of a program at a time. Where nearly all breaks, 200 cases wait for their time limit, twice: ten minutes of
# hardly any work, so many at a time. One that is tried again has few others beside it, and is few itself.
WORKERS, WAITERS, WORKERS_AGAIN = 4, 32, 2
# Of what a run said, so much is shown where it has failed.
LINES_MOST, WIDTH_MOST = 60, 300


@dataclass
class Run:
    """A row's run, and what came of it."""

    title: str
    state: str = "FAIL"
    why: list[str] = field(default_factory=list)
    besides: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    unsure: set[str] = field(default_factory=set)
    seconds: float = 0.0

    def text(self) -> str:
        lines = [f"{self.state} {self.title}" + (": " + "; ".join(self.why) if self.why else "")]
        lines += ["    " + line[:WIDTH_MOST] for line in self.shown]
        if self.besides:
            lines.append("    fails besides: " + " ".join(self.besides))
        return "\n".join(lines)

    def is_plain(self) -> bool:
        return self.state == "ok" and not self.besides


class Runner:
    """What all runs of a matrix share."""

    def __init__(self, build: Path, folder: Path, seed: int, quick: bool) -> None:
        self.sockspec, self.targets = build / "sockspec", build / "targets"
        self.folder, self.seed, self.quick = folder, seed, quick
        self.rules: dict[Path, dict[str, str]] = {}
        self.count = 0

    def rule_of(self, row: Row) -> dict[str, str]:
        if row.folder not in self.rules:
            self.rules[row.folder] = rules_of_scenarios(row.folder)
        return self.rules[row.folder]

    def drawn(self, flaw: Flaw) -> list[str]:
        """A few scenarios of its profile: the same for the same seed, whatever else is run."""
        draw = random.Random(f"{self.seed} {flaw}")
        names = scenarios_of(flaw.row.profile, flaw.row.folder)
        return draw.sample(names, min(SAMPLE, len(names)))

    async def right(self, row: Row) -> Run:
        run = Run(str(row))
        code, output, _ = await self._sockspec(run, row, [], row.command(self.targets), WORKERS)
        if code == 0:
            run.state = "ok"
        else:
            run.why = [f"exit code {code}, expected 0"]
            run.shown = output[-LINES_MOST:]
        return run

    async def twin(self, flaw: Flaw, first: Run | None = None) -> Run:
        """Runs the scenarios of its row and a few besides, or its whole profile. What could not be tested, and what it
        failed besides, is left in `unsure`: with a first try that is what is tried besides, and all that is judged so."""
        run = Run(str(flaw))
        whole = not self.quick and first is None
        workers = WORKERS if first is None else WORKERS_AGAIN
        if whole and flaw.breaks_nearly_all():
            workers = WAITERS
        options = []
        if not whole:
            besides = sorted(first.unsure) if first else self.drawn(flaw)
            options = ["--filter", "|".join(dict.fromkeys([*flaw.caught_by, *besides]))]
        command = flaw.row.command(self.targets, "--flaw", flaw.name)
        code, output, results = await self._sockspec(run, flaw.row, options, command, workers)
        cases = cases_of(results)
        judged = judge(flaw, cases, code, self.rule_of(flaw.row), besides_count=not self.quick, only=first.unsure if first else None)
        self._tell(run, judged, results, output)
        return run

    def _tell(self, run: Run, judged: Judgement, results: dict, output: list[str]) -> None:
        run.state, run.why, run.besides, run.unsure = judged.state, judged.why, judged.besides, judged.unsure
        if judged.state != "FAIL":
            return
        for case in results["cases"]:
            if case["scenario"] in judged.shown and len(run.shown) < LINES_MOST:
                run.shown.append(f"{case['verdict']} {case['name']}: {case['message'] or ''}")
                run.shown += [f"  repeat: {case['repeat']}"] if case["repeat"] else []
        run.shown += output[-20:]

    async def _sockspec(self, run: Run, row: Row, options: list[str], command: list[str],
                        workers: int) -> tuple[int, list[str], dict]:
        """Runs `sockspec test`: its exit code, the lines it printed, its results (none where it wrote none)."""
        self.count += 1
        stem = self.folder / f"{self.count:03} {re.sub(r'[^A-Za-z0-9-]+', '-', run.title)}"
        results, log = stem.with_suffix(".json"), stem.with_suffix(".log")
        facts = [word for fact in row.facts for word in ("--set", fact)]
        begin = time.monotonic()
        with open(log, "wb") as out:
            process = await asyncio.create_subprocess_exec(
                self.sockspec, "test", row.profile, *facts, "--seed", str(self.seed), "--strict", "-j", str(workers),
                "--json", results, *options, "--", *command, stdin=asyncio.subprocess.DEVNULL, stdout=out,
                stderr=asyncio.subprocess.STDOUT, env=dict(os.environ, SOCKSPEC_SCENARIOS=f"{SCENARIOS}:{row.folder}"))
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise
        run.seconds = time.monotonic() - begin
        found = json.loads(results.read_bytes()) if results.exists() and results.stat().st_size else {"cases": []}
        return code, log.read_text(errors="replace").splitlines(), found
