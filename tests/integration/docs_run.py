#!/usr/bin/env python3
"""Does what the documents tell their readers to do, and compares.

    docs_run.py SOURCE_ROOT CUTLINE             TAP on standard output
    docs_run.py --update SOURCE_ROOT CUTLINE    writes real outputs into them

README.md, CONTRIBUTING.md and docs/**/*.md. In each, in a fresh folder and in
one bash, so that a variable or a file lasts to the document's end:

- Blocks marked ```console: lines that begin with "$ " are run ("> " continues
  one), the lines below are the exact output, standard error included; a line
  "..." stands for any number of lines.
- A block ```text below a line that ends with "`NAME`:" is written to NAME.
- A block ```c below such a line is an excerpt of the file NAME of the source
  tree, word for word, but for the indentation.
- A block ```console no-run is only for what cannot be run here: fetching,
  building and installing. It is not counted.
- Relative links lead to files that are there, and to headings in them.

`cutline` is CUTLINE, and pkg-config finds the library that was built with it.
A document that names examples/ gets a copy of it, one that names build/ the
folder that CUTLINE is in. The locale is C.UTF-8.
"""

import dataclasses
import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from tap import Tap

TIMEOUT_SECONDS = 120
NO_RUN = re.compile(r"(make|git clone|cd|sudo apt(-get)?|sudo make|export)\b")
FENCE = re.compile(r"(`{3,})([^`]*)$")
NAMED = re.compile(r".*`([^`/][^`]*)`:$")
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
FENCED = re.compile(r"^(```+).*?^\1$", re.DOTALL | re.MULTILINE)


class Mistake(Exception):
    """A document that cannot be read as it is meant."""


@dataclasses.dataclass
class Step:
    """Something to do or to check; what depends on the kind."""

    kind: str  # "command", "file", "excerpt", "no-run"
    line: int  # from 1
    what: str  # the command, the file's name
    lines: list[str]  # the output, the content
    found: str | None = None  # a command's real output


