#!/usr/bin/env python3
"""Checks the house rules that no compiler knows: sizes, banned words and their replacements.

Limits: lines of 100 characters, functions of 70 lines, files of 800. A ban names what to use
instead. CONTRIBUTING.md lists the rules in words.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE_MAX = 100
FUNCTION_MAX = 70
FUNCTION_MAX_TESTS = 120  # A table of cases is data.
FILE_MAX = 800
HEADER_PUBLIC_MAX = 300
HEADER_C = "include/cxjourney/c.h"  # The whole C API is one header, whatever its length.

CPP = {".cc", ".h", ".c"}
CODE = CPP | {".py", ".cmake", ".sh", ".proto"}
# Data, and what is kept as it came: the fault tools, the frozen ABI.
DATA = re.compile(r"examples/data/|tests/([\w/]+/)?(data|vectors|corpus)/|tests/tools/fault/"
                  r"|tests/capi/(frozen/|layout_v1\.c)|LICENSE")

# In C++ code: (pattern, folders it is banned in, files where it is allowed, what to use instead)
BANS = [
    (r"absl::(string_view|optional|variant|any)\b", ("",), ("src/interchange/time_text.cc",),
     "the type of the standard library: Debian's Abseil has its own, which does not convert"),
    (r"absl::(Mutex|MutexLock|ReaderMutexLock|WriterMutexLock|CondVar)\b", ("",), (),
     "base/mutex.h: ThreadSanitizer reports false races on Abseil's"),
    (r"absl::(StrCat|StrAppend|StrFormat|StrJoin|StrSplit|Substitute)\b", ("",), (),
     "fmt::format"),
    (r"absl::Status(Or)?\b", ("",), (), "cxjourney::Status and Result"),
    (r"std::(mutex|shared_mutex|lock_guard|unique_lock|scoped_lock|shared_lock)\b", ("src/",),
     ("src/base/mutex.h",), "base/mutex.h, which clang's thread-safety analysis understands"),
    (r"\.prefetch\(|__builtin_prefetch\b", ("",), ("src/base/prefetch.h",),
     "base/prefetch.h: g++ leaves out calls of functions that do nothing but ask for memory"),
    (r"std::(cout|cerr|clog)\b|\b(printf|fprintf|puts|perror)\s*\(", ("src/", "include/"), (),
     "a Status: the library never prints"),
    (r"\b(abort|exit|_exit|assert)\s*\(", ("src/",), ("src/base/status.cc",),
     "a Status: the library never ends the process"),
    (r"\bgetenv\s*\(", ("src/", "include/"), (), "Options: the library reads no environment"),
    (r"system_clock::now\s*\(|\bgettimeofday\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)", ("src/",),
     ("src/base/clock.h",), "base::Now, so that tests can choose the time"),
    (r"\brand\s*\(|std::(random_device|mt19937)", ("src/",), (), "libsodium's randombytes"),
    (r"std::unordered_(map|set)\b", ("src/",), (),
     "absl::flat_hash_map or base::StringMap: its hash is seeded, so keys can't be chosen "
     "against it"),
    (r"\bthrow\b(?!\s*\()", ("src/", "include/"), (), "a Status: nothing here throws"),
    (r"\busing namespace std\s*;", ("",), (), "the names themselves"),
    (r"std::endl\b", ("",), (), "'\\n'"),
    (r"\bNULL\b", ("src/", "include/", "tools/"),
     (HEADER_C, "src/capi/arguments.cc", "src/capi/library.cc"), "nullptr"),
]
# The same for every text, comments and documents included.
BANS_EVERYWHERE = [
    (r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b", ("",), (), "an issue, or the work itself"),
    (r"(^|[\s\"'=(:`])/(wo" r"rk|ro" r"ot|ho" r"me)/", ("",), (),
     "a path relative to the project: this one exists on one machine only"),
]
BANS = [(re.compile(pattern), *rest) for pattern, *rest in BANS]
BANS_EVERYWHERE = [(re.compile(pattern), *rest) for pattern, *rest in BANS_EVERYWHERE]

# A label on a line of its own does not count: a switch over an enum is a table.
CASE = re.compile(r"^\s*case [\w:]+:$")
TYPE = re.compile(r"\b(class|struct|union|enum)\b[^()]*$")
NAMESPACE = re.compile(r"\b(namespace|extern)\b[^()]*$")
MEMBER_INITIALIZER = re.compile(r"\)[^()]*:[^{}]*[\w>]$")
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])+'", re.S)


def blank(match):
    """Comments and literals become spaces, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


