#!/usr/bin/env python3
"""The library exports the functions of c.h and nothing else, and none of symbols.txt is missing.

    symbols_test.py LIBRARY
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "bindings/generate"))
sys.dont_write_bytecode = True
import model  # noqa: E402


def exported(library):
    output = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                            capture_output=True, text=True).stdout
    # Type A is the version node itself.
    found = [line.split() for line in output.splitlines()]
    return {name.split("@")[0] for _, kind, name in found if kind != "A"}


def main():
    listed = set((HERE / "symbols.txt").read_text(encoding="utf-8").split())
    declared = {function.c_name for function in model.load().functions}
    actual = exported(sys.argv[1])
    problems = [f"{name}: exported, not in symbols.txt" for name in sorted(actual - listed)]
    problems += [f"{name}: in symbols.txt, not exported" for name in sorted(listed - actual)]
    problems += [f"{name}: in c.h, not exported" for name in sorted(declared - actual)]
    problems += [f"{name}: exported, not in c.h" for name in sorted(actual - declared)]
    problems += [f"{name}: not of cxj_*" for name in sorted(actual) if not name.startswith("cxj_")]
    print("\n".join(problems + [f"symbols: {len(actual)} exported, {len(problems)} problems"]))
    return 1 if problems or not actual else 0


if __name__ == "__main__":
    sys.exit(main())
