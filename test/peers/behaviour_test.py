#!/usr/bin/env python3
"""What the whole daemon promises beyond the dialogue: one mail once, origin by transaction, limits, accounts that
change while it runs, and what a PSYC client finds on return."""
import contextlib
import json
import re
import unittest

import harness
from lmtp_client import Client, message, with_attachment
from psyc_client import PsycClient

PASSWORD = "correct horse"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def id_of(reply):
    return re.match(r"2\.1\.5 <[^>]*> ([0-9A-Z]{26}) ", reply.text).group(1)


class Running(unittest.TestCase):
    settings = ""
    lmtp = ""

    @classmethod
    def setUpClass(cls):
        cls.node = harness.Mailcast(extra=cls.settings, lmtp=cls.lmtp)
        cls.addClassCleanup(cls.node.close)
        cls.node.add_person("ada", PASSWORD)
        cls.node.add_person("bea")
        cls.node.add_place("lab")
        cls.node.start()

    def connect(self):
        client = Client(str(self.node.socket))
        self.addCleanup(client.close)
        client.hello()
        return client

    def deliver(self, recipients, content, sender="sender@example.net", client=None):
        _, rcpts, replies = (client or self.connect()).deliver(sender, recipients, content)
        return [reply for reply in rcpts if reply.code != 250] or replies

    def show(self, mail_id):
        return json.loads(self.node.run("mail", "show", mail_id, "--json").stdout)

    def entries_with(self, entity, word):
        return [entry for entry in self.node.entries(entity) if word in json.dumps(entry)]


class Once(Running):
    def test_the_same_address_twice_gives_two_replies_and_one_entry(self):
        replies = self.deliver(["ada@example.org", "ADA+x@example.org"], message("twice", "word-twice\r\n", "twice@example.net"))
        self.assertEqual([250, 250], [reply.code for reply in replies])
        self.assertEqual(id_of(replies[0]), id_of(replies[1]))
        self.assertEqual(1, len(self.entries_with("~ada", "word-twice")))

    def test_a_log_names_the_sender_of_the_envelope_where_from_has_no_address(self):
        reply, = self.deliver(["ada@example.org"], b"From: =?utf-8?B?broken\r\nSubject: hi\r\n\r\nword-broken\r\n")
        line, = [line for line in self.node.run("log", "~ada").stdout.decode().splitlines() if id_of(reply) in line]
        self.assertIn("=?utf-8?B?broken <sender@example.net>", line)

    def test_who_watches_sees_the_from_field_with_and_without_a_name(self):
        watch = self.node.watch("ada", PASSWORD)
        self.addCleanup(watch.close)
        watch.wait_for("linked")
        for field, shown in ((b"eve@example.net", "] eve@example.net\n"), (b"Eve <eve@example.net>", "] Eve <eve@example.net>\n")):
            self.deliver(["ada@example.org"], b"From: " + field + b"\r\nSubject: hi\r\n\r\nword-from\r\n", sender="")
            watch.wait_for(shown)

    def test_a_retry_is_answered_again_and_not_shown_again(self):
        content = message("retry", "word-retry\r\n", "retry@example.net")
        first = self.deliver(["ada@example.org", "lab@example.org"], content)
        again = self.deliver(["ada@example.org", "lab@example.org"], content)
        self.assertEqual([250, 250], [reply.code for reply in again])
        self.assertEqual(id_of(first[0]), id_of(again[0]))
        for entity in ("~ada", "@lab"):
            self.assertEqual(1, len(self.entries_with(entity, "word-retry")))

    def test_a_retry_for_the_one_recipient_left_is_new_to_that_one(self):
        content = message("part", "word-part\r\n", "part@example.net")
        self.deliver(["ada@example.org"], content)
        self.assertEqual(250, self.deliver(["bea@example.org"], content)[0].code)
        for entity in ("~ada", "~bea"):
            self.assertEqual(1, len(self.entries_with(entity, "word-part")))

    def test_another_text_under_the_same_message_id_is_another_mail(self):
        self.deliver(["ada@example.org"], message("id", "word-id one\r\n", "same@example.net"))
        self.deliver(["ada@example.org"], message("id", "word-id two\r\n", "same@example.net"))
        self.assertEqual(2, len(self.entries_with("~ada", "word-id")))

    def test_without_message_id_and_queue_id_a_repetition_is_meant(self):
        for _ in range(2):
            self.deliver(["ada@example.org"], message("none", "word-none\r\n"))
        self.assertEqual(2, len(self.entries_with("~ada", "word-none")))

    def test_the_octets_are_kept_as_they_came(self):
        content = (b"Subject: raw\r\nMessage-ID: <raw@example.net>\r\n\r\n\0NUL\0 " + bytes(range(128, 256))
                   + b"\r\n.dot\r\n..\r\n" + b"x" * 5000 + b"\r\n\r\n")
        reply = self.deliver(["ada@example.org"], content)[0]
        raw = self.node.raw(id_of(reply))
        self.assertTrue(raw.endswith(content))
        trace = raw[:-len(content)].decode()
        for line in re.split(r"\r\n(?![ \t])", trace.strip("\r\n")) if trace.strip() else []:
            self.assertRegex(line, r"^(Return-Path|Received|Delivered-To|X-[\w-]+):")


