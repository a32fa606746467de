#!/usr/bin/env python3
"""Mailcast among other PSYC nodes: a foreign one as psyced is, and two Mailcast nodes on 127.0.0.2 and 127.0.0.3.
Packets are counted on the wire; the other node is killed in the middle."""
import contextlib
import json
import random
import socket
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
                udp.sendto(f".\n:_target\tpsyc://{A}/~ada\n\n:_origin\tCarol <c@example.com>\n:_subject\thi\n"
                           ":_nick_alias\tmxMail\n_notice_received_email\n([_nick_alias]) [_origin]: [_subject]\n.\n"
                           .encode(), (AT_A, self.node.psyc_port))
                client.wait_packet(lambda packet: "hi" in packet["_subject"], "the notice")
                udp.sendto(b".\n:_target\tx\n_notice_x\n.\n", (AT_A, self.node.psyc_port))
                harness.wait_until(lambda: self.status()["nodes"]["datagrams"] >= 2, "both were counted")
                udp.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    udp.recv(100)


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
