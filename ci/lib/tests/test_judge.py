"""What ci/matrix makes of the cases of a twin, and of the rows by themselves."""
import tempfile
import unittest
from pathlib import Path

from lib.matrix.judge import Case, judge
from lib.matrix.rows import NEARLY_ALL, Flaw, Row, Rows, complaints
from lib.places import SCENARIOS

ROW = Row("echo-server", "flawed-echo-server", ("{host}",), (), SCENARIOS)
RULE_OF = {"p/own": "OWN", "p/second": "SECOND", "p/with": "WITH", "p/other": "OTHER"}


def flaw(*, also=("WITH",), caught_by=("p/own", "p/second")):
    return Flaw(ROW, "name", "OWN", caught_by, "does wrong", also, "since" if NEARLY_ALL in also else "")


def cases(**verdicts):
    return [Case(f"p/{name}[size={n}]", f"p/{name}", verdict, "why")
            for name, words in verdicts.items() for n, verdict in enumerate(words.split())]


def judged(found, code=1, *, of=None, besides_count=True, only=None):
    return judge(of or flaw(), found, code, RULE_OF, besides_count=besides_count, only=only)


class Judge(unittest.TestCase):
    def test_one_case_of_each_is_enough(self):
        self.assertEqual(judged(cases(own="pass fail", second="warn pass", other="pass")).state, "ok")

    def test_missed(self):
        result = judged(cases(own="fail", second="pass"))
        self.assertEqual(result.state, "FAIL")
        self.assertIn("not caught by: p/second", result.why)
        self.assertEqual(result.shown, ["p/second"])

    def test_never_run_is_missed(self):
        self.assertEqual(judged(cases(own="fail")).state, "FAIL")
        self.assertEqual(judged([]).state, "FAIL")

    def test_the_exit_code_counts(self):
        self.assertEqual(judged(cases(own="fail", second="fail"), code=3).state, "FAIL")

    def test_rules_that_break_with_it(self):
        self.assertEqual(judged(cases(own="fail", second="fail", **{"with": "fail"})).state, "ok")

    def test_fails_besides(self):
        found = cases(own="fail", second="fail", other="fail")
        result = judged(found)
        self.assertEqual((result.state, result.unsure), ("FAIL", {"p/other"}))
        self.assertIn("fails besides: p/other (OTHER)", result.why)
        result = judged(found, besides_count=False)
        self.assertEqual((result.state, result.besides), ("ok", ["p/other (OTHER)"]))

    def test_flaky_catches_and_is_not_besides(self):
        self.assertEqual(judged(cases(own="flaky", second="fail", other="flaky")).state, "ok")

    def test_nearly_all(self):
        self.assertEqual(judged(cases(own="fail", second="fail", other="fail"), of=flaw(also=(NEARLY_ALL,))).state, "ok")

    def test_an_error_is_a_failure_of_whatever_scenario(self):
        result = judged(cases(own="fail", second="fail", **{"with": "error"}))
        self.assertEqual((result.state, result.unsure), ("FAIL", {"p/with"}))

    def test_inconclusive_catches_nothing(self):
        result = judged(cases(own="fail", second="inconclusive"))
        self.assertEqual((result.state, result.unsure), ("FAIL", {"p/second"}))

    def test_skipped(self):
        result = judged(cases(own="fail", second="skip"))
        self.assertEqual((result.state, result.why), ("SKIP", ["p/second (why)"]))
        self.assertEqual(judged(cases(own="pass", second="skip")).state, "FAIL")

    def test_the_second_try_judges_what_was_unsure(self):
        found = cases(own="fail", second="fail", other="fail")
        self.assertEqual(judged(found, only=set()).state, "ok")
        self.assertEqual(judged(found, only={"p/other"}).state, "FAIL")


class Complaints(unittest.TestCase):
    def test_two_flaws_of_one_name(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / ROW.program).touch(mode=0o700)
            one = Flaw(ROW, "name", "SOCK-BINARY", (), "does wrong", (), "")
            another = Flaw(ROW, "other-name", "SOCK-BINARY", (), "does wrong", (), "")
            rows = Rows([], [ROW], {})
            self.assertEqual(complaints(rows, [one, another], Path(folder)), [])
            self.assertEqual(complaints(rows, [one, another, one], Path(folder)),
                             ["flawed-echo-server: 2 flaws are called name"])


if __name__ == "__main__":
    unittest.main()
