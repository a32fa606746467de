#!/usr/bin/env python3
"""Programs inside hand mail in by SMTP with the clients that they really have: Postfix as a null client, msmtp and swaks; AUTH
PLAIN over TLS and on loopback.  One transaction has one truth: who must come alone is told 452 4.5.3, and a client that has a
queue comes back for him by itself."""
import os
import shutil
import subprocess
import unittest

import harness
import recipes
from tls_test import make_certificate

PASSWORD = "correct horse"
MIXED = ("From: ada@example.org\nTo: alice@example.org, bare@example.org\nSubject: {subject}\nMessage-ID: <{subject}@example.org>\n"
         "Date: Mon, 23 Nov 2026 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
         "--b\n\nSee the file.\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n"
         "%PDF\n--b--\n")
BOTH = ["alice@example.org", "bare@example.org"]


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)
    if shutil.which("openssl") is None:
        harness.skip_script("openssl, which makes the certificates, is not installed")


def needed(case, program):
    path = shutil.which(program)
    if path is None:
        case.skipTest(f"{program} is not installed (script/bootstrap installs it)")
    return path


class Submission(unittest.TestCase):
    """A door for clients from anywhere with STARTTLS, whose mail is internal only by a login, and one on loopback."""

    def setUp(self):
        self.node = harness.Mailcast()
        self.addCleanup(self.node.close)
        make_certificate(self.node.dir, "localhost")
        self.tls_port, self.clear_port = harness.free_port(), harness.free_port()
        with open(self.node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "smtp"\naddress = "127.0.0.1:{self.tls_port}"\norigin = "external"\ntls = "starttls"\n'
                         f'certificate = "{self.node.dir}/certificate.pem"\nkey = "{self.node.dir}/key.pem"\ntrusted = []\n'
                         f'[[listener]]\nprotocol = "smtp"\naddress = "127.0.0.1:{self.clear_port}"\norigin = "external"\n')
        self.node.add_person("ada", PASSWORD)
        self.node.add_person("alice", senders="internal")
        self.node.add_person("bare", senders="internal", attachments="reject")
        self.node.start()
        for port in (self.tls_port, self.clear_port):
            self.node.wait_ready(("127.0.0.1", port))

    def subjects(self, nick):
        return [entry["subject"] for entry in self.node.entries(f"~{nick}") if entry["kind"] == "mail"]

    def origin(self, nick, subject):
        mail = [entry["mail"] for entry in self.node.entries(f"~{nick}") if entry["subject"] == subject][0]
        return b'"origin":"internal"' in self.node.run("mail", "show", mail, "--json").stdout

    # ---- Postfix as a client: it has a queue, and comes back -------------------------------------

    def null_client(self, settings):
        try:
            relay = recipes.Postfix("default_transport = smtp\nsmtp_pix_workarounds =\nsmtp_destination_recipient_limit = 50\n"
                                    "smtp_sasl_auth_enable = yes\nsmtp_sasl_mechanism_filter = plain\n" + settings)
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(relay.close)
        (relay.conf / "password").write_text(f"[127.0.0.1]:{self.tls_port} ada:{PASSWORD}\n[127.0.0.1]:{self.clear_port} ada:{PASSWORD}\n")
        main = relay.conf / "main.cf"
        main.write_text(main.read_text() + f"smtp_sasl_password_maps = texthash:{relay.conf}/password\n")
        relay.start()
        return relay

    def comes_back(self, relay):
        for subject, content in (("with-file", MIXED.format(subject="with-file")),
                                 ("plain", "From: ada@example.org\nSubject: plain\nMessage-ID: <plain@example.org>\n\ntext\n")):
            with recipes.smtplib.SMTP("127.0.0.1", relay.port, local_hostname="client.example", timeout=60) as client:
                self.assertEqual({}, client.sendmail("ada@example.org", BOTH, content.replace("\n", "\r\n")), subject)
        relay.wait_line("to=<bare@example.org>", "452 4.5.3", deadline=60)
        relay.wait_empty()
        self.assertEqual(["plain", "with-file"], sorted(self.subjects("alice")))
        self.assertEqual(["plain"], self.subjects("bare"))
        self.assertTrue(relay.lines("to=<bare@example.org>", "status=bounced", "550 5.7.1"), "its own true result")
        self.assertTrue(self.origin("alice", "with-file"), "by the login")

    def test_postfix_over_tls_with_a_login_comes_back_for_who_must_come_alone(self):
        relay = self.null_client(f"relayhost = [127.0.0.1]:{self.tls_port}\nsmtp_tls_security_level = encrypt\n"
                                 "smtp_sasl_tls_security_options = noanonymous\nsmtp_tls_loglevel = 1\n")
        self.comes_back(relay)
        self.assertTrue(relay.lines("TLS connection established to"))

    def test_postfix_in_the_clear_on_loopback_with_a_login(self):
        relay = self.null_client(f"relayhost = [127.0.0.1]:{self.clear_port}\nsmtp_tls_security_level = none\n"
                                 "smtp_sasl_security_options = noanonymous\n")
        self.comes_back(relay)

    # ---- msmtp: no queue; it says whom to send to alone -------------------------------------------

    def msmtp(self, recipients, subject, *arguments, tls=True, password=PASSWORD, content=MIXED):
        secret = self.node.dir / "secret"
        secret.write_text(password + "\n")
        command = [needed(self, "msmtp"), "--file=/dev/null", "--host=127.0.0.1", f"--port={self.tls_port if tls else self.clear_port}",
                   "--from=ada@example.org", "--auth=plain", "--user=ada", f"--passwordeval=cat {secret}", "--timeout=30",
                   *(("--tls=on", "--tls-certcheck=off") if tls else ("--tls=off",)), *arguments, *recipients]
        return subprocess.run(command, input=content.format(subject=subject), capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, LC_ALL="C", HOME=str(self.node.dir)))

    def test_msmtp_hears_the_truth_and_comes_back_alone(self):
        both = self.msmtp(BOTH, "by-msmtp")
        self.assertNotEqual(0, both.returncode)
        self.assertIn("recipient address bare@example.org not accepted", both.stderr)
        self.assertIn("452 4.5.3", both.stderr)
        self.assertEqual([], self.subjects("alice"), "it sends nothing where one recipient is put off")
        # Each in a transaction of its own, as its queue script would send them.
        self.assertEqual(0, self.msmtp(BOTH[:1], "by-msmtp").returncode)
        alone = self.msmtp(BOTH[1:], "by-msmtp")
        self.assertNotEqual(0, alone.returncode)
        self.assertIn("5.7.1", alone.stderr)
        self.assertEqual(["by-msmtp"], self.subjects("alice"))
        self.assertEqual([], self.subjects("bare"))
        self.assertTrue(self.origin("alice", "by-msmtp"))

    def test_msmtp_logs_in_over_tls_and_on_loopback_and_not_with_a_wrong_password(self):
        for number, tls in enumerate((True, False)):
            sent = self.msmtp(BOTH[:1], f"login-{number}", tls=tls)
            self.assertEqual(0, sent.returncode, sent.stderr)
        self.assertEqual(["login-0", "login-1"], self.subjects("alice"))
        wrong = self.msmtp(BOTH[:1], "wrong", password="guess")
        self.assertNotEqual(0, wrong.returncode)
        self.assertIn("535", wrong.stderr)
        self.assertEqual(2, len(self.subjects("alice")))

    # ---- swaks ------------------------------------------------------------------------------------

    def swaks(self, port, *arguments):
        return subprocess.run([needed(self, "swaks"), "--server", f"127.0.0.1:{port}", "--from", "ada@example.org", "--auth", "PLAIN",
                               "--auth-user", "ada", "--auth-password", PASSWORD, *arguments],
                              capture_output=True, text=True, timeout=60, env=dict(os.environ, LC_ALL="C")).stdout

    def test_swaks_over_tls_and_in_the_clear(self):
        for number, (port, tls) in enumerate(((self.tls_port, ["-tls"]), (self.clear_port, []))):
            told = self.swaks(port, *tls, "--to", ",".join(BOTH), "--data", MIXED.format(subject=f"swaks-{number}"))
            self.assertIn("235 2.7.0", told)
            self.assertIn("452 4.5.3", told)
        self.assertEqual(["swaks-0", "swaks-1"], self.subjects("alice"))
        self.assertEqual([], self.subjects("bare"))

    def test_without_a_login_mail_from_anywhere_is_external(self):
        told = subprocess.run([needed(self, "swaks"), "--server", f"127.0.0.1:{self.tls_port}", "-tls", "--from", "ada@example.org",
                               "--to", "alice@example.org"], capture_output=True, text=True, timeout=60).stdout
        self.assertIn("550 5.7.1", told)
        self.assertEqual([], self.subjects("alice"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
