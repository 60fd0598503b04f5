"""Named checks: each prints one line, and at the end stands how many passed, failed and were skipped."""

import traceback

_checks = []


class Skipped(Exception):
    """Says why a check, or all of a case, could not be made."""


def check(name):
    """A function that asserts something about what a case has found."""

    def register(function):
        _checks.append((name, function))
        return function

    return register


def equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def run(case):
    """Runs the case, and all checks on what it has found; whether none has failed."""
    try:
        found = case()
    except Skipped as reason:
        for name, _ in _checks:
            print(f"skipped {name}: {reason}")
        return _close(0, 0, len(_checks))
    except Exception:
        traceback.print_exc()
        print("FAILED the case did not come to its end")
        return _close(0, len(_checks), 0)
    passed = failed = skipped = 0
    for name, function in _checks:
        try:
            function(found)
        except Skipped as reason:
            skipped += 1
            print(f"skipped {name}: {reason}")
        except Exception as error:
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[-1].line
            print(f"FAILED {name}: {type(error).__name__}: {error} ({line})")
        else:
            passed += 1
            print(f"ok     {name}")
    return _close(passed, failed, skipped)


def _close(passed, failed, skipped):
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed == 0