class Answers(Running):
    settings = '[limits.external]\nmessage_size = "10KB"\n'

    def logged(self, word):
        return [line for line in self.node.output().splitlines() if word in line]

    def test_a_refusal_after_the_content_names_recipient_and_id_once(self):
        self.node.add_person("dora", attachments="reject")
        reply, = self.deliver(["dora@example.org"], with_attachment("file", "file@example.net"))
        self.assertRegex(str(reply), r"^550 5\.7\.1 <dora@example\.org> [0-9A-Z]{26} takes no attachments")
        mail_id = reply.text.split()[2]
        line, = self.logged(f"id={mail_id} ")
        self.assertIn("msgid=<file@example.net>", line)

    def test_what_is_too_large_has_a_line_in_the_log_for_each_recipient(self):
        client = self.connect()
        client.command("XFORWARD IDENT=4TooLarge SOURCE=REMOTE")
        replies = self.deliver(["ada@example.org", "lab@example.org"], message("large", "y" * 70 * 200 + "\r\n"), client=client)
        self.assertEqual(["552 5.3.4"] * 2, [f"{reply.code} {reply.enhanced}" for reply in replies])
        lines = self.logged("queue=4TooLarge")
        self.assertEqual(["<ada@example.org>", "<lab@example.org>"], [re.search(r" to=(\S+)", line).group(1) for line in lines])
        self.assertEqual(250, client.command("NOOP").code)

    def test_a_refusal_at_rcpt_is_found_by_the_queue_id(self):
        client = self.connect()
        client.command("XFORWARD IDENT=4NoBody SOURCE=REMOTE")
        self.assertEqual(550, self.deliver(["nobody@example.org"], message("x"), client=client)[0].code)
        self.assertEqual(1, len(self.logged("queue=4NoBody")))

    def test_what_keep_does_not_keep_is_not_seen(self):
        self.node.add_person("kim", keep="2")
        for number in range(4):
            self.deliver(["kim@example.org"], message(f"keep {number}", message_id=f"keep{number}@example.net"))
        self.assertEqual(["keep 2", "keep 3"], [entry["subject"] for entry in self.node.entries("~kim")])
        self.node.run("set", "~kim", "keep=1")
        self.assertEqual(["keep 3"], [entry["subject"] for entry in self.node.entries("~kim")])

    def test_what_is_printed_has_no_control_characters(self):
        content = (b"From: =?utf-8?q?e=1B[31mvil=0D=0APRIVMSG?= <e@example.net>\r\nMessage-ID: <c\x1bc@example.net>\r\n"
                   b"Subject: =?utf-8?b?YRtdMDt0aXRsZQcNCkZha2U6IHjCmzMxbQB6?=\r\n\r\nt\x1b[31m\x07\0 \xc2\x9b31m\r\x0b\x0c \xe2\x80\xae\r\n")
        mail_id = id_of(self.deliver(["ada@example.org"], content)[0])
        shown = {verb: self.node.run(*verb.split()).stdout for verb in (
            "log ~ada", "log ~ada --json", f"mail show {mail_id}", f"mail show {mail_id} --json", "status", "explain ada@example.org")}
        shown["parse"] = self.node.run("parse", "-", input=content).stdout
        shown["parse --json"] = self.node.run("parse", "-", "--json", input=content).stdout
        shown["server"] = self.node.log.read_bytes()
        for where, octets in shown.items():
            self.assertIsNone(re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", octets.decode()), (where, octets))


class Origin(Running):
    def test_xforward_holds_for_one_transaction(self):
        client = self.connect()
        self.assertEqual(250, client.command("XFORWARD NAME=mx.example.net ADDR=192.0.2.7 SOURCE=LOCAL IDENT=4XyZ").code)
        inside = self.deliver(["ada@example.org"], message("inside", message_id="inside@example.net"), client=client)
        outside = self.deliver(["ada@example.org"], message("outside", message_id="outside@example.net"), client=client)
        self.assertEqual("internal", self.show(id_of(inside[0]))["origin"])
        self.assertEqual("external", self.show(id_of(outside[0]))["origin"])

    def test_mail_over_smtp_is_internal_and_has_one_reply(self):
        with Client(("127.0.0.1", self.node.smtp_port)) as client:
            client.hello("EHLO")
            _, rcpts, end = client.deliver("me@example.org", ["ada@example.org", "lab@example.org", "nobody@example.org"],
                                           message("smtp", "word-smtp\r\n", "smtp@example.org"), lmtp=False)
            self.assertEqual([250, 250, 550], [reply.code for reply in rcpts])
            self.assertEqual(250, end[0].code)
            self.assertEqual(221, client.command("QUIT").code)
        for entity in ("~ada", "@lab"):
            entry, = self.entries_with(entity, "word-smtp")
            self.assertEqual("internal", self.show(entry["mail"])["origin"])

    def test_over_smtp_rules_that_could_differ_part_the_recipients(self):
        self.node.add_person("picky", attachments="reject")
        with Client(("127.0.0.1", self.node.smtp_port)) as client:
            client.hello("EHLO")
            client.command("MAIL FROM:<me@example.org>")
            self.assertEqual(250, client.command("RCPT TO:<ada@example.org>").code)
            later = client.command("RCPT TO:<picky@example.org>")
            self.assertEqual("452 4.5.3", f"{later.code} {later.enhanced}")
            client.command("RSET")
            _, _, end = client.deliver("me@example.org", ["picky@example.org"], with_attachment("p", "p@example.org"), lmtp=False)
            self.assertEqual("550 5.7.1", f"{end[0].code} {end[0].enhanced}")


class WhileItRuns(Running):
    def test_accounts_and_rules_hold_at_once(self):
        client = self.connect()
        client.command("MAIL FROM:<sender@example.net>")
        self.assertEqual(550, client.command("RCPT TO:<cleo@example.org>").code)
        self.node.add_person("cleo")
        self.assertEqual(250, client.command("RCPT TO:<cleo@example.org>").code)
        client.command("RSET")
        self.node.run("alias", "add", "team@example.org", "ada@example.org", "cleo@example.org")
        replies = self.deliver(["team@example.org"], message("alias", "word-alias\r\n", "alias@example.net"))
        self.assertEqual([250], [reply.code for reply in replies])
        for entity in ("~ada", "~cleo"):
            self.assertEqual(1, len(self.entries_with(entity, "word-alias")))
        self.node.run("set", "~cleo", "senders=none")
        self.assertEqual(550, self.deliver(["cleo@example.org"], message("no"))[0].code)
        self.node.run("person", "remove", "cleo")
        self.assertEqual("5.1.1", self.deliver(["cleo@example.org"], message("gone"))[0].enhanced)

    def test_status_tells_of_the_running_server(self):
        status = json.loads(self.node.run("status", "--json").stdout)
        self.assertEqual(4, len(status["listeners"]))

    def test_a_second_server_on_the_same_data_is_refused(self):
        done = self.node.run("serve", check=False)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertEqual(1, len(done.stderr.decode().strip().splitlines()))
        self.assertEqual(250, self.connect().command("NOOP").code)

    def test_a_client_that_only_half_closes_gets_its_replies(self):
        commands = (b"LHLO client.example\r\nMAIL FROM:<s@example.net>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
                    + message("half", "word-half\r\n", "half@example.net") + b".\r\nQUIT\r\n")
        with Client(str(self.node.socket)) as client:
            client.send(commands)
            client.socket.shutdown(harness.socket.SHUT_WR)
            codes = [client.reply().code for _ in range(7)]
        self.assertEqual([220, 250, 250, 250, 354, 250, 221], codes)

    def test_a_client_that_goes_within_the_content_leaves_nothing(self):
        with self.connect() as client:
            for line in ("MAIL FROM:<s@example.net>", "RCPT TO:<ada@example.org>", "DATA"):
                client.command(line)
            client.send(message("broken", "word-broken\r\n", "broken@example.net"))
        self.deliver(["ada@example.org"], message("after", "word-after\r\n", "after@example.net"))
        self.assertEqual(1, len(self.entries_with("~ada", "word-after")))
        self.assertEqual([], self.entries_with("~ada", "word-broken"))


class LogLines(Running):
    settings = '[limits]\nmessage_size = "1KB"\n'

    def line_of(self, sender, recipient):
        found = []

        def is_there():
            found[:] = [line for line in self.node.output().splitlines()
                        if f"from=<{sender}> to=<{recipient}>" in line]
            return found
        harness.wait_until(is_there, f"a line about {sender} and {recipient} in the log")
        self.assertEqual(1, len(found), found)
        return found[0]

    def test_what_was_too_large_has_a_line_for_each_recipient(self):
        replies = self.deliver(["ada@example.org", "*lab@example.org"], b"x" * 2000 + b"\r\n", "large@example.net")
        self.assertEqual([552, 552], [reply.code for reply in replies])
        for recipient in ("ada@example.org", "*lab@example.org"):
            self.assertIn("dsn=5.3.4 status=refused", self.line_of("large@example.net", recipient))

    def test_a_loop_is_answered_with_address_and_id_which_the_log_has(self):
        content = b"Received: x\r\n" * 51 + message("loop", "in a circle\r\n", "loop@example.net")
        [reply] = self.deliver(["ada@example.org"], content, "loop@example.net")
        self.assertEqual((554, "5.4.6"), (reply.code, reply.enhanced))
        self.assertRegex(reply.text, r"^5\.4\.6 <ada@example\.org> [0-9A-Z]{26} ")
        line = self.line_of("loop@example.net", "ada@example.org")
        self.assertIn(f"id={reply.text.split()[2]} ", line)
        self.assertIn("msgid=<loop@example.net>", line)


class Ending(unittest.TestCase):
    def setUp(self):
        self.node = harness.Mailcast()
        self.addCleanup(self.node.close)
        self.node.add_person("ada")
        self.node.start()

    def connect(self, *commands):
        client = Client(str(self.node.socket))
        self.addCleanup(client.close)
        client.hello()
        for line in commands:
            client.command(line)
        return client

    def test_what_is_under_way_is_finished_and_who_is_idle_is_told(self):
        idle = self.connect()
        early = self.connect("MAIL FROM:<s@example.net>", "RCPT TO:<ada@example.org>")
        late = self.connect("MAIL FROM:<s@example.net>", "RCPT TO:<ada@example.org>", "DATA")
        late.send(b"Subject: half\r\n\r\nha")
        self.node.process.terminate()
        self.assertEqual("421 4.3.2", str(idle.reply())[:9])
        self.assertTrue(idle.at_end())
        self.assertEqual(354, early.command("DATA").code)
        for client, rest in ((early, b"Subject: whole\r\n\r\nx\r\n.\r\n"), (late, b"lf\r\n.\r\n")):
            client.send(rest)
            self.assertEqual(250, client.reply().code)
            self.assertEqual("421 4.3.2", str(client.reply())[:9])
        self.assertEqual(0, self.node.process.wait(20))
        self.assertEqual(2, len(self.node.entries("~ada")))

    def test_who_falls_silent_within_a_mail_is_told_and_does_not_hold_it_up(self):
        clients = [self.connect("MAIL FROM:<s@example.net>", "RCPT TO:<ada@example.org>"),
                   self.connect("MAIL FROM:<s@example.net>", "RCPT TO:<ada@example.org>", "DATA")]
        self.node.process.terminate()
        for client in clients:
            self.assertEqual("421 4.3.2", str(client.reply())[:9])
            self.assertTrue(client.at_end())
        self.assertEqual(0, self.node.process.wait(20))


class StoreTaken(Running):
    def test_without_its_database_no_mail_is_answered_250(self):
        self.assertEqual(250, self.deliver(["ada@example.org"], message("there", message_id="there@example.net"))[0].code)
        database = self.node.data / "mailcast.db"
        away = database.rename(database.with_suffix(".away"))
        for number in range(2):
            reply, = self.deliver(["ada@example.org"], message("lost", message_id=f"lost{number}@example.net"))
            self.assertEqual("451 4.3.0", f"{reply.code} {reply.enhanced}")
        self.assertFalse(database.exists(), "a database that is gone was begun anew")
        away.rename(database)
        harness.wait_until(lambda: json.loads(self.node.run("status", "--json").stdout)["store"]["accepting"],
                           "the store accepts again")
        self.assertEqual(250, self.deliver(["ada@example.org"], message("back", message_id="back@example.net"))[0].code)
        self.assertEqual(["there", "back"], [entry["subject"] for entry in self.node.entries("~ada")])


class ManyConnections(Running):
    def test_who_is_trusted_may_open_a_thousand(self):
        harness.more_files(4000)
        for address in (("127.0.0.1", self.node.lmtp_port), ("127.0.0.1", self.node.smtp_port), str(self.node.socket)):
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(Client(address)) for _ in range(1000)]
                self.assertEqual({220}, {client.reply().code for client in clients})
                self.assertEqual({250}, {client.command("NOOP").code for client in clients})


