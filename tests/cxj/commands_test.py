"""The commands of cxj, from end to end."""

import csv
import gzip
import io
import json
import stat
import subprocess
import unittest

from harness import BIN, MAPPINGS, SOURCE, CxjTest, touchpoint

PHONE = "+905321112233"
EMAIL = "zeynep.kaya@example.com"


def two_calls():
    """Two calls of one customer a day apart; the second one's id holds the phone number."""
    return [
        touchpoint(1, "2025-03-01T10:00:00Z", [("phone", PHONE), ("email", EMAIL)],
                   topics=["order"], outcome="OUTCOME_UNRESOLVED"),
        touchpoint("call-05321112233", "2025-03-02T10:00:00Z", [("phone", "0532 111 22 33")],
                   topics=["order"], conversationId="chat-" + EMAIL,
                   refs=[{"type": "REF_TYPE_CASE", "id": "case/" + EMAIL}],
                   text="call me on " + PHONE,
                   attributes={"city": {"stringValue": "Ankara", "personal": True},
                               "note": {"stringValue": "wrote from " + EMAIL, "fact": True}}),
    ]


class ImportTest(CxjTest):
    def test_counts_what_became_of_each_line(self):
        lines = two_calls() + [two_calls()[0], {**two_calls()[0], "topics": ["other"]},
                               {"channel": "CHANNEL_NONSENSE"}, {"shoe": 1}]
        report = self.import_touchpoints(lines, code=3)
        self.assertEqual(report["rows"], 6)
        self.assertEqual(report["recorded"], 2)
        self.assertEqual(report["duplicate"], 1)
        self.assertEqual(report["refused_by_reason"],
                         {"bad_value": 1, "revision_conflict": 1, "unknown_field": 1})

    def test_refused_lines_go_to_a_private_file_outside_the_store(self):
        bad = '{"channel": "CHANNEL_NONSENSE", "id": "x"}'
        report = self.json("import", "--format", "jsonl",
                           self.write("bad.jsonl", bad + "\n"), code=3)
        path = self.folder / report["refused_file"]
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertNotIn(self.db, path.parents)
        line = json.loads(path.read_text())
        self.assertEqual(line["text"], bad)
        self.assertEqual((line["line"], line["reason"], line["about"]), (1, "bad_value", "channel"))
        self.assertIn(str(path), self.run_cxj("import", "--format", "jsonl", "--refused", path,
                                              self.folder / "bad.jsonl", code=3))
        self.assertEqual(len(path.read_text().splitlines()), 2)

    def test_refused_none_only_counts(self):
        bad = self.write("bad.jsonl", "{}\nnonsense\n")
        before = set(self.folder.iterdir())
        report = self.json("import", "--format", "jsonl", "--refused", "none", bad, code=3)
        self.assertIsNone(report["refused_file"])
        self.assertEqual(report["refused"], 1)
        self.assertFalse([p for p in set(self.folder.iterdir()) - before if "refused" in p.name])
        self.run_cxj("import", "--format", "jsonl", "--refused", self.db / "lines", bad, code=1)

    def test_rows_without_ids_are_idempotent_and_equal_rows_stay(self):
        text = "when,who\r\n2025-03-01,c1\r\n2025-03-01,c1\r\n"
        mapping = self.write("m.map", "[touchpoint]\nevent_time = {when}\nchannel = phone\n"
                                      "[identifiers]\ncustomer_id = {who}\n")
        plain = self.write("a.csv", text)
        packed = self.write("b.csv.gz", gzip.compress(text.encode()))
        first = self.json("import", "--format", "csv", "--map", mapping, plain)
        self.assertEqual((first["recorded"], first["purpose_defaulted"]), (2, 2))
        again = self.json("import", "--format", "csv", "--map", mapping, plain, packed)
        self.assertEqual((again["recorded"], again["duplicate"]), (0, 4))

    def test_every_example_of_the_segment_spec_is_recorded_or_refused_with_a_reason(self):
        payloads = SOURCE / "tests" / "interchange" / "data" / "segment_payloads.jsonl"
        report = self.json("import", "--format", "segment", payloads, code=3)
        self.assertEqual(report["rows"], 75)
        self.assertEqual(report["recorded"] + report["duplicate"] + report["refused"], 75)
        self.assertEqual(report["refused_by_reason"]["segment_group"], 2)
        customer = self.json("history", "customer_id:507f191e81")
        self.assertEqual(customer, self.json("history", "anonymous_id:39239-239239-239239-23923")
                         | {"identifier": customer["identifier"]})

    def test_rules_add_namespaces(self):
        report = self.import_touchpoints([touchpoint(1, "2025-03-01T10:00:00Z", [("ssn", "1-2")])],
                                         code=3)
        self.assertEqual(report["refused_by_reason"], {"unknown_namespace": 1})
        self.db = self.folder / "other"
        self.json("import", "--format", "jsonl", "--rules", MAPPINGS / "senzing_rules.json",
                  self.folder / "input.jsonl")
        self.assertEqual(len(self.json("history", "ssn:12")["touchpoints"]), 1)

    def test_text_is_kept_only_on_request(self):
        self.import_touchpoints(two_calls())
        self.assertNotIn("text", self.json("history", "phone:" + PHONE)["touchpoints"][1])
        self.db = self.folder / "other"
        self.json("import", "--format", "jsonl", "--keep-text", self.folder / "input.jsonl")
        kept = self.json("history", "phone:" + PHONE, "--show-identifiers")["touchpoints"][1]
        self.assertEqual(kept["text"], "call me on " + PHONE)

    def test_display_values_are_left_out_on_request(self):
        self.json("import", "--format", "jsonl", "--no-display-values",
                  self.write_touchpoints("input.jsonl", two_calls()))
        kept = self.json("history", "phone:" + PHONE, "--show-identifiers")["touchpoints"]
        self.assertEqual(len(kept), 2)
        self.assertEqual({i.get("value") for t in kept for i in t["identifiers"]}, {None})

    def test_lines_of_another_tenant_are_refused(self):
        line = touchpoint(1, "2025-03-01T10:00:00Z", [("phone", PHONE)], tenant=4)
        self.assertEqual(self.import_touchpoints([line], code=3)["refused_by_reason"],
                         {"other_tenant": 1})


