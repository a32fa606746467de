#!/usr/bin/env python3
"""Every recipe that `mailcast postfix` prints, in a real Postfix: who gets it, who is refused and where, how often we are called."""
import json
import pwd
import smtplib
import subprocess
import unittest

import harness
import recipes
from recipes import INSIDE, OUTSIDE


ACCOUNT = "games"  # of the system; every Debian has it


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def text_of(reply):
    code, text = reply
    return f"{code} {text.decode(errors='replace')}"


class Recipe(unittest.TestCase):
    """What holds for each recipe; the classes below say which one it is."""

    recipe, sockets, doors, domain, options = "whole", "unix", ("socketmap", "policy"), "example.org", {}
    system = f"{ACCOUNT}@localhost"  # whose mail is none of Mailcast's business
    main_cf = "mydestination = localhost\n"

    @classmethod
    def setUpClass(cls):
        if cls is Recipe:
            raise unittest.SkipTest("what the recipes have in common")
        try:
            cls.beside = recipes.Beside(cls.recipe, cls.sockets, cls.doors, **cls.options)
        except harness.Skip as missing:
            raise unittest.SkipTest(str(missing)) from None
        cls.addClassCleanup(cls.beside.close)
        node = cls.beside.node
        for nick in ("alice", "bob", "full"):
            node.add_person(nick)
        node.add_place("room")
        node.run("set", "*room", "senders=internal")
        cls.give_mailboxes()
        cls.prepare()
        cls.beside.start()

    @classmethod
    def give_mailboxes(cls):
        try:
            pwd.getpwnam(ACCOUNT)
        except KeyError:
            raise unittest.SkipTest(f"there is no system account {ACCOUNT}") from None
        cls.spool = cls.beside.postfix.dir / "spool"
        cls.spool.mkdir()
        cls.spool.chmod(0o1777)
        main = cls.beside.postfix.conf / "main.cf"
        main.write_text(main.read_text() + f"\nmail_spool_directory = {cls.spool}\nlocal_recipient_maps = unix:passwd.byname\n"
                        + cls.main_cf)

    @classmethod
    def prepare(cls):
        pass

    def at(self, *locals_):
        return [f"{local}@{self.domain}" for local in locals_]

    def queue_id(self, subject):
        lines = self.beside.postfix.lines(f"message-id=<{subject}@test.example>")
        return lines[0].split("cleanup[")[1].split(": ")[1]

    def test_one_mail_to_two_persons_a_system_account_and_nobody(self):
        before = self.beside.counters()["transactions"]
        addresses = [*self.at("alice", "bob"), self.system, *self.at("nobody")]
        refused = self.beside.submit("bea@example.net", addresses, "to-all")
        self.assertEqual(self.at("nobody"), list(refused))
        self.assertIn("550 5.1.1", text_of(refused[self.at("nobody")[0]]))
        self.beside.wait_subject("~alice", "to-all")
        self.beside.wait_subject("~bob", "to-all")
        self.beside.postfix.wait_line(self.queue_id("to-all"), "status=sent", "relay=local")
        self.assertIn("Subject: to-all", (self.spool / ACCOUNT).read_text())
        self.assertEqual(before + 1, self.beside.counters()["transactions"], "one LMTP transaction for both")

    def test_a_room_for_inside_takes_inside_and_is_refused_at_the_edge_outside(self):
        self.assertEqual({}, self.beside.submit("any@example.net", self.at("room"), "from-inside"))
        self.beside.wait_subject("*room", "from-inside")
        self.assertEqual({}, self.beside.submit("any@example.net", self.at("alice"), "from-outside", source=OUTSIDE))
        self.beside.wait_subject("~alice", "from-outside")
        shown = [entry for entry in self.beside.node.entries("~alice") if entry["subject"] == "from-outside"]
        mail = self.beside.node.run("mail", "show", shown[0]["mail"], "--json").stdout
        self.assertIn(b'"origin":"external"', mail)
        refused = self.beside.submit("any@example.net", self.at("room"), "to-room", source=OUTSIDE)
        if "policy" in self.doors:
            self.assertIn("554 5.7.1", text_of(refused[self.at("room")[0]]))
            self.assertIn("only from inside", text_of(refused[self.at("room")[0]]))
        self.assertNotIn("to-room", self.beside.subjects("*room"))

    def test_five_hundred_recipients_come_in_one_transaction(self):
        before = self.beside.counters()
        topics = self.at(*(f"alice+{number}" for number in range(250)), *(f"bob+{number}" for number in range(250)))
        self.assertEqual({}, self.beside.submit("a@example.net", topics, "five-hundred", port=self.many_port()))
        self.beside.postfix.wait_empty()
        after = self.beside.counters()
        self.assertEqual(1, after["transactions"] - before["transactions"])
        self.assertEqual(500, after["stored"] - before["stored"])
        self.assertEqual(1, self.beside.subjects("~alice").count("five-hundred"))
        sent = self.beside.postfix.lines(self.queue_id("five-hundred"), "status=sent", "250 2.1.5")
        self.assertEqual(500, len(sent), "a true answer for each")

    def many_port(self):
        return self.beside.postfix.port

    def test_two_hundred_mails_come_over_few_connections(self):
        for number in range(200):
            self.beside.submit("a@example.net", self.at("alice"), f"burst-{number}")
        self.beside.postfix.wait_empty()
        delivered = [line for number in range(200)
                     for line in self.beside.postfix.lines(self.queue_id(f"burst-{number}"), "status=sent")]
        self.assertEqual(200, len(delivered))
        fresh = [line for line in delivered if "conn_use=" not in line]
        self.assertLessEqual(len(fresh), 4, "connections that were opened for them")

    def test_a_probe_is_answered_by_existence_whatever_the_rules_say(self):
        # The client is outside and the room is for inside: what is asked is whether it is there.
        self.assertEqual(250, self.probed("room")[0])
        self.assertEqual(250, self.probed("alice")[0])
        self.assertIn("550 5.1.1", text_of(self.probed("nobody")))

    def probed(self, local):
        with smtplib.SMTP(INSIDE, self.beside.probe_port, local_hostname="client.example", timeout=60,
                          source_address=(OUTSIDE, 0)) as client:
            client.ehlo()
            client.mail("stranger@example.net")
            return client.rcpt(self.at(local)[0])

    def test_who_is_full_is_tried_again_alone(self):
        self.beside.node.run("set", "~full", "quota=1")
        self.beside.submit("a@example.net", self.at("full"), "fill")  # an empty log takes one
        before = self.beside.counters()
        self.beside.submit("a@example.net", self.at("alice", "full", "bob"), "partly")
        self.beside.postfix.wait_line(f"to=<full@{self.domain}>", "status=deferred", "452 4.2.2")
        self.beside.wait_subject("~alice", "partly")
        self.beside.wait_subject("~bob", "partly")
        self.beside.node.run("set", "~full", "quota=")
        self.beside.postfix.wait_empty()
        self.beside.wait_subject("~full", "partly")
        for entity in ("~alice", "~bob", "~full"):
            self.assertEqual(1, self.beside.subjects(entity).count("partly"), entity)
        self.assertEqual(before["duplicates"], self.beside.counters()["duplicates"], "the others were not handed in again")


