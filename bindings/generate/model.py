"""Reads include/cxjourney/c.h into a model that the generators of the bindings work from.

The header is regular on purpose: one declaration form for each kind of thing (docs/C_API.md). What
does not fit those forms stops the generator, so the header cannot drift away from the bindings.

    python3 bindings/generate/model.py        prints the model as JSON
"""

import dataclasses
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADER = ROOT / "include/cxjourney/c.h"

SCALARS = {"char", "int32_t", "int64_t", "uint32_t", "uint64_t", "float", "double", "size_t"}


@dataclasses.dataclass
class Constant:
    name: str  # Short: PHONE
    c_name: str  # CXJ_CHANNEL_PHONE
    value: int
    doc: str


@dataclasses.dataclass
class Enum:
    """A typedef of uint32_t with constants: cxj_channel."""

    c_name: str
    doc: str
    constants: list


@dataclasses.dataclass
class Field:
    """A member of a struct as bindings see it: a list's pointer and count are one field."""

    name: str  # Of a list: the plural one, `identifiers`.
    type: str  # Element's C type without const and *: "cxj_str", "int64_t", "cxj_channel".
    shape: str  # "value", "list" (of values), "list_of_pointers", "pointer" (may be NULL), "raw".
    count: str  # C name of the list's count, or "".
    present: str  # Constant that says that it is given, or "".
    doc: str


@dataclasses.dataclass
class Struct:
    c_name: str
    doc: str
    sized: bool  # Begins with struct_size: may grow.
    init: str  # Name of its CXJ_*_INIT, or "": callers never fill it in.
    fields: list


@dataclasses.dataclass
class Parameter:
    name: str
    type: str  # As written: "const cxj_key*".


@dataclasses.dataclass
class Function:
    c_name: str
    doc: str
    returns: str
    parameters: list


@dataclasses.dataclass
class Model:
    abi_version: int
    typedefs: dict  # cxj_time -> int64_t; not the enums.
    handles: list  # Opaque structs.
    callbacks: list
    enums: list
    structs: list
    functions: list


def _clean(comment):
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comment.strip("/* \n").split("\n")]
    return "\n".join(lines).strip()


def _doc_before(text, position):
    """The comment that ends right before `position`, if one does."""
    head = text[:position].rstrip()
    if not head.endswith("*/") or "\n\n" in text[len(head) : position]:
        return ""
    comment = head[head.rfind("/*") :]
    return "" if comment.rstrip("*/ ").endswith("---") else _clean(comment)


def _constants(body, prefix):
    found = []
    for match in re.finditer(r"(\w+) = (-?\d+),?\s*(/\*.*?\*/)?", body, re.S):
        name = match[1]
        if not name.startswith(prefix):
            raise SystemExit(f"c.h: constant {name} does not begin with {prefix}")
        short = name[len(prefix) :]
        found.append(Constant(short, name, int(match[2]), _clean(match[3] or "")))
    return found


def _enums(text):
    enums = []
    pattern = r"typedef u?int32_t (cxj_\w+);[^\n]*\n((?:/\*.*?\*/\n)?)enum \{(.*?)\};"
    for match in re.finditer(pattern, text, re.S):
        name = match[1]
        prefix = "CXJ_" if name == "cxj_code" else name.upper() + "_"
        enums.append(Enum(name, _doc_before(text, match.start()), _constants(match[3], prefix)))
    return enums


def _presence(text):
    """(struct, field) -> constant, from the anonymous enums of CXJ_..._HAS_... bits."""
    return set(re.findall(r"\bCXJ_\w+_HAS_\w+(?= = \d)", text))



def _members(body):
    """(type as written, name, doc) of each member; a comment behind it wins over one above."""
    members = []
    above = ""
    for token in re.finditer(r"(?P<comment>/\*.*?\*/)|(?P<member>[^;/]+);", body, re.S):
        if token["comment"]:
            line = body[: token.start()].rpartition("\n")[2]
            if line.strip() and members:
                members[-1] = (*members[-1][:2], _clean(token["comment"]))
            else:
                above = token["comment"]
            continue
        parts = re.match(r"(.*?[\s*])(\w+)$", " ".join(token["member"].split()))
        members.append((parts[1].strip(), parts[2], _clean(above)))
        above = ""
    return members