class HistoryTest(CxjTest):
    def setUp(self):
        super().setUp()
        self.import_touchpoints([touchpoint(i, f"2025-03-0{i}T10:00:00Z", [("phone", PHONE)])
                                 for i in range(1, 6)])

    def ids(self, *arguments):
        journey = self.json("history", "phone:0532 111 22 33", *arguments)
        return "".join(t["id"] for t in journey["touchpoints"])

    def test_periods(self):
        self.assertEqual(self.ids(), "12345")
        self.assertEqual(self.ids("--from", "2025-03-02 10:00:00"), "2345")
        self.assertEqual(self.ids("--until", "2025-03-04T10:00:00Z"), "123")
        self.assertEqual(self.ids("--as-of", "2025-03-04T10:00:00Z"), "1234")
        self.assertEqual(self.ids("--limit", "2"), "45")
        self.assertTrue(self.json("history", "phone:" + PHONE, "--limit", "2")["more"])

    def test_exit_codes(self):
        self.run_cxj("history", "phone:+905329999999", code=2)
        self.run_cxj("history", "phone", code=1)
        self.run_cxj("import", "--format", "jsonl", "missing.jsonl", code=2)
        self.run_cxj("import", "--format", "csv", "missing.csv", code=1)
        self.run_cxj("history", "phone:1", "--from", "soon", code=1)
        self.run_cxj("history", "phone:" + PHONE, "--limit", "0", code=1)
        self.run_cxj("history", "phone:" + PHONE, db=self.folder / "nowhere", code=2)
        self.assertFalse((self.folder / "nowhere").exists())

    def test_several_identifiers_are_json_lines(self):
        lines = self.run_cxj("history", "phone:" + PHONE, "phone:05321112233", "--output",
                             "json").splitlines()
        self.assertEqual([len(json.loads(line)["touchpoints"]) for line in lines], [5, 5])

    def test_csv_is_csv(self):
        rows = list(csv.DictReader(io.StringIO(
            self.run_cxj("history", "phone:" + PHONE, "--output", "csv"))))
        self.assertEqual([row["touchpoint"] for row in rows], [f"test/{i}" for i in range(1, 6)])


class MaskingTest(CxjTest):
    def test_nothing_that_is_printed_shows_who_it_is(self):
        self.import_touchpoints(two_calls())
        commands = [("history", "phone:" + PHONE), ("context", "email:" + EMAIL),
                    ("why", "phone:" + PHONE, "email:" + EMAIL), ("repeats", "--list"),
                    ("link", "phone:" + PHONE, "customer_id:K-77812"), ("stats",), ("verify",),
                    ("compact",),
                    ("unlink", "phone:" + PHONE, "email:" + EMAIL),
                    ("block", "email:" + EMAIL), ("unblock", "email:" + EMAIL)]
        secrets = [PHONE, "5321112233", EMAIL, "zeynep.kaya", "K-77812", "Ankara"]
        for output in ("table", "json", "csv"):
            for command in commands:
                text = self.run_cxj(*command, "--output", output)
                for secret in secrets:
                    self.assertNotIn(secret, text + self.error, (command, output))
            self.run_cxj("retract", "--assertion", self.json(
                "unlink", "phone:" + PHONE, "email:" + EMAIL)["assertion"])

    def test_show_identifiers_shows_them(self):
        self.import_touchpoints(two_calls())
        text = self.run_cxj("history", "phone:" + PHONE, "--show-identifiers")
        for shown in (PHONE, EMAIL, "test/call-05321112233"):
            self.assertIn(shown, text)


