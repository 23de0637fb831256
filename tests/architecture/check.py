#!/usr/bin/env python3
"""Holds the includes and the CMake link lines of connector/ against the arrows of the design.

usage: check.py [ROOT]     prints each forbidden arrow with its place; exit 1 if there is one

    main -> cli -> site -> adapters -> exchange -> { contract, decision, evidence, record } -> core

Arrows may skip layers. Adapters never include one another, except for dsp and admin -> http and
edge and peer -> crypto; the pure rooms above core never include one another either.
"""

import pathlib
import re
import sys

LAYER = {"core": 0}
LAYER.update(dict.fromkeys(["contract", "decision", "evidence", "record"], 1))
LAYER.update({"exchange": 2})
ADAPTERS = ["edge", "peer", "dsp", "apps", "admin", "http", "opa", "store", "source", "crypto"]
LAYER.update(dict.fromkeys(ADAPTERS, 3))
LAYER.update({"site": 4, "cli": 5, "main": 6})

EXTRA_ARROWS = {("dsp", "http"), ("admin", "http"), ("edge", "crypto"), ("peer", "crypto")}
PURE = [room for room, layer in LAYER.items() if layer <= 1]

# Header prefix -> the rooms, or single files, that may include it.
OUTSIDE_HEADERS = {
    "grpc": ["peer", "apps"],
    "valuechain/exchange/": ["peer"],  # wire types are converted at the border
    "valuechain/contract/": ["peer"],
    "valuechain/use/": ["apps"],
    "sqlite3": ["store"],
    "libpq": ["store", "source"],
    "postgresql/": ["store", "source"],
    "pugixml": ["record"],
    "httplib": ["opa"],
    "boost/asio": ["edge", "http", "dsp", "admin", "source"],
    "boost/beast": ["edge", "http", "dsp", "admin", "source"],
    "boost/json": ["core/json_parse.cc"],
    "yaml-cpp/": ["site", "opa"],
    "openssl/": ["crypto", "edge", "core/digest.cc"],
    "sodium": ["crypto"],
    "spdlog/": ["site"],
    "prometheus/": ["admin"],
    "CLI/": ["cli", "main"],
}

# What slows every compilation down or leaks a library: not in headers that other rooms include.
HEAVY = ["grpc", "boost/", "httplib", "sqlite3", "yaml-cpp/", "pugixml", "openssl/", "sodium",
         "spdlog/"]

# Link target -> rooms. A target that is not listed is a new dependency and is refused.
OUTSIDE_TARGETS = {
    "Boost::json": ["core"],
    "OpenSSL::Crypto": ["core", "crypto", "edge"],
    "OpenSSL::SSL": ["crypto", "edge"],
    "PkgConfig::SODIUM": ["crypto"],
    "proto_record": ["record", "decision", "evidence", "exchange", *ADAPTERS, "site", "cli"],
    "proto_exchange": ["peer"],
    "proto_use": ["apps"],
    "protobuf::libprotobuf": ["record", "decision", "evidence", "exchange", *ADAPTERS],
    "pugixml::pugixml": ["record"],
    "pugixml": ["record"],
    "PkgConfig::GRPCPP": ["peer", "apps"],
    "grpc++_reflection": ["peer", "apps"],
    "example_files": ["cli"],
    "policy_files": ["opa", "site"],
    "PkgConfig::HTTPLIB": ["opa"],
    "PkgConfig::SQLITE": ["store"],
    "PkgConfig::YAML": ["site", "opa"],
    "PkgConfig::SPDLOG": ["site"],
    "CLI11::CLI11": ["cli", "main"],
    "prometheus-cpp::core": ["admin"],
    "Boost::url": [*ADAPTERS, "cli"],
    "Boost::headers": ["edge", "http", "dsp", "admin", "source"],
    "Threads::Threads": ["exchange", *ADAPTERS, "site", "cli", "main"],
}

# Pure rooms do no I/O, read no clock, start no thread.
NOT_PURE_HEADERS = ["fstream", "filesystem", "iostream", "thread", "future", "cstdio", "stdio.h",
                    "unistd.h", "fcntl.h", "sys/", "netinet/"]
NOT_PURE_CALLS = re.compile(r"_clock::now\s*\(|\bstd::async\b|\bgetenv\s*\(|[^\w.>]time\s*\(\s*(0|nullptr|NULL|&)")
BARE_PARSE = re.compile(r"\bboost::json::(parse|stream_parser|parser)\b")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')
LINE_COMMENT = re.compile(r"//.*")


def allowed(source, target):
    if source == target or (source, target) in EXTRA_ARROWS:
        return True
    return LAYER[source] > LAYER[target]


