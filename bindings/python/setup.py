"""Builds the extension against an installed libcxjourney.

The library is found through pkg-config (cxjourney-c), or under CXJ_PREFIX: a prefix that it was
installed to, or a build folder. CXJ_INCLUDE says where cxjourney/c.h is if it is not there.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sysconfig

from setuptools import Extension, setup

HERE = pathlib.Path(__file__).resolve().parent


def version() -> str:
    """That of the project: in its CMakeLists.txt, or in what was packed from there."""
    project = HERE.parent.parent / "CMakeLists.txt"
    packed = HERE / "PKG-INFO"
    if packed.is_file():
        found = re.search(r"^Version: (\S+)$", packed.read_text(encoding="utf-8"), re.M)
    else:
        found = re.search(r"project\(cxjourney VERSION ([\d.]+)", project.read_text("utf-8"))
    if found is None:
        raise SystemExit("setup.py: no version in PKG-INFO or CMakeLists.txt")
    return found[1]


def flags_of_prefix(prefix: pathlib.Path) -> tuple[list[str], list[str]]:
    names = ["lib", "lib/" + str(sysconfig.get_config_var("MULTIARCH")), "lib64"]
    for name in names:
        if (prefix / name / "libcxjourney.so").exists():
            library = prefix / name
            include = os.environ.get("CXJ_INCLUDE", str(prefix / "include"))
            return ([f"-I{include}"],
                    [f"-L{library}", f"-Wl,-rpath,{library}", "-lcxjourney"])
    raise SystemExit(f"setup.py: no libcxjourney.so in {', '.join(names)} under CXJ_PREFIX")


def flags() -> tuple[list[str], list[str]]:
    prefix = os.environ.get("CXJ_PREFIX")
    if prefix:
        return flags_of_prefix(pathlib.Path(prefix).resolve())
    asked = []
    for what in ("--cflags", "--libs"):
        try:
            answer = subprocess.run(["pkg-config", what, "cxjourney-c"], check=True, text=True,
                                    stdout=subprocess.PIPE)
        except (OSError, subprocess.CalledProcessError):
            raise SystemExit("setup.py: pkg-config does not know cxjourney-c; install the library "
                             "or set CXJ_PREFIX to where it was installed") from None
        asked.append(shlex.split(answer.stdout))
    return asked[0], asked[1]


compile_flags, link_flags = flags()
setup(
    version=version(),
    ext_modules=[
        Extension(
            "cxjourney._native",
            sources=sorted(f"native/{path.name}" for path in (HERE / "native").glob("*.c")),
            depends=sorted(f"native/{path.name}" for path in (HERE / "native").glob("*.[hi]*")),
            extra_compile_args=[*compile_flags, "-std=c11", "-fvisibility=hidden", "-Wall",
                                "-Wextra", "-Wno-missing-field-initializers",
                                "-Wno-cast-function-type"],
            extra_link_args=link_flags,
        )
    ],
)
