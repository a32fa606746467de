#!/usr/bin/env python3
"""Mailcast among other PSYC nodes: a foreign one as psyced is, and two Mailcast nodes on 127.0.0.2 and 127.0.0.3.
Packets are counted on the wire; the other node is killed in the middle."""
import contextlib
import fcntl
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

import harness
from lmtp_client import Client
from psyc_client import PsycClient
from psyc_node import FakeNode, Proxy

PASSWORD = "correct horse"
A, B = "a.example", "b.example"
AT_A, AT_B = "127.0.0.2", "127.0.0.3"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)
    # The addresses are the same in every run: another one on this machine waits until this one has ended.
    one_at_a_time = open(f"{tempfile.gettempdir()}/mailcast-psyc-nodes-{os.getuid()}.lock", "a")
    unittest.addModuleCleanup(one_at_a_time.close)
    fcntl.flock(one_at_a_time, fcntl.LOCK_EX)


def port_at(address):
    """A free port below those that the system gives to connections."""
    for port in random.sample(range(20000, 32000), 200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((address, port))
            return port
    raise RuntimeError(f"no free port at {address}")


class Node(harness.Mailcast):
    """One with an own name and address; `hosts` is how it reaches others."""

    def __init__(self, host, address, hosts, extra=""):
        table = ", ".join(f'"{name}" = "{where}"' for name, where in hosts.items())
        super().__init__(domains=(host,), hostname=host, extra=f"[psyc]\nhosts = {{ {table} }}\n{extra}")
        self.address = address
        text, old = self.config.read_text(), self.psyc_port
        self.psyc_port = port_at(address)
        self.config.write_text(text.replace(f"127.0.0.1:{old}", f"{address}:{self.psyc_port}"))

    def use_hosts(self, hosts):
        table = ", ".join(f'"{name}" = "{where}"' for name, where in hosts.items())
        lines = [f"hosts = {{ {table} }}" if line.startswith("hosts = ") else line
                 for line in self.config.read_text().splitlines()]
        self.config.write_text("\n".join(lines) + "\n")

    def mail(self, *recipients, subject="hello", sender="bea@example.net", message_id=None, to=None):
        """Over LMTP; the replies, one for each recipient."""
        client = Client(("127.0.0.1", self.lmtp_port), timeout=90)
        try:
            client.reply()
            client.command("LHLO mx.example.net")
            client.command(f"MAIL FROM:<{sender}>")
            for recipient in recipients:
                reply = client.command(f"RCPT TO:<{recipient}>")
                if reply.code != 250:
                    raise RuntimeError(f"RCPT {recipient}: {reply}")
            client.command("DATA")
            named = ", ".join(to if to is not None else recipients)
            head = f"From: Bea <{sender}>\r\nTo: {named}\r\nSubject: {subject}\r\n"
            if message_id:
                head += f"Message-ID: <{message_id}>\r\n"
            client.send((head + "\r\nline one\r\n..\r\nline two\r\n.\r\n").encode())
            return [client.reply() for _ in recipients]
        finally:
            client.socket.close()


class WithForeignNode(unittest.TestCase):
    modules = ()

    def setUp(self):
        self.other = FakeNode(B, AT_B, self.modules)
        self.addCleanup(self.other.close)
        self.node = Node(A, AT_A, {B: f"{AT_B}:{self.other.port}"})
        self.addCleanup(self.node.close)
        self.node.add_person("ada", PASSWORD)
        for name in ("p1", "p2", "p3", "p4", "p5"):
            self.node.run("alias", "add", f"{name}@{A}", f"psyc://{B}/~{name}")
        self.node.start()

    def status(self):
        return json.loads(self.node.run("status", "--json").stdout)


class Psyced(WithForeignNode):
    """A node that knows nothing of us."""

    def test_the_circuit_leaves_from_our_address_with_the_greeting_that_psyced_accepts(self):
        self.node.mail(f"p1@{A}")
        circuit = self.other.wait_circuit()
        self.assertEqual(circuit.socket.getpeername()[0], AT_A)
        first = circuit.wait_method("_notice_circuit_established")
        self.assertEqual(first["_source"], f"psyc://{A}/")
        self.assertEqual(first["_target"], "")

    def test_a_mail_is_taken_when_the_ping_behind_it_is_answered(self):
        replies = self.node.mail(f"p1@{A}", f"p2@{A}")
        self.assertEqual([reply.code for reply in replies], [250, 250], replies)
        circuit = self.other.wait_circuit()
        mails = [packet for packet in circuit.packets if packet.method == "_notice_email_delivered"]
        self.assertEqual(sorted(packet["_target"] for packet in mails), [f"psyc://{B}/~p1", f"psyc://{B}/~p2"])
        self.assertEqual(mails[0]["_content"], "line one\n.\nline two")
        self.assertEqual(mails[0]["_nick"], "bea@example.net")
        self.assertEqual(mails[0]["_source_relay"], "mailto:bea@example.net")
        self.assertEqual(len(self.other.circuits), 1)

    def test_a_refusal_of_one_is_permanent_and_the_other_is_taken(self):
        self.other.refused.add("p2")
        replies = self.node.mail(f"p1@{A}", f"p2@{A}", f"ada@{A}")
        self.assertEqual([reply.code for reply in replies], [250, 550, 250], replies)

    def test_a_broken_circuit_before_the_answer_is_temporary(self):
        self.other.pings = False
        ended = threading.Thread(target=lambda: (self.other.wait_circuit().wait_method("_request_ping"),
                                                 self.other.circuits[0].close()), daemon=True)
        ended.start()
        replies = self.node.mail(f"p1@{A}")
        self.assertEqual(replies[0].code, 451, replies)
        self.assertEqual(replies[0].enhanced, "4.4.2")

    def test_nobody_there_is_temporary(self):
        self.other.close()
        replies = self.node.mail(f"p1@{A}")
        self.assertEqual((replies[0].code, replies[0].enhanced), (451, "4.4.1"), replies)

    def test_it_may_dial_us_and_mail_comes_in(self):
        circuit = self.other.dial(AT_A, self.node.psyc_port)
        circuit.wait_method("_status_circuit")
        circuit.send("_notice_email_delivered", "([_method_SMTP] from [_nick] to [_nick_target]) [_subject]\n[_content]",
                     routing={"_source": f"psyc://{B}/~mailbot", "_target": f"psyc://{A}/~ada"},
                     entity={"_nick": "sender@example.com", "_nick_target": "~ada", "_subject": "mail by PSYC",
                             "_content": "body line 1\n\tbody line 2", "_method_SMTP": "MAIL"})
        circuit.send("_request_ping", routing={"_source": f"psyc://{B}/", "_tag": "behind"})
        circuit.wait(lambda packet: packet.method == "_echo_ping" and packet["_tag_reply"] == "behind", "the echo")
        entries = self.node.entries("~ada")
        self.assertEqual(len(entries), 1)
        self.assertEqual(entries[0]["subject"], "mail by PSYC")
        circuit.send("_message_private", "hello", routing={"_source": f"psyc://{B}/~bea",
                                                           "_target": f"psyc://{A}/~nobody"})
        error = circuit.wait_method("_error_unknown_name_user")
        self.assertEqual(error["_target"], f"psyc://{B}/~bea")
        self.assertEqual(len(self.other.circuits), 1)  # the answer came back on the same one

    def test_forged_sources_are_refused_and_counted(self):
        for source in ("psyc://c.example/~x", f"psyc://{A}/~ada", "psyc://[/~x"):
            circuit = self.other.dial(AT_A, self.node.psyc_port)
            circuit.send("_message_private", "forged", routing={"_source": source, "_target": f"psyc://{A}/~ada"})
            circuit.wait_method("_error")
            circuit.wait_closed()
        stranger = socket.create_connection((AT_A, self.node.psyc_port), 20, ("127.0.0.9", 0))
        stranger.sendall(self.other.greeting())
        octets = b""
        while got := stranger.recv(65536):
            octets += got
        stranger.close()
        self.assertIn(b"_error_rejected_relay_incoming", octets)
        self.assertEqual(self.node.entries("~ada"), [])
        self.assertGreaterEqual(self.status()["nodes"]["sources_refused"], 3)

    def test_a_notice_by_udp_reaches_a_person_and_nothing_is_answered(self):
        with PsycClient(self.node.psyc_port, host=A, address=AT_A) as client:
            client.link("ada", PASSWORD)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.bind(("127.0.0.1", 0))
                udp.sendto(f".\n:_target\tpsyc://{A}/~ada\n\n:_origin\tCarol <c@example.com>\n"
                           ":_subject\thi =?utf-8?Q?=C3=A4?=\n:_nick_alias\tmxMail\n"
                           "_notice_received_email\n([_nick_alias]) [_origin]: [_subject]\n.\n"
                           .encode(), (AT_A, self.node.psyc_port))
                notice = client.wait_method("_notice_received_email")
                self.assertEqual((notice["_origin"], notice["_subject"], notice["_nick_alias"]),
                                 ("Carol <c@example.com>", "hi \u00e4", "mxMail"))
                self.assertEqual(notice.body, "([_nick_alias]) [_origin]: [_subject]")
                udp.sendto(b".\n:_target\tx\n_notice_x\n.\n", (AT_A, self.node.psyc_port))
                harness.wait_until(lambda: self.status()["nodes"]["datagrams"] >= 2, "both were counted")
                udp.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    udp.recv(100)


class NameServer:
    """Answers for `records`, {(name, type): [data]}, by UDP at port 53 of an address of loopback; all else is unknown."""

    A, AAAA, SRV = 1, 28, 33

    def __init__(self, address, records):
        self.records = records
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.socket.settimeout(0.1)  # how soon it sees that it is to end
        self.open = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @staticmethod
    def name(text):
        return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"

    def serve(self):
        while self.open:
            with contextlib.suppress(TimeoutError):
                question, peer = self.socket.recvfrom(512)
                labels, at = [], 12
                while question[at]:
                    labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
                    at += 1 + question[at]
                kind = int.from_bytes(question[at + 1:at + 3], "big")
                name = ".".join(labels)
                found = self.records.get((name, kind), [])
                known = any(name == other for other, _ in self.records)
                head = question[:2] + bytes([0x81, 0x80 | (0 if known else 3), 0, 1, 0, len(found), 0, 0, 0, 0])
                answers = b"".join(b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\x3c"
                                   + len(data).to_bytes(2, "big") + data for data in found)
                self.socket.sendto(head + question[12:at + 5] + answers, peer)

    def close(self):
        self.open = False
        self.thread.join()
        self.socket.close()


class Named(unittest.TestCase):
    """The other node is found by DNS: an own name server in front of the daemon alone."""

    def setUp(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
            self.skipTest("needs root and a mount namespace of its own")
        self.other = FakeNode(B, AT_B)
        self.addCleanup(self.other.close)
        service = b"\0\1\0\1" + self.other.port.to_bytes(2, "big") + NameServer.name("box.b.example")
        self.names = NameServer("127.0.0.53", {
            (f"_psyc._tcp.{B}", NameServer.SRV): [service],
            ("box.b.example", NameServer.A): [socket.inet_aton(AT_B)],
            (B, NameServer.A): [socket.inet_aton("127.0.0.99")],
            ("c.example", NameServer.A): [socket.inet_aton("127.0.0.4")]})
        self.addCleanup(self.names.close)
        self.node = Node(A, AT_A, {})
        self.addCleanup(self.node.close)
        self.node.add_person("ada", PASSWORD)
        self.node.run("alias", "add", f"p1@{A}", f"psyc://{B}/~p1")
        resolv = self.node.dir / "resolv.conf"
        resolv.write_text("nameserver 127.0.0.53\noptions timeout:1 attempts:1\n")
        mounted = 'mount --bind "$1" /etc/resolv.conf && exec "$2" serve -c "$3"'
        self.node.spawn(["unshare", "-m", "sh", "-c", mounted, "sh", str(resolv), self.node.program,
                         str(self.node.config)])
        self.node.wait_ready(("127.0.0.1", self.node.lmtp_port))

    def test_srv_leads_to_the_node_and_its_address_may_speak(self):
        replies = self.node.mail(f"p1@{A}")
        self.assertEqual([reply.code for reply in replies], [250], replies)
        self.other.wait_circuit()
        self.assertEqual(len(self.other.circuits), 1)
        # Another circuit of it, from the address that SRV names.
        circuit = self.other.dial(AT_A, self.node.psyc_port)
        circuit.send("_message_private", "hello", routing={"_source": f"psyc://{B}/~bea", "_target": f"psyc://{A}/~ada"})
        circuit.wait_method("_message_echo_private")

    def test_a_host_that_leads_elsewhere_or_nowhere_may_not(self):
        for host, error in (("c.example", "_error_rejected_relay_incoming"), ("nowhere.example", "_error_invalid_host")):
            circuit = self.other.dial(AT_A, self.node.psyc_port)
            circuit.send("_message_private", "forged", routing={"_source": f"psyc://{host}/~x",
                                                               "_target": f"psyc://{A}/~ada"})
            circuit.wait_method(error)
            circuit.wait_closed()
        self.assertEqual(self.node.entries("~ada"), [])


class Encrypted(unittest.TestCase):
    """Two real nodes over TLS, each with a certificate that names it, of one authority."""

    def setUp(self):
        if shutil.which("openssl") is None:
            self.skipTest("openssl, which makes the certificates, is not installed")
        self.folder = harness.Folder("certificates")
        self.addCleanup(self.folder.remove)
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
                     "-keyout", "ca.key", "-out", "ca.pem")
        for host in (A, B):
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}",
                         "-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{host}.key", "-out", f"{host}.csr")
            self.openssl("x509", "-req", "-in", f"{host}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                         "-days", "2", "-copy_extensions", "copy", "-out", f"{host}.pem")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder.path)

    def test_mail_goes_over_tls_and_a_certificate_is_as_good_as_an_address(self):
        nodes = {}
        for host, address in ((A, AT_A), (B, AT_B)):
            other = B if host == A else A
            node = Node(host, address, {B: AT_B} if host == A else {A: "127.0.0.99"},
                        extra=f'tls = ["{other}"]\nauthorities = "{self.folder.path}/ca.pem"\n')
            self.addCleanup(node.close)
            node.tls_port = port_at(address)
            with open(node.config, "a") as config:
                config.write(f'[[listener]]\nprotocol = "psyc"\naddress = "{address}:{node.tls_port}"\n'
                             f'tls = "implicit"\ncertificate = "{self.folder.path}/{host}.pem"\n'
                             f'key = "{self.folder.path}/{host}.key"\n')
            nodes[host] = node
        nodes[A].use_hosts({B: f"{AT_B}:{nodes[B].tls_port}"})
        nodes[B].add_person("p1", PASSWORD)
        nodes[A].run("alias", "add", f"p1@{A}", f"psyc://{B}/~p1")
        for node in nodes.values():
            node.start()
        # At B the name of A leads to another address: its certificate alone says who it is.
        replies = nodes[A].mail(f"p1@{A}", subject="by TLS")
        self.assertEqual([reply.code for reply in replies], [250], f"{replies}\n{nodes[A].output()}")
        self.assertEqual(len(nodes[B].entries("~p1")), 1)
        self.assertIn("tls", [line for line in nodes[B].output().splitlines() if "connected" in line][-1])
        # Who speaks in the clear there is told so.
        with socket.create_connection((AT_B, nodes[B].tls_port), 20) as clear:
            clear.sendall(b".\n")
            octets = b""
            while got := clear.recv(4096):
                octets += got
        self.assertIn(b"\n_error_necessary_encryption\n", octets)


class Pair(unittest.TestCase):
    """Two real nodes; circuits of both pass a counting proxy."""

    def setUp(self):
        self.b = Node(B, AT_B, {A: AT_A})
        self.a = Node(A, AT_A, {B: AT_B})
        self.to_b = Proxy(AT_B, (AT_B, self.b.psyc_port), AT_A)
        self.to_a = Proxy(AT_A, (AT_A, self.a.psyc_port), AT_B)
        for proxy in (self.to_b, self.to_a):
            self.addCleanup(proxy.close)
        self.a.use_hosts({B: f"{AT_B}:{self.to_b.port}"})
        self.b.use_hosts({A: f"{AT_A}:{self.to_a.port}"})
        for node in (self.a, self.b):
            self.addCleanup(node.close)
        self.a.add_place("lab")
        self.a.add_person("ada", PASSWORD)
        for number in range(1, 6):
            self.b.add_person(f"p{number}", PASSWORD)
            self.a.run("alias", "add", f"p{number}@{A}", f"psyc://{B}/~p{number}")
        self.a.start()
        self.b.start()

    def over_the_wire(self, method):
        return (self.to_b.count(method) + self.to_b.count(method, self.to_b.returned)
                + self.to_a.count(method) + self.to_a.count(method, self.to_a.returned))

    def client_at_b(self, nick):
        client = PsycClient(self.b.psyc_port, host=B, address=AT_B)
        self.addCleanup(client.close)
        client.link(nick, PASSWORD)
        return client

    def hear(self, context, text, *clients):
        for client in clients:
            heard = client.wait_packet(lambda one: one.method == "_message_public" and one.body == text, text)
            self.assertEqual(heard["_context"], context)

    def enter(self, client):
        client.send("_request_do_enter", routing={"_target": client.person}, entity={"_group": f"psyc://{A}/@lab"})
        client.wait_packet(lambda packet: packet.method.startswith("_echo_place_enter"), "entering the lab")

    def test_five_persons_share_one_packet_and_each_has_its_mail_once(self):
        replies = self.a.mail(*(f"p{number}@{A}" for number in range(1, 6)))
        self.assertEqual([reply.code for reply in replies], [250] * 5, replies)
        self.assertEqual(self.over_the_wire("_notice_email_delivered"), 1)
        for number in range(1, 6):
            self.assertEqual(len(self.b.entries(f"~p{number}")), 1, number)

    def test_persons_at_both_nodes(self):
        replies = self.a.mail(f"ada@{A}", f"p1@{A}", f"p2@{A}")
        self.assertEqual([reply.code for reply in replies], [250] * 3, replies)
        self.assertEqual(self.over_the_wire("_notice_email_delivered"), 1)
        self.assertEqual(len(self.a.entries("~ada")), 1)
        self.assertEqual(len(self.b.entries("~p1")), 1)

    def test_talk_about_a_mail_reaches_its_members_at_both_nodes_in_one_packet(self):
        ada = PsycClient(self.a.psyc_port, host=A, address=AT_A)
        self.addCleanup(ada.close)
        ada.link("ada", PASSWORD)
        p1, p2, p3 = (self.client_at_b(nick) for nick in ("p1", "p2", "p3"))
        shown = [f"{nick}@{A}" for nick in ("ada", "p1", "p2")]
        replies = self.a.mail(*shown, f"p3@{A}", subject="plans", to=shown)
        self.assertEqual([reply.code for reply in replies], [250] * 4, replies)
        mail = ada.wait_method("_notice_email_delivered")
        context = mail["_context_mail"]
        self.assertIn(f"psyc://{B}/~p1", mail["_list_recipients"])
        self.assertNotIn("p3", mail["_list_recipients"])
        for client in (p1, p2, p3):
            self.assertEqual(client.wait_method("_notice_email_delivered")["_context_mail"], context)

        def say(client, text):
            client.send("_message_public", text, routing={"_target": context})

        def hear(text, *clients):
            self.hear(context, text, *clients)

        say(ada, "lunch?")
        hear("lunch?", ada, p1, p2)
        self.assertEqual(self.over_the_wire("_message_public"), 1)
        say(p1, "yes")
        hear("yes", ada, p1, p2)
        self.assertEqual(self.over_the_wire("_message_public"), 3)  # there, and back to both who are there
        say(p3, "me too")
        p3.wait_packet(lambda one: one["_method_relay"] == "_error_necessary_membership"
                       or one.method == "_error_necessary_membership", "the refusal")
        self.assertNotIn("lunch?", [entry["text"] for entry in self.b.entries("~p3")])

    def test_those_named_in_a_mail_that_went_elsewhere_alone_talk_about_it(self):
        p1, p2, p3 = (self.client_at_b(nick) for nick in ("p1", "p2", "p3"))
        shown = [f"{nick}@{A}" for nick in ("p1", "p2")]
        replies = self.a.mail(*shown, f"p3@{A}", subject="plans", to=shown)
        self.assertEqual([reply.code for reply in replies], [250] * 3, replies)
        context = p1.wait_method("_notice_email_delivered")["_context_mail"]
        self.assertTrue(context.startswith(f"psyc://{A}/@mail-"), context)
        for client in (p2, p3):
            client.wait_method("_notice_email_delivered")
        p1.send("_message_public", "lunch?", routing={"_target": context})
        self.hear(context, "lunch?", p1, p2)
        p3.send("_message_public", "me too", routing={"_target": context})
        p3.wait_packet(lambda one: one["_method_relay"] == "_error_necessary_membership"
                       or one.method == "_error_necessary_membership", "the refusal")

    def test_a_place_with_members_elsewhere_is_one_packet_for_all_of_them(self):
        clients = [self.client_at_b(f"p{number}") for number in (1, 2, 3)]
        for client in clients:
            self.enter(client)
        before = self.over_the_wire("_message_public_mail")
        self.assertEqual(self.a.mail(f"*lab@{A}", subject="for the lab")[0].code, 250)
        for client in clients:
            client.wait_packet(lambda packet: packet.method == "_message_public_mail"
                               and "for the lab" in packet.body, "the mail in the lab")
        self.assertEqual(self.over_the_wire("_message_public_mail") - before, 1)

    def test_the_other_node_killed_in_the_middle_loses_nothing_and_shows_nothing_twice(self):
        client = self.client_at_b("p1")
        self.enter(client)
        taken, put_off = [], []

        def mail(number):
            [reply] = self.a.mail(f"p2@{A}", subject=f"mail {number}", message_id=f"{number}@example.net")
            (taken if reply.code == 250 else put_off).append(number)
            self.assertIn(reply.code, (250, 451), reply)

        for number in range(3):
            self.assertEqual(self.a.mail(f"*lab@{A}", subject=f"lab {number}")[0].code, 250)
            mail(number)
        self.b.kill()
        client.close()
        for number in range(3, 6):
            self.assertEqual(self.a.mail(f"*lab@{A}", subject=f"lab {number}")[0].code, 250)
            mail(number)
        self.assertEqual(taken, [0, 1, 2])
        self.b.start()

        def retried():
            for number in list(put_off):
                put_off.remove(number)
                mail(number)
            return not put_off

        harness.wait_until(retried, "what was put off is taken", 60, 0.5)

        def count(entity, words):
            return sum(words in entry["text"] for entry in self.b.entries(entity))

        for number in range(6):
            self.assertEqual(count("~p2", f"mail {number}"), 1, number)
        harness.wait_until(lambda: all(count("~p1", f"lab {number}") >= 1 for number in range(6)),
                           "the lab's mails have come", 60, 0.5)
        for number in range(6):
            self.assertEqual(count("~p1", f"lab {number}"), 1, number)


if __name__ == "__main__":
    unittest.main(verbosity=2)
