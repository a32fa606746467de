#!/usr/bin/env python3
"""How IRC clients log in: SCRAM-SHA-256 by an octet client and by weechat, for old accounts and after a change of password."""
import base64
import contextlib
import hashlib
import hmac
import secrets
import sqlite3
import unittest

import harness
from irc_client import IrcClient
from irc_programs import Weechat

PASSWORD = "correct-horse"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def encoded(octets):
    return base64.b64encode(octets).decode()


class Refused(Exception):
    """904"""


class ScramClient(IrcClient):
    """The client's side of RFC 5802, by the standard library alone."""

    def authenticate(self, name, password):
        """Gives the server's challenge; Refused when it is no."""
        self.send("CAP REQ :sasl", "NICK scram", "USER scram 0 * :x", "AUTHENTICATE SCRAM-SHA-256")
        self.wait_command("AUTHENTICATE", "+")
        bare = f"n={name},r={secrets.token_hex(12)}"
        first = self.ask("n,," + bare)
        fields = dict(field.split("=", 1) for field in first.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        without = f"c=biws,r={fields['r']}"
        said = f"{bare},{first},{without}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        try:
            last = self.ask(f"{without},p={encoded(proof)}")
        except Refused:
            return fields, False
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
        if last != "v=" + encoded(server):
            raise ValueError(f"the server does not know the password: {last}")
        self.send("AUTHENTICATE +")
        self.wait_command("903")
        self.send("CAP END")
        self.wait_command("001")
        return fields, True

    def ask(self, text):
        self.send("AUTHENTICATE " + encoded(text.encode()))
        line = self.wait(lambda one: one.command in ("AUTHENTICATE", "904"), "an answer of SASL")
        if line.command == "904":
            raise Refused
        return base64.b64decode(line.params[0]).decode()


class Scram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = harness.free_port()
        cls.node = harness.Mailcast(extra=f'[[listener]]\nprotocol = "irc"\naddress = "127.0.0.1:{cls.port}"\n')
        cls.addClassCleanup(cls.node.close)
        for nick in ("ada", "bob", "cyd"):
            cls.node.add_person(nick, PASSWORD)
        # An account from before there were verifiers.
        with contextlib.closing(sqlite3.connect(cls.node.data / "mailcast.db")) as database, database:
            database.execute("UPDATE account SET scram = '' WHERE name = 'bob'")
        cls.node.start()
        cls.node.wait_ready(("127.0.0.1", cls.port))

    def authenticate(self, name, password=PASSWORD):
        client = ScramClient(self.port)
        self.addCleanup(client.close)
        return client.authenticate(name, password)

    def test_who_knows_the_password_is_let_in_and_nobody_else(self):
        self.assertTrue(self.authenticate("ada")[1])
        self.assertTrue(self.authenticate("ada@phone")[1])
        self.assertFalse(self.authenticate("ada", "wrong")[1])

    def test_nobody_is_told_who_exists(self):
        first, let_in = self.authenticate("nobody")
        again, _ = self.authenticate("NoBody@desk")
        ada, _ = self.authenticate("ada", "wrong")
        self.assertFalse(let_in)
        self.assertEqual((first["s"], first["i"]), (again["s"], again["i"]))
        self.assertEqual((len(ada["s"]), ada["i"]), (len(first["s"]), first["i"]))

    def test_an_old_account_has_it_after_its_next_login_with_the_same_salt(self):
        before, let_in = self.authenticate("bob")
        self.assertFalse(let_in)
        with IrcClient(self.port) as client:
            client.login("bob", PASSWORD)
        after, let_in = self.authenticate("bob")
        self.assertTrue(let_in)
        self.assertEqual(before["s"], after["s"])

        def stored():
            with contextlib.closing(sqlite3.connect(f"file:{self.node.data}/mailcast.db?mode=ro", uri=True)) as database:
                return database.execute("SELECT scram FROM account WHERE name = 'bob'").fetchone()[0]
        harness.wait_until(lambda: stored().startswith("SCRAM-SHA-256$"), "the verifier is in the store")

    def test_another_password_holds_at_once_for_both_mechanisms(self):
        self.assertTrue(self.authenticate("cyd")[1])
        with IrcClient(self.port) as client:
            client.login("cyd", PASSWORD)
        self.node.run("person", "passwd", "cyd", "--password-stdin", input="another-one\n")
        self.assertFalse(self.authenticate("cyd")[1])
        self.assertTrue(self.authenticate("cyd", "another-one")[1])
        with IrcClient(self.port) as client:
            self.assertRaises(PermissionError, client.login, "cyd", PASSWORD)
        with IrcClient(self.port) as client:
            client.login("cyd", "another-one")

    def test_weechat_logs_in(self):
        try:
            weechat = Weechat(self.port, "ada", PASSWORD, mechanism="scram-sha-256")
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(weechat.close)
        weechat.start()
        weechat.wait_login()


if __name__ == "__main__":
    unittest.main(verbosity=2)
