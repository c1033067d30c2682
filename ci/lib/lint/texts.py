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


def check_pages(files: list[str]) -> list[str]:
    """Running text of pages: not tables, not code, not what tests make (`<!-- made: ... -->`), no link that is as long."""
    wrong = []
    for name in files:
        fenced = made = False
        for number, line in enumerate((TOP / name).read_text(errors="replace").splitlines(), 1):
            fence = line.lstrip().startswith("```")
            fenced ^= fence
            made = line.startswith("<!-- made") or made and not line.startswith("<!-- end")
            loose = not (fence or fenced or made or line.startswith(("|", "    ", "<!--")))
            if loose and len(line) > COLUMNS_MOST and " " in line.strip():
                wrong.append(f"{name}:{number}: {len(line)} columns, and {COLUMNS_MOST} are the most")
    return wrong
