#!/usr/bin/env python3
"""Mail in IRC clients: what an octet client is sent, line by line, and what weechat, irssi and ii make of it."""
import datetime
import json
import re
import unittest

import harness
from harness import wait_until
from irc_client import IrcClient
from irc_programs import Ii, Irssi, Weechat, plain
from lmtp_client import Client, message, with_attachment
from psyc_client import PsycClient

PASSWORD = "correct-horse"  # ii cannot send one with a blank
CAPS = ("message-tags", "server-time", "batch", "echo-message", "labeled-response", "account-tag")
CORPUS = harness.SOURCE.parent / "shared" / "mail-corpus" / "mails"
LONGEST_LINE = 512  # octets with CRLF, without tags (RFC 2812 2.3)
LONGEST_TAGS = 8191  # IRCv3 message-tags
MOST_LINES = 40  # of one mail

OURS = ("ada", "bob", "cyd", "mailcast")

# What may never be in a line: controls, C1, bidirectional marks, line separators.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff]")


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def id_of(reply):
    return re.match(r"2\.1\.5 <[^>]*> ([0-9A-Z]{26}) ", reply.text).group(1)


class Door(unittest.TestCase):
    extra = ""

    @classmethod
    def setUpClass(cls):
        cls.port = harness.free_port()
        cls.node = harness.Mailcast(
            extra=f'[[listener]]\nprotocol = "irc"\naddress = "127.0.0.1:{cls.port}"\n'
                  f'[smarthost]\naddress = "127.0.0.1:{harness.free_port()}"\n' + cls.extra)
        cls.addClassCleanup(cls.node.close)
        for nick in ("ada", "bob", "cyd"):
            cls.node.add_person(nick, PASSWORD)
        cls.node.add_place("lab")
        cls.node.start()
        cls.node.wait_ready(("127.0.0.1", cls.port))

    def deliver(self, recipients, content, sender="bea@example.net"):
        """Takes a mail in by LMTP; gives its id."""
        with Client(str(self.node.socket)) as client:
            client.hello()
            _, rcpts, replies = client.deliver(sender, recipients, content)
        self.assertEqual([250] * len(recipients), [reply.code for reply in rcpts + replies][-len(recipients):],
                         [str(reply) for reply in rcpts + replies])
        return id_of(replies[0])

    def connect(self, account="ada", caps=CAPS):
        client = IrcClient(self.port)
        self.addCleanup(client.close)
        client.login(account, PASSWORD, caps)
        client.round_trip()
        return client

    def run_program(self, kind, account):
        try:
            program = kind(self.port, account, PASSWORD)
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(program.close)
        return program.start()

    def said(self, lines, nick=None):
        return [line.text for line in lines if line.command == "PRIVMSG" and nick in (None, line.nick)]

    def outbox(self):
        listed = self.node.run("outbox", "list", "--json").stdout.splitlines()
        return [json.loads(line) for line in listed if line.strip()]


# ---- an octet client -----------------------------------------------------------------------------

