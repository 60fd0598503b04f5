"""Named checks: each prints one line, and at the end stands how many passed and failed."""

import traceback

_checks = []


def check(name):
    """A function that asserts something about what a case has found."""

    def register(function):
        _checks.append((name, function))
        return function

    return register


def equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def run(case):
    """Runs the case, and all checks on what it has found; whether they have passed."""
    try:
        found = case()
    except Exception:
        traceback.print_exc()
        print(f"FAILED the case did not come to its end\n0 passed, {len(_checks)} failed")
        return False
    failed = 0
    for name, function in _checks:
        try:
            function(found)
        except Exception as error:
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[-1].line
            print(f"FAILED {name}: {type(error).__name__}: {error} ({line})")
        else:
            print(f"ok     {name}")
    print(f"{len(_checks) - failed} passed, {failed} failed")
    return failed == 0
