#!/usr/bin/env python3
"""A real Postfix in front: what it hands over by LMTP is seen live, what we refuse it bounces."""
import json
import unittest

import harness
from lmtp_client import Client, message, with_attachment
from psyc_client import PsycClient

PASSWORD = "correct horse"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


class BehindPostfix(unittest.TestCase):
    """ada watches in a terminal and by PSYC from within the place lab; Postfix is the only one who talks LMTP."""

    @classmethod
    def setUpClass(cls):
        cls.node = harness.Mailcast()
        cls.addClassCleanup(cls.node.close)
        try:
            cls.postfix = harness.Postfix(
                "virtual_mailbox_domains = example.org\nvirtual_mailbox_maps =\n"
                f"virtual_transport = lmtp:unix:{cls.node.socket}\n")
        except harness.Skip as missing:
            raise unittest.SkipTest(str(missing)) from None
        cls.addClassCleanup(cls.postfix.close)
        cls.node.add_person("ada", PASSWORD)
        cls.node.add_person("picky", PASSWORD, attachments="reject")
        cls.node.add_place("lab")
        cls.node.start()
        cls.postfix.start()

    def submit(self, sender, recipients, content):
        with Client(("127.0.0.1", self.postfix.port)) as client:
            client.hello("EHLO")
            _, rcpts, end = client.deliver(sender, recipients, content, lmtp=False)
            self.assertEqual([250] * len(recipients), [reply.code for reply in rcpts])
            self.assertEqual(250, end[0].code, end[0])
            return end[0].text.split("queued as ")[1]

    def test_person_and_place_see_it_and_the_unknown_name_is_bounced(self):
        watch = self.node.watch("ada", PASSWORD)
        self.addCleanup(watch.close)
        with PsycClient(self.node.psyc_port) as psyc, PsycClient(self.node.psyc_port) as room:
            psyc.link("ada", PASSWORD)
            room.link("picky", PASSWORD)
            room.enter("lab")
            queue_id = self.submit("ada@example.org", ["ada@example.org", "lab@example.org", "nobody@example.org"],
                        message("Build 7 is green", "All tests passed, says the build.\r\n", "build7@example.org"))

            to_ada = self.postfix.wait_line(queue_id, "to=<ada@example.org>", "status=sent", "250 2.1.5 <ada@example.org>")
            to_lab = self.postfix.wait_line(queue_id, "to=<lab@example.org>", "status=sent", "250 2.1.5 <lab@example.org>")
            bounced = self.postfix.wait_line(queue_id, "to=<nobody@example.org>", "status=bounced")
            self.assertIn("dsn=5.1.1", bounced)
            self.assertIn("550 5.1.1", bounced)
            self.assertIn("RCPT TO", bounced)

            mail_id = to_ada.split("250 2.1.5 <ada@example.org> ")[1].split()[0].rstrip(")")
            self.assertIn(mail_id, to_lab, "all recipients of one message share its id")

            private = psyc.wait_method("_notice_email_delivered", subject="Build 7 is green")
            self.assertEqual("ada@example.org", private["_nick"])
            self.assertEqual("example.org", private["_host_target"])
            self.assertNotIn("mailto:", private["_source"])
            self.assertEqual("", private["_time_log"], "a live packet carries no _time_log")
            self.assertIn("All tests passed", private["_content"] + private.body)
            public = room.wait_method("_message_public_mail", subject="Build 7 is green")
            self.assertIn("@lab", public["_context"])

            watch.wait_for("Build 7 is green")
            watch.wait_for("All tests passed")
            self.assertNotIn("\x1b[", watch.text(), "no colours where there is no terminal")

            # Postfix sends the bounce to the sender, who is ada: null reverse-path, our reason in its text
            psyc.wait_packet(lambda packet: packet.method.startswith("_notice_email_delivered")
                             and "5.1.1" in packet["_content"] + packet.body, "the bounce with our 5.1.1")
            watch.wait_for("5.1.1")

        shown = json.loads(self.node.run("mail", "show", mail_id, "--json").stdout)
        self.assertEqual("build7@example.org", shown["message_id"].strip("<>"))
        self.assertEqual("internal", shown["origin"], "Postfix said SOURCE=LOCAL by XFORWARD")
        for entity in ("~ada", "@lab"):
            subjects = [entry for entry in self.node.entries(entity) if entry.get("mail") == mail_id]
            self.assertEqual(1, len(subjects), f"one entry in the log of {entity}")

    def test_who_refuses_attachments_is_bounced_alone(self):
        queue_id = self.submit("ada@example.org", ["picky@example.org", "ada@example.org"],
                    with_attachment("The plan", "plan1@example.org"))
        line = self.postfix.wait_line(queue_id, "to=<picky@example.org>", "status=bounced")
        self.assertIn("550 5.7.1", line)
        self.assertIn("end of DATA", line)
        self.postfix.wait_line(queue_id, "to=<ada@example.org>", "status=sent")

    def test_a_server_that_is_down_delays_and_loses_nothing(self):
        self.node.stop()
        queue_id = self.submit("sender@example.org", ["ada@example.org"], message("While you were away", "patience\r\n", "away@example.org"))
        self.postfix.wait_line(queue_id, "status=deferred")
        self.node.start()
        # flushing is refused while the entry is being worked on; so it is asked for until it is done
        harness.wait_until(lambda: harness.subprocess.run(
            [harness.find_program("postqueue"), "-c", str(self.postfix.conf), "-f"], capture_output=True)
            and any("away" in json.dumps(entry) for entry in self.node.entries("~ada")),
            "the deferred mail is in ada's log", deadline=60, pause=0.5)
        entries = [entry for entry in self.node.entries("~ada") if "patience" in json.dumps(entry)]
        self.assertEqual(1, len(entries))


class FourReplies(unittest.TestCase):
    def test_accepts_refuses_full_and_unknown_in_one_transaction(self):
        with harness.Mailcast() as node:
            node.add_person("ada")
            node.add_person("picky", attachments="reject")
            node.add_person("full", quota="4KB")
            node.start()
            with Client(str(node.socket)) as client:
                client.hello()
                for turn in range(50):  # until the log of `full` is full
                    _, rcpts, ends = client.deliver("a@example.net", ["full@example.org"],
                                                    message(f"fill {turn}", "x" * 70 + "\r\n", f"fill{turn}@example.net"))
                    if (ends or rcpts)[0].code != 250:
                        break
                    if not ends:
                        client.command("RSET")
                recipients = ["ada@example.org", "picky@example.org", "full@example.org", "nobody@example.org"]
                client.command("RSET")
                _, rcpts, ends = client.deliver("a@example.net", recipients, with_attachment("The plan", "plan2@example.net"))
                waiting = iter(ends)
                outcome = [rcpt if rcpt.code != 250 else next(waiting) for rcpt in rcpts]
                self.assertEqual(["250 2.1.5", "550 5.7.1", "452 4.2.2", "550 5.1.1"],
                                 [f"{reply.code} {reply.enhanced}" for reply in outcome], [str(reply) for reply in outcome])
                self.assertEqual([], list(waiting), "no reply too many")
                for recipient, reply in zip(recipients, outcome):
                    self.assertIn(f"<{recipient}>", reply.text)
                self.assertEqual(250, client.command("NOOP").code)
            self.assertEqual(1, len(node.entries("~ada")))
            self.assertEqual(0, len(node.entries("~picky")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