class RepeatsTest(CxjTest):
    def setUp(self):
        super().setUp()
        self.import_touchpoints([
            touchpoint(1, "2025-03-01T10:00:00Z", [("phone", PHONE)], topics=["a/x"], queue="q1"),
            touchpoint(2, "2025-03-02T10:00:00Z", [("phone", PHONE)], topics=["a/y"], queue="q2",
                       channel="CHANNEL_EMAIL"),
            touchpoint(3, "2025-03-05T10:00:00Z", [("phone", PHONE)], topics=["b"], queue="q2"),
            touchpoint(4, "2025-03-05T11:00:00Z", []),
        ])

    def total(self, *arguments):
        return self.json("repeats", "--watermark", "2025-06-01", *arguments)["reports"][0]["total"]

    def test_policies(self):
        self.assertEqual(self.total()["rcr"], {"numerator": 2, "denominator": 4, "value": 0.5})
        for policy, repeats in (("next_contact_7d", 2), ("same_topic_7d", 0),
                                ("same_topic_7d,topic=prefix:1", 1), ("window=2d", 1),
                                ("next_contact_7d,window=2d", 1), ("calendar_days(1)", 1),
                                ("next_contact_7d,channels=same", 1)):
            self.assertEqual(self.total("--policy", policy)["repeats"], repeats, policy)
        self.run_cxj("repeats", "--policy", "window=soon", code=1)
        self.run_cxj("repeats", "--policy", "no_such_preset", code=1)

    def test_several_policies_are_one_report_each(self):
        reports = self.json("repeats", "--policy", "window=2d", "--policy", "next_contact_7d")
        self.assertEqual([r["total"]["repeats"] for r in reports["reports"]], [1, 2])

    def test_periods_and_coverage(self):
        late = self.total("--from", "2025-03-05", "--until", "2025-03-06")
        self.assertEqual((late["contacts"], late["repeats"]), (2, 1))
        self.assertEqual(late["identified"]["numerator"], 1)
        empty = self.total("--from", "2030-01-01")
        self.assertEqual(empty["rcr"], {"numerator": 0, "denominator": 0, "value": None})

    def test_groups_and_lists(self):
        report = self.json("repeats", "--by", "channel", "--list")["reports"][0]
        groups = {g["label"]: g["measures"]["contacts"] for g in report["groups"]}
        self.assertEqual(groups, {"phone": 3, "email": 1})
        self.assertEqual([c["repeat_of"] for c in report["contacts"]],
                         [None, "test/1", "test/2", None])
        self.assertEqual(report["contacts"][1]["gap_s"], 86400)
        self.assertEqual(sorted(len(e["contacts"]) for e in report["episodes"]), [1, 3])
        queues = self.json("repeats", "--by", "queue")["reports"][0]["groups"]
        self.assertEqual({g["label"]: g["measures"]["repeats"] for g in queues},
                         {"q1": 0, "q2": 2, "(none)": 0})
        self.assertIn("a/x", self.run_cxj("repeats", "--by", "topic"))


