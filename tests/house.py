"""The house's arrows: in no crate do files import each other in a circle, and no crate reaches up a floor.

Reads `use` declarations and paths (`crate::`, `super::`, `self::`) of each file, tests left out. A room's `mod.rs`
or a crate's `lib.rs` that re-exports a file imports it; a `mod` declaration alone imports nothing.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Who may depend on whom: on the floors named, and on no other crate of ours; `dunning` on none at all.
FLOORS = {
    "shared": ["shared"],
    "functions": ["shared"],
    "infra/aws": [],
    "infra/local": ["shared", "functions", "infra/aws"],
    "infra/cli": ["shared", "functions", "infra/local"],
    "tests": ["shared", "functions", "infra/aws", "infra/local"],
}


def crates():
    """The folders of our crates, as `functions/ingest`."""
    manifests = [
        *ROOT.glob("functions/*/Cargo.toml"),
        *ROOT.glob("shared/*/Cargo.toml"),
        *ROOT.glob("infra/*/Cargo.toml"),
    ]
    return sorted(manifest.parent.relative_to(ROOT) for manifest in manifests)


def module(file):
    """`rules/plan.rs` is the module `rules::plan`, `lib.rs` the crate itself."""
    parts = list(file.with_suffix("").parts)
    if parts[-1] in ("mod", "lib", "main"):
        parts.pop()
    return tuple(parts)


def paths(text):
    """The paths that a file names, with the groups of `use` declarations taken apart."""
    text = re.sub(r"//[^\n]*", "", text.split("#[cfg(test)]\nmod ")[0])
    text = text.replace("$crate", "")
    rooms = re.findall(r"\bmod (\w+);", text)
    text = re.sub(r'(?:#\[path = "[^"]*"\]\s*)?\b(?:pub(?:\([a-z ]+\))? )?mod \w+;', "", text)
    for head, group in re.findall(r"\b((?:crate|super|self)(?:::\w+)*)::\{([^;]*)\};", text):
        for name in re.findall(r"\w+(?:::\w+)*", group):
            yield f"{head}::{name}"
    yield from re.findall(r"\b(?:crate|super|self)(?:::\w+)+", text)
    # A room's own files need no `self`.
    for room in rooms:
        yield from (f"self::{room}" for _ in re.findall(rf"(?<![\w:]){room}::", text))


def arrows(source):
    """Which file of a crate imports which."""
    files = {module(file.relative_to(source)): file.relative_to(source) for file in source.rglob("*.rs")}
    # Modules that a file takes from another crate's folder.
    foreign = {
        here: re.findall(r'#\[path = "[^"]*"\]\s*mod (\w+);', (source / file).read_text())
        for here, file in files.items()
    }
    found = {}
    for here, file in files.items():
        if file.name == "main.rs":
            continue
        for path in paths((source / file).read_text()):
            parts = path.split("::")
            at = {"crate": (), "self": here, "super": here[:-1]}[parts[0]]
            if parts[0] == "self" and file.name not in ("mod.rs", "lib.rs"):
                continue
            target = at + tuple(parts[1:])
            while target not in files:
                target = target[:-1]
            beyond = (at + tuple(parts[1:]))[len(target) :]
            if beyond and beyond[0] in foreign.get(target, ()):
                continue
            if target != here:
                found.setdefault(here, set()).add(target)
    return found


def circles(found):
    """Each group of files that import each other, one way round and back."""

    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for target in found.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen

    reached = {file: reach(file) for file in found}
    groups = {
        frozenset(other for other in reached if other in reached[file] and file in reached[other])
        for file in found
        if file in reached[file]
    }
    return [sorted("::".join(file) or "lib" for file in group) for group in groups]


def floor(crate):
    return crate.as_posix() if crate.as_posix() in FLOORS else crate.parts[0]


def main():
    wrong = []
    names = {crate.name: crate for crate in crates()} | {"relance": Path("infra/cli")}
    for crate in [*crates(), Path("tests")]:
        manifest = (ROOT / crate / "Cargo.toml").read_text()
        for name in re.findall(r"^([\w-]+)(?:\.workspace| = \{ workspace)", manifest, re.MULTILINE):
            other = names.get(name)
            if other and (floor(other) not in FLOORS[floor(crate)] or crate.name == "dunning"):
                wrong.append(f"{crate} depends on {other}")
        if (ROOT / crate / "src").is_dir():
            wrong += [f"{crate}: a circle of {', '.join(group)}" for group in circles(arrows(ROOT / crate / "src"))]
    print("\n".join(wrong) or "no circles, and no crate reaches up")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
