#!/usr/bin/env python3
"""What the documents of IRC say a server does, as dialogues with the running daemon.

Neither Debian nor npm has a conformance suite for IRC servers, so this is one: each case names the document it comes from
and is a conversation.

    ada -> JOIN #lab          ada sends this line
    ada <- 366 ada #lab :*    a line comes that looks so: '*' is anything, {x} is remembered for what follows; lines
                              between are passed over; ":HOST " in front may be missing
    ada !! PRIVMSG *          of all lines that have come when a PING is answered, behind the last "<-", none looks so

A case begins with who is there, and with which capabilities; "(PASS)" stands for a client that knows none.
"""
import re
import shutil
import unittest

import harness
from irc_client import IrcClient
from lmtp_client import Client, message

PASSWORD = "correct-horse"
HOST = "chat.example.org"

CASES = r"""
== registration_welcome | RFC 2812 5.1, modern.ircdocs.horse 3.2
ada (PASS)
ada -> VERSION
ada <- 351 ada mailcast-* HOST :*
ada <- 005 ada *CASEMAPPING=ascii * :are supported by this server
ada <- 005 ada *CHANNELLEN=64 * :are supported by this server
ada <- 005 ada *UTF8ONLY* :are supported by this server

== isupport_names_what_there_is | modern.ircdocs.horse 3.4, IRCv3 chathistory, monitor, utf8-only, message-tags
ada
ada -> VERSION
ada <- 005 ada * PREFIX=(o)@ *
ada <- 005 ada *CHATHISTORY=100*MONITOR=100*
ada <- 005 ada *WHOX*MSGREFTYPES=timestamp,msgid*CLIENTTAGDENY=\*,-draft/reply *

== ping_and_pong | RFC 2812 3.7.2
ada
ada -> PING token
ada <- PONG HOST :token
ada -> PING :two words
ada <- PONG HOST :two words
ada -> PONG :never asked
ada -> PING
ada <- 461 ada PING :*

== registering_twice | RFC 2812 3.1.1, 3.1.3
ada
ada -> USER x 0 * :x
ada <- 462 ada :*
ada -> PASS x
ada <- 462 ada :*

== nick | RFC 2812 3.1.2; a nick is the account
ada
ada -> NICK
ada <- 431 ada :*
ada -> NICK bob
ada <- 433 ada bob :*
ada -> NICK somebody
ada <- 432 ada somebody :*
ada -> NICK ada
ada !! 43? *

== unknown_command_and_too_few_parameters | RFC 2812 5.2
ada
ada -> NOSUCHTHING a b
ada <- 421 ada NOSUCHTHING :*
ada -> JOIN
ada <- 461 ada JOIN :*
ada -> KICK #lab
ada <- 461 ada KICK :*
ada -> INVITE bob
ada <- 461 ada INVITE :*
ada -> WHOIS
ada <- 461 ada WHOIS :*

== join_answers_in_order | RFC 2812 3.2.1, modern.ircdocs.horse JOIN
ada
bob
ada -> JOIN #lab
ada <- :ada!ada@HOST JOIN #lab
ada <- 353 ada = #lab :*ada*
ada <- 366 ada #lab :*
bob -> JOIN #LAB
bob <- :bob!bob@HOST JOIN #lab
bob <- 366 bob #lab :*
ada <- :bob!bob@HOST JOIN #lab
bob -> JOIN #lab
bob !! *JOIN*

== join_of_nothing | RFC 2812 3.2.1
ada
ada -> JOIN #nowhere
ada <- 403 ada #nowhere :*
ada -> JOIN lab
ada <- 403 ada lab :*
ada -> JOIN #lab,#nowhere,#attic
ada <- 403 ada #nowhere :*
ada <- :ada!ada@HOST JOIN #lab
ada <- :ada!ada@HOST JOIN #attic

== join_zero | RFC 2812 3.2.1
ada
ada -> JOIN #lab,#attic
ada <- 366 ada #attic :*
ada -> JOIN 0
ada <- :ada!ada@HOST PART #lab
ada <- :ada!ada@HOST PART #attic

== part | RFC 2812 3.2.2
ada
bob
ada -> JOIN #lab
ada <- 366 ada #lab :*
bob -> JOIN #lab
bob <- 366 bob #lab :*
bob -> PART #lab :off to lunch
bob <- :bob!bob@HOST PART #lab :off to lunch
ada <- :bob!bob@HOST PART #lab*
bob -> PART #lab
bob <- 442 bob #lab :*
bob -> PART #nowhere
bob <- 403 bob #nowhere :*

== privmsg_in_a_channel | RFC 2812 3.3.1
ada
bob
ada -> JOIN #lab
ada <- 366 ada #lab :*
bob -> JOIN #lab
bob <- 366 bob #lab :*
bob -> PRIVMSG #lab :hello : there
ada <- :bob!bob@HOST PRIVMSG #lab :hello : there
bob !! *PRIVMSG*

== privmsg_errors | RFC 2812 3.3.1
ada
ada -> PRIVMSG
ada <- 411 ada :*
ada -> PRIVMSG bob
ada <- 412 ada :*
ada -> PRIVMSG bob :
ada <- 412 ada :*
ada -> PRIVMSG zoe :x
ada <- 401 ada zoe :*
ada -> PRIVMSG #nowhere :x
ada <- 403 ada #nowhere :*
ada -> PRIVMSG #lab :x
ada <- 404 ada #lab :*

== privmsg_to_a_person | RFC 2812 3.3.1
ada
bob
bob -> PRIVMSG ada :psst
ada <- :bob!bob@HOST PRIVMSG ada :psst
bob -> PRIVMSG ADA,ada :twice
ada <- :bob!bob@HOST PRIVMSG ada :twice

== notice_stays_one_and_gets_no_answer | RFC 2812 3.3.2
ada
bob
bob -> NOTICE ada :for your eyes
ada <- :bob!bob@HOST NOTICE ada :for your eyes
bob -> NOTICE zoe :x
bob -> NOTICE #nowhere :x
bob -> NOTICE
bob -> NOTICE ada
bob !! 4?? *

== ctcp_action_is_passed_on_and_no_other | modern.ircdocs.horse CTCP
ada
bob
bob -> PRIVMSG ada :{^A}ACTION waves{^A}
ada <- :bob!bob@HOST PRIVMSG ada :{^A}ACTION waves{^A}
bob -> PRIVMSG ada :{^A}VERSION{^A}
ada !! *VERSION*

== formatting_of_others_is_not_passed_on | DESIGN 5.9
ada
bob
bob -> PRIVMSG ada :{^B}bold{^O} {^C}04red
ada <- :bob!bob@HOST PRIVMSG ada :*bold*red

== topic | RFC 2812 3.2.4
ada
bob
ada -> TOPIC #attic :x
ada <- 442 ada #attic :*
ada -> JOIN #attic
ada <- 366 ada #attic :*
bob -> JOIN #attic
bob <- 366 bob #attic :*
ada -> TOPIC #attic :dust and tea
ada <- :ada!ada@HOST TOPIC #attic :dust and tea
bob <- :ada!ada@HOST TOPIC #attic :dust and tea
bob -> TOPIC #attic
bob <- 332 bob #attic :dust and tea
bob -> TOPIC #attic :
bob <- :bob!bob@HOST TOPIC #attic :
bob -> TOPIC #attic
bob <- 331 bob #attic :*
bob -> TOPIC #nowhere
bob <- 403 bob #nowhere :*

== names_and_list | RFC 2812 3.2.5, 3.2.6, ELIST=M
ada
ada -> JOIN #lab
ada <- 366 ada #lab :*
ada -> NAMES #lab
ada <- 353 ada = #lab :*ada*
ada <- 366 ada #lab :*
ada -> NAMES #nowhere
ada <- 366 ada #nowhere :*
ada -> LIST
ada <- 322 ada #lab * :*
ada <- 323 ada :*
ada -> LIST #at*
ada <- 322 ada #attic * :*
ada <- 323 ada :*
ada -> LIST #nowhere
ada <- 323 ada :*

== mode | RFC 2812 3.1.5, 3.2.3
ada
ada -> MODE ada
ada <- 221 ada +*
ada -> MODE bob
ada <- 502 ada :*
ada -> JOIN #lab
ada <- 366 ada #lab :*
ada -> MODE #lab
ada <- 324 ada #lab +nt
ada -> MODE #lab b
ada <- 368 ada #lab :*
ada -> MODE #lab +b
ada <- 368 ada #lab :*
ada -> MODE #lab +k key
ada <- 472 ada *
ada -> MODE #lab +o bob
ada <- 482 ada #lab :*
ada -> MODE #nowhere
ada <- 403 ada #nowhere :*

== owners_give_and_take_and_kick | RFC 2812 3.2.3, 3.2.8
boss
bob multi-prefix
boss -> JOIN #attic
boss <- 366 boss #attic :*
bob -> JOIN #attic
bob <- 366 bob #attic :*
bob -> KICK #attic boss :no
bob <- 482 bob #attic :*
boss -> MODE #attic +o bob
bob <- :boss!boss@HOST MODE #attic +o bob
bob -> NAMES #attic
bob <- 353 bob = #attic :*@bob*
boss -> MODE #attic -o bob
bob <- :boss!boss@HOST MODE #attic -o bob
boss -> KICK #attic bob :enough
bob <- :boss!boss@HOST KICK #attic bob :enough
boss -> KICK #attic bob :again
boss <- 441 boss bob #attic :*
bob -> PRIVMSG #attic :still here?
bob <- 404 bob #attic :*
boss -> KICK #nowhere bob
boss <- 403 boss #nowhere :*

== invite | RFC 2812 3.2.7, IRCv3 invite-notify
ada
bob
cyd invite-notify
ada -> INVITE bob #lab
ada <- 442 ada #lab :*
ada -> JOIN #lab
ada <- 366 ada #lab :*
cyd -> JOIN #lab
cyd <- 366 cyd #lab :*
ada -> INVITE bob #lab
ada <- 341 ada bob #lab
bob <- :ada!ada@HOST INVITE bob #lab
cyd <- :ada!ada@HOST INVITE bob #lab
ada -> INVITE zoe #lab
ada <- 401 ada zoe :*
ada -> INVITE bob #nowhere
ada <- 403 ada #nowhere :*
ada -> INVITE cyd #lab
ada <- 443 ada cyd #lab :*

== who_and_whox | RFC 2812 3.6.1, IRCv3 whox
ada
bob
bob -> JOIN #lab
bob <- 366 bob #lab :*
ada -> WHO #lab
ada <- 352 ada #lab bob HOST HOST bob H :0 bob
ada <- 315 ada #lab :*
ada -> WHO bob
ada <- 352 ada \* bob HOST HOST bob H :0 bob
ada <- 315 ada bob :*
ada -> WHO #lab %tcuhsnfar,42
ada <- 354 ada 42 #lab bob HOST HOST bob H bob :bob
ada <- 315 ada #lab :*
ada -> WHO zoe
ada <- 315 ada zoe :*

== whois | RFC 2812 3.6.2
ada
bob
ada -> JOIN #lab
ada <- 366 ada #lab :*
bob -> JOIN #lab
bob <- 366 bob #lab :*
ada -> WHOIS bob
ada <- 311 ada bob bob HOST \* :*
ada <- 319 ada bob :#lab
ada <- 312 ada bob HOST :*
ada <- 330 ada bob bob :*
ada <- 318 ada bob :*
ada -> WHOIS HOST bob
ada <- 311 ada bob bob HOST \* :*
ada -> WHOIS zoe
ada <- 401 ada zoe :*
ada <- 318 ada zoe :*
ada -> WHOWAS zoe
ada <- 406 ada zoe :*
ada <- 369 ada zoe :*

== userhost_ison | RFC 2812 4.8, 4.9
ada
bob
ada -> USERHOST bob zoe
ada <- 302 ada :bob=+bob@HOST
ada -> ISON bob zoe ada
ada <- 303 ada :bob ada

== away | RFC 2812 4.1, IRCv3 away-notify
ada
bob
cyd away-notify
bob -> JOIN #lab
bob <- 366 bob #lab :*
cyd -> JOIN #lab
cyd <- 366 cyd #lab :*
bob -> AWAY :at lunch
bob <- 306 bob :*
cyd <- :bob!bob@HOST AWAY :at lunch
ada -> PRIVMSG bob :hello
ada <- 301 ada bob :at lunch
ada -> WHOIS bob
ada <- 301 ada bob :at lunch
ada -> WHO bob
ada <- 352 ada \* bob HOST HOST bob G :*
ada -> USERHOST bob
ada <- 302 ada :bob=-bob@HOST
bob -> AWAY
bob <- 305 bob :*
cyd <- :bob!bob@HOST AWAY

== monitor | IRCv3 monitor
ada
ada -> MONITOR + bob,zoe
ada <- 731 ada :bob
ada <- 731 ada :zoe
ada -> MONITOR L
ada <- 732 ada :bob*
ada <- 733 ada :*
bob
ada <- 730 ada :bob!bob@HOST
ada -> MONITOR S
ada <- 730 ada :bob!bob@HOST
bob -> QUIT
ada <- 731 ada :bob
ada -> MONITOR - bob
ada -> MONITOR C
ada -> MONITOR L
ada <- 733 ada :*

== lusers_motd_version_time | RFC 2812 3.4
ada
ada -> LUSERS
ada <- 251 ada :There are * users and * invisible on 1 servers
ada <- 255 ada :I have * clients and 0 servers
ada -> MOTD
ada <- 375 ada :*
ada <- 372 ada :*
ada <- 376 ada :*
ada -> TIME
ada <- 391 ada HOST :*

== cap_ls_list_req | IRCv3 capability-negotiation
ada
ada -> CAP LS 302
ada <- CAP ada LS :*sasl=PLAIN,SCRAM-SHA-256*
ada -> CAP REQ :server-time no-such-thing
ada <- CAP ada NAK :server-time no-such-thing
ada -> CAP REQ :echo-message
ada <- CAP ada ACK :echo-message
ada -> CAP LIST
ada <- CAP ada LIST :*echo-message*
ada -> CAP REQ :-echo-message
ada <- CAP ada ACK :-echo-message
ada -> CAP WHAT
ada <- 410 ada WHAT :*

== echo_message_server_time_msgid_account | IRCv3 echo-message, server-time, message-ids, account-tag
ada echo-message server-time message-tags account-tag
bob server-time message-tags account-tag
ada -> PRIVMSG bob :marked
ada <- @time={t};msgid={m};account=ada :ada!ada@HOST PRIVMSG bob :marked
bob <- @time={t};msgid={m};account=ada :ada!ada@HOST PRIVMSG bob :marked

== no_tags_for_who_did_not_ask | IRCv3 message-tags
ada
bob server-time message-tags
bob -> @+typing=active;+draft/reply=x PRIVMSG ada :plain
ada <- :bob!bob@HOST PRIVMSG ada :plain
bob -> @+typing=active TAGMSG ada
ada !! @*

== extended_join_account | IRCv3 extended-join
ada extended-join
bob
ada -> JOIN #lab
ada <- :ada!ada@HOST JOIN #lab ada :*
bob -> JOIN #lab
ada <- :bob!bob@HOST JOIN #lab bob :bob

== userhost_in_names | IRCv3 userhost-in-names
ada userhost-in-names
ada -> JOIN #lab
ada <- 353 ada = #lab :*ada!ada@HOST*

== setname | IRCv3 setname
ada setname
bob setname
cyd
ada -> JOIN #lab
ada <- 366 ada #lab :*
bob -> JOIN #lab
bob <- 366 bob #lab :*
cyd -> JOIN #lab
cyd <- 366 cyd #lab :*
ada -> SETNAME :Ada of the lab
ada <- :ada!ada@HOST SETNAME :Ada of the lab
bob <- :ada!ada@HOST SETNAME :Ada of the lab
cyd -> WHOIS ada
cyd <- 311 cyd ada ada HOST \* :Ada of the lab
cyd !! *SETNAME*

== labeled_response | IRCv3 labeled-response, batch
ada labeled-response batch echo-message
bob
ada -> @label=one PING x
ada <- @label=one :HOST PONG HOST :x
ada -> @label=two WHO bob
ada <- @label=two :HOST BATCH +{ref} labeled-response
ada <- @batch={ref} :HOST 352 ada *
ada <- @batch={ref} :HOST 315 ada *
ada <- BATCH -{ref}
ada -> @label=three TAGMSG bob
ada <- @label=three :HOST ACK
ada -> @label=four PRIVMSG zoe :x
ada <- @label=four :HOST 401 ada zoe :*
ada -> @label=five PRIVMSG bob :x
ada <- @*label=five* :ada!ada@HOST PRIVMSG bob :x
ada -> @label=six NOSUCH
ada <- @label=six :HOST 421 ada NOSUCH :*
ada -> @label=seven NOTICE zoe :x
ada <- @label=seven :HOST ACK

== standard_replies | IRCv3 standard-replies
ada standard-replies draft/chathistory batch server-time message-tags
ada -> CHATHISTORY NONSENSE #lab * 10
ada <- FAIL CHATHISTORY INVALID_PARAMS NONSENSE :*
ada -> CHATHISTORY LATEST #nowhere * 10
ada <- FAIL CHATHISTORY INVALID_TARGET LATEST #nowhere :*
ada -> CHATHISTORY LATEST bob *
ada <- FAIL CHATHISTORY INVALID_PARAMS LATEST :*
ada -> CHATHISTORY BEFORE bob yesterday 10
ada <- FAIL CHATHISTORY INVALID_MSGREFTYPE BEFORE :*

== utf8_only | IRCv3 utf8-only
ada standard-replies
bob
ada -> PRIVMSG bob :{\xff\xfe}
ada <- FAIL * INVALID_UTF8 :*
bob !! *PRIVMSG*

== a_line_that_is_too_long | modern.ircdocs.horse 417
ada
ada -> PRIVMSG bob :{600x}
ada <- 417 ada :*
ada -> PING after
ada <- PONG HOST :after

== chathistory_latest_before_after_around_between | IRCv3 draft/chathistory
ada draft/chathistory batch server-time message-tags
bob message-tags echo-message
ada -> JOIN #den
ada <- 366 ada #den :*
bob -> JOIN #den
bob <- 366 bob #den :*
bob -> PRIVMSG #den :m1
bob <- @msgid={m1} * :*m1
bob -> PRIVMSG #den :m2
bob <- @msgid={m2} * :m2
bob -> PRIVMSG #den :m3
bob <- @msgid={m3} * :m3
bob -> PRIVMSG #den :m4
bob <- @msgid={m4} * :m4
ada <- @* :m4
ada -> CHATHISTORY LATEST #den * 2
ada <- BATCH +{a} chathistory #den
ada <- @batch={a};time={t3};msgid={m3} :bob!bob@HOST PRIVMSG #den :m3
ada <- @batch={a};time={t4};msgid={m4} :bob!bob@HOST PRIVMSG #den :m4
ada <- BATCH -{a}
ada -> CHATHISTORY LATEST #den msgid={m3} 10
ada <- BATCH +{b} chathistory #den
ada <- @batch={b};* :m4
ada <- BATCH -{b}
ada -> CHATHISTORY BEFORE #den msgid={m3} 1
ada <- BATCH +{c} chathistory #den
ada <- @batch={c};* :m2
ada <- BATCH -{c}
ada -> CHATHISTORY AFTER #den msgid={m1} 2
ada <- BATCH +{d} chathistory #den
ada <- @batch={d};* :m2
ada <- @batch={d};* :m3
ada <- BATCH -{d}
ada -> CHATHISTORY AROUND #den msgid={m2} 3
ada <- BATCH +{e} chathistory #den
ada <- @batch={e};* :m1
ada <- @batch={e};* :m2
ada <- @batch={e};* :m3
ada <- BATCH -{e}
ada -> CHATHISTORY BETWEEN #den msgid={m1} msgid={m4} 10
ada <- BATCH +{f} chathistory #den
ada <- @batch={f};* :m2
ada <- @batch={f};* :m3
ada <- BATCH -{f}
ada -> CHATHISTORY BETWEEN #den msgid={m4} msgid={m1} 1
ada <- BATCH +{g} chathistory #den
ada <- @batch={g};* :m3
ada <- BATCH -{g}
ada -> CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z 10
ada <- BATCH +{h} draft/chathistory-targets
ada <- @batch={h} :HOST CHATHISTORY TARGETS #den {t4}
ada <- BATCH -{h}
ada -> CHATHISTORY AFTER #den timestamp=2099-01-01T00:00:00.000Z 10
ada <- BATCH +{i} chathistory #den
ada <- BATCH -{i}

== chathistory_of_a_conversation | IRCv3 draft/chathistory
ada draft/chathistory batch server-time message-tags
cyd
cyd -> PRIVMSG ada :c1
ada <- @* :cyd!cyd@HOST PRIVMSG ada :c1
ada -> PRIVMSG cyd :c2
cyd <- :ada!ada@HOST PRIVMSG cyd :c2
ada -> CHATHISTORY LATEST cyd * 2
ada <- BATCH +{a} chathistory cyd
ada <- @batch={a};* :cyd!cyd@HOST PRIVMSG ada :c1
ada <- @batch={a};* :ada!ada@HOST PRIVMSG cyd :c2
ada <- BATCH -{a}

== read_marker | IRCv3 draft/read-marker
ada draft/read-marker
ada2 draft/read-marker
ada -> MARKREAD #lab
ada <- MARKREAD #lab \*
ada -> MARKREAD #lab timestamp=2026-01-01T00:00:00.000Z
ada <- MARKREAD #lab timestamp=2026-01-01T00:00:00.000Z
ada2 <- MARKREAD #lab timestamp=2026-01-01T00:00:00.000Z
ada2 -> MARKREAD #lab timestamp=2025-01-01T00:00:00.000Z
ada2 <- MARKREAD #lab timestamp=2026-01-01T00:00:00.000Z
ada2 -> JOIN #lab
ada2 <- MARKREAD #lab timestamp=2026-01-01T00:00:00.000Z

== multiline | IRCv3 draft/multiline
ada draft/multiline batch message-tags labeled-response echo-message standard-replies
bob draft/multiline batch message-tags
cyd
ada -> @label=ml BATCH +1 draft/multiline bob
ada -> @batch=1 PRIVMSG bob :first
ada -> @batch=1;draft/multiline-concat PRIVMSG bob : goes on
ada -> @batch=1 PRIVMSG bob :second
ada -> BATCH -1
ada <- @label=ml* BATCH +{e} draft/multiline bob
bob <- * BATCH +{b} draft/multiline bob
bob <- @batch={b} :ada!ada@HOST PRIVMSG bob :first goes on
bob <- @batch={b} :ada!ada@HOST PRIVMSG bob :second
bob <- * BATCH -{b}
ada -> BATCH +2 draft/multiline cyd
ada -> @batch=2 PRIVMSG cyd :one
ada -> @batch=2 PRIVMSG cyd :two
ada -> BATCH -2
cyd <- :ada!ada@HOST PRIVMSG cyd :one
cyd <- :ada!ada@HOST PRIVMSG cyd :two
ada -> BATCH +3 nonsense bob
ada <- FAIL BATCH * :*
ada -> BATCH -4
ada <- FAIL BATCH * :*

== mail_has_a_time_an_id_and_no_account | IRCv3 server-time, message-ids, account-tag
ada server-time message-tags account-tag
mail ada@example.org Conform
ada <- @time={t};msgid={id} :bea|example_net!bea@example.net PRIVMSG ada :[external, unverified] Conform*
ada <- @time={t} :bea|example_net!bea@example.net PRIVMSG ada :The text.

== quit_and_error | RFC 2812 3.1.7
ada
bob
bob -> JOIN #lab
bob <- 366 bob #lab :*
ada -> JOIN #lab
ada <- 366 ada #lab :*
bob -> QUIT :bye
bob <- ERROR :*
ada <- :bob!bob@HOST PART #lab*
"""


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def read_cases(text):
    for part in re.split(r"(?m)^== ", text)[1:]:
        head, _, body = part.partition("\n")
        name, _, document = head.partition(" | ")
        yield name.strip(), document.strip(), [line for line in body.splitlines() if line.strip()]