class Limits(Running):
    settings = '[limits]\nconnections_per_peer = 5\ncommand_timeout = "1s"\ncontent_timeout = "1s"\n'
    lmtp = "trusted = []"  # the limit is for those who are not

    def test_too_many_connections_are_greeted_with_421(self):
        address = ("127.0.0.1", self.node.lmtp_port)
        with contextlib.ExitStack() as stack:
            replies = [stack.enter_context(Client(address)).reply() for _ in range(8)]
        codes = [f"{reply.code} {reply.enhanced}".strip() for reply in replies]
        self.assertEqual(["220"] * 5, [code[:3] for code in codes[:5]])
        self.assertEqual(["421 4.7.0"] * 3, codes[5:])

    def test_who_is_silent_is_told_and_closed(self):
        client = self.connect()
        self.assertEqual(421, client.reply().code)
        self.assertTrue(client.at_end())

    def test_who_stops_within_the_content_is_told_and_closed(self):
        client = self.connect()
        for line in ("MAIL FROM:<s@example.net>", "RCPT TO:<ada@example.org>", "DATA"):
            client.command(line)
        client.send(b"Subject: slow\r\n")
        self.assertEqual(421, client.reply().code)
        self.assertTrue(client.at_end())


class Live(Running):
    def link(self):
        psyc = PsycClient(self.node.psyc_port)
        self.addCleanup(psyc.close)
        psyc.link("ada", PASSWORD)
        return psyc

    def test_what_was_missed_comes_on_return_and_only_once(self):
        self.deliver(["ada@example.org"], message("missed mail", "word-missed\r\n", "missed@example.net"))
        first = self.link()
        missed = first.wait_method("_notice_email_delivered", subject="missed mail")
        self.assertNotEqual("", missed["_time_log"], "a replayed packet says when it was")
        self.deliver(["ada@example.org"], message("live mail", "word-live\r\n", "live@example.net"))
        live = first.wait_method("_notice_email_delivered", subject="live mail")
        self.assertEqual("", live["_time_log"])
        first.send("_request_unlink", routing={"_target": first.person, "_source_identification": first.person})
        first.wait_method("_notice_unlink")

        second = self.link()
        self.deliver(["ada@example.org"], message("next mail", "word-next\r\n", "next@example.net"))
        second.wait_method("_notice_email_delivered", subject="next mail")
        subjects = [packet["_subject"] for packet in second.packets if packet.method.startswith("_notice_email_delivered")]
        self.assertEqual(["next mail"], subjects)

    def test_a_wrong_password_links_nobody(self):
        psyc = PsycClient(self.node.psyc_port)
        self.addCleanup(psyc.close)
        with self.assertRaises(PermissionError):
            psyc.link("ada", "wrong")

    def test_header_fields_put_no_line_into_the_packet(self):
        psyc = self.link()
        content = (b"From: \"=?utf-8?q?evil=0A.=0A:_source=09psyc://chat.example.org/~bea?=\" <e@example.net>\r\n"
                   b"Subject: =?utf-8?q?a=0A.=0A_message_private=0Aforged?=\r\nMessage-ID: <evil@example.net>\r\n\r\n"
                   b"word-evil\r\n..\r\n:_nick\tbea\r\n")
        self.assertEqual(250, self.deliver(["ada@example.org"], content)[0].code)
        packet = psyc.wait_packet(lambda one: "word-evil" in one["_content"] + one.body, "the mail with hostile headers")
        self.assertEqual("_notice_email_delivered", packet.method[:len("_notice_email_delivered")])
        self.assertNotIn("\n", packet["_subject"])
        self.deliver(["ada@example.org"], message("after evil", "word-after-evil\r\n", "after-evil@example.net"))
        psyc.wait_method("_notice_email_delivered", subject="after evil")
        self.assertEqual([], [one.method for one in psyc.packets if one.method.startswith("_message_private")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
