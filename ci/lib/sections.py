"""What ci/test and ci/full run, and what each may take.

The budget of ci/test is 600 s on an idle machine of two cores, so that whoever changes a line hears of it within a coffee.
Whoever adds a section takes its seconds from another one, or goes behind ci/full, which runs at night. Nothing fails on
time: what took longer than its budget is told.
"""
from .runner import JUNIT, Section

BUDGET_S = 600


def _unit_tests(preset: str, budget: int) -> Section:
    """One more than there are processors: some tests do nothing but wait for what must not come."""
    return Section(f"Unit tests, {preset}",
                   ("sh", "-c", f"ctest --preset {preset} -j$(($(nproc) + 1)) --no-tests=error --output-junit {JUNIT}"),
                   budget, counts_tests=True)


def _section(name: str, command: str, budget: int, **options: bool) -> Section:
    return Section(name, tuple(command.split()), budget, **options)


TEST = [
    _section("Set-up", "ci/setup test lint page", 4, needed=True),
    _section("Format and first looks", "ci/lint --changed", 30),
    _section("Build, release", "ci/build release", 40, needed=True),
    _section("Build, asan", "ci/build asan", 40, needed=True),
    _unit_tests("release", 45),
    _unit_tests("asan", 60),
    _section("Scenarios are right", "build/release/sockspec check scenarios ci", 3),
    _section("Coverage of the RFCs", "ci/check/coverage --check", 3),
    _section("Names in documents", "ci/check/paths", 4),
    _section("Tables kept by hand", "ci/check/tables", 1),
    _section("The scripts themselves", "ci/check/scripts", 15),
    _section("Targets and flawed twins", "ci/matrix --quick", 120),
    _section("Hostile subjects", "ci/check/hostile", 15),
    _section("Starved, hostile, shot at", "ci/check/attack --signals 5", 40),
    _section("Killed at random moments", "ci/check/kill-test 5", 5),
    _section("Injected faults again and again", "ci/check/soak-inject 500", 10),
    _section("Other people's programs", "ci/real/verify --quick", 40),
    _section("Other people's programs under faults", "ci/real/faults", 20, beside=True),
    _section("Dead or merely slow", "ci/check/still", 20, beside=True),
    _section("Captures as tshark reads them", "ci/check/captures --quick", 15),
    _section("The report in a browser", "ci/check/report-page", 15),
    _section("Fuzzing, a few seconds a target", "ci/fuzz/short 2", 30),
    _section("Fuzzing as OSS-Fuzz builds it", "ci/fuzz/oss-fuzz", 25),
]

# At night: all of it, whole, with what is measured at the end. No budget.
FULL = [
    _section("Set-up", "ci/setup test lint page fuzz bench parsers", 0, needed=True),
    _section("The whole tree by every check", "ci/lint", 0),
    _section("Build, release", "ci/build release", 0, needed=True),
    _section("Build, asan", "ci/build asan", 0, needed=True),
    _section("Build, clang", "ci/build clang", 0),
    _unit_tests("release", 0),
    _unit_tests("asan", 0),
    _section("Scenarios are right", "build/release/sockspec check scenarios ci", 0),
    _section("Coverage of the RFCs", "ci/check/coverage --check", 0),
    _section("Names in documents", "ci/check/paths", 0),
    _section("Tables kept by hand", "ci/check/tables", 0),
    _section("The scripts themselves", "ci/check/scripts", 0),
    _section("Targets and flawed twins, whole", "ci/matrix", 0),
    _section("Hostile subjects", "ci/check/hostile", 0),
    _section("Starved, hostile, shot at, whole", "ci/check/attack --full", 0),
    _section("Killed at random moments", "ci/check/kill-test 500", 0),
    _section("Injected faults again and again", "ci/check/soak-inject 10000", 0),
    _section("A busy machine", "ci/check/soak 10000", 0),
    _section("Other people's programs, twice", "ci/real/verify --install --twice all", 0),
    _section("Proxies before origins", "ci/real/verify --install --pairs", 0),
    _section("Other people's programs under faults", "ci/real/faults", 0),
    _section("Dead or merely slow", "ci/check/still --times 5", 0),
    _section("Captures as tshark reads them", "ci/check/captures", 0),
    _section("The report in a browser", "ci/check/report-page", 0),
    _section("Fuzzing, ten minutes a target", "ci/fuzz/short 600", 0),
    _section("Fuzzing as OSS-Fuzz builds it", "ci/fuzz/oss-fuzz 10000", 0),
    _section("Speed", "ci/bench/speed", 0),
    _section("What an injected call costs", "ci/bench/inject", 0),
    _section("What the proxy costs", "ci/bench/proxy", 0),
    _section("Our servers next to nginx", "ci/bench/servers", 0),
    _section("Our parser next to others", "ci/bench/parsers", 0),
]
