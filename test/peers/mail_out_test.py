#!/usr/bin/env python3
"""A conversation between a chat client and a real mailbox, by way of a real Postfix: a mail, the answer from the client, the
answer to that, all in one thread on both sides.  And one SMTP transaction whose recipients judge content differently."""
import email
import email.policy
import os
import pwd
import shutil
import smtplib
import subprocess
import unittest

import harness
import recipes
from psyc_client import PsycClient

PASSWORD = "correct horse"
ACCOUNT = "games"  # of the system, whose mailbox Postfix delivers into; every Debian has it


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


class Conversation(unittest.TestCase):
    def setUp(self):
        smtp, psyc = harness.free_port(), harness.free_port()
        self.smtp_port, self.psyc_port = smtp, psyc
        try:
            pwd.getpwnam(ACCOUNT)
            self.beside = recipes.Beside(
                "whole", "tcp", main_cf="mydestination = elsewhere.example\n",
                top='[outbox]\nfirst_pause = "1s"\n[smarthost]\naddress = "127.0.0.1:1"\n')
        except KeyError:
            self.skipTest(f"there is no system account {ACCOUNT}")
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(self.beside.close)
        self.node, self.postfix = self.beside.node, self.beside.postfix
        self.spool = self.postfix.dir / "spool"
        self.spool.mkdir()
        self.spool.chmod(0o1777)
        main = self.postfix.conf / "main.cf"
        # With a slash at its end the mailbox is a Maildir.
        main.write_text(main.read_text() + f"\nmail_spool_directory = {self.spool}/\nlocal_recipient_maps = unix:passwd.byname\n")
        config = self.node.config
        config.write_text(config.read_text().replace("127.0.0.1:1\"", f"127.0.0.1:{self.postfix.port}\"") +
                          f'[[listener]]\nprotocol = "psyc"\naddress = "127.0.0.1:{psyc}"\n'
                          f'[[listener]]\nprotocol = "smtp"\naddress = "127.0.0.1:{smtp}"\norigin = "internal"\n')
        self.node.add_person("alice", PASSWORD)
        self.node.add_person("bare", attachments="reject")
        self.beside.start()

    def mails(self):
        """What is in the real mailbox, oldest first."""
        folder = self.spool / ACCOUNT / "new"
        files = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]

    def from_mailbox(self, message_id, text, extra=""):
        content = (f"From: Games <{ACCOUNT}@elsewhere.example>\r\nTo: alice@example.org\r\nSubject: {'Re: ' if extra else ''}lunch\r\n"
                   f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{message_id}>\r\n{extra}\r\n{text}\r\n")
        with smtplib.SMTP("127.0.0.1", self.postfix.port, local_hostname="client.example", timeout=60) as client:
            self.assertEqual({}, client.sendmail(f"{ACCOUNT}@elsewhere.example", ["alice@example.org"], content))

    def test_an_answer_from_chat_reaches_the_mailbox_threaded_and_the_answer_to_it_comes_back(self):
        with PsycClient(self.psyc_port) as alice:
            alice.link("alice", PASSWORD)
            self.from_mailbox("first@elsewhere.example", "Lunch at noon?")
            alice.wait_packet(lambda packet: "Lunch at noon?" in str(packet), "the mail in the client")
            shown = [entry for entry in self.node.entries("~alice") if entry["kind"] == "mail"][0]
            alice.send("_request_execute", body=f"/reply {shown['mail']} Noon is fine.", routing={"_target": alice.person})
            alice.wait_method("_echo_mail")
            harness.wait_until(self.mails, "the answer is in the mailbox", 40)
            answer = self.mails()[0]
            self.assertEqual("<first@elsewhere.example>", answer["In-Reply-To"])
            self.assertIn("<first@elsewhere.example>", answer["References"])
            self.assertEqual("Re: lunch", answer["Subject"])
            self.assertIn("alice@example.org", answer["From"])
            self.assertIn(f"{ACCOUNT}@elsewhere.example", answer["To"])
            self.assertIsNotNone(answer["Date"].datetime)
            self.assertEqual("flowed", answer.get_content_type() == "text/plain" and answer["Content-Type"].params["format"])
            self.assertEqual("Noon is fine.", answer.get_content().strip())
            self.assertEqual([], [str(defect) for defect in answer.defects])

            self.from_mailbox("second@elsewhere.example", "See you there.", extra=(
                f"In-Reply-To: {answer['Message-ID']}\r\nReferences: {answer['References']} {answer['Message-ID']}\r\n"))
            alice.wait_packet(lambda packet: "See you there." in str(packet), "the answer to the answer in the client")
        entries = [entry for entry in self.node.entries("~alice") if entry["kind"] != "notice"]
        self.assertEqual(3, len(entries))
        contexts = [entry["context"] for entry in entries]
        self.assertTrue(contexts[1], "what she wrote has a thread")
        self.assertEqual(contexts[1], contexts[2], "and the answer to it is in it")
        self.assertIn(shown["mail"].lower(), contexts[1], "which is that of the first mail")

    def test_a_mail_that_nobody_takes_comes_back_as_a_notice(self):
        with PsycClient(self.psyc_port) as alice:
            alice.link("alice", PASSWORD)
            alice.send("_request_execute", body="/mail nosuchuser@elsewhere.example Hello\nAre you there?",
                       routing={"_target": alice.person})
            alice.wait_method("_echo_mail")
            harness.wait_until(lambda: any("was not delivered" in entry["text"] for entry in self.node.entries("~alice")),
                               "the notice is in her log", 40)
        told = [entry["text"] for entry in self.node.entries("~alice") if "was not delivered" in entry["text"]]
        self.assertEqual(1, len(told))
        self.assertIn("550 5.1.1", told[0])
        self.assertEqual(b"", self.node.run("outbox", "list").stdout)

    MIXED = ("From: a@example.net\r\nTo: alice@example.org, bare@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.net>\r\n"
             "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
             "--b\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n"
             "%PDF\r\n--b--\r\n")

    def subjects(self, nick):
        return [entry["subject"] for entry in self.node.entries(f"~{nick}") if entry["kind"] == "mail"]

    def test_postfix_as_smtp_client_comes_back_for_the_recipient_with_other_rules(self):
        """Each gets its true result, and the only one who writes a bounce is the Postfix that had taken the mail."""
        relay = recipes.Postfix(f"relayhost = [127.0.0.1]:{self.smtp_port}\ndefault_transport = smtp\nsmtp_pix_workarounds =\n"
                                f"smtp_destination_recipient_limit = 50\n")
        self.addCleanup(relay.close)
        relay.start()
        both = ["alice@example.org", "bare@example.org"]
        with smtplib.SMTP("127.0.0.1", relay.port, local_hostname="client.example", timeout=60) as client:
            client.sendmail("alice@example.org", both, self.MIXED.format(subject="with-file"))
            client.sendmail("alice@example.org", both,
                            "From: a@example.net\r\nSubject: plain\r\nMessage-ID: <plain@example.net>\r\n\r\ntext\r\n")
        relay.wait_line("to=<bare@example.org>", "452 4.5.3", deadline=60)
        relay.wait_empty()
        self.assertEqual(1, self.subjects("alice").count("with-file"))
        self.assertEqual(1, self.subjects("alice").count("plain"))
        self.assertEqual(["plain"], self.subjects("bare"))
        self.assertTrue(relay.lines("to=<bare@example.org>", "status=bounced", "550 5.7.1"))
        self.assertTrue(relay.lines("to=<bare@example.org>", "status=sent"))

    def test_swaks_hears_the_true_result_for_each(self):
        swaks = shutil.which("swaks")
        if swaks is None:
            self.skipTest("swaks is not installed")
        def send(*recipients):
            return subprocess.run([swaks, "--server", f"127.0.0.1:{self.smtp_port}", "--from", "a@example.net", "--to",
                                   ",".join(recipients), "--data", self.MIXED.format(subject="by-swaks").replace("\r\n", "\n")],
                                  capture_output=True, text=True, timeout=60, env=dict(os.environ, LC_ALL="C"))
        told = send("alice@example.org", "bare@example.org").stdout
        self.assertIn("452 4.5.3", told)
        self.assertEqual(["by-swaks"], self.subjects("alice"))
        told = send("bare@example.org").stdout
        self.assertIn("550 5.7.1", told)
        self.assertEqual([], self.subjects("bare"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
