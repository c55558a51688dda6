"""Runs cxj in a folder of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CXJ_BIN", SOURCE / "build" / "release" / "bin"))
DATA = SOURCE / "examples" / "data"
MAPPINGS = SOURCE / "examples" / "mappings"


class CxjTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cxj-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.db = self.folder / "store"

    def run_cxj(self, command, *arguments, code=0, db=None):
        """What the command prints; fails unless it exits with `code`."""
        done = subprocess.run(
            [BIN / "cxj", command, "--db", db or self.db, *map(str, arguments)],
            capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.error = done.stderr
        return done.stdout

    def json(self, command, *arguments, code=0):
        return json.loads(self.run_cxj(command, *arguments, "--output", "json", code=code))

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def write_touchpoints(self, name, touchpoints):
        return self.write(name, "".join(json.dumps(t) + "\n" for t in touchpoints))

    def import_touchpoints(self, touchpoints, code=0):
        return self.json("import", "--format", "jsonl",
                         self.write_touchpoints("input.jsonl", touchpoints), code=code)


def touchpoint(number, time, identifiers, **fields):
    """A phone call with a request, unless `fields` say otherwise."""
    return {"source": "test", "id": str(number), "eventTime": time,
            "identifiers": [{"namespace": n, "value": v} for n, v in identifiers],
            "channel": "CHANNEL_PHONE", "purpose": "PURPOSE_REQUEST", **fields}