class Mail(Door):
    def test_a_live_mail_is_a_query_from_its_sender(self):
        ada = self.connect()
        mail_id = self.deliver(["ada@example.org"], message("Lunch", "At one?\r\n\r\nBea\r\n", extra=""), "sender@example.net")
        first = ada.wait_command("PRIVMSG", "Lunch")
        self.assertEqual("sender|example_net!sender@example.net", first.source)
        self.assertEqual(["ada", "[external, unverified] Lunch"], first.params)
        self.assertEqual(mail_id, first.tags["msgid"])
        self.assertIn("time", first.tags)
        self.assertEqual(["At one?", "Bea"], self.said(ada.round_trip()))

    def test_a_mail_to_a_place_is_said_there_by_its_sender(self):
        ada = self.connect()
        ada.join("#lab")
        self.deliver(["lab@example.org"], message("Report", "All is well.\r\n"), "cron@example.net")
        line = ada.wait_command("PRIVMSG", "Report")
        self.assertEqual("cron|example_net!cron@example.net", line.source)
        self.assertEqual("#lab", line.params[0])
        ada.wait_command("PRIVMSG", "#lab", "All is well.")

    def test_a_long_mail_is_forty_lines_and_more_has_the_rest(self):
        ada = self.connect()
        mail_id = self.deliver(["ada@example.org"],
                               message("long", "".join(f"word {at}\r\n" for at in range(1, 61)) + "> q\r\n"))
        ada.wait_command("PRIVMSG", "long")
        shown = self.said([ada.lines[ada.seen - 1], *ada.round_trip()], "bea|example_net")
        self.assertEqual(MOST_LINES, len(shown))
        self.assertEqual(f"+22 lines, 1 line of quotes: more {mail_id}", shown[-1])
        ada.send("PRIVMSG mailcast :more")
        ada.wait_text("> q")
        ada.send(f"PRIVMSG mailcast :full {mail_id}")
        ada.wait_text("word 1")
        ada.wait_text("> q")
        rest = self.said(ada.lines, "mailcast")
        self.assertEqual([f"word {at}" for at in range(39, 61)], rest[:22])

    def test_words_answer_about_ones_own_mail_only(self):
        ada, bob = self.connect("ada"), self.connect("bob")
        mail_id = self.deliver(["ada@example.org"], with_attachment("Plan", "plan@example.net"))
        ada.wait_command("PRIVMSG", "file: plan.pdf 9 octets")
        for word, wanted in (("files", "1. plan.pdf, application/pdf, 9 octets"), ("headers", "Subject: Plan"),
                             ("why", "It came from outside"), ("trace", mail_id), ("source", "Subject: Plan"),
                             ("mails", mail_id), ("rules", "no rules"), ("help reply", "reply [ID] TEXT")):
            ada.send(f"PRIVMSG mailcast :{word}")
            ada.wait_text(wanted)
        for word in ("full", "headers", "source", "files", "trace", "why", "more", "quote"):
            bob.send(f"PRIVMSG mailcast :{word} {mail_id}")
            self.assertEqual("there is no such mail", bob.wait_command("PRIVMSG", "mail").text)
        bob.send(f"PRIVMSG mailcast :reply {mail_id} hello")
        bob.wait_text("there is no such mail")

    def test_a_reply_goes_out_as_an_answer_and_a_query_to_the_sender_too(self):
        ada = self.connect()
        self.deliver(["ada@example.org"], message("Lunch?", "At one?\r\n", "lunch@example.net"), "sender@example.net")
        ada.wait_text("At one?")
        ada.send("PRIVMSG mailcast :reply One is fine.")
        ada.wait_text("is on its way")
        ada.send("PRIVMSG sender|example_net :And in the query.")
        texts = wait_until(lambda: (all_of := [self.node.run("outbox", "show", str(item["id"]), "--raw").stdout
                                               for item in self.outbox()]) and len(all_of) >= 2 and all_of, "two letters wait")
        for words in (b"One is fine.", b"And in the query."):
            letter, = [text for text in texts if words in text]
            for header in (b"In-Reply-To: <lunch@example.net>", b"Subject: Re: Lunch?", b"To: ", b"sender@example.net"):
                self.assertIn(header, letter)

    def test_a_rule_set_in_chat_holds_at_once(self):
        cyd = self.connect("cyd")
        cyd.send("PRIVMSG mailcast :set senders=none")
        cyd.wait_text("senders=none")
        with Client(str(self.node.socket)) as client:
            client.hello()
            _, rcpts, _ = client.deliver("bea@example.net", ["cyd@example.org"], message("no"))
        self.assertEqual(550, rcpts[0].code)
        cyd.send("PRIVMSG mailcast :set senders=")
        cyd.wait_text("senders is the default again")
        # As on the command line: with one's name in front, several at a time, and all of them or none.
        for line, answer in (("~cyd max_lines=7 quiet=yes", "max_lines=7 quiet=yes"),
                             ("max_lines=8 html=maybe", "html: 'maybe' is not known; right would be accept or reject")):
            cyd.send(f"PRIVMSG mailcast :set {line}")
            cyd.wait_text(answer)
            shown = json.loads(self.node.run("person", "show", "cyd", "--json").stdout)
            self.assertEqual({"max_lines": "7", "quiet": "yes"}, shown["rules"])
        cyd.send("PRIVMSG mailcast :set max_lines= quiet=")
        cyd.wait_text("max_lines= quiet=")

    def test_a_client_with_multiline_gets_a_mail_as_one_batch_with_its_blank_lines(self):
        ada = self.connect("ada", (*CAPS, "draft/multiline"))
        mail_id = self.deliver(["ada@example.org"], message("batch", "one\r\n\r\ntwo\r\n" + "x" * 600 + "\r\n"))
        start = ada.wait_command("BATCH", "draft/multiline")
        self.assertEqual(mail_id, start.tags["msgid"])
        reference = start.params[0].lstrip("+")
        ada.wait_command("BATCH", "-" + reference)
        lines = [line for line in ada.lines if line.tags.get("batch") == reference]
        text = ""
        for line in lines:
            text += ("" if "draft/multiline-concat" in line.tags or not text else "\n") + line.text
        self.assertEqual(["one", "", "two"], text.split("\n")[1:4])
        self.assertEqual("x" * 600, text.replace("\n", "").split("two")[1])

    def test_a_mail_for_a_person_and_her_place_is_seen_once(self):
        ada, bob = self.connect("ada"), self.connect("bob")
        for client in (ada, bob):
            client.join("#lab")
        self.deliver(["ada@example.org", "lab@example.org"], message("both ways", "once only\r\n", "both@example.net"))
        self.deliver(["lab@example.org"], message("afterwards", "x\r\n"))
        for client, target in ((ada, "ada"), (bob, "#lab")):
            client.wait_text("afterwards")
            self.assertEqual([target], [line.params[0] for line in client.lines if line.text == "once only"])

    def test_an_answer_in_a_thread_is_marked_as_one(self):
        ada = self.connect()
        ada.join("#lab")
        first = self.deliver(["ada@example.org", "lab@example.org"], message("thread", "begin\r\n", "t1@example.net"))
        self.deliver(["ada@example.org", "lab@example.org"],
                     message("Re: thread", "go on\r\n", "t2@example.net", "In-Reply-To: <t1@example.net>\r\n"))
        line = ada.wait_command("PRIVMSG", "Re: thread")
        self.assertEqual(first, line.tags.get("+draft/reply"), line.raw)

    def test_a_strangers_mail_waits_for_a_word(self):
        bob = self.connect("bob")
        for rule in ("senders=known", "otherwise=hold"):
            bob.send(f"PRIVMSG mailcast :set {rule}")
            bob.wait_text(rule)
        self.deliver(["bob@example.org"], message("knock", "let me in\r\n", "knock@example.net"), "stranger@example.net")
        bob.send("PRIVMSG mailcast :held")
        bob.wait(lambda line: line.nick == "mailcast" and "<stranger@example.net>" in line.text, "the held mail")
        self.assertNotIn("let me in", [line.text for line in bob.lines])
        bob.send("PRIVMSG mailcast :accept")
        bob.wait_text("let me in")
        bob.send("PRIVMSG mailcast :always stranger@example.net")
        bob.wait_command("PRIVMSG", "mailcast!", "stranger@example.net")
        self.deliver(["bob@example.org"], message("again", "known now\r\n", "again@example.net"), "stranger@example.net")
        bob.wait_text("known now")
        for rule in ("senders=", "otherwise="):
            bob.send(f"PRIVMSG mailcast :set {rule}")
            bob.wait_text("is the default again")


