"""All checks of the kit: see ../check."""

import logging
import os
import signal
import sys

import checks
import lines  # noqa: F401  (registers checks, as the others do)
import tools  # noqa: F401
import written  # noqa: F401
from cloud import Cloud
from kit import Kit
from mutations import Mutations


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        self.kit = Kit()
        self.cloud = Cloud(self.kit)
        self.mutations = Mutations(self.kit)


# Moto says what it does not know; a check looks at that.
logging.getLogger("moto").setLevel(logging.ERROR)
os.environ["NO_PROXY"] = "127.0.0.1"
# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
