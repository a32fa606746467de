#!/usr/bin/env python3
"""TLS on every door, the login it protects, what a reload changes, and sockets that are handed over."""
import base64
import json
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import unittest

import harness
from lmtp_client import Client, message

PASSWORD = "correct horse"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)
    if shutil.which("openssl") is None:
        harness.skip_script("openssl, which makes the certificates, is not installed")


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
                   check=True, capture_output=True)


def trusting():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def common_name(connection):
    der = connection.getpeercert(binary_form=True)
    text = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject"], input=der, check=True,
                          capture_output=True).stdout.decode()
    return text.strip().split("=")[-1].strip()


def offered(client):
    """All lines of the answer to EHLO."""
    return "\n".join(str(line) for line in client.command("EHLO me").lines)


def plain(name, password):
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = harness.Mailcast()
        cls.addClassCleanup(cls.node.close)
        make_certificate(cls.node.dir, "first.example.org")
        cls.starttls, cls.implicit, cls.psyc = harness.free_port(), harness.free_port(), harness.free_port()
        pair = f'certificate = "{cls.node.dir}/certificate.pem"\nkey = "{cls.node.dir}/key.pem"\n'
        with open(cls.node.config, "a") as config:
            for protocol, port, tls, more in (("smtp", cls.starttls, "starttls", 'origin = "external"\ntrusted = []\n'),
                                              ("lmtp", cls.implicit, "implicit", ""), ("psyc", cls.psyc, "none", "")):
                config.write(f'\n[[listener]]\nprotocol = "{protocol}"\naddress = "127.0.0.1:{port}"\ntls = "{tls}"\n'
                             + more + pair)
        cls.node.add_person("ada", PASSWORD)
        cls.node.start()
        cls.node.wait_ready(("127.0.0.1", cls.implicit))

    def starttls_client(self):
        client = Client(("127.0.0.1", self.starttls))
        self.addCleanup(client.close)
        client.reply()
        self.assertIn("STARTTLS", offered(client))
        self.assertEqual(220, client.command("STARTTLS").code)
        client.socket = trusting().wrap_socket(client.socket)
        return client

    def test_starttls_protects_a_login_which_makes_mail_internal(self):
        client = self.starttls_client()
        hello = offered(client)
        self.assertIn("AUTH PLAIN", hello)
        self.assertNotIn("STARTTLS", hello)
        self.assertEqual(535, client.command(f"AUTH PLAIN {plain('ada', 'wrong')}").code)
        self.assertEqual(235, client.command(f"AUTH PLAIN {plain('ada', PASSWORD)}").code)
        _, rcpts, replies = client.deliver("x@example.net", ["ada@example.org"], message("tls", message_id="t1@x"),
                                           lmtp=False)
        self.assertEqual([250, 250], [rcpts[0].code, replies[0].code])
        mail = self.node.entries("~ada")[-1]["mail"]
        self.assertIn(b'"internal"', self.node.run("mail", "show", mail, "--json").stdout)

    def test_no_login_is_offered_in_the_clear(self):
        with Client(("127.0.0.1", self.starttls)) as client:
            client.reply()
            self.assertNotIn("AUTH", offered(client))
            self.assertEqual(5, client.command(f"AUTH PLAIN {plain('ada', PASSWORD)}").code // 100)

    def test_what_was_pipelined_in_the_clear_is_forgotten(self):
        with Client(("127.0.0.1", self.starttls)) as client:
            client.reply()
            client.command("EHLO me")
            client.send(b"STARTTLS\r\nMAIL FROM:<injected@example.net>\r\n")
            self.assertEqual(220, client.reply().code)
            client.socket = trusting().wrap_socket(client.socket)
            client.command("EHLO me")
            self.assertEqual(503, client.command("RCPT TO:<ada@example.org>").code)

    def test_lmtp_with_tls_at_once(self):
        with Client(("127.0.0.1", self.implicit)) as client:
            client.socket = trusting().wrap_socket(client.socket)
            client.hello()
            _, _, replies = client.deliver("x@example.net", ["ada@example.org"], message("tls", message_id="t2@x"))
            self.assertEqual([250], [reply.code for reply in replies])

    def test_psyc_takes_tls_by_its_first_octet(self):
        for wrap in (False, True):
            connection = socket.create_connection(("127.0.0.1", self.psyc), timeout=20)
            self.addCleanup(connection.close)
            if wrap:
                connection = trusting().wrap_socket(connection)
            connection.sendall(b".\n")
            answer = b""
            while b"_status_circuit" not in answer:
                octets = connection.recv(4096)
                self.assertTrue(octets)
                answer += octets
            connection.close()

    def test_what_is_no_tls_does_not_harm(self):
        with Client(("127.0.0.1", self.implicit)) as client:
            client.send(b"LHLO me\r\n" * 100)
            while client.read_some():
                pass
        self.test_lmtp_with_tls_at_once()

    def test_a_reload_takes_a_new_certificate_and_new_limits(self):
        make_certificate(self.node.dir, "second.example.org")
        with open(self.node.config, "a") as config:
            config.write('\n[limits.external]\nmessage_size = "5KB"\n')
        self.node.process.send_signal(signal.SIGHUP)

        def reloaded():
            client = self.starttls_client()
            return common_name(client.socket) == "second.example.org"

        harness.wait_until(reloaded, "the new certificate")
        with Client(str(self.node.socket)) as client:
            client.hello()
            client.command("XFORWARD SOURCE=REMOTE")
            self.assertEqual(552, client.command("MAIL FROM:<x@example.net> SIZE=6000").code)


class HandedOver(unittest.TestCase):
    def test_a_socket_of_systemd_is_used_by_its_name(self):
        node = harness.Mailcast()
        self.addCleanup(node.close)
        node.add_person("ada", PASSWORD)
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        start = (f"import os, sys\nos.dup2({listening.fileno()}, 3)\n"
                 "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='lmtp')\n"
                 "os.execv(sys.argv[1], sys.argv[1:])")
        node.spawn([sys.executable, "-c", start, node.program, "serve", "-c", str(node.config)],
                   pass_fds=(listening.fileno(),))
        listening.close()
        node.wait_ready(("127.0.0.1", port))
        with Client(("127.0.0.1", port)) as client:
            client.hello()
            _, _, replies = client.deliver("x@example.net", ["ada@example.org"], message("handed", message_id="h@x"))
            self.assertEqual([250], [reply.code for reply in replies])
        self.assertEqual(0, node.stop())


class Crowd(unittest.TestCase):
    def test_who_has_too_many_connections_gets_no_place_for_a_handshake(self):
        node = harness.Mailcast(top="[limits]\nconnections_per_peer = 2")
        self.addCleanup(node.close)
        make_certificate(node.dir, "crowd.example.org")
        port = harness.free_port()
        with open(node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "smtp"\naddress = "127.0.0.1:{port}"\ntls = "implicit"\n'
                         f'trusted = []\ncertificate = "{node.dir}/certificate.pem"\nkey = "{node.dir}/key.pem"\n')
        node.start()
        connections = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(5)]
        for connection in connections:
            self.addCleanup(connection.close)
        # Nobody says a word: two may begin their handshake, the others are shown the door.
        waiting = list(connections)

        def all_but_two_are_closed():
            for connection in select.select(waiting, [], [], 0)[0]:
                self.assertEqual(b"", connection.recv(1))
                waiting.remove(connection)
            return len(waiting) <= 2

        harness.wait_until(all_but_two_are_closed, "the end of connections beyond the limit")
        if waiting:
            with trusting().wrap_socket(waiting[0]) as secure:
                self.assertTrue(secure.recv(4096).startswith(b"220 "))

    def test_chat_clients_and_strangers_leave_the_mail_server_its_places(self):
        node = harness.Mailcast(top="[limits]\nconnections = 8")
        self.addCleanup(node.close)
        trusted, stranger, chat = (harness.free_port() for _ in range(3))
        with open(node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "lmtp"\naddress = "127.0.0.1:{trusted}"\n'
                         f'\n[[listener]]\nprotocol = "lmtp"\naddress = "127.0.0.1:{stranger}"\ntrusted = []\n'
                         f'\n[[listener]]\nprotocol = "psyc"\naddress = "127.0.0.1:{chat}"\n')
        node.start()

        def nobody_is_on(*doors):
            def is_so():
                circuits = json.loads(node.run("status", "--json").stdout)["circuits"]
                return not any(circuits[door] for door in doors)
            harness.wait_until(is_so, f"nobody is connected to {doors}")

        def called(port, said=b""):
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
            self.addCleanup(connection.close)
            connection.sendall(said)
            return connection.recv(4096)

        nobody_is_on("lmtp", "psyc", "irc")
        self.assertEqual([b".\n"] * 6, [called(chat, b".\n")[:2] for _ in range(6)])
        self.assertEqual(b"", called(chat))
        self.assertTrue(called(stranger).startswith(b"421 4.7.0 "))
        nobody_is_on("lmtp")  # also whoever is being told so has a place
        self.assertEqual([b"220 "] * 2, [called(trusted)[:4] for _ in range(2)])
        self.assertTrue(called(trusted).startswith(b"421 4.7.0 "))


if __name__ == "__main__":
    harness.end_on_signals()
    unittest.main(verbosity=2)
