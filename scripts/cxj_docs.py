#!/usr/bin/env python3
"""Writes the man page and the bash completion of cxj from what `cxj --help` says.

    scripts/cxj_docs.py build/release/bin/cxj            writes cxj.1 and cxj.bash in tools/cxj
    scripts/cxj_docs.py --check build/release/bin/cxj    fails if they differ from that

The command-line library of Debian 12 completes nothing by itself, so the completion is made here.
"""

import dataclasses
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tools/cxj"

EXAMPLE = """\
cxj import --db shop.db --format jsonl calls.jsonl
cxj history --db shop.db 'phone:0532 111 22 33'
cxj repeats --db shop.db --policy same_topic_7d --by channel
"""


@dataclasses.dataclass
class Item:
    """A line of help: an option, an argument or a subcommand."""

    name: str  # "--output"; of "-h,--help" both.
    rest: str  # "FORMAT:{table,json,csv}", "REQUIRED"
    text: str

    @property
    def choices(self):
        found = re.search(r"\{(.*)\}", self.rest)
        return found[1].split(",") if found else []

    @property
    def value(self):
        """The placeholder of its value, or "" for a flag."""
        word = re.sub(r":.*|REQUIRED|\.\.\.", "", self.rest).strip()
        return word or ("WORD" if self.choices else "")


@dataclasses.dataclass
class Help:
    text: str
    usage: str
    sections: dict  # Heading -> items.
    footer: str


def read_help(program, *words):
    output = subprocess.run([program, *words, "--help"], check=True, capture_output=True,
                            text=True).stdout
    head, _, footer = output.partition("\n\n\n")
    text, usage, *lines = head.split("\n")
    result = Help(text, usage.removeprefix("Usage: "), {}, footer.strip())
    items = None
    for line in lines:
        if re.fullmatch(r"\w+:", line):
            items = result.sections.setdefault(line[:-1], [])
        elif line.startswith("    "):  # The text of an item whose name filled its line.
            items[-1].text = (items[-1].text + " " + line.strip()).strip()
        elif line.strip():
            start, _, description = line.strip().partition("  ")
            name, _, rest = start.partition(" ")
            items.append(Item(name, rest, description.strip()))
    return result


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def roff_items(items):
    lines = []
    for item in items:
        name = f"\\fB{escape(item.name.replace(',', ', '))}\\fR"
        if not item.name.startswith("-"):
            name = f"\\fI{escape(item.name)}\\fR"
        rest = escape(item.rest.replace("REQUIRED", "(required)"))
        lines += [".TP", f"{name} {rest}".rstrip(), escape(item.text)]
    return lines


def man_page(top, commands):
    lines = [
        '.\\" Made by scripts/cxj_docs.py from "cxj --help".',
        ".TH CXJ 1",
        ".SH NAME",
        "cxj \\- " + escape(top.text[0].lower() + top.text[1:].rstrip(".")),
        ".SH SYNOPSIS",
        ".B cxj",
        ".I SUBCOMMAND",
        ".RI [ OPTIONS ]",
        ".br",
        ".B cxj",
        ".RB [ \\-\\-help | \\-\\-version ]",
        ".SH OPTIONS",
        *roff_items(top.sections["Options"]),
        ".SH SUBCOMMANDS",
        "Each has",
        ".BR \\-\\-help ,",
        "too.",
    ]
    for name, command in commands.items():
        lines += [f".SS {escape(name)}", escape(command.text) + ".", ".PP",
                  f"\\fB{escape(command.usage)}\\fR"]
        for section, items in command.sections.items():
            lines += roff_items(item for item in items if item.name != "-h,--help")
    facts, _, codes = top.footer.partition("\n\nExit codes:\n")
    lines += [".SH NOTES", escape(facts).replace("\n", "\n.PP\n")]
    lines += [".SH EXIT STATUS"]
    for code in codes.split("\n"):
        number, text = code.split(maxsplit=1)
        lines += [".TP", f"\\fB{number}\\fR", escape(text)]
    lines += [".SH EXAMPLES", ".nf", escape(EXAMPLE.rstrip()), ".fi"]
    return "\n".join(lines) + "\n"


def options_of(command):
    return [item for item in command.sections["Options"] if item.name != "-h,--help"]


def completion(commands):
    """Complete words: subcommands, their options, and the values that are a list of words."""
    lines = [
        '# bash completion of cxj. Made by scripts/cxj_docs.py from "cxj --help".',
        "_cxj() {",
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=",
        "  case ${COMP_WORDS[1]}:$before in",
    ]
    for name, command in commands.items():
        for item in options_of(command):
            if item.choices:
                lines.append(f"    {name}:{item.name}) words='{' '.join(item.choices)}' ;;")
            elif item.value in ("FILE", "DIR"):
                lines.append(f"    {name}:{item.name}) compopt -o default; COMPREPLY=(); return ;;")
            elif item.value:
                lines.append(f"    {name}:{item.name}) return ;;  # Anything.")
    lines += [
        "    *)",
        "      if [ \"$COMP_CWORD\" -eq 1 ]; then",
        f"        words='{' '.join(commands)} --help --version'",
        "      elif [[ $word == -* ]]; then",
        "        case ${COMP_WORDS[1]} in",
    ]
    for name, command in commands.items():
        words = " ".join(item.name for item in options_of(command))
        lines.append(f"          {name}) words='{words} --help' ;;")
    lines += [
        "        esac",
        "      else",
        "        compopt -o default; COMPREPLY=(); return",
        "      fi",
        "      ;;",
        "  esac",
        "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")",
        "}",
        "complete -F _cxj cxj",
    ]
    return "\n".join(lines) + "\n"


def main():
    check = "--check" in sys.argv[1:]
    programs = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(programs) != 1:
        raise SystemExit(__doc__)
    top = read_help(programs[0])
    commands = {item.name: read_help(programs[0], item.name)
                for item in top.sections["Subcommands"]}
    differ = 0
    for name, text in {"cxj.1": man_page(top, commands), "cxj.bash": completion(commands)}.items():
        path = FOLDER / name
        if not check:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            differ += 1
            print(f"tools/cxj/{name} differs from `cxj --help`: run scripts/cxj_docs.py")
    print(f"cxj: {len(commands)} subcommands, "
          f"{sum(len(options_of(command)) for command in commands.values())} options, "
          f"{differ} files differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