class Missed(Door):
    def send_numbered(self, count, to="ada@example.org", word="missed"):
        for at in range(1, count + 1):
            self.deliver([to], message(f"{word} {at}", f"text of {word} {at}\r\n", f"{word}-{at}@example.net"))

    def test_what_was_missed_comes_once_in_order_with_its_own_times(self):
        # A person's first client begins with what is in her log.
        client = IrcClient(self.port)
        client.login("ada", PASSWORD, CAPS)
        client.round_trip()
        client.quit()
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
        self.send_numbered(5)
        after = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        again = IrcClient(self.port)
        self.addCleanup(again.close)
        again.login("ada", PASSWORD, CAPS)
        again.wait_text("text of missed 5")
        again.round_trip()
        subjects = [line for line in again.lines if line.command == "PRIVMSG" and "[external" in line.text]
        self.assertEqual([f"missed {at}" for at in range(1, 6)], [line.text.split("] ")[1].split(" (")[0] for line in subjects])
        times = [datetime.datetime.fromisoformat(line.tags["time"].replace("Z", "+00:00")) for line in subjects]
        self.assertEqual(sorted(times), times)
        self.assertTrue(before <= times[0] and times[-1] <= after, times)
        again.quit()
        third = self.connect("ada")
        self.assertEqual([], [line.raw for line in third.lines if b"missed" in line.raw])

    def test_two_clients_of_one_person_each_have_their_own_place(self):
        for name in ("bob@phone", "bob@desk"):
            with IrcClient(self.port) as client:
                client.login(name, PASSWORD, CAPS)
                client.quit()
        self.send_numbered(2, "bob@example.org", "both")
        for name in ("bob@phone", "bob@desk"):
            client = IrcClient(self.port)
            self.addCleanup(client.close)
            client.login(name, PASSWORD, CAPS)
            client.wait_text("text of both 2")
            client.round_trip()
            self.assertEqual(2, sum(line.command == "PRIVMSG" and "text of both" in line.text for line in client.lines), name)

    def test_a_place_is_read_back_after_join(self):
        cyd = self.connect("cyd")
        cyd.join("#lab")
        cyd.round_trip()
        cyd.quit()
        self.send_numbered(3, "lab@example.org", "place")
        again = self.connect("cyd")
        self.assertEqual([], [line.raw for line in again.lines if b"text of place" in line.raw])
        again.join("#lab")
        again.wait_text("text of place 3")
        texts = [line.text for line in again.lines if "text of place" in line.text]
        self.assertEqual([f"text of place {at}" for at in range(1, 4)], texts)