def _fields(struct, body, presence):
    raw = _members(body)
    fields = []
    skip = set()
    for index, (kind, name, doc) in enumerate(raw):
        if name in skip or name in ("struct_size", "present") or name.startswith("reserved"):
            continue
        base = kind.replace("const", "").replace("*", "").strip()
        stars = kind.count("*")
        bit = f"CXJ_{struct[4:].upper()}_HAS_{name.upper()}"
        bit = bit if bit in presence else ""
        following = raw[index + 1][1] if index + 1 < len(raw) else ""
        if stars and following.endswith("_count"):
            skip.add(following)
            shape = "list" if stars == 1 else "list_of_pointers"
            fields.append(Field(name, base, shape, following, "", doc))
        elif stars == 1 and base != "void":
            fields.append(Field(name, base, "pointer", "", "", doc))
        elif stars or base.endswith("_fn"):
            fields.append(Field(name, kind, "raw", "", "", doc))
        else:
            fields.append(Field(name, base, "value", "", bit, doc))
    return fields


def _structs(text):
    presence = _presence(text)
    structs = []
    for match in re.finditer(r"typedef struct (cxj_\w+) \{\n(.*?)\n\} \1;\n", text, re.S):
        name, body = match[1], match[2]
        init = f"CXJ_{name[4:].upper()}_INIT"
        structs.append(
            Struct(
                name,
                _doc_before(text, match.start()),
                body.lstrip().startswith("uint32_t struct_size;"),
                init if f"#define {init}" in text else "",
                _fields(name, body, presence),
            )
        )
    return structs


def _functions(text):
    functions = []
    for match in re.finditer(r"CXJ_C_API ([^;(]*?[\s*])(cxj_\w+)\((.*?)\);", text, re.S):
        parameters = []
        for part in match[3].split(","):
            part = " ".join(part.split())
            if part == "void":
                continue
            pieces = re.match(r"(.*?[\s*])(\w+)$", part)
            parameters.append(Parameter(pieces[2], pieces[1].strip()))
        doc = _doc_before(text, match.start())
        functions.append(Function(match[2], doc, match[1].strip(), parameters))
    return functions


def load(header=HEADER):
    text = pathlib.Path(header).read_text(encoding="utf-8")
    enums = _enums(text)
    enum_names = {enum.c_name for enum in enums}
    typedefs = {
        match[2]: match[1]
        for match in re.finditer(r"typedef (u?int(?:32|64)_t) (cxj_\w+);", text)
        if match[2] not in enum_names
    }
    model = Model(
        int(re.search(r"#define CXJ_ABI_VERSION (\d+)u", text)[1]),
        typedefs,
        re.findall(r"typedef struct (cxj_\w+) \1;", text),
        re.findall(r"typedef (?:cxj_code|void) \(\*(\w+)\)", text),
        enums,
        _structs(text),
        _functions(text),
    )
    _check(model, text)
    return model


def _check(model, text):
    """Everything that is declared was understood."""
    known = SCALARS | set(model.typedefs) | set(model.callbacks) | {"void"}
    known |= {item.c_name for item in model.enums + model.structs} | set(model.handles)
    for struct in model.structs:
        for field in struct.fields:
            base = field.type.replace("const", "").replace("*", "").strip()
            if base not in known:
                raise SystemExit(f"c.h: {struct.c_name}.{field.name} has unknown type {base}")
    declared = len(re.findall(r"^CXJ_C_API ", text, re.M))
    if declared != len(model.functions):
        raise SystemExit(f"c.h: {declared} functions, {len(model.functions)} understood")
    declared = len(re.findall(r"^typedef struct \w+ \{", text, re.M))
    if declared != len(model.structs):
        raise SystemExit(f"c.h: {declared} structs, {len(model.structs)} understood")


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(load()), indent=1))
