#!/usr/bin/env python3
"""What Postfix accepted is in every log exactly once, whatever breaks between it and Mailcast.  Counted, not sampled.

  fault_driver.py [--rounds 3] [--recipients 4] [--kills 5] [--senders 3] [--seed N]
  fault_driver.py --kills 100 --rounds 20      the run whose figures stand in docs/queue.md

boundaries   A relay between the two cuts the connection after the 354, and after each of the replies that follow the
             content, none of them to all of them; every mail meets one boundary, and is then left alone.
kills        kill -9 of Mailcast at random moments while mail comes; it is started again at once.

Postfix retries by itself.  The seed is printed.
"""
import argparse
import collections
import random
import re
import smtplib
import socket
import sys
import threading
import time
import unittest

import harness
import recipes

OPTIONS = argparse.Namespace(rounds=3, recipients=4, kills=5, senders=3, seed=None)
DEADLINE = 300.0  # seconds for a part of the test to come to its end
TOKEN = re.compile(r"token-[\w-]+-end")

SETTINGS = """
virtual_mailbox_domains = example.org
virtual_mailbox_maps =
virtual_transport = lmtp:inet:[127.0.0.1]:{port}
lmtp_destination_recipient_limit = 500
lmtp_destination_concurrency_failed_cohort_limit = 1000
lmtp_connection_cache_destinations = static:all
enable_long_queue_ids = yes
smtpd_error_sleep_time = 0
in_flow_delay = 0
"""


class Relay:
    """Passes octets between Postfix and Mailcast, and knows where the replies after a content begin and end.

    `boundary_of(token)` says once for each mail after how many of those replies to cut (-1: after the 354, before any
    content is passed on; None: not at all).
    """

    def __init__(self, target, boundary_of):
        self.target, self.boundary_of = target, boundary_of
        self.cuts = collections.Counter()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            server = socket.create_connection(self.target, timeout=DEADLINE)
        except OSError:
            peer.close()
            return
        peer.settimeout(DEADLINE)
        with peer, server:
            try:
                self.talk(peer.makefile("rb"), peer, server.makefile("rb"), server)
            except OSError:
                pass  # Postfix or Mailcast ended the connection
            for end in (peer, server):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @staticmethod
    def reply(source):
        """One whole reply, several lines long or not."""
        whole = b""
        while True:
            line = source.readline()
            if not line:
                raise OSError("ended")
            whole += line
            if line[3:4] != b"-":
                return whole

    def talk(self, commands, peer, replies, server):
        """Postfix pipelines MAIL, RCPT and DATA, so commands and replies go by their own ways; each command has one reply
        but for the end of a content."""
        peer.sendall(self.reply(replies))  # the greeting
        accepted = 0
        while command := commands.readline():
            server.sendall(command)
            word = command[:4].upper()
            reply = self.reply(replies)
            if word in (b"LHLO", b"MAIL", b"RSET"):
                accepted = 0
            if word == b"RCPT" and reply.startswith(b"2"):
                accepted += 1
            peer.sendall(reply)
            if word != b"DATA" or not reply.startswith(b"354"):
                continue
            content = b""
            while not content.endswith(b"\r\n.\r\n"):
                line = commands.readline()
                if not line:
                    raise OSError("ended")
                content += line
            found = TOKEN.search(content.decode(errors="replace"))
            boundary = self.boundary_of(found.group(0)) if found else None
            if boundary is not None:
                self.cuts[boundary] += 1
            if boundary == -1:
                return
            server.sendall(content)
            for count in range(accepted):
                # What is cut off here has been said all the same: Mailcast has the mail on disk.
                reply = self.reply(replies)
                if boundary == count:
                    return
                peer.sendall(reply)
            if boundary == accepted:
                return
            accepted = 0

    def close(self):
        self.listener.close()


class Senders:
    """Threads that hand mail to Postfix; what it says 250 to is in `accepted`."""

    def __init__(self, postfix, recipients, mails, count):
        self.postfix, self.recipients = postfix, recipients
        self.todo = collections.deque(mails)
        self.accepted, self.complaints = set(), []
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self):
        try:
            with smtplib.SMTP("127.0.0.1", self.postfix.port, local_hostname="load.example", timeout=60) as client:
                while self.todo:
                    try:
                        token = self.todo.popleft()
                    except IndexError:
                        return
                    client.sendmail("a@example.net", self.recipients, (
                        f"From: <a@example.net>\r\nTo: all@example.org\r\nSubject: {token}\r\n"
                        f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{token}@load.example>\r\n\r\n"
                        + "A line of text.\r\n" * (1 + len(self.todo) % 200)))
                    self.accepted.add(token)
        except (OSError, smtplib.SMTPException) as trouble:
            self.complaints.append(str(trouble))

    def busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def join(self):
        for thread in self.threads:
            thread.join(DEADLINE)