# ---- hostile mail --------------------------------------------------------------------------------

class Hostile(Door):
    def check_line(self, line):
        """What holds for every line that any client is ever sent."""
        raw = line.raw
        tags = b""
        if raw.startswith(b"@"):
            tags, _, raw = raw.partition(b" ")
        self.assertLessEqual(len(tags), LONGEST_TAGS)
        self.assertLessEqual(len(raw) + 2, LONGEST_LINE, raw[:80])
        self.assertIsNone(UNSAFE.search((tags + raw).decode("utf-8")), line.raw)
        self.assertEqual(line.raw.count(b"\r"), 0)
        if line.command in ("PRIVMSG", "NOTICE"):
            nick, _, address = line.source.partition("!")
            if address and line.nick not in OURS:
                self.assertRegex(nick, r"^[A-Za-z\[\]\\`_^{|}][-A-Za-z0-9\[\]\\`_^{|}]*$")
                self.assertIn("|", nick)
                self.assertRegex(address, r"^[^ !@]+@[^ !@]+$")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pair = []
        for nick, caps in (("ada", CAPS), ("bob", ())):
            client = IrcClient(cls.port)
            cls.addClassCleanup(client.close)
            client.login(nick, PASSWORD, caps).join("#lab")
            cls.pair.append(client)

    def mail_lines(self, content, sender="bea@example.net"):
        """All that a client in its own log and in the place is sent of one mail."""
        clients = self.pair
        for client in clients:
            client.round_trip()
        start = [len(client.lines) for client in clients]
        self.deliver(["ada@example.org", "lab@example.org"], content, sender)
        marker = f"end of {len(self.id())} {start}"
        self.deliver(["lab@example.org"], message(marker, "x\r\n"), "marker@example.net")
        result = []
        for client, at in zip(clients, start):
            client.wait_text(marker)
            # What persons of here do is said by the server and by them, each time the same.
            lines = [line for line in client.lines[at:]
                     if line.command != "PONG" and not (line.command in ("JOIN", "QUIT", "MODE") and line.nick in OURS)
                     and not re.fullmatch(rb":chat\.example\.org PING :mailcast-\d+", line.raw)]
            lines = lines[:next(i for i, line in enumerate(lines) if marker in line.text)]
            for line in lines:
                self.check_line(line)
            result.append(lines)
        return result

    def check_mail(self, content, sender="bea@example.net"):
        """Checks both clients' lines; gives the texts said in the place."""
        both = self.mail_lines(content, sender)
        for lines in both:
            for line in lines:
                self.assertIn(line.command, ("PRIVMSG", "BATCH"), line.raw)
                if line.command == "PRIVMSG":
                    self.assertFalse(line.text.startswith("\x01"))
            for target in {line.params[0] for line in lines if line.command == "PRIVMSG"}:
                self.assertIn(target, ("ada", "#lab"))
                self.assertLessEqual(sum(line.params[0] == target for line in lines if line.command == "PRIVMSG"), MOST_LINES)
        return self.said(both[1])

    def test_control_octets_are_taken_out(self):
        texts = self.check_mail(
            b"Subject: \x01ACTION waves\x01 \x02bold\x02 \x0304red\x03 \x1b[31mansi\x07\x00\r\n\r\n"
            b"\x01VERSION\x01\r\n\x02b\x1du\x1f\x16r\x0fn\x0304,05c\x11\x1e\r\n\x1b]0;title\x07\r\n\xc2\x9b31m\x7f\r\n")
        self.assertEqual(["[external, unverified] ACTION waves bold 04red [31mansi",
                          "VERSION", "burn04,05c", "]0;title", "31m"], texts)

    def test_bidirectional_marks_are_taken_out(self):
        texts = self.check_mail("Subject: =?utf-8?q?=E2=80=AEgpj=2Eexe?= \u202egnp\r\nFrom: =?utf-8?q?=E2=81=A6Ada=E2=80=8F?= <bea@example.net>\r\n"
                                "\r\n\u202e\u2066\u200ftext\ufeff\u061c\r\n".encode())
        self.assertEqual("text", texts[-1])
        self.assertNotIn("\u202e", "".join(texts))

    def test_an_encoded_line_break_in_a_header_is_no_line(self):
        texts = self.check_mail(b"Subject: =?utf-8?q?hi=0D=0AQUIT_:bye=0D=0A:ada!x@y_PRIVMSG_#lab_:forged?=\r\n"
                                b"From: =?utf-8?q?Eve=0D=0AJOIN_#x?= <bea@example.net>\r\n\r\nbody\r\n")
        self.assertEqual(["[external, unverified] hi QUIT :bye :ada!x@y PRIVMSG #lab :forged", "body"], texts)

    def test_lines_of_the_body_that_look_like_commands_are_text(self):
        body = [":ada!ada@chat.example.org PRIVMSG #lab :I resign", "QUIT :bye", "PING :x", "@time=1 :x PRIVMSG #lab :y",
                "/quit", "ERROR :Closing link", ":"]
        texts = self.check_mail(("Subject: commands\r\n\r\n" + "\r\n".join(body) + "\r\n").encode())
        self.assertEqual(["[external, unverified] commands", *body], texts)

    def test_a_subject_of_a_megabyte_is_cut_and_told(self):
        texts = self.check_mail(b"Subject: " + b"".join(b"word " * 15 + b"\r\n " for _ in range(14000)) + b"end\r\n\r\nbody\r\n")
        self.assertTrue(texts[0].startswith("[external, unverified] word word"))
        self.assertEqual("body", texts[-1])
        self.assertLess(len(texts), 8)

    def test_a_subject_without_a_blank_is_broken_between_letters(self):
        texts = self.check_mail(("Subject: " + "\U0001F600" * 200 + "\r\n\r\nbody\r\n").encode())
        self.assertEqual("\U0001F600" * 200, "".join(texts[:-1]).split("] ")[1])

    def test_ten_thousand_lines_are_forty(self):
        texts = self.check_mail(b"Subject: many\r\n\r\n" + b"".join(b"%d\r\n" % at for at in range(10000)))
        self.assertEqual(MOST_LINES, len(texts))
        self.assertRegex(texts[-1], r"^\+9962 lines: more [0-9A-Z]{26}$")

    def test_one_line_of_a_megabyte_is_forty(self):
        texts = self.check_mail(b"Subject: wide\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"eHh4\r\n" * 300000)
        self.assertEqual(MOST_LINES, len(texts))
        self.assertRegex(texts[-1], r"lines?: more [0-9A-Z]{26}$")

    def test_text_that_is_no_utf8_is_made_so(self):
        texts = self.check_mail(b"Subject: \xff\xfe\xc3\r\n\r\n\xc3\x28 \xf0\x9f\x98 \xed\xa0\x80 caf\xe9\r\n")
        self.assertTrue(texts)

    def test_a_hundred_files_with_names_that_lie(self):
        part = ("--cut\r\nContent-Type: application/x-{0}\r\nContent-Disposition: attachment; "
                "filename=\"..\\\\{0}\u202efdp.exe\"\r\n\r\nx\r\n")
        texts = self.check_mail(("Subject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n"
                                 "--cut\r\n\r\nSee them.\r\n" + "".join(part.format(at) for at in range(150)) + "--cut--\r\n").encode())
        self.assertRegex(texts[-1], r"files: more [0-9A-Z]{26}$")

    def test_senders_that_look_like_ours_are_marked(self):
        ada = self.pair[0]
        for sender, name, nick in (
                ("ada@evil.example", "Eve", "ada|evil_example|outside"),
                ("4da@evil.example", "Eve", "^34da|evil_example|outside"),
                ("eve@evil.example", "Ada", "eve|evil_example|outside"),
                ("eve@evil.example", "=?utf-8?q?=D0=B0d=D0=B0?=", "eve|evil_example|outside"),
                ("eve@evil.example", "A.D.A", "eve|evil_example|outside"),
                ("adam@evil.example", "Adam", "adam|evil_example"),
                ("mailcast@evil.example", "mailcast", "mailcast|evil_example"),
                ("ada|example_net@evil.example", "x", "ada^7cexample^5fnet|evil_example")):
            content = f"From: {name} <{sender}>\r\nSubject: look {nick}\r\n\r\nx\r\n".encode()
            self.deliver(["lab@example.org"], content, sender)
            line = ada.wait_command("PRIVMSG", f"look {nick}")
            self.check_line(line)
            self.assertEqual(nick, line.nick)
            self.assertEqual("not our ada" in line.text, nick.endswith("|outside"))

    def test_strange_addresses_give_good_prefixes(self):
        ada = self.pair[0]
        nicks = set()
        senders = ['"a b"@example.net', '"x!y@z"@example.net', "a" * 64 + "@example.net", "a@" + "b" * 60 + "." + "c" * 60 + ".example",
                   "1@example.net", "-@example.net", "a*b@example.net", "#lab@example.net", "a_b@example.net", "a.b@example.net",
                   "a-b@example.net", "a+b@example.net", "a/b@example.net", "{}@example.net", "'`@example.net", ""]
        for at, sender in enumerate(senders):
            self.deliver(["lab@example.org"], f"Subject: strange {at} end\r\n\r\nx\r\n".encode(), sender)
            line = ada.wait_command("PRIVMSG", f"strange {at} end")
            self.check_line(line)
            nicks.add(line.nick)
        self.assertEqual(len(senders), len(nicks))

    @unittest.skipUnless(CORPUS.is_dir(), "the corpus of mails is not here")
    def test_every_mail_of_the_corpus_is_said_in_good_lines(self):
        ids = set()
        with Client(str(self.node.socket)) as lmtp:
            lmtp.hello()
            for path in sorted(CORPUS.glob("*.eml")):
                content = re.sub(rb"(?<!\r)\n", b"\r\n", path.read_bytes())
                _, _, replies = lmtp.deliver("corpus@example.net", ["lab@example.org"], content)
                if replies[0].code != 250 or id_of(replies[0]) in ids:
                    continue  # goes in a circle, or is in the corpus twice
                mail_id = id_of(replies[0])
                ids.add(mail_id)
                lmtp.deliver("marker@example.net", ["lab@example.org"], message("end of " + mail_id))
                for client in self.pair:
                    start = client.seen
                    client.wait_text("end of " + mail_id)
                    lines = [line for line in client.lines[start:client.seen - 1] if line.nick.startswith("corpus|example_net")]
                    with self.subTest(path.name):
                        self.assertTrue(1 <= len(lines) <= MOST_LINES, len(lines))
                        for line in lines:
                            self.check_line(line)
                            self.assertIn(line.command, ("PRIVMSG",))
                            self.assertTrue(line.text.strip())
        self.assertGreater(len(ids), 250)


# ---- clients that people use ---------------------------------------------------------------------

class Programs(Door):
    def live_and_a_place(self, kind, account):
        """A live mail, one in a place, and three more while the program is away."""
        nick = account.split("@")[0]
        word = kind.__name__.lower()
        program = self.run_program(kind, account)
        program.wait_login()
        self.deliver([f"{nick}@example.org"], message(f"{word} live", "Seen at once.\r\n"), f"{word}@example.net")
        program.wait_for("Seen at once.")
        program.join("#lab")
        self.deliver(["lab@example.org"], message(f"{word} place", "For all of us.\r\n"), f"{word}@example.net")
        program.wait_for(f"[external, unverified] {word} place")  # what the other programs got is replayed here
        program.stop()
        for at in (1, 2, 3):
            self.deliver([f"{nick}@example.org"], message(f"{word} missed {at}", f"Missed text {at}.\r\n"), f"{word}@example.net")
        return program

    def test_weechat(self):
        weechat = self.live_and_a_place(Weechat, "ada")
        query = "logs/irc.here.weechat|example_net.weechatlog"
        self.assertIn("Seen at once.", weechat.shown(query))
        self.assertIn("[external, unverified] weechat place", weechat.shown("logs/irc.here.#lab.weechatlog"))
        sent = [entry["time"][:19].replace("T", " ") for entry in self.node.entries("~ada", 3)]
        weechat.start()
        text = weechat.wait_for("Missed text 3.", query)
        self.assertEqual([1, 1, 1], [text.count(f"Missed text {at}.") for at in (1, 2, 3)])
        self.assertLess(text.index("Missed text 1."), text.index("Missed text 2."))
        self.assertLess(text.index("Missed text 2."), text.index("Missed text 3."))
        self.assertEqual(1, text.count("Seen at once."))
        shown = [line.split("\t")[0] for line in text.splitlines() if "Missed text" in line]
        offset = datetime.datetime.now().astimezone().utcoffset()
        local = [str(datetime.datetime.fromisoformat(time) + offset) for time in sent]
        self.assertEqual(local, shown)
        self.deliver(["ada@example.org"], message("weechat long", "".join(f"w {at}\r\n" for at in range(1, 71)), "wl@example.net"),
                     "weechat@example.net")
        weechat.wait_for("+32 lines: more", query)
        weechat.type("/msg mailcast more")
        weechat.wait_for("w 70")
        weechat.type("/msg mailcast reply Read it.")
        weechat.wait_for("is on its way")
        self.assertTrue(any(b"In-Reply-To: <wl@example.net>" in self.node.run("outbox", "show", str(item["id"]), "--raw").stdout
                            for item in self.outbox()))
        weechat.stop()

    def test_irssi(self):
        irssi = self.live_and_a_place(Irssi, "bob")
        query = "logs/irssi*.log"  # a bar is none in a name of a file to irssi
        self.assertIn("Seen at once.", irssi.shown(query))
        irssi.start()
        text = irssi.wait_for("Missed text 3.", query)
        self.assertEqual([1, 1, 1], [text.count(f"Missed text {at}.") for at in (1, 2, 3)])
        self.assertLess(text.index("Missed text 1."), text.index("Missed text 3."))
        self.assertEqual(1, text.count("Seen at once."))
        self.deliver(["bob@example.org"], message("irssi long", "".join(f"i {at}\r\n" for at in range(1, 51)), "il@example.net"),
                     "irssi@example.net")
        irssi.wait_for("+12 lines: more", query)
        irssi.type("/msg mailcast more")
        irssi.wait_for("i 50")
        irssi.type("/msg mailcast reply Read it.")
        irssi.wait_for("is on its way")
        irssi.stop()

    def test_ii(self):
        ii = self.live_and_a_place(Ii, "cyd")
        ii.start()
        text = ii.wait_for("Missed text 3.")
        self.assertEqual([1, 1, 1], [text.count(f"Missed text {at}.") for at in (1, 2, 3)])
        ii.type("/j mailcast help more")
        ii.wait_for("shows what is left of a mail")


class Room(Door):
    def test_a_psyc_client_and_two_irc_clients_hear_each_other_and_a_mail(self):
        with PsycClient(self.node.psyc_port) as psyc:
            psyc.link("cyd", PASSWORD)
            psyc.enter("lab")
            weechat = self.run_program(Weechat, "ada")
            weechat.wait_login()
            weechat.join("#lab")
            weechat.wait_for("Channel #lab: 2 nicks")
            irssi = self.run_program(Irssi, "bob")
            irssi.wait_login()
            irssi.join("#lab")
            weechat.wait_for("bob", "logs/irc.here.#lab.weechatlog")
            psyc.wait_packet(lambda packet: packet.method.startswith("_notice_place_enter") and "bob" in str(packet.variables),
                             "bob comes")

            weechat.type("Good morning from weechat.", "irc.here.#lab")
            irssi.wait_for("Good morning from weechat.")
            psyc.wait_packet(lambda packet: packet.body == "Good morning from weechat.", "what weechat says")
            irssi.type("And from irssi.")
            weechat.wait_for("And from irssi.")
            psyc.wait_packet(lambda packet: packet.body == "And from irssi.", "what irssi says")
            psyc.send("_message_public", "Greetings from PSYC.", routing={"_target": "psyc://chat.example.org/@lab"})
            weechat.wait_for("Greetings from PSYC.")
            irssi.wait_for("Greetings from PSYC.")

            mail_id = self.deliver(["lab@example.org"], message(
                "Coffee machine", "The new one has come.\r\n\r\nIt stands in the kitchen.\r\n\r\n"
                "On Monday Ada wrote:\r\n> When does it come?\r\n> We are waiting.\r\n"), "bea@example.net")
            for program in (weechat, irssi):
                text = program.wait_for(f"more {mail_id}")
                self.assertIn("[external, unverified] Coffee machine", text)
                self.assertIn("It stands in the kitchen.", text)
                self.assertNotIn("When does it come?", text)
                self.assertEqual(1, text.count("The new one has come."))
            packet = psyc.wait_method("_message_public_mail")
            self.assertEqual("Coffee machine", packet["_subject"])
            irssi.wait_screen("It stands in the kitchen.")
            self.assertIn("bea|example_net", irssi.screen())
            if harness.os.environ.get("MAILCAST_SCREENS"):
                print(plain(irssi.screen()))
                print(weechat.shown("logs/irc.here.#lab.weechatlog"))
                print("\n".join(f"{one.method} {one.variables}\n{one.body}" for one in psyc.packets[-4:]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
