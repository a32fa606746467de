#!/usr/bin/env python3
"""Mail of a stranger knocks: it is kept over a kill -9, announced in one line, and a command says what becomes of it."""
import json
import signal
import unittest

import harness
from lmtp_client import Client


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


class Held(unittest.TestCase):
    def setUp(self):
        self.node = harness.Mailcast(extra="[held]\nmails = 2\n")
        self.addCleanup(self.node.close)
        self.node.add_person("ada", senders="known", otherwise="hold")
        self.node.add_person("bob")
        self.node.start()

    def mail(self, subject, sender="bea@example.net", recipients=("ada@example.org",)):
        client = Client(("127.0.0.1", self.node.lmtp_port))
        try:
            client.reply()
            client.command("LHLO mx.example.net")
            client.command(f"MAIL FROM:<{sender}>")
            told = [client.command(f"RCPT TO:<{recipient}>") for recipient in recipients]
            accepted = [reply for reply in told if reply.code == 250]
            if not accepted:
                return told
            client.command("DATA")
            client.send((f"From: Bea <{sender}>\r\nTo: ada@example.org\r\nSubject: {subject}\r\n"
                         f"Message-ID: <{subject}@example.net>\r\n\r\nText of {subject}.\r\n.\r\n").encode())
            return [client.reply() for _ in accepted]
        finally:
            client.socket.close()

    def held(self, *words):
        return self.node.run("held", "~ada", *words).stdout.decode()

    def numbers(self):
        return [json.loads(line)["number"] for line in self.held("--json").splitlines()]

    def subjects(self, nick="ada"):
        return [entry["subject"] for entry in self.node.entries(f"~{nick}") if entry["kind"] == "mail"]

    def test_it_survives_a_kill_and_is_released_once(self):
        self.assertEqual([250, 250], [reply.code for reply in self.mail("one", recipients=("ada@example.org", "bob@example.org"))])
        self.node.kill()
        self.node.start()
        self.assertEqual([250], [reply.code for reply in self.mail("one")], "handed in again: the same answer")
        self.assertEqual([1], self.numbers())
        self.assertEqual([], self.subjects())
        self.assertEqual(["one"], self.subjects("bob"))
        lines = [entry["text"] for entry in self.node.entries("~ada")]
        self.assertEqual(1, len(lines), lines)
        self.assertIn("accept 1, always 1 or never 1", lines[0])
        self.held("release", "1")
        self.assertEqual(["one"], self.subjects())
        self.assertEqual([], self.numbers())
        self.assertEqual([250], [reply.code for reply in self.mail("one")])
        self.assertEqual(["one"], self.subjects(), "once")
        entry = [entry for entry in self.node.entries("~ada") if entry["kind"] == "mail"][0]
        self.assertIn(b"Text of one.", self.node.raw(entry["mail"]))
        self.assertEqual(1, self.node.run("held", "~ada", "release", "1", check=False).returncode)

    def test_always_and_never_are_remembered_over_a_restart(self):
        self.mail("one")
        self.mail("two", sender="eve@example.com")
        self.assertIn("let in from now on", self.held("always", "1"))
        self.assertIn("refused from now on", self.held("never", "2"))
        for _ in range(2):
            self.assertEqual(250, self.mail("three")[0].code)
            refused = self.mail("four", sender="eve@example.com")[0]
            self.assertEqual(550, refused.code)
            self.assertIn("5.7.1", str(refused))
            self.node.process.send_signal(signal.SIGTERM)
            self.node.process.wait(20)
            self.node.start()
        self.assertEqual(["one", "three"], self.subjects())
        self.assertIn("refused", self.node.run("explain", "ada@example.org", "--from", "eve@example.com").stdout.decode())
        self.held("always", "eve@example.com")
        self.assertEqual(250, self.mail("five", sender="eve@example.com")[0].code)
        self.assertEqual(["one", "three", "five"], self.subjects())

    def test_beyond_the_bound_it_is_put_off(self):
        self.mail("one")
        self.mail("two", sender="eve@example.com")
        reply = self.mail("three")[0]
        self.assertEqual(452, reply.code)
        self.assertIn("4.2.2", str(reply))
        self.assertEqual([1, 2], self.numbers())

    def test_the_command_works_without_a_server(self):
        self.mail("one")
        self.node.stop()
        self.assertIn("bea@example.net", self.held("list"))
        self.held("always", "1")
        self.node.start()
        self.mail("two")
        self.assertEqual(["one", "two"], self.subjects())
        self.assertEqual(2, self.node.run("held", "~ada", "frob", "1", check=False).returncode)


if __name__ == "__main__":
    unittest.main(verbosity=2)
