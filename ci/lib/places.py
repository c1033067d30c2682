"""Where things are."""
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SCENARIOS = TOP / "scenarios"
RELEASE = TOP / "build" / "release"
