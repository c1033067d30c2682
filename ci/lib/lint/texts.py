"""Checks of texts: what one screen shows whole."""
from ..places import TOP

COLUMNS_MOST = 120


def check_columns(files: list[str]) -> list[str]:
    """Lines of scenarios: bytes that are long stand in `|` lines or joined strings."""
    wrong = []
    for name in files:
        for number, line in enumerate((TOP / name).read_text(errors="replace").splitlines(), 1):
            if len(line) > COLUMNS_MOST:
                wrong.append(f"{name}:{number}: {len(line)} columns, and {COLUMNS_MOST} are the most")
    return wrong
