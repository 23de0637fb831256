#!/usr/bin/env python3
"""Holds docs/reasons.md against the sources: every reason is listed, every listed one is used.

A reason is an UPPER_SNAKE text in connector/. What looks like one and is none is named here."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NO_REASONS = {
    # words of documents and protocols
    "BASIC_OR_TED", "EXISTS_SENSOR", "FIRST_ARTICLE", "GAUGE_RR", "NOT_ANALYZED", "NOT_CALCULATED", "NOT_MEASURED",
    "PROCESS_DIFFERENCE", "RST_STREAM",
    # reasons of a decision, for our own admin: policy/README.md has those
    "COMPANY_DENY", "DATASET_INTERNAL", "DATASET_NOT_LISTED", "GROUP_NOT_ALLOWED", "NO_ROWS",
    "PARTNER_NOT_LISTED",
}
NO_REASON_PREFIXES = ("CONNECTOR_DIR", "CONNECTOR_LISTEN", "CONNECTOR_OPA", "QUANTITY_STATE_",
                      "LINE_STATUS_", "KIND_", "ITEM_LEVEL_", "LIFECYCLE_", "EDGE_")
COMMENT = re.compile(r"//.*")
SNAKE = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"')
GIVEN = re.compile(r'(?:\b(?:invalid|denied|unavailable)\(|\bCode::k\w+,)\s*"([A-Z][A-Z0-9_]+)"')
LISTED = re.compile(r"^\| `([A-Z0-9_]+)` \|", re.MULTILINE)


def used():
    found = {}
    for path in sorted((ROOT / "connector").rglob("*")):
        if path.suffix not in (".cc", ".h"):
            continue
        code = "\n".join(COMMENT.sub("", line) for line in path.read_text().splitlines())
        names = set(SNAKE.findall(code)) - NO_REASONS
        names = {n for n in names if not n.startswith(NO_REASON_PREFIXES) or n == "KIND_UNKNOWN"}
        names |= set(GIVEN.findall(code))
        for name in names | {n for n in ("INTERNAL",) if f'"{n}"' in code}:
            found.setdefault(name, path.relative_to(ROOT))
    return found


def unhelpful():
    """Rows whose last cell is empty, or that lack it: every table ends in "what helps"."""
    page = (ROOT / "docs" / "reasons.md").read_text()
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
        yield from (row[0] for row in rows[2:] if len(row) != len(rows[0]) or not row[-1])


def main():
    found = used()
    listed = LISTED.findall((ROOT / "docs" / "reasons.md").read_text())
    problems = [f"{where}: {name} is not in docs/reasons.md"
                for name, where in sorted(found.items()) if name not in listed]
    problems += [f"docs/reasons.md: {name} is used nowhere" for name in listed if name not in found]
    problems += [f"docs/reasons.md: {name} is listed twice"
                 for name in sorted(set(listed)) if listed.count(name) > 1]
    problems += [f"docs/reasons.md: {name} says not what helps" for name in unhelpful()]
    print("\n".join(problems + [f"{len(found)} reasons, {len(problems)} problems"]))
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main())
