#!/usr/bin/env python3
"""IRC clients that do not read what they are sent: they hold nobody up, cost a bounded amount of memory, lose nothing."""
import socket
import unittest

import harness
from irc_client import IrcClient
from lmtp_client import Client, message

PASSWORD = "correct-horse"
CAPS = ("message-tags", "server-time", "batch")
MAILS = 400
LINES = 38
WIDTH = 380  # octets of one line: a mail is some 17 KB in IRC, all of them 7 MB
SEND_QUEUE = 1 << 20  # octets that wait for one client; above it, it reads from the log later


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


class Slow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = harness.free_port()
        cls.node = harness.Mailcast(extra=f'[[listener]]\nprotocol = "irc"\naddress = "127.0.0.1:{cls.port}"\n')
        cls.addClassCleanup(cls.node.close)
        for nick in ("ada", "bob", "cyd"):
            cls.node.add_person(nick, PASSWORD)
        cls.node.add_place("lab")
        cls.node.start()
        cls.node.wait_ready(("127.0.0.1", cls.port))

    def connect(self, account, buffer=None):
        client = IrcClient(self.port, timeout=60)
        self.addCleanup(client.close)
        if buffer is not None:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.login(account, PASSWORD, CAPS)
        return client

    def deliver(self, client, to, word, at):
        body = "".join(f"{word} {at} " + "x" * WIDTH + "\r\n" for _ in range(LINES))
        _, _, replies = client.deliver("bea@example.net", [to], message(f"{word} {at} begins", body, f"{word}-{at}@example.net", extra=""))
        self.assertEqual([250], [reply.code for reply in replies])
        return replies[0].text.split()[2]

    def test_who_does_not_read_holds_nobody_up_and_catches_up(self):
        slow, quick = self.connect("ada", buffer=16384), self.connect("bob")
        for client in (slow, quick):
            client.join("#lab")
        before = resident(self.node.process.pid)
        with Client(str(self.node.socket)) as door:
            door.hello()
            for at in range(MAILS):
                self.deliver(door, "lab@example.org", "flood", at)
                # Who reads has each mail before the next one comes; the other does not read at all.
                quick.wait_command("PRIVMSG", f"flood {at} begins")
        grown = resident(self.node.process.pid) - before
        self.assertLess(grown, 40 * SEND_QUEUE)  # with all that the store caches of 7 MB of mail
        wanted = [f"flood {at} begins" for at in range(MAILS)]
        slow.wait_command("PRIVMSG", wanted[-1])
        slow.round_trip()
        got = [line.text.split("] ")[1].split(" (")[0] for line in slow.lines if line.command == "PRIVMSG" and " begins" in line.text]
        self.assertEqual(wanted, got)
        # What it has been sent is taken: it does not come again.
        slow.quit()
        again = self.connect("ada")
        again.join("#lab")
        again.round_trip()
        self.assertEqual([], [line.text for line in again.lines if "flood" in line.text])

    def test_who_asks_and_does_not_read_the_answers_is_closed_and_loses_no_mail(self):
        greedy = self.connect("cyd", buffer=16384)
        with Client(str(self.node.socket)) as door:
            door.hello()
            big = "".join(f"{at} " + "y" * WIDTH + "\r\n" for at in range(1000))
            _, _, replies = door.deliver("bea@example.net", ["cyd@example.org"], message("big", big, "big@example.net"))
            mail_id = replies[0].text.split()[2]
            greedy.wait_command("PRIVMSG", "big")
            # 400 KB each: far more than the 8 MiB that may wait for one client.
            try:
                for _ in range(100):
                    greedy.send(f"PRIVMSG mailcast :full {mail_id}")
            except OSError:
                pass  # closed while it was still asking
            self.assertRaises(ConnectionError, greedy.wait, lambda line: False, "the end of the circuit")
            kept = self.deliver(door, "cyd@example.org", "meanwhile", 1)
        again = self.connect("cyd")
        line = again.wait_command("PRIVMSG", "meanwhile 1 begins")
        self.assertEqual(kept, line.tags["msgid"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