class WholeDomain(Recipe):

    def test_the_doors_counted_what_they_said(self):
        self.beside.submit("a@example.net", self.at("nobody2"), "counted")
        counters = self.beside.counters()
        self.assertGreater(counters["map_not_found"], 0)
        listening = {each["protocol"] for each in self.beside.status()["listeners"]}
        self.assertEqual({"lmtp", "socketmap", "policy"}, listening)

    def test_explain_says_what_the_doors_say(self):
        told = self.beside.node.run("explain", self.at("room")[0], "--from", "bea@example.net").stdout.decode()
        self.assertIn("REJECT 5.7.1", told)
        self.assertIn("senders=internal", told)
        told = self.beside.node.run("explain", self.at("nobody")[0], "--origin", "external").stdout.decode()
        self.assertIn("NOTFOUND", told)
        self.assertIn("550 5.1.1", told)


class OverTcp(Recipe):
    sockets = "tcp"


class ByProbes(Recipe):
    """Without a socketmap and a policy listener: Postfix asks by verification probes."""

    sockets, doors = "tcp", ()

    def many_port(self):
        return self.beside.plain_port  # to probe five hundred addresses, one a second, is another test

    def test_a_room_for_inside_is_there_for_a_probe(self):
        # The probe says LOCAL whoever asked; what is asked is whether the room exists.
        self.assertEqual({}, self.beside.submit("any@example.net", self.at("room"), "after-a-probe"))
        self.beside.wait_subject("*room", "after-a-probe")
        refused = self.beside.submit("any@example.net", self.at("nosuchroom"), "no-room")
        self.assertIn("550", text_of(refused[self.at("nosuchroom")[0]]))


