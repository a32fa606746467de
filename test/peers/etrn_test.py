#!/usr/bin/env python3
"""After an outage a real Postfix that would look again in some minutes hands over at once what it has put off: Mailcast asks for it."""
import re
import unittest

import harness
import recipes

SLOW = "minimal_backoff_time = 1800s\nmaximal_backoff_time = 1800s\nqueue_run_delay = 1800s\n"


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


class AfterAnOutage(unittest.TestCase):
    def beside(self, etrn):
        try:
            # The domain of the hostname has no mail; it is asked for, too.
            beside = recipes.Beside("whole", "tcp", main_cf=SLOW, top="# etrn")
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(beside.close)
        config = beside.node.config
        config.write_text(config.read_text().replace("# etrn", etrn.replace("PORT", str(beside.postfix.port))))
        for nick in ("alice", "bob"):
            beside.node.add_person(nick)
        return beside

    def put_off(self, beside, count):
        """So many mails that Postfix has tried in vain.  Its map is away as well, so they come by a way that asks none."""
        beside.postfix.wait_ready(("127.0.0.1", beside.plain_port))
        for number in range(count):
            beside.submit("bea@example.net", ["alice@example.org", "bob@example.org"], f"waits-{number}", port=beside.plain_port)
        harness.wait_until(lambda: len([mail for mail in beside.postfix.queued() if mail["queue_name"] == "deferred"]) == count,
                           "all of it is in the deferred queue", 40)

    def test_what_was_put_off_comes_when_mailcast_starts(self):
        beside = self.beside('[etrn]\naddress = "127.0.0.1:PORT"')
        beside.postfix.start()
        self.put_off(beside, 8)
        beside.start_node()
        for number in range(8):
            beside.wait_subject("~alice", f"waits-{number}")
            beside.wait_subject("~bob", f"waits-{number}")
        harness.wait_until(lambda: not beside.postfix.queued(), "nothing waits in Postfix")
        self.assertRegex(beside.node.output(), re.compile(r"etrn: domain=example\.org attempt=1 \(250 2\.0\.0 Queuing started\)"))
        self.assertEqual(8, len(beside.subjects("~alice")), "each once")

    def test_a_mail_server_that_starts_later_is_asked_then(self):
        beside = self.beside('[etrn]\naddress = "127.0.0.1:PORT"\ndomains = ["example.org"]')
        beside.postfix.start()
        self.put_off(beside, 1)
        beside.postfix.stop()
        beside.start_node()
        harness.wait_until(lambda: "etrn: domain=example.org attempt=1 (451 4.4.2" in beside.node.output(), "it was asked in vain")
        beside.postfix.start()
        harness.wait_until(lambda: re.search(r"attempt=[23] \(250 2\.0\.0", beside.node.output()), "it was asked again", 60)
        beside.wait_subject("~alice", "waits-0")

    def test_a_domain_that_postfix_keeps_no_list_of_is_said_in_the_log(self):
        beside = self.beside('[etrn]\naddress = "127.0.0.1:PORT"\ndomains = ["example.com"]')
        beside.postfix.start()
        beside.start_node()
        harness.wait_until(lambda: "etrn: domain=example.com attempt=1 (550 5.7.1" in beside.node.output(), "the refusal is logged")

    def test_without_the_setting_nobody_is_asked(self):
        beside = self.beside("")
        beside.postfix.start()
        self.put_off(beside, 1)
        beside.start_node()
        self.assertNotIn("etrn", beside.node.output())
        self.assertEqual(1, len(beside.postfix.queued()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