class IdentityTest(CxjTest):
    A, B = "phone:" + PHONE, "email:" + EMAIL

    def setUp(self):
        super().setUp()
        self.import_touchpoints([
            touchpoint(1, "2025-03-01T10:00:00Z", [("phone", PHONE)]),
            touchpoint(2, "2025-03-02T10:00:00Z", [("email", EMAIL)], channel="CHANNEL_EMAIL"),
        ])

    def same(self):
        return self.json("why", self.A, self.B)["same_customer"]

    def test_link_and_retract(self):
        self.assertFalse(self.same())
        linked = self.json("link", self.A, self.B, "--actor", "ayse", "--reason", "asked")
        self.assertEqual([c["type"] for c in linked["changes"]], ["detected"])
        why = self.json("why", self.A, self.B)
        self.assertTrue(why["same_customer"])
        self.assertEqual(why["path"][0]["must_link"], linked["assertion"])
        retracted = self.json("retract", "--assertion", linked["assertion"])
        self.assertEqual([c["type"] for c in retracted["changes"]], ["retracted"])
        self.assertFalse(self.same())
        self.run_cxj("retract", "--assertion", 999, code=2)
        self.run_cxj("retract", code=1)

    def test_unlink_beats_link(self):
        self.json("link", self.A, self.B)
        self.json("unlink", self.A, self.B)
        why = self.json("why", self.A, self.B)
        self.assertFalse(why["same_customer"])
        self.assertEqual([v["rule"] for v in why["vetoes"]], ["cannot_link"])

    def test_block_and_unblock(self):
        self.json("link", self.A, self.B)
        self.json("block", self.B)
        self.run_cxj("context", self.B, code=2)
        self.json("unblock", self.B)
        self.assertTrue(self.same())
        self.run_cxj("unblock", self.B, code=2)

    def test_retract_a_touchpoint(self):
        self.json("retract", "--touchpoint", "test", "1")
        self.run_cxj("context", self.A, code=2)
        self.assertEqual(self.json("stats")["retracted"], 1)

    def test_link_takes_two_or_more(self):
        self.run_cxj("link", self.A, code=1)
        self.run_cxj("unlink", self.A, self.B, "phone:1", code=1)


class ContextTest(CxjTest):
    def test_shows_open_episodes_promises_and_facts(self):
        first = touchpoint(1, "2025-03-01T10:00:00Z", [("phone", PHONE)], topics=["order"],
                           outcome="OUTCOME_PENDING_COMPANY", followUpDue="2025-03-02T10:00:00Z",
                           attributes={"plan": {"stringValue": "gold", "fact": True}})
        bought = touchpoint(2, "2025-03-01T09:00:00Z", [("phone", PHONE)], channel="CHANNEL_WEB",
                            purpose="PURPOSE_PURCHASE",
                            value={"amountMinor": "1250", "currency": "TRY",
                                   "kind": "VALUE_KIND_REVENUE"})
        self.import_touchpoints([first, bought])
        for now, state in (("2025-03-01T12:00:00Z", "open"), ("2025-03-03T12:00:00Z", "broken")):
            context = self.json("context", "phone:" + PHONE, "--now", now)
            self.assertEqual(context["open_episodes"][0]["promises"][0]["state"], state)
        self.assertEqual(context["facts"][0]["value"], "gold")
        self.assertEqual((context["orders"], context["contacts_7d"]), (1, 1))
        self.assertEqual(context["money"], [{"currency": "TRY", "kind": "revenue",
                                             "amount_minor": 1250, "count": 1}])
        self.assertIn("BROKEN", self.run_cxj("context", "phone:" + PHONE, "--now", "2025-03-03"))


class StoreTest(CxjTest):
    def test_verify_agrees_and_damage_is_data_loss(self):
        self.import_touchpoints(two_calls())
        self.assertEqual(self.json("verify")["problems"], [])
        segment = max((p for p in self.db.iterdir() if p.is_file()), key=lambda p: p.stat().st_size)
        data = bytearray(segment.read_bytes())
        used = len(bytes(data).rstrip(b"\0"))
        data[used // 2] ^= 0xFF
        segment.write_bytes(bytes(data))
        self.run_cxj("verify", code=4)

    def test_compact_keeps_everything(self):
        self.import_touchpoints(two_calls())
        before = self.json("stats")["touchpoints"]
        self.assertGreater(self.json("compact")["sealed_bytes"], 0)
        self.assertEqual(self.json("stats")["touchpoints"], before)
        self.assertEqual(self.json("verify")["problems"], [])

    def test_the_key_can_lie_elsewhere(self):
        path = self.write_touchpoints("input.jsonl", two_calls())
        self.json("import", "--format", "jsonl", "--key-file", self.folder / "secret", path)
        self.assertEqual(stat.S_IMODE((self.folder / "secret").stat().st_mode), 0o600)
        self.assertFalse(self.folder.joinpath("store.key").exists())
        self.json("stats", "--key-file", self.folder / "secret")

    def test_help_documents_the_exit_codes(self):
        text = subprocess.run([BIN / "cxj", "--help"], capture_output=True, text=True,
                              check=True).stdout
        for code in range(7):
            self.assertIn(f"\n  {code}  ", text)
        for wrong in ([], ["nonsense"], ["import", "--db", "x"]):
            self.assertEqual(subprocess.run([BIN / "cxj", *wrong], capture_output=True,
                                            check=False).returncode, 1)


if __name__ == "__main__":
    unittest.main()
