"""Every `#include "core/..."` obeys the layer table of core/README.md."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\w+) \| ?([\w, ]*?) ?\|$", re.MULTILINE)
INCLUDE = re.compile(r'^#include "core/(\w+)/', re.MULTILINE)


def read_table():
    text = (ROOT / "core" / "README.md").read_text()
    return {name: set(filter(None, allowed.split(", "))) for name, allowed in ROW.findall(text)}


def violations(table):
    for path in sorted((ROOT / "core").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        folder = path.relative_to(ROOT / "core").parts[0]
        if folder not in table:
            yield f"core/{folder}: not in the layer table of core/README.md"
            continue
        allowed = table[folder] | {folder}
        if path.name.endswith(("_lua.h", "_lua_internal.h", "_lua.cc", "_lua_test.cc")):
            allowed |= {"binding", "loop"}
        for included in sorted(set(INCLUDE.findall(path.read_text())) - allowed):
            yield f"{path.relative_to(ROOT)}: includes core/{included}, which its layer may not"


def main():
    table = read_table()
    if "base" not in table:
        sys.exit("layers: no table found in core/README.md")
    found = sorted(set(violations(table)))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
