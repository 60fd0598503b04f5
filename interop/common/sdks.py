"""Our programs for each of the official SDKs, and those of ours, as processes."""

import os
import pathlib
import re
import subprocess
import threading

SOURCES = pathlib.Path(__file__).parents[1] / "sdks"
INSTALLED = pathlib.Path(os.environ["XRAY_INTEROP_SDKS"])
OURS = pathlib.Path(os.environ["XRAY_INTEROP_PROGRAMS"])
LANGUAGES = ("python", "node", "go", "java")


def command(language, program):
    """How the program of this name is started: its arguments, and what its environment needs."""
    if language == "python":
        return [INSTALLED / "python/bin/python", SOURCES / f"python/{program}.py"], {}
    if language == "node":
        modules = str(INSTALLED / "node/node_modules")
        return ["node", SOURCES / f"node/{program}.js"], {"NODE_PATH": modules}
    if language == "go":
        return [INSTALLED / "go/bin" / program], {}
    if language == "java":
        paths = f"{INSTALLED}/java/classes:{INSTALLED}/java/jars/lib/*"
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", paths, program.capitalize()], {}
    return [OURS / program], {}


def environment(language, program, **more):
    """The whole of it: neither a proxy nor the settings of whoever runs it have a say."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | command(language, program)[1] | more


class Server:
    """A program that prints `listening on <address>` and serves until it is ended.

    What else it prints, and that of its errors, is kept in `output`.
    """

    def __init__(self, language, program, **more):
        self.name = language
        self.address = None
        self.output = []
        self._ready = threading.Event()
        self._process = subprocess.Popen(
            command(language, program)[0],
            env=environment(language, program, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            found = re.search(r"^listening on (\S+)", line)
            if found and self.address is None:
                self.address = found[1]
                self._ready.set()
            else:
                self.output.append(line)
        self._ready.set()

    def port(self, seconds=60):
        """Once it listens."""
        self._ready.wait(seconds)
        assert self.address, f"{self.name} does not listen:\n{''.join(self.output)}"
        return int(self.address.rpartition(":")[2])

    def end(self):
        """Now, and waits for it."""
        self._process.kill()
        self._process.wait()
