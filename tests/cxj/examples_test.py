"""The examples run, and their data gives the answers that are known."""

import json
import subprocess
import unittest

from harness import BIN, DATA, MAPPINGS, SOURCE, CxjTest


class StoryTest(CxjTest):
    """The customer of needs S3.4: web chat, phone, complaint, thanks."""

    def measures(self):
        total = self.json("repeats", "--watermark", "2025-04-15")["reports"][0]["total"]
        return [(total[m]["numerator"], total[m]["denominator"])
                for m in ("rcr", "fcr_forward", "one_and_done")]

    def test_before_and_after_stitching(self):
        self.json("import", "--format", "jsonl", DATA / "story" / "story.jsonl")
        self.assertEqual(self.json("stats")["customers"], 4)
        self.assertEqual(self.measures()[0], (0, 3))
        self.json("import", "--format", "jsonl", DATA / "story" / "links.jsonl")
        self.assertEqual(self.json("stats")["customers"], 1)
        self.assertEqual(self.measures(), [(2, 3), (1, 3), (0, 3)])
        journey = self.json("history", "social_id:twitter:zeynep_k")
        channels = [t["channel"] for t in journey["touchpoints"][:4]]
        self.assertEqual(channels, ["CHANNEL_WEB_CHAT", "CHANNEL_PHONE", "CHANNEL_EMAIL",
                                    "CHANNEL_SOCIAL"])


class CdnowTest(CxjTest):
    def test_purchases_are_no_contacts_and_requests_repeat(self):
        rows = DATA / "cdnow" / "touchpoints_sample.csv"
        report = self.json("import", "--format", "csv", "--map", MAPPINGS / "cdnow.map", rows)
        self.assertEqual((report["recorded"], report["refused"]), (6919, 0))
        self.assertEqual(self.json("stats")["customers"], 2357)
        self.assertEqual(self.json("repeats")["reports"][0]["total"]["contacts"], 0)
        self.db = self.folder / "requests"
        self.json("import", "--format", "csv", "--map", MAPPINGS / "cdnow_as_requests.map", rows)
        total = self.json("repeats", "--policy", "next_contact_7d")["reports"][0]["total"]
        self.assertEqual((total["contacts"], total["repeats"], total["episodes"]),
                         (6919, 964, 5955))
        self.assertEqual(total["longest_episode"], 55)


class TruthSetTest(CxjTest):
    def test_identifiers_import_through_a_mapping(self):
        report = self.json("import", "--format", "csv",
                           "--map", MAPPINGS / "senzing_identifiers.map",
                           "--rules", MAPPINGS / "senzing_rules.json",
                           DATA / "senzing" / "identifiers.csv")
        self.assertEqual((report["rows"], report["refused"]), (134, 0))
        self.assertEqual(report["remarks"]["role_mailbox"], 21)
        why = self.json("why", "record:CUSTOMERS:1001", "record:CUSTOMERS:1002")
        self.assertTrue(why["same_customer"])
        self.run_cxj("context", "email:info@ca-state.gov", code=2)


class ProgramsTest(CxjTest):
    def run_program(self, name, *arguments):
        return subprocess.run([BIN / name, *map(str, arguments)], capture_output=True, text=True,
                              check=True, cwd=self.folder).stdout

    def test_the_shop_is_the_same_each_time(self):
        first = self.run_program("cxj_shop", 3000)
        self.assertEqual(first, self.run_program("cxj_shop", 3000, 1))
        self.assertNotEqual(first, self.run_program("cxj_shop", 3000, 2))
        path = self.write("shop.jsonl", first)
        report = self.json("import", "--format", "jsonl", path)
        self.assertEqual((report["rows"], report["refused"]), (3000, 0))
        phones = [i["value"] for line in first.splitlines()
                  for i in json.loads(line).get("identifiers", []) if i["namespace"] == "phone"]
        national = sum(not p.startswith("+") for p in phones) / len(phones)
        self.assertAlmostEqual(national, 0.3, delta=0.05)
        self.assertEqual(self.json("verify")["problems"], [])

    def test_quickstart_finds_the_repeat(self):
        text = self.run_program("cxj_quickstart")
        self.assertEqual(text, "c-1001: first contact\nc-1002: repeat of c-1001\n"
                               "contacts in 7 days: 2\n")

    def test_the_demonstration_runs(self):
        stores = self.folder / "stores"
        stores.mkdir()
        text = self.run_program("cxj_demo", SOURCE / "examples", stores)
        for part in ("BROKEN", "2,357 customers", "precision", "0 problems"):
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
