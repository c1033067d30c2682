"""The command line of ci/test and ci/full: python3 -m lib.run test|full [--list] [--only REGEX]"""
import argparse
import os
import re
import sys

from . import runner, sections

# Nothing may hang: a section that takes longer than this has failed. Far beyond what one takes on a crowded machine.
LIMITS_S = {"test": 1200, "full": 6 * 3600}
WHICH = {"test": sections.TEST, "full": sections.FULL}


def main() -> int:
    which = sys.argv[1]
    parser = argparse.ArgumentParser(prog=f"ci/{which}", description="Sets up, builds and passes the tests.")
    parser.add_argument("--list", action="store_true", help="print the sections with the seconds that they may take, and end")
    parser.add_argument("--only", default="", metavar="REGEX", help="only sections whose names match, and what they need")
    args = parser.parse_args(sys.argv[2:])
    chosen = [section for section in WHICH[which] if section.needed or re.search(args.only, section.name)]
    if args.list:
        for section in chosen:
            print(f"{section.budget or '-':>4}  {section.name:40}  {' '.join(section.command)}")
        if which == "test":
            print(f"{sum(section.budget for section in chosen):>4}  of {sections.BUDGET_S} s on an idle machine of two cores")
        return 0
    return runner.main(chosen, float(os.environ.get("SECTION_LIMIT", LIMITS_S[which])))


if __name__ == "__main__":
    sys.exit(main())
