"""Fills the templates with made-up values and writes the labelled documents and the hostile lines.

usage: make.py FOLDER SEED

The committed files are those of seed 7: make.py tests/data/pii 7.
"""

import pathlib
import random
import re
import sys

import hostile_lines
import values

HERE = pathlib.Path(__file__).resolve().parent
PER_TEMPLATE = 12
SEPARATOR = re.compile("^----\n", re.MULTILINE)
SLOT = re.compile(r"%([a-z0-9_]+)%")


def filled(template, chance):
    def value(slot):
        name = slot[1]
        if name in values.PLAIN:
            return values.PLAIN[name](chance)
        kind, make = values.LABELLED[name]
        return f"⟦{kind}:{make(chance)}⟧"

    return SLOT.sub(value, template)


def labelled(path, seed):
    chance = random.Random(f"{seed} {path.stem}")
    templates = SEPARATOR.split(path.read_text())
    return "----\n".join(filled(template, chance) for _ in range(PER_TEMPLATE) for template in templates)


def hostile(seed):
    lines = []
    for name, family in hostile_lines.FAMILIES.items():
        chance = random.Random(f"{seed} {name}")
        lines += [family(chance) for _ in range(hostile_lines.PER_FAMILY)]
    return "\n".join(lines) + "\n"


def main(folder, seed):
    folder = pathlib.Path(folder)
    (folder / "labelled").mkdir(parents=True, exist_ok=True)
    for path in sorted((HERE / "templates").glob("*.txt")):
        (folder / "labelled" / path.name).write_text(labelled(path, seed))
    (folder / "hostile.txt").write_text(hostile(seed))


if __name__ == "__main__":
    main(*sys.argv[1:])
