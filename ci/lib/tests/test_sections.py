"""ci/test keeps to its budget, and what it and ci/full run is there."""
import os
import unittest

from lib.places import TOP
from lib.sections import BUDGET_S, FULL, TEST


class Sections(unittest.TestCase):
    def test_the_budget(self):
        self.assertLessEqual(sum(section.budget for section in TEST), BUDGET_S)
        self.assertTrue(all(section.budget > 0 for section in TEST))

    def test_commands_exist(self):
        for section in TEST + FULL:
            if section.command[0].startswith("ci/"):
                self.assertTrue(os.access(TOP / section.command[0], os.X_OK), section)

    def test_what_is_looked_at_by_day_is_looked_at_by_night(self):
        def programs(sections):
            return {section.command[:1] if section.command[0] != "sh" else section.command for section in sections}
        self.assertLessEqual(programs(TEST), programs(FULL))


if __name__ == "__main__":
    unittest.main()