def functions(text):
    """Yields (first line, last line) of every function with a body, lambdas not counted apart."""
    text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", blank, TOKEN.sub(blank, text), flags=re.M)
    stack, since, start_line, line, pending = [], "", 1, 1, None
    for char in text:
        if char == "\n":
            line += 1
        if char == "{":
            outside = all(kind in ("namespace", "type") for kind, _ in stack)
            head = since.strip()
            if not outside:
                kind = "block"
            elif NAMESPACE.search(head):
                kind = "namespace"
            elif MEMBER_INITIALIZER.search(head) and not re.search(
                    r"\)\s*(const|noexcept|override|final|->[^:]*)*$", head):
                kind, pending = "initializer", pending or start_line
            elif ")" in head or pending:
                kind, start_line, pending = "function", pending or start_line, None
            elif TYPE.search(head):
                kind = "type"
            else:
                kind = "block"
            stack.append((kind, start_line))
            since = ""
        elif char == "}":
            kind, first = stack.pop() if stack else ("block", line)
            if kind == "function":
                yield first, line
            since = ""
        elif char == ";":
            since, pending = "", pending if stack and stack[-1][0] == "initializer" else None
        else:
            if not since.strip() and not char.isspace():
                start_line = line
            since += char


def check_bans(name, lines):
    cpp = name.endswith((".cc", ".h", ".c"))
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0] if cpp else ""
        for bans, text in ((BANS, code), (BANS_EVERYWHERE, line)):
            for pattern, folders, allowed, instead in bans:
                if not name.startswith(folders) or name in allowed:
                    continue
                match = pattern.search(text)
                if not match:
                    continue
                yield number, f"'{match.group(0).strip()}' is banned; use {instead}"


def check_lines(name, lines):
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            yield number, f"line has {len(line)} characters; the limit is {LINE_MAX}"
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        if "\t" in line:
            yield number, "tab; use spaces"


def check_cpp(name, text, lines):
    limit = HEADER_PUBLIC_MAX if name.startswith("include/") else FILE_MAX
    if len(lines) > limit and name != HEADER_C:
        yield 1, f"file has {len(lines)} lines; the limit is {limit}"
    most = FUNCTION_MAX_TESTS if name.startswith("tests/") else FUNCTION_MAX
    for first, last in functions(text):
        length = sum(not CASE.match(line) for line in lines[first - 1:last])
        if length > most:
            yield first, f"function has {length} lines; the limit is {most}"
    if name.endswith(".h") and name.startswith("src/") and "#pragma once" not in text:
        yield 1, "header without #pragma once"


def check_markdown(lines):
    fenced, titles = False, 0
    for line in lines:
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced and line.startswith("# "):
            titles += 1
    if titles != 1:
        yield 1, f"{titles} first-level headings; a document has one"


def problems(path):
    name = path.as_posix()
    if DATA.match(name):
        return
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # Not text.
    lines = text.split("\n")
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end of the file"
    yield from check_bans(name, [] if name == "scripts/tidy.py" else lines)
    if path.suffix in CODE or name == "CMakeLists.txt" or path.name == "CMakeLists.txt":
        yield from check_lines(name, lines)
    if path.suffix in CPP:
        yield from check_cpp(name, text, lines[:-1])
    if path.suffix == ".md":
        yield from check_markdown(lines)


def files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [pathlib.Path(name) for name in listed.splitlines() if (ROOT / name).is_file()]


def main():
    checked, count = 0, 0
    for path in files():
        checked += 1
        for number, problem in problems(path):
            print(f"{path}:{number}: {problem}")
            count += 1
    print(f"tidy: {checked} files, {count} problems")
    return 1 if count or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
