#!/usr/bin/env python3
"""Freezes the C ABI of this moment: layout_v1.c, frozen/c_v1.h and symbols.txt.

    tests/capi/freeze.py              all three, for the first release of an ABI version; refuses
                                      when a tag has them already, because then clients exist
    tests/capi/freeze.py --symbols    symbols.txt alone, after functions were added to c.h

The layout is what the compiler says of c.h on a 64-bit machine, not what this script thinks.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HEADER = ROOT / "include/cxjourney/c.h"
sys.path.insert(0, str(ROOT / "bindings/generate"))
sys.dont_write_bytecode = True
import model  # noqa: E402


def members(text, struct):
    """The C names of all members, the counts and reserved ones among them."""
    body = re.search(r"typedef struct %s \{\n(.*?)\n\} %s;" % (struct, struct), text, re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return re.findall(r"(\w+);", body)


def measure(lines):
    """What the expressions are worth: compiled and run."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "measure.c"
        prints = "".join(f'  printf("%lld\\n", (long long)({line}));\n' for line in lines)
        source.write_text("#include <stdio.h>\n#include <cxjourney/c.h>\nint main(void) {\n"
                          f"{prints}  return 0;\n}}\n")
        program = source.with_suffix("")
        subprocess.run(["cc", f"-I{ROOT}/include", str(source), "-o", str(program)], check=True)
        output = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    return output.split()


def layout(text, library):
    claims = []  # (expression, operator)
    for struct in library.structs:
        name = struct.c_name
        # One that may grow keeps its members where they are; one that may not keeps its size.
        claims.append((f"sizeof({name})", ">=" if struct.sized else "=="))
        for member in members(text, name):
            claims.append((f"offsetof({name}, {member})", "=="))
            claims.append((f"sizeof((({name}*)0)->{member})", "=="))
    claims.append(("CXJ_ABI_VERSION", "=="))
    claims += [(name, "==") for name in re.findall(r"^  (CXJ_\w+) = -?\d+", text, re.M)]
    values = measure([expression for expression, _ in claims])
    lines = [
        "/* What clients of ABI version 1 were compiled with. Made once by freeze.py, never again:",
        " * a change here breaks every program that is not recompiled. */",
        "#include <cxjourney/c.h>",
        "",
        "#if UINTPTR_MAX == UINT64_MAX",
        "",
        "#define CXJ_FROZEN(claim) _Static_assert(claim, \"ABI version 1\")",
    ]
    for (expression, operator), value in zip(claims, values):
        if expression.startswith("sizeof(cxj_"):
            lines.append("")
        lines.append(f"CXJ_FROZEN({expression} {operator} {value});")
    return "\n".join(lines + ["", "#endif", ""])


def released():
    tags = subprocess.run(["git", "tag"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [tag for tag in tags.stdout.split() if subprocess.run(
        ["git", "cat-file", "-e", f"{tag}:tests/capi/frozen/c_v1.h"], cwd=ROOT, check=False,
        stderr=subprocess.DEVNULL).returncode == 0]


def main():
    if sys.argv[1:] not in ([], ["--symbols"]):
        raise SystemExit(__doc__)
    text = HEADER.read_text(encoding="utf-8")
    library = model.load()
    names = sorted(function.c_name for function in library.functions)
    (HERE / "symbols.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    if sys.argv[1:]:
        return
    if released():
        raise SystemExit(f"freeze: ABI version 1 is out: {' '.join(released())}")
    (HERE / "layout_v1.c").write_text(layout(text, library), encoding="utf-8")
    (HERE / "frozen/c_v1.h").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
