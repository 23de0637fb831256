#!/usr/bin/env python3
"""Plants forbidden includes and links in a copy of the sources: check.py must find each of them."""

import pathlib
import shutil
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
import check  # noqa: E402


class PlantedTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        shutil.copytree(HERE.parents[1] / "connector", self.root / "connector")
        self.before = set(check.check(self.root).problems)

    def tearDown(self):
        self.folder.cleanup()

    def plant(self, file, line):
        path = self.root / "connector" / file
        path.parent.mkdir(exist_ok=True)
        text = path.read_text() if path.exists() else ""
        path.write_text(text + "\n" + line + "\n")

    def found(self):
        return [p for p in check.check(self.root).problems if p not in self.before]

    def expect(self, file, line, words):
        self.plant(file, line)
        found = self.found()
        self.assertTrue(any(words in p and file in p for p in found), f"not found: {words}\n{found}")

    def test_the_innermost_room_includes_a_use_case(self):
        self.expect("core/text.cc", '#include "exchange/ports.h"', "core -> exchange")

    def test_a_pure_room_includes_its_neighbour(self):
        self.expect("record/planted.cc", '#include "evidence/envelope.h"', "record -> evidence")

    def test_an_adapter_includes_another(self):
        self.expect("store/planted.cc", '#include "crypto/key.h"', "store -> crypto")
        self.expect("peer/planted.cc", '#  include "edge/door.h"', "peer -> edge")
        self.expect("opa/planted.cc", '#include <http/client.h>', "opa -> http")

    def test_a_use_case_includes_an_adapter(self):
        self.expect("exchange/planted.cc", '#include "store/store.h"', "exchange -> store")

    def test_an_adapter_includes_the_object_graph(self):
        self.expect("edge/planted.cc", '#include "site/config.h"', "edge -> site")

    def test_the_two_extra_arrows_go_one_way(self):
        self.assertTrue(check.allowed("edge", "crypto") and check.allowed("admin", "http"))
        self.assertFalse(check.allowed("crypto", "edge") or check.allowed("http", "admin"))
        self.assertFalse(check.allowed("http", "crypto"))

    def test_libraries_stay_in_their_room(self):
        for file, header in [("exchange/planted.cc", "grpcpp/grpcpp.h"),
                             ("site/planted.cc", "sqlite3.h"), ("source/planted.cc", "pugixml.hpp"),
                             ("peer/planted.cc", "httplib.h"), ("record/planted.cc", "boost/asio.hpp"),
                             ("store/planted.cc", "yaml-cpp/yaml.h"),
                             ("core/text.cc", "openssl/evp.h"), ("opa/planted.cc", "boost/json.hpp"),
                             ("exchange/planted.cc", "valuechain/exchange/v1/exchange.pb.h")]:
            self.expect(file, f"#include <{header}>", f"<{header}> belongs to")

    def test_a_heavy_header_does_not_leak_into_another_room(self):
        self.plant("crypto/planted.h", "#include <openssl/evp.h>")
        self.plant("crypto/front.h", '#include "crypto/planted.h"')
        self.expect("site/planted.cc", '#include "crypto/front.h"', "brings <openssl/evp.h>")

    def test_pure_rooms_stay_pure(self):
        self.expect("record/planted.cc", "#include <fstream>", "record is pure")
        self.expect("evidence/planted.cc", "auto t = std::chrono::system_clock::now();", "pure")
        self.expect("decision/planted.cc", "#include <thread>", "decision is pure")

    def test_bare_json_parsing(self):
        self.expect("cli/planted.cc", "auto v = boost::json::parse(text);", "core/json.h alone")

    def test_forbidden_links(self):
        for line, words in [("room(core LINKS exchange)", "core links exchange"),
                            ("room(store LINKS core\n  crypto)", "store links crypto"),
                            ("room(opa LINKS PkgConfig::SQLITE)", "belongs to store only"),
                            ("room(record LINKS Qt5::Core)", "does not know"),
                            ("room(common LINKS core)", "no room of the design"),
                            ("target_link_libraries(record PUBLIC evidence)", "record links evidence")]:
            self.expect("CMakeLists.txt", line, words)

    def test_an_include_without_a_link(self):
        self.plant("CMakeLists.txt", "room(dsp LINKS core)")
        self.expect("dsp/planted.cc", '#include "exchange/ports.h"', "does not link it")

    def test_a_room_that_the_design_does_not_know(self):
        self.expect("util/planted.cc", "int x;", '"util" is no room')


if __name__ == "__main__":
    unittest.main()
