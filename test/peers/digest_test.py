#!/usr/bin/env python3
"""Who is away long is told at her mailbox elsewhere, through a real Postfix, what waits; once, and so that nothing answers it."""
import email
import email.policy
import pwd
import unittest

import harness
import recipes
from psyc_client import PsycClient

PASSWORD = "correct horse"
ACCOUNT = "games"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


class Digest(unittest.TestCase):
    def setUp(self):
        self.psyc_port = harness.free_port()
        try:
            pwd.getpwnam(ACCOUNT)
            self.beside = recipes.Beside("whole", "tcp", main_cf="mydestination = elsewhere.example\n",
                                         top='[outbox]\nfirst_pause = "1s"\n[digest]\nafter = "1s"\n[smarthost]\naddress = "127.0.0.1:1"\n')
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
        main.write_text(main.read_text() + f"\nmail_spool_directory = {self.spool}/\nlocal_recipient_maps = unix:passwd.byname\n")
        config = self.node.config
        config.write_text(config.read_text().replace("127.0.0.1:1\"", f"127.0.0.1:{self.postfix.port}\"") +
                          f'[[listener]]\nprotocol = "psyc"\naddress = "127.0.0.1:{self.psyc_port}"\n')
        self.node.add_person("alice", PASSWORD, digest=f"{ACCOUNT}@elsewhere.example")
        self.node.add_person("bob", PASSWORD)
        self.beside.start()

    def mails(self):
        folder = self.spool / ACCOUNT / "new"
        files = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]

    def test_one_mail_for_each_absence_says_what_waits(self):
        for subject in ("lunch", "dinner"):
            self.beside.submit("bea@example.net", ["alice@example.org", "bob@example.org"], subject)
            self.beside.wait_subject("~alice", subject)
        harness.wait_until(self.mails, "the digest is in the mailbox", 40)
        digest = self.mails()[0]
        self.assertRegex(digest["Subject"], r"^(one mail waits|2 mails wait) for you at chat\.example\.org$")
        self.assertEqual("auto-generated", digest["Auto-Submitted"])
        self.assertEqual("<>", digest["Return-Path"], "nobody hears of a bounce")
        self.assertIn("postmaster@example.org", digest["From"])
        self.assertIn("bea@example.net: lunch", digest.get_content())
        self.assertNotIn("Hello.", digest.get_content(), "what was written stays here")
        self.assertEqual([], digest.defects)

        # Nothing more for this absence, over a restart as well; the next one has its own.
        self.node.kill()
        self.beside.start_node()
        self.beside.submit("bea@example.net", ["alice@example.org"], "again")
        self.beside.wait_subject("~alice", "again")
        with PsycClient(self.psyc_port) as alice:
            alice.link("alice", PASSWORD)
            alice.wait_packet(lambda packet: "again" in str(packet), "what waited")
            alice.send("_request_unlink", routing={"_target": alice.person})
            alice.wait_method("_notice_unlink")
        self.assertEqual(1, len(self.mails()))
        self.beside.submit("bea@example.net", ["alice@example.org"], "later")
        harness.wait_until(lambda: len(self.mails()) == 2, "a digest of the next absence", 40)
        self.assertIn("later", self.mails()[1].get_content())
        self.assertNotIn("lunch", self.mails()[1].get_content())
        self.assertEqual(0, len([entry for entry in self.node.entries("~bob") if "digest" in str(entry)]))

    def test_an_address_that_does_not_exist_is_told_to_her(self):
        self.node.run("set", "~bob", "digest=nosuchuser@elsewhere.example")
        self.beside.submit("bea@example.net", ["bob@example.org"], "lunch")
        harness.wait_until(lambda: any("was not delivered" in entry["text"] for entry in self.node.entries("~bob")),
                           "the notice is in his log", 40)
        told = [entry["text"] for entry in self.node.entries("~bob") if "was not delivered" in entry["text"]]
        self.assertEqual(1, len(told))
        self.assertIn("550 5.1.1", told[0])

    def test_it_never_leads_back_and_is_for_persons(self):
        for arguments, words in ((("~bob", "digest=alice@example.org"), "leads back to this server"),
                                 (("~bob", "digest=home"), "is no mail address")):
            done = self.node.run("set", *arguments, check=False)
            self.assertEqual(2, done.returncode)
            self.assertIn(words, done.stderr.decode())
        self.node.add_place("room")
        for rule, words in (("digest=a@example.net", "only a person"), ("otherwise=hold", "for persons only")):
            done = self.node.run("set", "*room", rule, check=False)
            self.assertEqual(2, done.returncode)
            self.assertIn(words, done.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