class Load:
    """Hands mail to Postfix without end, until stop(); what Postfix says 250 to is in `accepted`."""

    def __init__(self, postfix, recipients, count):
        self.postfix, self.recipients = postfix, recipients
        self.accepted, self.complaints = set(), []
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, sender):
        try:
            with smtplib.SMTP("127.0.0.1", self.postfix.port, local_hostname="load.example", timeout=60) as client:
                number = 0
                while not self.ends.is_set():
                    token, number = f"token-{sender}-{number}-end", number + 1
                    # One in twenty is large enough to be a file of its own in Mailcast.
                    lines = 9000 if number % 20 == 0 else 1 + number % 200
                    client.sendmail("a@example.net", self.recipients, (
                        f"From: <a@example.net>\r\nTo: all@example.org\r\nSubject: {token}\r\n"
                        f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{token}@load.example>\r\n\r\n"
                        + "A line of text.\r\n" * lines))
                    self.accepted.add(token)
        except (OSError, smtplib.SMTPException) as trouble:
            self.complaints.append(str(trouble))

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join(60)


class Faults(unittest.TestCase):
    def setUp(self):
        self.node = harness.Mailcast()
        self.addCleanup(self.node.close)
        self.nicks = [f"person{number}" for number in range(OPTIONS.recipients)]
        for nick in self.nicks:
            self.node.add_person(nick)
        self.recipients = [f"{nick}@example.org" for nick in self.nicks]

    def front(self, port):
        try:
            postfix = recipes.Postfix(SETTINGS.format(port=port))
        except harness.Skip as missing:
            self.skipTest(str(missing))
        self.addCleanup(postfix.close)
        return postfix.start()

    def count(self, accepted):
        """Every accepted mail once in every log, and nothing else."""
        for nick in self.nicks:
            seen = collections.Counter(entry["subject"] for entry in self.node.entries(f"~{nick}"))
            lost = [token for token in accepted if seen[token] == 0]
            twice = [token for token, times in seen.items() if times > 1]
            self.assertEqual([], lost[:5], f"{len(lost)} of {len(accepted)} mails are not in the log of {nick}")
            self.assertEqual([], twice[:5], f"{len(twice)} mails are more than once in the log of {nick}")
            self.assertEqual(set(accepted), set(seen), f"the log of {nick} holds what was accepted and nothing else")
        print(f"{len(accepted)} mails accepted, each once in {len(self.nicks)} logs", flush=True)

    def test_a_cut_at_every_reply_boundary_shows_nothing_twice_and_loses_nothing(self):
        boundaries = list(range(-1, OPTIONS.recipients + 1))
        mails = {f"token-{turn}-{boundary + 1}-end": boundary for turn in range(OPTIONS.rounds) for boundary in boundaries}
        met, lock = set(), threading.Lock()

        def boundary_of(token):
            with lock:
                if token in met:
                    return None
                met.add(token)
                return mails[token]

        self.node.start()
        relay = Relay(("127.0.0.1", self.node.lmtp_port), boundary_of)
        self.addCleanup(relay.close)
        postfix = self.front(relay.port)
        senders = Senders(postfix, self.recipients, list(mails), 2)
        senders.join()
        self.assertEqual([], senders.complaints)
        postfix.wait_empty(DEADLINE)
        for boundary in boundaries:
            self.assertEqual(OPTIONS.rounds, relay.cuts[boundary], f"cuts after reply {boundary}")
        self.assertEqual(len(mails), len(senders.accepted))
        self.count(senders.accepted)
        print(f"{sum(relay.cuts.values())} connections cut at {len(boundaries)} boundaries", flush=True)

    def test_kills_at_random_moments_show_nothing_twice_and_lose_nothing(self):
        seed = OPTIONS.seed if OPTIONS.seed is not None else random.SystemRandom().randrange(1 << 32)
        print(f"seed {seed}, {OPTIONS.kills} kills", flush=True)
        chance = random.Random(seed)
        self.node.start()
        postfix = self.front(self.node.lmtp_port)
        load = Load(postfix, self.recipients, OPTIONS.senders)
        self.addCleanup(load.stop)
        for turn in range(OPTIONS.kills):
            before = len(load.accepted)
            harness.wait_until(lambda: len(load.accepted) > before or load.complaints, "mail comes", 60, pause=0.001)
            time.sleep(chance.uniform(0.0, 0.6))  # the random moment: nothing is awaited here
            self.node.kill()
            self.node.start()
        load.stop()
        self.assertEqual([], load.complaints)
        postfix.wait_empty(DEADLINE)
        self.count(load.accepted)
        lines = postfix.output().splitlines()
        put_off = sum("status=deferred" in line for line in lines)
        known = sum("it was here before" in line for line in lines)
        print(f"{OPTIONS.kills} kills: {put_off} deliveries were put off and tried again, {known} of them had been stored before "
              "their reply was lost", flush=True)
        if OPTIONS.kills >= 50:
            self.assertGreater(put_off, 0, "no kill met a delivery")
            self.assertGreater(known, 0, "no kill fell between a commit and its reply")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="mails for each boundary")
    parser.add_argument("--recipients", type=int, default=4)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--senders", type=int, default=3)
    parser.add_argument("--seed", type=int)
    parser.add_argument("rest", nargs="*", help="names of tests")
    OPTIONS = parser.parse_args()
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)
    unittest.main(argv=[sys.argv[0], *OPTIONS.rest], verbosity=2)
