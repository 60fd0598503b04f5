"""What ours and the official SDKs send for the same operations: see ../README.md."""

import signal
import sys

import checks
import expectations  # noqa: F401  (registers the checks)
from compare import differences
from operations import SDKS, Operations, recorded


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        operations = Operations()
        self.ours = operations.all()
        self.port = operations.endpoint.port
        self.recorded = {sdk: recorded(sdk) for sdk in SDKS}
        self.differences = [
            difference
            for sdk in SDKS
            for operation, entries in self.recorded[sdk].items()
            for difference in differences(sdk, operation, entries, self.ours[operation], self.port)
        ]


# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
