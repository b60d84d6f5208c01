#!/usr/bin/env python3
"""The house's lint: rules that no compiler knows, checked on each file of the tree.

    tidy.py ROOT

Findings go to standard error as `file:line: message`, a TAP line for each rule
to standard output. tools/README.md lists the rules.

Files are those that git knows or would add; without git, all of them.
"""

import functools
import os
import pathlib
import re
import subprocess
import sys
from typing import Callable, Iterator, NamedTuple

FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 80
BANNED_CALLS = (
    "strcpy strcat sprintf vsprintf atoi atol atoll atof strtok rand srand alloca "
    "gets setjmp longjmp"
).split()

# Put together here, so that the rule does not find itself.
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

SCRIPT_DATA = {".snap", ".top", ".events", ".scd"}
OUR_TEXT = {".c", ".h", ".py", ".sh", ".md", ".build"}
SHARED_NAMES = {"README.md", "meson.build"}
C_FOLDERS = ("src", "examples", "tests", "bench", "tools")


class Finding(NamedTuple):
    path: str
    line: int
    message: str


class Tap:
    """A report in TAP, for Meson and for people."""

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0

    def result(self, holds: bool, name: str) -> None:
        self.count += 1
        self.failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self.count} - {name}", flush=True)

    def findings(self, name: str, findings: list[Finding]) -> None:
        for path, line, message in findings:
            print(f"{path}:{line}: {message}", file=sys.stderr)
        count = len(findings)
        self.result(count == 0, name if count == 0 else f"{name}: {count} findings")

    def end(self) -> int:
        """Print the plan; return the exit status."""
        print(f"1..{self.count}")
        return 1 if self.failed or self.count == 0 else 0


# --- reading C ------------------------------------------------------------