class Shared(Recipe):
    """usak has a mailbox of the system at an address of the domain."""

    recipe, system = "shared", "usak@example.org"
    main_cf = ""

    @classmethod
    def prepare(cls):
        aliases = cls.beside.postfix.conf / "chat_aliases"
        aliases.write_text(aliases.read_text() + f"usak@example.org {ACCOUNT}@localhost\n"
                           "team@example.org alice@example.org, bob@example.org\n")

    def test_the_address_of_the_system_account_was_written_anew(self):
        self.beside.submit("bea@example.net", self.at("usak"), "to-usak")
        line = self.beside.postfix.wait_line("orig_to=<usak@example.org>", self.queue_id("to-usak"), "status=sent")
        self.assertIn(f"to=<{ACCOUNT}@localhost>", line)

    def test_an_alias_of_postfix_leads_into_chat(self):
        self.assertEqual({}, self.beside.submit("bea@example.net", self.at("team"), "to-team", source=OUTSIDE))
        self.beside.wait_subject("~alice", "to-team")
        self.beside.wait_subject("~bob", "to-team")


class SubDomain(Recipe):
    recipe, domain = "", "chat.example.net"
    options = {"domains": (), "hostname": "chat.example.net"}

    def test_the_recipe_fits_a_node_that_serves_its_hostname_alone(self):
        self.assertIn("relay_domains = chat.example.net", self.beside.recipe)
        self.assertIn("chat_transport", self.beside.recipe)


class Verdicts(unittest.TestCase):
    """Postfix writes its verdict for one client; another one forges the same field."""

    CHECKED, FORGER = "127.0.0.3", OUTSIDE
    FIELD = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net"

    def test_what_postfix_found_out_is_shown_and_what_a_mail_claims_is_not(self):
        try:
            beside = recipes.Beside("whole", top='[verdict]\nauthserv_id = "mx.example.org"\nspam_header = "X-Spam-Flag"', main_cf=(
                "smtpd_data_restrictions = check_client_access inline:{ {" + f"{self.CHECKED} = PREPEND {self.FIELD}" + "} }\n"))
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(beside.close)
        beside.node.add_person("alice")
        beside.start()
        for subject, source, extra in (("genuine", self.CHECKED, ""), ("forged", self.FORGER, self.FIELD + "\r\n"),
                                       ("spam", self.FORGER, "X-Spam-Flag: YES\r\n"), ("inside", INSIDE, self.FIELD + "\r\n")):
            beside.submit("bea@example.net", ["alice@example.org"], subject, source=source, extra=extra)
            beside.wait_subject("~alice", subject)
        shown = {entry["subject"]: entry for entry in beside.node.entries("~alice")}
        self.assertEqual("external, verified example.net", shown["genuine"]["badge"])
        self.assertEqual("external, unverified", shown["forged"]["badge"])
        self.assertEqual("external, unverified", shown["spam"]["badge"], "it came with the mail")
        self.assertEqual("internal", shown["inside"]["badge"])
        mail = json.loads(beside.node.run("mail", "show", shown["genuine"]["mail"], "--json").stdout)
        self.assertEqual("verified", mail["verdict"])


class Clashes(unittest.TestCase):
    def test_check_names_a_domain_that_postfix_takes_for_its_own(self):
        with harness.Mailcast() as node:
            conf = node.dir / "postfix"
            conf.mkdir()
            (conf / "main.cf").write_text("mydomain = example.org\nmydestination = $mydomain,\n  localhost\n")
            node.add_person("root")
            node.start()
            done = subprocess.run([node.program, "check", "-c", str(node.config)], capture_output=True, text=True, timeout=60,
                                  env={"MAIL_CONFIG": str(conf), "PATH": "/usr/bin:/bin"})
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("example.org is in mydestination of", done.stdout)
            self.assertIn("~root is a system account, too", done.stdout)


def load_tests(loader, _, __):
    suite = unittest.TestSuite()
    for case in (WholeDomain, OverTcp, ByProbes, Shared, SubDomain, Verdicts, Clashes):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main(verbosity=2)