@dataclasses.dataclass
class Block:
    line: int  # of the fence, from 1
    info: str
    name: str | None  # of the line above: "`NAME`:"
    lines: list[str]


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a document."""
    blocks: list[Block] = []
    block, fence, above = None, "", ""
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if block is not None and line == fence:
            block = None
        elif block is not None:
            block.lines.append(line)
        elif match:
            fence = match[1]
            named = NAMED.match(above)
            name = named[1] if named else None
            block = Block(number, match[2].strip(), name, [])
            blocks.append(block)
        elif line.lstrip().startswith("```console"):
            raise Mistake(f"line {number}: an indented block cannot be run")
        if line.strip() and block is None:
            above = line
    if block is not None:
        raise Mistake(f"line {block.line}: the block does not end")
    return blocks


def commands_of(block: Block) -> list[Step]:
    steps: list[Step] = []
    for offset, line in enumerate(block.lines, 1):
        if line.startswith("$ "):
            steps.append(Step("command", block.line + offset, line[2:], []))
        elif not steps:
            raise Mistake(f"line {block.line + offset}: expected '$ '")
        elif line.startswith("> ") and not steps[-1].lines:
            steps[-1].what += "\n" + line[2:]
        else:
            steps[-1].lines.append(line)
    return steps


def steps_of_block(block: Block) -> list[Step]:
    if block.info == "console":
        return commands_of(block)
    if block.info == "console no-run":
        steps = commands_of(block)
        for step in steps:
            step.kind = "no-run"
            if not NO_RUN.match(step.what) or step.lines:
                raise Mistake(f"line {step.line}: not for a no-run block")
        return steps
    if block.info.startswith("console"):
        raise Mistake(f"line {block.line}: expected console or console no-run")
    if block.name is not None and block.info in ("text", "c"):
        if ".." in block.name:
            raise Mistake(f"line {block.line}: a file outside of the folder")
        kind = "file" if block.info == "text" else "excerpt"
        return [Step(kind, block.line, block.name, block.lines)]
    return []


def steps_of(text: str) -> list[Step]:
    return [step for block in blocks_of(text) for step in steps_of_block(block)]


class Workshop:
    """The folder in which a document's commands are run."""

    def __init__(self, root: pathlib.Path, cutline: pathlib.Path, steps: list):
        self.steps = steps
        self.packages = cutline.parent / "meson-uninstalled"
        # Short enough for sockets of runs to be in it, away from other runs.
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="cut-", dir="/tmp"))
        self.work = self.base / "work"
        for folder in (self.work, self.base / "bin", self.base / "files"):
            folder.mkdir()
        (self.base / "bin" / "cutline").symlink_to(cutline)
        commands = "\n".join(s.what for s in steps if s.kind == "command")
        if "examples/" in commands:
            shutil.copytree(root / "examples", self.work / "examples")
        if "build/" in commands:
            (self.work / "build").symlink_to(cutline.parent)

    def environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        for name in ("BASH_ENV", "CDPATH", "COLUMNS", "ENV", "NO_COLOR"):
            environment.pop(name, None)
        path = f"{self.base / 'bin'}:{environment.get('PATH', '/usr/bin:/bin')}"
        settings = {"HOME": str(self.base), "LC_ALL": "C.UTF-8"}
        settings["XDG_RUNTIME_DIR"] = str(self.base)
        settings["PKG_CONFIG_PATH"] = str(self.packages)
        return environment | settings | {"PATH": path, "TERM": "dumb"}

    def script(self, mark: str) -> str:
        """All steps; a line of its own ends the output of each command."""
        parts = []
        for i, step in enumerate(self.steps):
            if step.kind == "command":
                parts.append(
                    f"{step.what}\n{{ docs_run_status=$?; "
                    f"printf '\\n{mark} {i}\\n'; (exit $docs_run_status); }}\n"
                )
            elif step.kind == "file":
                source = self.base / "files" / str(i)
                source.write_text("".join(l + "\n" for l in step.lines))
                parts.append(f"cp -- '{source}' '{step.what}'\n")
        return "".join(parts)

    def run(self) -> None:
        """Run all commands; note what each of them said."""
        mark = f"docs_run:{self.base.name}"
        script = self.base / "script"
        script.write_text(self.script(mark))
        with subprocess.Popen(
            ["bash", "--norc", str(script)],
            cwd=self.work,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
        text = output.decode("utf-8", "replace")
        pieces = re.split(rf"\n{mark} (\d+)\n", text)
        for said, index in zip(pieces[::2], pieces[1::2]):
            self.steps[int(index)].found = said

    def remove(self) -> None:
        shutil.rmtree(self.base)


def matches(expected: list[str], found: str) -> bool:
    """Whether an output is the expected one; "..." is any number of lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, found) is not None


def wrong_command(step: Step) -> list[str]:
    """What is wrong with a command's output: lines, none where all is well."""
    if step.found is None:
        return ["it was not reached, or did not end"]
    if matches(step.lines, step.found):
        return []
    found = step.found.splitlines()
    if found == step.lines:
        return ["the last line of the output does not end"]
    return list(
        difflib.unified_diff(step.lines, found, "shown", "real", lineterm="")
    )


def squeezed(lines: list[str]) -> str:
    return "\n".join(line.strip() for line in lines)


def wrong_excerpt(step: Step, root: pathlib.Path) -> list[str]:
    path = root / step.what
    if not path.is_file():
        return ["there is no such file"]
    if squeezed(step.lines) in squeezed(path.read_text().splitlines()):
        return []
    return ["the file does not hold these lines (any more)"]


def anchors_of(path: pathlib.Path) -> set[str]:
    """What links to headings of a document end with, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", path.read_text()), re.MULTILINE)
    return {
        "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def wrong_links(text: str, path: pathlib.Path) -> list[str]:
    wrong = []
    for name, anchor in LINK.findall(FENCED.sub("", text)):
        target = path.parent / name if name else path
        if "://" in name:
            continue
        if not target.exists():
            wrong.append(f"{name} is not there")
        elif anchor and target.suffix == ".md" and anchor not in anchors_of(target):
            wrong.append(f"{name}{anchor}: there is no such heading")
    return wrong


def problem_of(wrong: list[str]) -> str | None:
    return "\n".join(wrong) if wrong else None


def check(
    path: pathlib.Path, root: pathlib.Path, cutline: pathlib.Path, tap: Tap
) -> list[Step]:
    """Check a document; return its steps."""
    text = path.read_text()
    name = os.path.relpath(path, root)
    tap.result(problem_of(wrong_links(text, path)), f"{name}: links")
    try:
        steps = steps_of(text)
    except Mistake as mistake:
        tap.result(str(mistake), name)
        return []
    workshop = Workshop(root, cutline, steps)
    workshop.run()
    workshop.remove()
    for step in steps:
        what = f"{name}:{step.line}: {step.what}".splitlines()[0]
        if step.kind == "command":
            tap.result(problem_of(wrong_command(step)), what)
        elif step.kind == "excerpt":
            tap.result(problem_of(wrong_excerpt(step, root)), what)
    return steps


WRONG_PAGES = {
    "another output": "```console\n$ echo one\ntwo\n```\n",
    "a line too many": "```console\n$ echo one\none\none\n```\n",
    "a line too few": "```console\n$ printf 'one\\ntwo\\n'\none\n```\n",
    "an error not shown": "```console\n$ cutline --nonsense\n```\n",
    "a command that ends the shell": "```console\n$ exit 0\n$ true\n```\n",
    "a block that ends nowhere": "```console\n$ true\n",
    "an indented block": "- so:\n\n  ```console\n  $ true\n  ```\n",
    "a no-run block that could run": "```console no-run\n$ cutline sim\n```\n",
    "another file": "`f`:\n```text\na\n```\n```console\n$ cat f\nb\n```\n",
    "no such lines": "`include/cutline/engine.h`:\n```c\nint nowhere;\n```\n",
    "a dead link": "[there](nowhere.md)\n",
}
RIGHT_PAGE = (
    "`f`:\n\n```text\na\nb\nc\n```\n```console\n$ cat \\\n> f\na\n...\nc\n"
    "$ false\n$ echo $?; printf '' >&2\n1\n```\n```console no-run\n$ make\n```\n"
)


def check_myself(root: pathlib.Path, cutline: pathlib.Path) -> dict[str, bool]:
    """Check wrong pages and a right one; return which came out as they should."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="cutline-docs-") as folder:
        page = pathlib.Path(folder) / "page.md"
        for what, text in (WRONG_PAGES | {"a right page": RIGHT_PAGE}).items():
            page.write_text(text)
            tap = Tap()
            with open(os.devnull, "w", encoding="utf-8") as nowhere:
                sys.stdout, stdout = nowhere, sys.stdout
                try:
                    check(page, root, cutline, tap)
                finally:
                    sys.stdout = stdout
            found[what] = (tap.failed > 0) == (what in WRONG_PAGES)
    return found


def updated(text: str, steps: list[Step]) -> str:
    """The document, with the real output of each command that has another."""
    lines = text.splitlines()
    for step in reversed(steps):
        if step.kind != "command" or not wrong_command(step):
            continue
        begin = step.line + step.what.count("\n")
        real = (step.found or "").splitlines()
        lines[begin : begin + len(step.lines)] = real
    return "".join(line + "\n" for line in lines)


def main() -> int:
    arguments = sys.argv[1:]
    is_update = arguments[:1] == ["--update"]
    if len(arguments) != 2 + is_update:
        sys.exit("usage: docs_run.py [--update] SOURCE_ROOT CUTLINE")
    root, cutline = (pathlib.Path(a).resolve() for a in arguments[-2:])
    tap = Tap()
    for what, is_right in check_myself(root, cutline).items():
        tap.result(None if is_right else "not noticed", f"a page with {what}")
    named = [root / "README.md", root / "CONTRIBUTING.md"]
    pages = [page for page in named if page.exists()]
    pages += sorted((root / "docs").rglob("*.md"))
    command_count = 0
    for page in pages:
        steps = check(page, root, cutline, tap)
        command_count += sum(step.kind == "command" for step in steps)
        if is_update:
            page.write_text(updated(page.read_text(), steps))
    tap.result(None if command_count else "none", "there are commands")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
