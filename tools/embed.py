#!/usr/bin/env python3
"""Writes text files as C strings, so that a program carries them.

    embed.py NAME=FILE... > OUT.c

Each becomes `const char NAME[]`, with a NUL at its end.
"""

import pathlib
import sys

ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t"}


def literal(line: str) -> str:
    """A C string of a line, with its end."""
    escaped = "".join(ESCAPES.get(character, character) for character in line)
    return f'    "{escaped}\\n"'


def main() -> int:
    for argument in sys.argv[1:]:
        name, _, path = argument.partition("=")
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        text = "\n".join(literal(line) for line in lines)
        print(f"extern const char {name}[];\nconst char {name}[] =\n{text};\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