def permitted(places, room, file):
    return room in places or file in places


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root) / "connector"
        self.problems = []
        self.includes = {}  # "room/file" -> [(line number, header)]
        self.links = {}     # room -> [targets]

    def problem(self, file, line, text):
        self.problems.append(f"connector/{file}:{line}: {text}")

    def read(self):
        for path in sorted(self.root.rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            file = path.relative_to(self.root).as_posix()
            room = self.room_of(file)
            if room not in LAYER:
                self.problem(file, 1, f'"{room}" is no room of the design')
                continue
            self.includes[file] = []
            for number, line in enumerate(path.read_text().splitlines(), 1):
                self.read_line(file, room, number, line)

    @staticmethod
    def room_of(file):
        return "main" if file == "main.cc" else file.split("/")[0]

    def read_line(self, file, room, number, line):
        found = INCLUDE.match(line)
        if found:
            self.includes[file].append((number, found.group(1)))
            return
        code = LINE_COMMENT.sub("", line)
        if BARE_PARSE.search(code):
            self.problem(file, number, "JSON is read by core/json.h alone")
        if room in PURE and NOT_PURE_CALLS.search(code):
            self.problem(file, number, f"{room} is pure: no clock, thread or environment")

    def check_includes(self):
        for file, includes in self.includes.items():
            for number, header in includes:
                self.check_include(file, self.room_of(file), number, header)

    def check_include(self, file, room, number, header):
        target = header.split("/")[0]
        if "/" in header and target in LAYER:
            if not allowed(room, target):
                self.problem(file, number, f"{room} -> {target} is no arrow of the design")
            elif target != room:
                self.check_linked(file, room, number, target)
                self.check_light(file, number, header)
            return
        for prefix, places in OUTSIDE_HEADERS.items():
            if header.startswith(prefix) and not permitted(places, room, file):
                self.problem(file, number, f"<{header}> belongs to {', '.join(places)} only")
        if header.endswith(".grpc.pb.h") and room not in ("peer", "apps"):
            self.problem(file, number, f"<{header}> belongs to peer, apps only")
        if room in PURE and any(header == n or (n.endswith("/") and header.startswith(n))
                                for n in NOT_PURE_HEADERS):
            self.problem(file, number, f"{room} is pure: no <{header}>")

    def check_linked(self, file, room, number, target):
        if target not in self.reachable(room):
            self.problem(file, number, f"{room} includes {target} but does not link it")

    def check_light(self, file, number, header):
        heavy = self.heavy_below(header, set())
        if heavy:
            self.problem(file, number, f'"{header}" brings <{heavy}> into another room')

    def heavy_below(self, header, seen):
        if header in seen:
            return None
        seen.add(header)
        for _, included in self.includes.get(header, []):
            if "valuechain/" not in included and any(included.startswith(h) for h in HEAVY):
                return included
            below = self.heavy_below(included, seen)
            if below:
                return below
        return None

    def reachable(self, room):
        seen, waiting = set(), [room]
        while waiting:
            for target in self.links.get(waiting.pop(), []):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    def read_links(self):
        file = self.root / "CMakeLists.txt"
        text = re.sub(r"#.*", lambda m: " " * len(m.group()), file.read_text())
        body = re.sub(r"function\(.*?endfunction\(\)", lambda m: re.sub(r"[^\n]", " ", m.group()),
                      text, flags=re.DOTALL)
        for call in re.finditer(r"\b(room|target_link_libraries)\s*\(([^)]*)\)", body):
            words = call.group(2).split()
            if not words:
                continue
            name = "main" if words[0] == "connector" else words[0]
            if "PCH" in words:
                words = words[:words.index("PCH")]  # headers compiled once, not link targets
            targets = [w for w in words[1:] if w not in ("LINKS", "PUBLIC", "PRIVATE", "INTERFACE")]
            self.links.setdefault(name, []).extend(targets)
            line = body.count("\n", 0, call.start()) + 1
            for target in targets:
                self.check_link(name, target, line)

    def check_link(self, room, target, line):
        file = "CMakeLists.txt"
        if room not in LAYER:
            self.problem(file, line, f'"{room}" is no room of the design')
        elif target in LAYER:
            if not allowed(room, target):
                self.problem(file, line, f"{room} links {target}: no arrow of the design")
        elif target not in OUTSIDE_TARGETS:
            self.problem(file, line, f"{room} links {target}, which the design does not know")
        elif room not in OUTSIDE_TARGETS[target]:
            places = ", ".join(OUTSIDE_TARGETS[target])
            self.problem(file, line, f"{room} links {target}, which belongs to {places} only")


def check(root):
    house = House(root)
    house.read_links()
    house.read()
    house.check_includes()
    return house


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
    house = check(root)
    for problem in house.problems:
        print(problem)
    if not house.includes:
        print("no source found: nothing was checked")
        return 1
    rooms = len({house.room_of(file) for file in house.includes})
    print(f"{len(house.includes)} files in {rooms} rooms, {len(house.problems)} forbidden arrows")
    return 1 if house.problems else 0


if __name__ == "__main__":
    sys.exit(main())
