#!/usr/bin/env python3
"""What another node said to a running psyced, said to Mailcast: one test for each recorded conversation, by its name.
`psyced` is what psyced answered; where ours differs, docs/psyc.md says why.  What a client said is in
src/front/psyc/live_test.cpp."""
import socket
import time
import unittest

import harness
from psyc_client import PsycClient, parse

HOST, NODE, OTHER = "chat.example.org", "node.example.net", "other.example.net"
AT_NODE, AT_OTHER = "127.0.0.2", "127.0.0.3"
PASSWORD = "correct horse"

ESTABLISHED = (f":_source\tpsyc://{NODE}/\n\n:_implementation\tmailnode/0.1\n_notice_circuit_established\n"
               "Circuit to [_source] established.\n.\n")
WITH_TARGET = ESTABLISHED.replace("\n\n", f"\n:_target\tpsyc://{HOST}/\n\n", 1)
MAIL = (":_nick\tsender@example.com\n:_nick_target\t~alice\n:_subject\tmail by PSYC\n:_content\tbody line 1\n"
        "\tbody line 2\n:_method_SMTP\tMAIL\n:_host_source\tmx.example.com\n:_host_target\tchat.example.org\n"
        ":_ID_SMTP\t<id9@example.com>\n_notice_email_delivered\n([_method_SMTP] from [_nick] to [_nick_target]) "
        "[_subject]\n[_content]\n.\n")


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def packet(method, body="", target="~alice", source=f"psyc://{NODE}/~mailbot", variables=":_nick\tmailbot\n"):
    from_whom = f":_source\t{source}\n" if source else ""
    whole = body + "\n" if body else ""
    return f"{from_whom}:_target\tpsyc://{HOST}/{target}\n\n{variables}{method}\n{whole}.\n"


def mail(target="~alice", source=f"psyc://{NODE}/~mailbot"):
    return f":_source\t{source}\n:_target\tpsyc://{HOST}/{target}\n\n{MAIL}"


class Line:
    """A connection on which octets are said as they were recorded."""

    def __init__(self, port, address, first=".\n"):
        self.socket = socket.create_connection(("127.0.0.1", port), 20, (address, 0))
        self.octets = b""
        self.closed = False
        self.socket.sendall(first.encode())

    def read(self, until, what, deadline=20.0):
        end = time.monotonic() + deadline
        while not until():
            if self.closed:
                raise ConnectionError(f"closed before: {what}\n{self.text()}")
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                got = self.socket.recv(65536)
            except TimeoutError:
                raise TimeoutError(f"{what}\n{self.text()}") from None
            except ConnectionResetError:
                got = b""
            self.octets += got
            self.closed = not got

    def text(self):
        return self.octets.decode("utf-8", "replace")

    def packets(self):
        blocks = ("\n" + self.text()).split("\n.\n")[:-1]
        whole = [block.removeprefix(".\n") for block in blocks]  # in front of it stood an empty packet
        return [parse(block) for block in whole if block.strip("\n")]

    def methods(self):
        """Without those of the greeting."""
        greeting = ("_notice_circuit_established", "_status_circuit")
        return [one.method for one in self.packets() if one.method and one.method not in greeting]

    def greeted(self):
        self.read(lambda: "_status_circuit\n" in self.text() and self.text().endswith("\n.\n"), "the greeting")

    def say(self, octets, answer=None):
        """And waits for a packet with that method, one more than there were."""
        before = self.methods().count(answer)
        self.socket.sendall(octets.encode())
        if answer:
            self.read(lambda: self.methods().count(answer) > before, f"{answer} to {octets!r}")
            return [one for one in self.packets() if one.method == answer][-1]
        return None

    def settled(self):
        """All that was said has been answered: a question behind it is."""
        self.say(packet("_request_ping", target="", source=f"psyc://{NODE}/",
                        variables="").replace("\n\n", "\n:_tag\tsettled\n\n", 1), "_echo_ping")

    def ended(self):
        self.read(lambda: self.closed, "the end of the circuit")

    def close(self):
        self.socket.close()