CONTROLS = {"{^A}": "\x01", "{^B}": "\x02", "{^C}": "\x03", "{^O}": "\x0f", "{600x}": "x" * 600}


class Dialogue:
    """One case: its clients, and what was remembered."""

    def __init__(self, test, steps):
        self.test, self.steps, self.clients, self.known = test, steps, {}, {}

    def run(self):
        for step in self.steps:
            words = step.split(" ", 2)
            if words[0] == "mail":
                self.deliver(words[1], words[2])
            elif len(words) > 1 and words[1] in ("->", "<-", "!!"):
                deed = {"->": self.send, "<-": self.expect, "!!": self.expect_none}[words[1]]
                deed(self.clients[words[0]], words[2] if len(words) > 2 else "")
            else:
                self.connect(words[0], step.split()[1:])

    def connect(self, name, caps):
        client = IrcClient(self.test.port)
        self.clients[name] = client
        nick = name.rstrip("2")
        if caps == ["(PASS)"]:
            client.send(f"PASS {PASSWORD}", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
            client.wait_command("376")
        else:
            client.login(f"{nick}@{name}", PASSWORD, caps)
        client.round_trip()

    def deliver(self, to, subject):
        with Client(str(self.test.node.socket)) as client:
            client.hello()
            _, _, replies = client.deliver("bea@example.net", [to], message(subject, "The text.\r\n", extra=""))
        self.test.assertEqual([250], [reply.code for reply in replies])

    def send(self, client, line):
        for name, octet in CONTROLS.items():
            line = line.replace(name, octet)
        for name, value in self.known.items():
            line = line.replace("{" + name + "}", value)
        octets = line.encode().replace(rb"{\xff\xfe}", b"\xff\xfe") + b"\r\n"
        client.send_octets(octets)

    def pattern(self, expected):
        out, fresh = "", []
        expected = expected.replace("HOST", HOST)
        for name, octet in CONTROLS.items():
            expected = expected.replace(name, octet)
        for piece in re.split(r"(\\\*|\*|\?|\{\w+\})", expected):
            if piece == "*":
                out += ".*"
            elif piece == "?":
                out += "."
            elif piece == r"\*":
                out += r"\*"
            elif piece.startswith("{") and piece[1:-1] in self.known:
                out += re.escape(self.known[piece[1:-1]])
            elif piece.startswith("{"):
                out += f"(?P<{piece[1:-1]}>[^ ;]+)"
                fresh.append(piece[1:-1])
            else:
                out += re.escape(piece)
        return re.compile(f"(?::{re.escape(HOST)} )?{out}"), fresh

    def expect(self, client, expected):
        pattern, fresh = self.pattern(expected)
        found = {}

        def wanted(line):
            matched = pattern.fullmatch(line.raw.decode())
            if matched:
                found.update({name: matched.group(name) for name in fresh})
            return matched is not None
        client.wait(wanted, expected)
        self.known.update(found)

    def expect_none(self, client, unwanted):
        # What others caused has been written when their own questions are answered.
        for other in self.clients.values():
            if other is not client:
                self.settle(other)
        pattern, _ = self.pattern(unwanted)
        for line in client.round_trip():
            self.test.assertIsNone(pattern.fullmatch(line.raw.decode()), line.raw)

    @staticmethod
    def settle(client):
        """A round trip that does not go past what "<-" still waits for."""
        seen = client.seen
        try:
            client.round_trip()
        except ConnectionError:
            pass
        client.seen = seen

    def close(self):
        for client in self.clients.values():
            try:
                client.quit()
            except OSError:
                pass
            client.close()


class Conformance(unittest.TestCase):
    """Each case has a node of its own: what one leaves unread is no replay in the next."""

    @classmethod
    def setUpClass(cls):
        cls.prepared = harness.Mailcast()  # never runs; the accounts are made once and copied
        cls.addClassCleanup(cls.prepared.close)
        for nick in ("ada", "bob", "cyd", "boss"):
            cls.prepared.add_person(nick, PASSWORD)
        for place in ("lab", "attic", "den"):
            cls.prepared.add_place(place)

    def setUp(self):
        self.port = harness.free_port()
        self.node = harness.Mailcast(top='postmaster = "boss"',
                                     extra=f'[[listener]]\nprotocol = "irc"\naddress = "127.0.0.1:{self.port}"\n')
        self.addCleanup(self.node.close)
        shutil.copytree(self.prepared.data, self.node.data)
        self.node.start()
        self.node.wait_ready(("127.0.0.1", self.port))

    def run_case(self, steps):
        dialogue = Dialogue(self, steps)
        try:
            dialogue.run()
        except TimeoutError as late:
            self.fail(str(late))
        finally:
            dialogue.close()


def add_cases():
    for name, document, steps in read_cases(CASES):
        def test(self, steps=steps):
            self.run_case(steps)
        test.__doc__ = f"{name}: {document}"
        setattr(Conformance, f"test_{name}", test)


add_cases()


if __name__ == "__main__":
    unittest.main(verbosity=2)
