#!/usr/bin/env python3
"""Writes which crates are linked into the program or Python's module, under which licences, with these licences' texts and notices.

    python3 tools/licences.py            writes crates/relumine-cli/data/licences.json.gz
    python3 tools/licences.py --check    fails where that file is not what would be written

Reads Cargo.lock and the crates' sources through `cargo tree` and `cargo metadata`; needs Python 3.10 and nothing else. What is linked is taken over all
SYSTEMS, with the feature wgpu and without. Of several licences to choose from, one is chosen by CHOICE. A crate without a file of its
licence gets the licence's own text, with its authors where it has a line for them.
"""

import gzip
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "crates/relumine-cli/data/licences.json.gz"
SYSTEMS = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
]
# The first that a crate offers is taken; the last are those that no crate offers a choice to.
CHOICE = ["MIT", "Zlib", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Unlicense", "CC0-1.0"]
# How files of each licence are told, by what stands in them.
MARKS = {
    "MIT": "permission is hereby granted, free of charge, to any person obtaining a copy",
    "MIT-0": "permission is hereby granted, free of charge, to any person obtaining a copy",
    "Apache-2.0": "terms and conditions for use, reproduction, and distribution",
    "0BSD": "permission to use, copy, modify, and/or distribute this software for any",
    "Zlib": "this software is provided 'as-is', without any express or implied warranty",
    "ISC": "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby",
    "BSD-2-Clause": "redistribution and use in source and binary forms",
    "BSD-3-Clause": "neither the name of",
    "Unlicense": "this is free and unencumbered software",
    "CC0-1.0": "cc0 1.0 universal",
    "Unicode-3.0": "unicode license v3",
    "IJG": "independent jpeg group",
    "CDLA-Permissive-2.0": "community data license agreement",
}
# Crates that bring no file of their licence, and one of the same repository that does.
BESIDE = {"alloc-stdlib": "alloc-no-stdlib"}
FILES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense|authors\.ijg|readme\.ijg)", re.IGNORECASE)
MIT = (ROOT / "LICENSE-MIT").read_text()


def ask(*words: str) -> str:
    """What cargo says."""
    return subprocess.run(["cargo", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def linked(package: str, features: list[str]) -> set[tuple[str, str]]:
    """Names and versions of the crates that are linked into the program or the module: macros and what builds it are not."""
    systems = [word for system in SYSTEMS for word in ("--target", system)]
    form = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]
    lines = ask("tree", "--locked", "--package", package, *features, *systems, *form).splitlines()
    return {(words[0], words[1].removeprefix("v")) for words in map(str.split, lines) if words}


def chosen(expression: str) -> list[str]:
    """The licences that are taken of an SPDX expression: one of each choice, and all that hold together."""
    parts = re.split(r"\s+AND\s+", re.sub(r"\s*/\s*", " OR ", expression))
    taken = []
    for part in parts:
        offered = re.split(r"\s+OR\s+", part.strip("() "))
        known = [licence for licence in CHOICE if licence in offered]
        taken.append(known[0] if known else offered[0].split(" WITH ")[0])
    return taken


def texts(package: dict, packages: list[dict]) -> list[str]:
    """The texts of the chosen licences, and the notices."""
    beside = [other for other in packages if other["name"] == BESIDE.get(package["name"])]
    folder = pathlib.Path([*beside, package][0]["manifest_path"]).parent
    names = [path for path in sorted(folder.rglob("*")) if path.is_file() and FILES.search(path.name)]
    names = [path for path in names if path.suffix.lower() not in {".rs", ".toml", ".html", ".json", ".py"}]
    files = {path: tidy(path.read_text(errors="replace")) for path in names}
    found = []
    for licence in chosen(package["license"]):
        mark = MARKS[licence]
        fits = [text for text in files.values() if mark in plain(text)]
        # A file may hold several licences; the shortest is the one that holds least besides.
        found.append(min(fits, key=len) if fits else standard(licence, package))
    found += [text for path, text in files.items() if path.name.lower().startswith("notice")]
    return list(dict.fromkeys(found))


def standard(licence: str, package: dict) -> str:
    """The text of a licence that a crate names and does not bring."""
    authors = ", ".join(re.sub(r"\s*<.*?>", "", author) for author in package["authors"]) or f"the authors of {package['name']}"
    if licence == "MIT":
        return tidy(re.sub(r"Copyright.*", f"Copyright (c) {authors}", MIT, count=1))
    if licence == "Apache-2.0":
        return tidy((ROOT / "LICENSE-APACHE").read_text())
    raise SystemExit(f"{package['name']} {package['version']}: no file of its licence {licence}; see to it in {__file__}")


def plain(text: str) -> str:
    """The words alone, without what makes them a comment."""
    return " ".join(re.sub(r"^\s*[/#*]+", "", text.lower(), flags=re.MULTILINE).split())


def tidy(text: str) -> str:
    """Without what differs for no reason: ends of lines, empty lines at the ends."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n")) + "\n"


def document() -> str:
    usual, with_gpu = linked("relumine-cli", []), linked("relumine-cli", ["--features", "relumine-cli/wgpu"])
    everything = with_gpu | linked("relumine-py", [])
    packages = json.loads(ask("metadata", "--locked", "--format-version", "1", "--all-features"))["packages"]
    pool, crates = {}, []
    for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
        key = (package["name"], package["version"])
        if package["source"] is None or key not in everything:
            continue
        crates.append({
            "name": package["name"],
            "version": package["version"],
            "licence": package["license"],
            "from": package["repository"] or package["homepage"] or "",
            "gpu": key in with_gpu - usual,
            "python": key not in with_gpu,
            "texts": [pool.setdefault(text, len(pool)) for text in texts(package, packages)],
        })
    own = [tidy((ROOT / name).read_text()) for name in ("LICENSE-MIT", "LICENSE-APACHE")]
    return json.dumps({"own": own, "crates": crates, "texts": list(pool)}, ensure_ascii=False, indent=0)


def main() -> None:
    wanted = document()
    if "--check" in sys.argv[1:]:
        there = gzip.decompress(OUT.read_bytes()).decode() if OUT.exists() else ""
        if there != wanted:
            raise SystemExit(f"{OUT.relative_to(ROOT)} is not up to date: run python3 tools/licences.py")
        return
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(gzip.compress(wanted.encode(), 9, mtime=0))
    print(f"{OUT.relative_to(ROOT)}: {OUT.stat().st_size} bytes, {len(wanted)} unpacked")


if __name__ == "__main__":
    main()
