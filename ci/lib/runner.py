"""Runs sections, one after the other or light ones side by side, and sums up: what ci/test and ci/full are."""
import asyncio
import os
import signal
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from .places import TOP

REAPER = Path(__file__).with_name("reaper.py")
# So many sections that only wait for most of their time run side by side.
TOGETHER = 2
# After so long without an end a section is said to be still at it.
STILL_S = 60
# After the end of a section the rest of its output is there at once; waited for so long at most.
PIPE_S = 1
# Whoever reads a log from its end, or gets no more than that, finds there what a failed section said last: lines, bytes.
TOLD_AGAIN, TOLD_AGAIN_BYTES = 25, 8192
# ctest writes its figures here, and the reaper the time that was spent; the folder is the section's own.
JUNIT, SPENT = "junit.xml", "spent"


@dataclass(frozen=True)
class Section:
    name: str
    command: tuple[str, ...]
    budget: int  # seconds on an idle machine of two cores; 0: none
    beside: bool = False  # it mostly waits, and measures nothing: another one may run meanwhile
    needed: bool = False  # what comes behind it can do nothing without it, and it is no test itself
    counts_tests: bool = False  # the closing line counts the test programs that its JUNIT file names


@dataclass
class Ended:
    section: Section
    code: int
    seconds: float
    processor_s: float
    passed: int  # as the closing line counts
    failed: int
    last: bytes = b""  # what it printed at its end

    def again(self) -> str:
        """What a failed section said last."""
        lines = self.last.decode(errors="replace").splitlines()[-TOLD_AGAIN:]
        return "\n".join([f"\n== {self.section.name}, exit code {self.code}: its last words", *(line[:300] for line in lines)])

    def line(self) -> str:
        budget = self.section.budget
        spent = f"{self.seconds:.0f} s" + (f" of {budget}" if budget else "")
        over = ", over its budget" if self.is_over() else ""
        end = "" if self.code == 0 else f": exit code {self.code}"
        return f"{'ok   ' if self.code == 0 else 'FAIL '} {self.section.name}{end} ({spent}{over}; {self.processor_s:.0f} s of processors)"

    def is_over(self) -> bool:
        return 0 < self.section.budget < self.seconds


class Runner:
    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.ended: list[Ended] = []
        self.begin = time.monotonic()

    async def all(self, sections: list[Section]) -> None:
        """Light sections that stand behind each other run side by side; a needed one that fails is the last."""
        waiting = list(sections)
        while waiting:
            light = [section for section in waiting[:self._first_heavy(waiting)]]
            if light:
                del waiting[:len(light)]
                await self._side_by_side(light)
                continue
            section = waiting.pop(0)
            print(f"\n== {section.name}", flush=True)
            await self._one(section, None)
            if section.needed and self.ended[-1].code != 0:
                return

    @staticmethod
    def _first_heavy(sections: list[Section]) -> int:
        return next((i for i, section in enumerate(sections) if not section.beside), len(sections))

    async def _side_by_side(self, sections: list[Section]) -> None:
        """What they print is shown when they end, a section at a time."""
        places = asyncio.Semaphore(TOGETHER)

        async def one(section: Section) -> None:
            async with places:
                with tempfile.TemporaryFile() as output:
                    await self._one(section, output)
                    output.seek(0)
                    print(f"\n== {section.name}", flush=True)
                    sys.stdout.buffer.write(output.read())
                    sys.stdout.buffer.flush()

        await asyncio.gather(*map(one, sections))

    async def _one(self, section: Section, output) -> None:
        begin = time.monotonic()
        piped = output is None and not sys.stdout.isatty()
        with tempfile.TemporaryDirectory() as folder:
            junit, spent = Path(folder) / JUNIT, Path(folder) / SPENT
            command = [word.replace(JUNIT, str(junit)) for word in section.command]
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-B", REAPER, str(os.getpid()), str(self.limit), spent, *command, cwd=TOP,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE if piped else output,
                stderr=asyncio.subprocess.STDOUT if piped or output else None)
            last = bytearray()
            printer = asyncio.ensure_future(_print(process.stdout, last)) if piped else None
            try:
                code = await self._end_of(process, section, begin)
            except asyncio.CancelledError:
                # It ends what it has started, and itself. What did not come to its end has not passed.
                process.terminate()
                self.ended.append(Ended(section, await process.wait(), time.monotonic() - begin, 0, 0, 1))
                raise
            finally:
                if printer:  # what it left behind, if it did, may hold the pipe open
                    await asyncio.wait([printer], timeout=PIPE_S)
                    printer.cancel()
            processor_s = float(spent.read_text()) if spent.exists() else 0
            if output:
                output.seek(max(0, output.seek(0, os.SEEK_END) - TOLD_AGAIN_BYTES))
                last += output.read()
            self.ended.append(Ended(section, code, time.monotonic() - begin, processor_s, *_counted(section, code, junit), bytes(last)))

    @staticmethod
    async def _end_of(process, section: Section, begin: float) -> int:
        waiter = asyncio.ensure_future(process.wait())
        try:
            while not (await asyncio.wait([waiter], timeout=STILL_S))[0]:
                print(f"   {section.name}: for {time.monotonic() - begin:.0f} s", flush=True)
            return waiter.result()
        finally:
            waiter.cancel()

    def summary(self) -> bool:
        """Prints it. Returns whether all is well."""
        for each in self.ended:
            if each.code != 0 and each.last:
                print(each.again())
        print(f"\n== Summary ({time.monotonic() - self.begin:.0f} s, load average {os.getloadavg()[0]:.1f})")
        for each in self.ended:
            print(each.line())
        budget = sum(each.section.budget for each in self.ended)
        if budget:
            over = sum(each.is_over() for each in self.ended)
            print(f"{budget} s are meant for these on an idle machine of two cores; {over} of them took longer than theirs")
        # The closing line counts test programs: what each section ran is in its own output.
        print(f"{sum(each.passed for each in self.ended)} passed, {sum(each.failed for each in self.ended)} failed", flush=True)
        return bool(self.ended) and all(each.code == 0 for each in self.ended)


async def _print(stream: asyncio.StreamReader, last: bytearray) -> None:
    """Prints what comes, and keeps the end of it."""
    while data := await stream.read(65536):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        last += data
        del last[:-TOLD_AGAIN_BYTES]


def _counted(section: Section, code: int, junit: Path) -> tuple[int, int]:
    """Passed and failed: a section is a test by itself, but one that counts its own, and what only prepares."""
    passed, failed = int(code == 0 and not section.needed), int(code != 0)
    if section.counts_tests:
        try:
            suite = ElementTree.parse(junit).getroot()
            bad = int(suite.get("failures", 0))
            passed = int(suite.get("tests", 0)) - bad
            failed = bad or failed
        except (OSError, ElementTree.ParseError):
            passed = 0
    return passed, failed


def main(sections: list[Section], limit: float) -> int:
    """Runs them all. Exit code: 0, 1 where a section has failed, 128 + N when signal N ended it: then nothing is left."""
    runner, told = Runner(limit), []

    async def until_told() -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def told_to_end(number: int) -> None:
            told.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, told_to_end, number)
        await runner.all(sections)

    try:
        asyncio.run(until_told())
    except asyncio.CancelledError:
        print(f"\nended by {signal.Signals(told[0]).name}", flush=True)
    fine = runner.summary()
    return 128 + told[0] if told else 0 if fine else 1
