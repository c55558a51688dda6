#!/usr/bin/env python3
"""Checks that the layers include each other in the allowed directions only.

The tables below are allow-lists: an include that is in none of them is a violation. A layer may
always include itself. docs/ARCHITECTURE.md says why the layers lie as they do.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Folder -> folders whose headers it may include. "cxjourney" are the public headers.
LAYERS = {
    "include/cxjourney": {"cxjourney"},
    "src/base": {"cxjourney"},
    "src/model": {"cxjourney", "base"},
    "src/store": {"cxjourney", "base"},
    "src/identity": {"cxjourney", "base", "model", "store"},
    "src/journey": {"cxjourney", "base", "model"},
    "src/tracker": {"cxjourney", "base", "model", "store", "identity", "journey"},
    "src/interchange": {"cxjourney"},
    "src/capi": {"cxjourney", "base", "interchange"},
    "tools": {"cxjourney", "interchange"},
    "examples": {"cxjourney", "interchange"},
    # The oracle shares no code with the engine: that is what makes it one.
    "tests/oracle": {"cxjourney", "tests", "tools"},
    "tests": {"cxjourney", "base", "model", "store", "identity", "journey", "tracker",
              "interchange", "capi", "tools", "tests"},
    "bench": {"cxjourney", "base", "model", "store", "identity", "journey", "tracker", "bench"},
}

# Folder -> libraries (the first part of an include in angle brackets that has a slash, or the
# whole name) it may include besides the standard library and, outside include/, the C library.
LIBRARIES = {
    "include/cxjourney": set(),
    "src/base": {"absl", "fmt", "malloc.h", "pthread.h", "semaphore.h", "sodium.h", "xxhash.h"},
    "src/model": {"absl", "fmt", "unicode", "phonenumbers", "sodium.h"},
    "src/store": {"absl", "fmt", "sodium.h", "xxhash.h", "zstd.h"},
    "src/identity": {"absl", "fmt", "sodium.h"},
    "src/journey": {"absl", "fmt"},
    "src/tracker": {"absl", "fmt", "sodium.h"},
    "src/interchange": {"absl", "fmt", "google", "nlohmann", "sodium.h", "zlib.h"},
    "src/capi": {"absl", "fmt", "google"},
    "tools": {"CLI", "fmt", "nlohmann", "sodium.h"},
    "examples": {"fmt", "nlohmann"},
    "tests/oracle": {"gtest", "gmock", "unicode"},
    "tests": {"absl", "fmt", "gtest", "gmock", "google", "nlohmann", "sodium.h", "xxhash.h",
              "zlib.h"},
    "bench": {"CLI", "absl", "benchmark", "fmt", "libpq-fe.h", "lmdb.h", "malloc.h", "rocksdb",
              "sodium.h", "sqlite3.h", "valgrind"},
}

# Only these may include generated protobuf headers.
PROTOBUF = ("src/interchange/", "src/capi/", "tests/interchange/", "tests/capi/")

# Fault injection that any program can be run under; it knows nothing of the project.
FOREIGN = "tests/tools/fault/"

INCLUDE = re.compile(r'^\s*#\s*include\s+(<([^>]+)>|"([^"]+)")')
CPP = {".cc", ".h", ".c"}


def layer_of(path):
    """The longest folder in LAYERS that holds the path, or None."""
    name = path.as_posix()
    folders = [folder for folder in LAYERS if name.startswith(folder + "/")]
    return max(folders, key=len, default=None)


def check_angle(layer, name):
    if name.startswith("cxjourney/"):
        return None
    first = name.split("/")[0]
    if first in LIBRARIES[layer]:
        return None
    if "/" not in name and not name.endswith(".h"):
        return None  # A header of the standard library.
    if layer == "include/cxjourney" and name not in {"stddef.h", "stdint.h"}:
        return f"public headers include the standard library only, not <{name}>"
    if first == "sys" or ("/" not in name and name.endswith(".h") and is_c_library(name)):
        return None
    return f"{layer} may not include <{name}>"


def is_c_library(name):
    return name in {"dirent.h", "dlfcn.h", "errno.h", "fcntl.h", "signal.h", "stddef.h",
                    "stdint.h", "stdio.h", "stdlib.h", "string.h", "termios.h", "time.h",
                    "unistd.h"}


def check_quoted(path, layer, name):
    if name.endswith(".pb.h"):
        if path.as_posix().startswith(PROTOBUF):
            return None
        return f'only {" and ".join(PROTOBUF)} may include "{name}"'
    if (ROOT / path).parent.joinpath(name).exists():
        return None  # A neighbour in the same folder.
    first = name.split("/")[0]
    own = layer.split("/")[-1]
    if first in LAYERS[layer] or first == own or (ROOT / layer / name).exists():
        return None
    return f'{layer} may not include "{name}"'


def violations(path):
    layer = layer_of(path)
    if layer is None:
        yield 1, "belongs to no layer of scripts/layers.py"
        return
    text = (ROOT / path).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        angle, quoted = match.group(2), match.group(3)
        problem = check_angle(layer, angle) if angle else check_quoted(path, layer, quoted)
        if problem:
            yield number, problem


def sources():
    for top in ("include", "src", "tools", "examples", "tests", "bench"):
        for path in sorted((ROOT / top).rglob("*")):
            relative = path.relative_to(ROOT)
            if path.suffix in CPP and not relative.as_posix().startswith(FOREIGN):
                yield relative


def main():
    files = list(sources())
    count = 0
    for path in files:
        for number, problem in violations(path):
            print(f"{path}:{number}: {problem}")
            count += 1
    print(f"layers: {len(files)} files, {count} violations")
    return 1 if count or not files else 0


if __name__ == "__main__":
    sys.exit(main())
