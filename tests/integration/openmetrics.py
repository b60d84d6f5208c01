"""OpenMetrics text 1.0.0, judged by its grammar and rules.

`problem(text)` says what is wrong with an exposition, or None; `samples(text)`
gives the values of one that is right.
"""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|Inf)|NaN"
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? ({NUMBER})")
DESCRIPTOR = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)")

# What the names of the samples of a family end in, by its type.
SUFFIXES = {
    "counter": {"_total", "_created"},
    "gauge": {""},
    "info": {"_info"},
    "summary": {"", "_count", "_sum", "_created"},
}


class Family:
    def __init__(self, name: str) -> None:
        self.name = name
        self.type = "unknown"
        self.said: set[str] = set()
        self.samples: list[tuple[str, str, float]] = []

    def descriptor_problem(self, kind: str, value: str) -> str | None:
        if self.samples:
            return f"{kind} after a sample"
        if kind in self.said:
            return f"a second {kind}"
        self.said.add(kind)
        if kind == "TYPE":
            self.type = value
            if value not in SUFFIXES:
                return f"type {value}"
        if kind == "UNIT" and not self.name.endswith(f"_{value}"):
            return f"the name does not end in the unit {value}"
        if kind == "HELP" and re.search(r'\\(?![\\n"])', value):
            return "a bad escape in HELP"
        return None

    def sample_problem(self, name: str, labels: str, value: float) -> str | None:
        suffix = name[len(self.name) :]
        if suffix not in SUFFIXES.get(self.type, set()):
            return f"a sample {name} of a {self.type}"
        if any(s[:2] == (name, labels) for s in self.samples):
            return f"a second {name}{{{labels}}}"
        is_quantile = self.type == "summary" and suffix == ""
        quantile = re.search(r'quantile="([0-9.]+)"', labels)
        if is_quantile != bool(quantile) or (quantile and float(quantile[1]) > 1):
            return f"quantile of {name}"
        if suffix in ("_total", "_count", "_sum") and not value >= 0:
            return f"{name} is {value}"
        if self.type == "info" and value != 1:
            return f"info is {value}"
        self.samples.append((name, labels, value))
        return None


def read(text: str) -> tuple[dict[str, Family], str | None]:
    families: dict[str, Family] = {}
    current: Family | None = None
    if not text.endswith("# EOF\n"):
        return families, "the end is not # EOF"
    for number, line in enumerate(text[: -len("# EOF\n")].splitlines(), 1):
        descriptor = DESCRIPTOR.fullmatch(line)
        sample = SAMPLE.fullmatch(line)
        wrong: str | None = "neither a descriptor nor a sample"
        if descriptor:
            kind, name, value = descriptor.groups()
            if current is None or name != current.name:
                if name in families:
                    return families, f"line {number}: {name} is taken up again"
                current = families[name] = Family(name)
            wrong = current.descriptor_problem(kind, value)
        elif sample and current:
            name, labels, value = sample.groups()
            if name.startswith(current.name):
                wrong = current.sample_problem(name, labels or "", float(value))
            else:
                wrong = f"{name} in the family {current.name}"
        if wrong:
            return families, f"line {number}: {wrong}: {line}"
    for family in families.values():
        if not {"TYPE", "HELP"} <= family.said:
            return families, f"{family.name} has no TYPE or no HELP"
    return families, None


def problem(text: str) -> str | None:
    return read(text)[1]


def samples(text: str) -> dict[str, float]:
    families, wrong = read(text)
    if wrong:
        raise ValueError(wrong)
    return {
        name + (f"{{{labels}}}" if labels else ""): value
        for family in families.values()
        for name, labels, value in family.samples
    }


# Each breaks one rule.
HEAD = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Text.\n"
WRONG = [
    "",
    HEAD + "a_seconds_total 1\n",
    HEAD + "a_seconds_total 1\n# EOF\n\n",
    HEAD + "a_seconds 1\n# EOF\n",
    HEAD + "a_seconds_total -1\n# EOF\n",
    HEAD + "a_seconds_total  1\n# EOF\n",
    HEAD + 'a_seconds_total{b="x"y"} 1\n# EOF\n',
    HEAD + "a_seconds_total 1\na_seconds_total 2\n# EOF\n",
    HEAD + "b_total 1\n# EOF\n",
    HEAD + "\na_seconds_total 1\n# EOF\n",
    HEAD.replace("UNIT a_seconds seconds", "UNIT a_seconds bytes") + "# EOF\n",
    HEAD + HEAD + "# EOF\n",
    HEAD + "# TYPE b gauge\n# HELP b T.\nb 1\n# HELP a_seconds Text.\n# EOF\n",
    "# TYPE a summary\n# HELP a T.\na 1\n# EOF\n",
    '# TYPE a summary\n# HELP a T.\na{quantile="2"} 1\n# EOF\n',
    "# TYPE a info\n# HELP a T.\na_info 2\n# EOF\n",
    "# HELP a T.\n# EOF\n",
]
RIGHT = HEAD + 'a_seconds_total{b="x\\"y"} 1.5\n# EOF\n'


def own_problem() -> str | None:
    """Why this judge is none."""
    if problem(RIGHT):
        return problem(RIGHT)
    taken = [text for text in WRONG if problem(text) is None]
    return f"takes {taken[0]!r}" if taken else None
