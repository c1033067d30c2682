"""ci/README.md names what is here, and nothing else."""
import re
import unittest

from lib.lint.files import tree
from lib.places import TOP

README = (TOP / "ci" / "README.md").read_text()
# Folders whose files their own page, or the script that uses them, speaks of.
WHOLE = ("ci/subjects/", "ci/lib/", "ci/fuzz/fuzzing/", "ci/check/still-servers/")


class Index(unittest.TestCase):
    def setUp(self):
        self.named = set(re.findall(r"`(ci/[\w./-]+)[ `]", README))

    def test_all_that_is_here_is_named(self):
        here = {next((folder for folder in WHOLE if name.startswith(folder)), name)
                for name in tree() if name.startswith("ci/") and name != "ci/README.md"}
        self.assertEqual(here - self.named, set())

    def test_what_is_named_is_here(self):
        self.assertEqual({name for name in self.named if not (TOP / name).exists()}, set())


if __name__ == "__main__":
    unittest.main()
