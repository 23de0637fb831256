#!/usr/bin/env python3
"""Holds two lists of docs/formats.md against the sources: the flags of records, and the schemes of
identifiers. Each that connector/record can give is listed; each that is listed can be given."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLAG = re.compile(r'\b(?:add_flag\([^;"]*|flag\(|flag = )"([a-z-]+)')
SCHEMES = [
    re.compile(r'\bscheme(?:\(\))? == "([a-z-]+)"'),
    re.compile(r'\bidentifier\(\s*\w+,\s*(?:[^;"]*\? )?"([a-z-]+)"'),
    re.compile(r'\bscheme_of\(\w+, "([a-z]+)", "[a-z-]+"\)'),
    re.compile(r'\bscheme_of\(\w+, "[a-z]+", "([a-z-]+)"\)'),
    re.compile(r'\? "vat" : "([a-z]+)"'),
    re.compile(r'\bmake_identifier\("([a-z]+)"'),
    re.compile(r'(?:\bKey|return )\{"([a-z]+)",'),
]
SETS = re.compile(r"kSchemes = \{(.*?)\};", re.DOTALL)  # texts, or pairs of which the second counts


def sources():
    return [path.read_text() for path in sorted((ROOT / "connector" / "record").glob("*.cc"))]


def flags_given():
    return {flag.rstrip(":") for text in sources() for flag in FLAG.findall(text)}


def schemes_given():
    found = set()
    for text in sources():
        for pattern in SCHEMES:
            found |= set(pattern.findall(text))
        for block in SETS.findall(text):
            pairs = re.findall(r'\{"[^"]+", "([a-z]+)"\}', block)
            found |= set(pairs or re.findall(r'"([a-z-]+)"', block))
    # "eori" is the documents' own and stands for the last row; "pgln" and "cpi" are EPC spellings.
    return found - {"eori", "pgln", "cpi"}


def section(title):
    text = (ROOT / "docs" / "formats.md").read_text()
    begin = text.index(f"\n## {title}\n")
    return text[begin:text.index("\n## ", begin + 1)]


def listed(title):
    """The names in code marks in the first column of the section's first table."""
    rows = re.findall(r"^\| (`[^|]+) \|", section(title), re.MULTILINE)
    return {name.split(":")[0] for row in rows for name in re.findall(r"`([a-z][a-z:<>-]*)`", row)}


def main():
    problems = 0
    for title, given in (("Record flags", flags_given()), ("Identifiers", schemes_given())):
        known = listed(title)
        missing, gone = sorted(given - known), sorted(known - given)
        for name in missing:
            print(f'"{name}" is given, but not listed in docs/formats.md, "{title}"')
        for name in gone:
            print(f'"{name}" is listed in docs/formats.md, "{title}", but never given')
        print(f"{title}: {len(known)} listed, {len(given)} given")
        problems += len(missing) + len(gone)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
