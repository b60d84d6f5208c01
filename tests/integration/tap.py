"""A report in TAP, for Meson and for people."""


class Tap:
    def __init__(self) -> None:
        self.count = 0
        self.failed = 0

    def result(self, problem: str | None, name: str, note: str = "") -> None:
        self.count += 1
        if problem is not None:
            self.failed += 1
            for line in problem.splitlines():
                print(f"# {line}")
        verdict = "ok" if problem is None else "not ok"
        name = name.replace("#", "\\#")  # which begins a note
        print(f"{verdict} {self.count} - {name}{note and f' # {note}'}", flush=True)

    def equal(self, found: object, wanted: object, name: str) -> None:
        self.result(None if found == wanted else f"{found!r}, not {wanted!r}", name)

    def check(self, holds: object, name: str, found: object = "") -> None:
        self.result(None if holds else f"does not hold: {found!r}", name)

    def skip(self, name: str, reason: str) -> None:
        self.result(None, name, f"SKIP {reason}")

    def end(self) -> int:
        """Print the plan; return the exit status."""
        print(f"1..{self.count}")
        return 1 if self.failed or self.count == 0 else 0