# In one pass, so that a quote in a comment and a comment in a string are what
# they are. A backslash before the line's end continues strings and // comments.
COMMENT_OR_STRING = re.compile(
    r"""/\*.*?\*/ | //(?:\\\n|[^\n])* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w*)(?:\\\n|[^\n])*", re.MULTILINE)


def blank(text: str) -> str:
    """Return spaces of the same shape, so that line numbers stay right."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(text: str, keep_strings: bool = False) -> str:
    """Blank the comments of C code, and what stands inside of strings."""

    def replace(match: re.Match[str]) -> str:
        found = match[0]
        if found[0] == "/":
            return blank(found)
        return found if keep_strings else found[0] + blank(found[1:-1]) + found[-1]

    return COMMENT_OR_STRING.sub(replace, text)


def line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


class File:
    def __init__(self, root: pathlib.Path, path: str) -> None:
        self.path = path
        self.name = path.rpartition("/")[2]
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.raw = (root / path).read_bytes()

    @functools.cached_property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")

    @functools.cached_property
    def code(self) -> str:
        """C without comments and the insides of strings."""
        return without_comments(self.text)

    @property
    def is_c(self) -> bool:
        return self.suffix in (".c", ".h")

    @property
    def is_script(self) -> bool:
        return self.suffix in (".py", ".sh")

    @property
    def is_data(self) -> bool:
        """Whether its bytes are the point: input, expected output, pictures."""
        if self.suffix in SCRIPT_DATA or b"\0" in self.raw:
            return True
        return self.path.startswith("tests/") and self.suffix not in OUR_TEXT

    def at(self, position: int, message: str) -> Finding:
        return Finding(self.path, line_at(self.text, position), message)


Tree = list[File]
Rule = Callable[[Tree], Iterator[Finding]]


def paths_of(root: pathlib.Path) -> list[str]:
    if (root / ".git").exists():
        command = "git ls-files -z --cached --others --exclude-standard"
        try:
            result = subprocess.run(command.split(), cwd=root, capture_output=True)
        except FileNotFoundError:
            result = None
        if result and result.returncode == 0:
            return sorted(os.fsdecode(p) for p in result.stdout.split(b"\0") if p)
    found = []
    for folder, folders, names in os.walk(root):
        skipped = {".git", "__pycache__", "build"}
        folders[:] = [f for f in folders if f not in skipped and f[:6] != "build-"]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def read_tree(root: pathlib.Path) -> Tree:
    # One that was removed and not yet committed is still listed.
    return [File(root, path) for path in paths_of(root) if (root / path).is_file()]


# --- rules about C --------------------------------------------------------


class Function(NamedTuple):
    name: str
    first: int  # lines
    last: int


def function_name(header: str) -> tuple[str, int] | None:
    """Return the name in what stands before a brace, and where; None if none."""
    header = re.sub(
        r"__attribute__\s*\(\(.*?\)\)", lambda m: blank(m[0]), header, flags=re.DOTALL
    )
    if "=" in header or ")" not in header:
        return None
    for match in re.finditer(r"\b([A-Za-z_]\w*)\s*\(", header):
        if match[1] not in ("void", "int", "char", "bool", "size_t", "double"):
            return match[1], match.start(1)
    return None


def functions(code: str) -> Iterator[Function]:
    """Find function definitions by counting braces.

    The branches of an #if each begin at the depth of the #if; otherwise two
    opening braces, of which the compiler sees one, would never be closed.
    """
    depth_at_if: list[list[str]] = []
    open_braces: list[str] = []  # "(function)", "(linkage)" or "" for each
    current: tuple[str, int] = "", 0
    header_start = 0
    tokens = re.compile(rf"(?P<directive>{DIRECTIVE.pattern})|[{{}};]", re.MULTILINE)
    for match in tokens.finditer(code):
        top_level = all(kind == "(linkage)" for kind in open_braces)
        if match["directive"] is not None:
            word = match[2]
            if word in ("if", "ifdef", "ifndef"):
                depth_at_if.append(open_braces[:])
            elif word in ("else", "elif") and depth_at_if:
                open_braces = depth_at_if[-1][:]
            elif word == "endif" and depth_at_if:
                depth_at_if.pop()
            if top_level:
                header_start = match.end()
        elif match[0] == ";":
            if top_level:
                header_start = match.end()
        elif match[0] == "{":
            header = code[header_start : match.start()]
            found = function_name(header) if top_level else None
            if top_level and re.search(r'\bextern\s+"', header):
                open_braces.append("(linkage)")
                header_start = match.end()
            elif found:
                open_braces.append("(function)")
                current = found[0], line_at(code, header_start + found[1])
            else:
                open_braces.append("")
        elif open_braces:
            if open_braces.pop() == "(function)":
                yield Function(*current, line_at(code, match.start()))
            header_start = match.end()


def function_length(tree: Tree) -> Iterator[Finding]:
    for file in tree:
        for name, first, last in functions(file.code) if file.is_c else ():
            count = last - first + 1
            if count > FUNCTION_LINES_MAX:
                message = f"{name} has {count} lines (at most {FUNCTION_LINES_MAX})"
                yield Finding(file.path, first, message)


def banned_calls(tree: Tree) -> Iterator[Finding]:
    pattern = re.compile(rf"\b({'|'.join(BANNED_CALLS)})\s*\(")
    for file in tree:
        for match in pattern.finditer(file.code) if file.is_c else ():
            yield file.at(match.start(), f"{match[1]} is banned")


def return_in_macro(tree: Tree) -> Iterator[Finding]:
    for file in tree:
        for directive in DIRECTIVE.finditer(file.code) if file.is_c else ():
            found = re.search(r"\breturn\b", directive[0])
            if directive[1] == "define" and found:
                position = directive.start() + found.start()
                yield file.at(position, "a macro hides a return")


def struct_typedefs(tree: Tree) -> Iterator[Finding]:
    pattern = re.compile(r"\btypedef\s+(?:const\s+)?(struct|enum|union)\b")
    for file in tree:
        for match in pattern.finditer(file.code) if file.is_c else ():
            yield file.at(match.start(), f"a typedef of a {match[1]}")


def public_comments(tree: Tree) -> Iterator[Finding]:
    """Each public function has a comment above it, or above its group."""
    for file in tree:
        if not (file.path.startswith("include/") and file.suffix == ".h"):
            continue
        lines = file.text.split("\n")
        for match in re.finditer(r"^CUT_PUBLIC\b", file.code, re.MULTILINE):
            above = line_at(file.code, match.start()) - 2
            while lines[above].strip() and not re.search(r"\*/$|^#|}", lines[above]):
                above -= 1
            # A line that only ends in a comment belongs to something else.
            if not re.match(r"\s*([/*].*)?\*/$", lines[above]):
                declaration = file.code[match.start() :].partition(";")[0]
                found = function_name(declaration + ")")
                name = found[0] if found else "a declaration"
                yield file.at(match.start(), f"{name} has no comment above it")


# --- rules about text -----------------------------------------------------


def unfinished(tree: Tree) -> Iterator[Finding]:
    pattern = re.compile(rf"\b({'|'.join(UNFINISHED)})\b(?![^\n]*#[0-9])")
    for file in tree:
        # Prose may speak of such words; code may only owe what an issue tracks.
        if file.is_c or file.is_script or file.name in ("meson.build", "Makefile"):
            for match in pattern.finditer(file.text):
                yield file.at(match.start(), f"{match[1]} without an issue (like #12)")


def white_space(tree: Tree) -> Iterator[Finding]:
    for file in tree:
        if file.is_data:
            continue
        if file.text and not file.text.endswith("\n"):
            yield file.at(len(file.text), "no newline at the end")
        for number, line in enumerate(file.text.split("\n"), 1):
            if line.endswith("\r"):
                yield Finding(file.path, number, "a carriage return")
                line = line[:-1]
            if line != line.rstrip():
                yield Finding(file.path, number, "white space at the end of the line")
            if file.is_c and "\t" in line:
                yield Finding(file.path, number, "a tab")
            if file.is_c and len(line) > COLUMNS_MAX:
                message = f"{len(line)} columns (at most {COLUMNS_MAX})"
                yield Finding(file.path, number, message)


# --- rules about the tree -------------------------------------------------


def without_comment_lines(text: str) -> str:
    return re.sub(r"^[ \t]*#.*", "", text, flags=re.MULTILINE)


def is_named(file: File, text: str) -> bool:
    """Whether a build file names a file.

    A loop over programs of one file each ('foreach') names them by their stem
    in quotes; libraries and headers are named in full.
    """
    pattern = rf"(?<![\w-]){re.escape(file.name)}\b"
    if not file.path.startswith(("src/", "include/")):
        pattern += rf"|['/]{re.escape(file.name.removesuffix(file.suffix))}'"
    return re.search(pattern, text) is not None


def dead_files(tree: Tree) -> Iterator[Finding]:
    meson = "\n".join(
        without_comment_lines(f.text) for f in tree if f.name == "meson.build"
    )
    callers = {
        f.path: without_comment_lines(f.text)
        for f in tree
        if f.is_script or f.name == "Makefile" or f.path == ".ci/run"
    }
    for file in tree:
        top = file.path.partition("/")[0]
        in_meson = is_named(file, meson)
        if file.suffix == ".c" and top in C_FOLDERS:
            if not in_meson:
                yield Finding(file.path, 1, "in no meson.build")
        elif file.suffix == ".h" and top == "include":
            if not in_meson:
                yield Finding(file.path, 1, "in no meson.build: it is not installed")
        elif file.is_script and top in ("tests", "tools") and not in_meson:
            name, stem = re.escape(file.name), re.escape(file.name[:-3])
            imported = rf"^\s*(?:from|import)\s+{stem}\b"
            used = re.compile(rf"(?<![\w-]){name}\b|{imported}", re.MULTILINE)
            others = [text for path, text in callers.items() if path != file.path]
            if not any(used.search(text) for text in others):
                yield Finding(file.path, 1, "neither the build nor a script names it")


def unique_names(tree: Tree) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for file in tree:
        # Names that begin with a dot, or stand in such a folder, are chosen by
        # the tools that read them.
        hidden = any(part.startswith(".") for part in file.path.split("/"))
        shared = file.name in SHARED_NAMES or hidden
        if shared or file.suffix in SCRIPT_DATA:
            continue
        other = first.setdefault(file.name, file.path)
        if other != file.path:
            yield Finding(file.path, 1, f"{other} has the same name")


def layer_readme(tree: Tree) -> Iterator[Finding]:
    paths = {file.path for file in tree}
    parts = [path.split("/") for path in sorted(paths)]
    for layer in sorted({p[1] for p in parts if p[0] == "src" and len(p) > 2}):
        if f"src/{layer}/README.md" not in paths:
            yield Finding(f"src/{layer}/README.md", 1, "the layer has no README.md")


RULES: dict[str, Rule] = {
    f"functions have at most {FUNCTION_LINES_MAX} lines": function_length,
    "no banned calls": banned_calls,
    "no return in a macro": return_in_macro,
    "no unfinished work without an issue": unfinished,
    "no dead files": dead_files,
    "file names are unique": unique_names,
    "each layer has a README.md": layer_readme,
    "white space and line length": white_space,
    "public functions have comments": public_comments,
    "no typedef of structs and enums": struct_typedefs,
}


def main() -> int:
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: tidy.py ROOT")
    tree = read_tree(pathlib.Path(sys.argv[1]))
    tap = Tap()
    tap.result(len(tree) > 0, f"{len(tree)} files read")
    for name, rule in RULES.items():
        tap.findings(name, list(rule(tree)))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