class Transcripts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        table = f'{{ "{NODE}" = "{AT_NODE}:4404", "{OTHER}" = "{AT_OTHER}:4404" }}'
        cls.node = harness.Mailcast(hostname=HOST, extra=f"[psyc]\nhosts = {table}\n")
        for nick in ("alice", "bob", "dave"):
            cls.node.add_person(nick, PASSWORD)
        for place in ("testroom", "maillist"):
            cls.node.add_place(place)
        cls.node.start()

    @classmethod
    def tearDownClass(cls):
        cls.node.close()

    def line(self, address=AT_NODE, first=".\n"):
        line = Line(self.node.psyc_port, address, first)
        self.addCleanup(line.close)
        return line

    def greeted(self, address=AT_NODE, then=ESTABLISHED):
        line = self.line(address)
        line.greeted()
        line.say(then)
        return line

    def client(self, nick="alice"):
        client = PsycClient(self.node.psyc_port, host=HOST)
        self.addCleanup(client.close)
        client.link(nick, PASSWORD)
        return client

    def texts(self, entity):
        return [(entry["source"], entry["text"]) for entry in self.node.entries(entity)]

    def test_R1_the_recommended_handshake(self):
        alice = self.client()
        line = self.line(first=".\n" + ESTABLISHED)
        line.greeted()
        greeting = line.packets()[0]
        self.assertEqual(greeting["_source"], f"psyc://{HOST}/")
        self.assertRegex(greeting["_target_peer"], rf"^psyc://{AT_NODE}:-\d+/$")
        line.say(mail())
        self.assertEqual(alice.wait_method("_notice_email_delivered", content="body line 1\nbody line 2")["_nick"],
                         "sender@example.com")
        echo = line.say(packet("_message_private", "hello alice from another node"), "_message_echo_private")
        self.assertEqual((echo["_source"], echo["_target"], echo.body),
                         (f"psyc://{HOST}/~alice", f"psyc://{NODE}/~mailbot", "hello alice from another node"))
        self.assertEqual(alice.wait_packet(lambda one: one.body == "hello alice from another node", "talk")["_source_relay"],
                         f"psyc://{NODE}/~mailbot")
        error = line.say(packet("_message_private", "hello", target="~nobodyhere"), "_error_unknown_name_user")
        self.assertEqual((error["_nick_target"], error.body), ("nobodyhere", 'Cannot reach "[_nick_target]".'))
        self.assertEqual(line.methods(), ["_message_echo_private", "_error_unknown_name_user"])

    def test_R2_R3_one_packet_only_is_answered_on_its_own_circuit(self):
        """psyced dials back for the answer to the first packet; ours needs no second circuit."""
        line = self.line(first=".\n" + packet("_message_private", "straight in"))
        line.read(lambda: "_message_echo_private" in line.methods(), "the echo")
        again = self.line(first=".\n" + packet("_message_private", "second", target="~nobodyhere"))
        again.read(lambda: "_error_unknown_name_user" in again.methods(), "the error")

    def test_P2b_a_greeting_with_a_target_is_one_too(self):
        """psyced answers it with _failure_unsupported_function_root."""
        line = self.greeted(then=WITH_TARGET)
        line.say(packet("_message_private", "hello bob", target="~bob"), "_message_echo_private")
        self.assertEqual(line.methods(), ["_message_echo_private"])
        self.assertIn((f"psyc://{NODE}/~mailbot", "hello bob"), self.texts("~bob"))

    def test_P3_errors_and_rooms(self):
        line = self.greeted(then=WITH_TARGET)
        line.say(packet("_message_private", "after established"), "_message_echo_private")
        line.say(packet("_message_private", "hello nobody", target="~nobodyhere"), "_error_unknown_name_user")
        error = line.say(packet("_message_public", "to room uninvited", target="@testroom"), "_error_necessary_membership")
        self.assertEqual((error["_source"], error["_nick_place"]), (f"psyc://{HOST}/@testroom", "testroom"))
        # psyced takes mail in rooms of one type alone; ours in every place, by its rules.
        before = len(self.texts("@testroom"))
        line.say(mail("@testroom"))
        line.say(mail("@maillist"))
        line.settled()
        self.assertEqual(len(self.texts("@testroom")), before + 1)
        self.assertIn("body line 1", self.texts("@maillist")[-1][1])

    def test_P5_forged_sources_end_the_circuit(self):
        """psyced logs and delivers both."""
        for source in (f"psyc://{OTHER}/~x", f"psyc://{HOST}/~dave"):
            line = self.line()
            line.greeted()
            line.say(packet("_message_private", "forged", source=source), "_error_rejected_relay_incoming")
            line.ended()
        self.assertNotIn("forged", [text for _, text in self.texts("~alice")])

    def test_P6_N10b_a_mail_address_is_no_source(self):
        """psyced: silence from elsewhere, delivered from 127.0.0.1."""
        for address in (AT_NODE, "127.0.0.1"):
            before = len(self.texts("~alice"))
            line = self.greeted() if address == AT_NODE else self.line(address)
            error = line.say(mail(source="mailto:sender@example.com"), "_error_unknown_scheme")
            self.assertEqual(error["_scheme"], "mailto")
            self.assertEqual(len(self.texts("~alice")), before)

    def test_P8_templates_of_others_are_filled_and_marked(self):
        alice = self.client()
        line = self.greeted()
        line.say(f":_source\tpsyc://{NODE}/~mailbot\n:_target\tpsyc://{HOST}/~alice\n\n:_nick\tsender@example.com\n"
                 ":_subject\tmail by PSYC\n_notice_mail_arrived\nYou have mail from [_nick]: [_subject] [_missing]\n.\n")
        notice = alice.wait_method("_notice_elsewhere")
        self.assertEqual(notice["_content"], "You have mail from sender@example.com: mail by PSYC [_missing]")
        self.assertEqual(notice["_method_relay"], "_notice_mail_arrived")
        line.say(packet("_message", "plain _message"), "_message_echo_private")
        line.say(mail().replace("([_method_SMTP] from [_nick] to [_nick_target]) [_subject]\n[_content]",
                                "own text [_subject]"))
        self.assertEqual(alice.wait_method("_notice_email_delivered")["_subject"], "mail by PSYC")

    def test_P9_bodies_pass_unchanged(self):
        alice = self.client()
        line = self.greeted()
        for body in ("line1\n\n..\n.x\n_word\n:var\tx\nend", "UTF-8 \N{SNOWMAN} grüß", "with [_nick] in body"):
            echo = line.say(packet("_message_private", body), "_message_echo_private")
            self.assertEqual(echo.body, body)
            alice.wait_packet(lambda one, said=body: one.method == "_message_private" and one.body == said, body)

    def test_N6_without_a_source_it_is_the_address_that_speaks(self):
        alice = self.client()
        line = self.line()
        line.greeted()
        echo = line.say(packet("_message_private", "no source", source=""), "_message_echo_private")
        location = line.packets()[0]["_target_peer"]
        self.assertEqual(echo["_target"], location)
        heard = alice.wait_packet(lambda one: one.body == "no source", "the message")
        self.assertEqual((heard["_source_relay"], heard["_nick"]), (location, location))
        line.say(packet("_message_public", "no source", target="@testroom", source=""), "_error_necessary_membership")

    def test_N8d_enter_speak_leave(self):
        alice = self.client()
        alice.enter("testroom")
        line = self.line()
        line.greeted()
        echo = line.say(packet("_request_enter", target="@testroom"), "_echo_place_enter")
        self.assertIn(f"psyc://{HOST}/~alice", echo["_list_members"])
        alice.wait_method("_notice_place_enter", source_relay=f"psyc://{NODE}/~mailbot")
        heard = line.say(packet("_message_public", "to room after entering", target="@testroom"), "_message_public")
        self.assertEqual((heard["_context"], heard["_source_relay"], heard["_source"], heard["_target"]),
                         (f"psyc://{HOST}/@testroom", f"psyc://{NODE}/~mailbot", "", ""))
        left = line.say(packet("_request_leave", target="@testroom"), "_notice_place_leave")
        self.assertEqual(left["_context"], f"psyc://{HOST}/@testroom")
        alice.wait_method("_notice_place_leave", source_relay=f"psyc://{NODE}/~mailbot")

    def test_a_member_whose_circuit_is_lost_leaves_at_once_and_is_back_with_it(self):
        alice = self.client()
        alice.enter("testroom")
        line = self.greeted()
        line.say(packet("_request_enter", target="@testroom"), "_echo_place_enter")
        alice.wait_method("_notice_place_enter", source_relay=f"psyc://{NODE}/~mailbot")
        line.close()
        gone = alice.wait_method("_notice_place_leave_netburp", source_relay=f"psyc://{NODE}/~mailbot")
        self.assertEqual(gone["_context"], f"psyc://{HOST}/@testroom")
        alice.send("_request_members", routing={"_target": f"psyc://{HOST}/@testroom", "_tag": "who"})
        self.assertNotIn(NODE, alice.wait_method("_status_place_members", tag_reply="who")["_list_members"])
        alice.packets.clear()
        back = self.greeted()
        alice.wait_method("_notice_place_enter", source_relay=f"psyc://{NODE}/~mailbot")
        back.say(packet("_request_leave", target="@testroom"), "_echo_place_leave")

    def test_N9c_nothing_is_relayed(self):
        line = self.line()
        line.greeted()
        octets = packet("_message_private", "relay").replace(f"psyc://{HOST}/~alice", f"psyc://{OTHER}/~x")
        self.assertEqual(line.say(octets, "_failure_unsupported_relay")["_host"], OTHER)
        line.settled()

    def test_N10_loopback_is_nobody_else(self):
        """psyced trusts whoever calls from 127.0.0.1."""
        line = self.line("127.0.0.1")
        line.greeted()
        line.say(packet("_message_private", "trusted localhost peer"), "_error_rejected_relay_incoming")
        line.ended()

    def test_N11_assigned_variables_hold(self):
        line = self.line()
        line.greeted()
        line.say(f"=_source\tpsyc://{NODE}/~mailbot\n=_target\tpsyc://{HOST}/~alice\n\n:_nick\tmailbot\n"
                 "_message_private\nfirst\n.\n", "_message_echo_private")
        self.assertEqual(line.say("\n_message_private\nsecond\n.\n", "_message_echo_private").body, "second")

    def test_N12_length(self):
        line = self.line()
        line.greeted()
        line.say(packet("_message_private", "hello").replace("\n\n", "\n:_length\t5\n\n", 1),
                 "_failure_unsupported_module_length")
        line.ended()

    def test_N13_lines_that_end_in_crlf(self):
        alice = self.client()
        line = self.line(first=".\r\n")
        line.greeted()
        line.say(packet("_message_private", "crlf\nin two lines").replace("\n", "\r\n"), "_message_echo_private")
        alice.wait_packet(lambda one: one.body == "crlf\nin two lines", "the message without carriage returns")

    def test_N14_N17_other_first_octets(self):
        line = self.line(first="HELO x\r\n")
        line.ended()
        self.assertIn("_error_syntax_initialization", line.text())
        # The generation that this psyced could not speak.
        line = self.line(first="|\n")
        line.read(lambda: line.text() == "|\n", "the greeting of 1.0")

    def test_N15_a_line_that_begins_with_nothing_known(self):
        line = self.line()
        line.greeted()
        line.say("garbage line\n.\n", "_error_invalid_method_compact")
        line.ended()

    def test_N16_a_ping_is_answered_but_not_each(self):
        line = self.line()
        line.greeted()
        before = len(line.octets)
        line.say(".\n")
        line.read(lambda: line.octets[before:] == b".\n", "the answer")
        line.say(".\n")
        line.settled()
        self.assertTrue(line.octets[before:].startswith(b".\n:"), line.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
