#!/usr/bin/env python3
"""kill -9 under load: what was answered 250 is there exactly once; what was not is sent again and then there once.

  crash_test.py [--rounds 10] [--seed N] [--sessions 6]

The seed is printed; with the same seed the kills come after the same times.
And the gentle end: SIGTERM during a transaction, which is finished and answered.
"""
import argparse
import collections
import random
import re
import sys
import threading
import time
import unittest

import harness
from lmtp_client import Client, Closed, message

OPTIONS = argparse.Namespace(rounds=10, seed=None, sessions=6)
RECIPIENTS = ["ada@example.org", "lab@example.org"]
ENTITIES = ["~ada", "@lab"]


class Sender(threading.Thread):
    """Delivers one mail after another until the server dies under it; retries first what had no answer."""

    def __init__(self, node, name, pending, random_source):
        super().__init__(daemon=True)
        self.node, self.name, self.random = node, name, random_source
        self.pending = pending                      # token -> content, not answered for all
        self.accepted = collections.defaultdict(set)  # token -> recipients answered 250
        self.complaints = []
        self.count = 0

    def run(self):
        try:
            with Client(str(self.node.socket)) as client:
                client.hello()
                for token in list(self.pending):
                    self.one(client, token, self.pending[token])
                while True:
                    self.count += 1
                    token = f"token-{self.name}-{self.count}-end"
                    text = f"{token}\r\n" + "x" * self.random.choice((10, 60, 70)) + "\r\n" * self.random.choice((1, 30, 3000))
                    content = message(token, text, f"{token}@example.net")
                    self.pending[token] = content
                    self.one(client, token, content)
        except (Closed, OSError):
            return  # it was killed; what is pending has no answer

    def one(self, client, token, content):
        _, rcpts, replies = client.deliver("sender@example.net", RECIPIENTS, content)
        for recipient, reply in zip(RECIPIENTS, replies):
            if reply.code == 250:
                self.accepted[token].add(recipient)
            else:
                self.complaints.append(f"{token} {recipient}: {reply}")
        if [reply.code for reply in rcpts] != [250, 250]:
            self.complaints.append(f"{token}: {[str(reply) for reply in rcpts]}")
        if len(replies) == len(RECIPIENTS):
            del self.pending[token]


def tokens_in_log(node, entity):
    seen = collections.Counter()
    for entry in node.entries(entity):
        found = re.search(r"token-[\w-]+-end", entry["text"])
        seen[found.group(0) if found else "no token"] += 1
    return seen


class KilledUnderLoad(unittest.TestCase):
    def test_what_was_answered_is_there_once(self):
        seed = OPTIONS.seed if OPTIONS.seed is not None else random.SystemRandom().randrange(1 << 32)
        print(f"seed {seed}, {OPTIONS.rounds} rounds", flush=True)
        chance = random.Random(seed)
        with harness.Mailcast() as node:
            node.add_person("ada")
            node.add_place("lab")
            pending, accepted = {}, collections.defaultdict(set)
            for turn in range(OPTIONS.rounds):
                node.start()
                senders = [Sender(node, f"{turn}-{number}", {}, random.Random(chance.random()))
                           for number in range(OPTIONS.sessions)]
                for number, (token, content) in enumerate(pending.items()):
                    senders[number % len(senders)].pending[token] = content
                for sender in senders:
                    sender.start()
                time.sleep(chance.uniform(0.02, 1.0))  # the random moment: nothing is awaited here
                node.kill()
                for sender in senders:
                    sender.join(30)
                    self.assertFalse(sender.is_alive(), "a sender hangs")
                    self.assertEqual([], sender.complaints)
                pending = {}
                for sender in senders:
                    pending |= sender.pending
                    for token, recipients in sender.accepted.items():
                        accepted[token] |= recipients
                print(f"round {turn + 1}: {len(accepted)} accepted so far, {len(pending)} without an answer", flush=True)
                self.check_accepted(node, accepted)  # the command line opens the store by itself

            node.start()
            with Client(str(node.socket)) as client:
                client.hello()
                for token, content in pending.items():
                    _, _, replies = client.deliver("sender@example.net", RECIPIENTS, content)
                    self.assertEqual([250, 250], [reply.code for reply in replies], [str(reply) for reply in replies])
                    accepted[token] |= set(RECIPIENTS)
            self.check_accepted(node, accepted, whole=True)
            self.check_raw(node, chance)
            self.assertEqual(0, node.stop())

    def check_accepted(self, node, accepted, whole=False):
        for recipient, entity in zip(RECIPIENTS, ENTITIES):
            seen = tokens_in_log(node, entity)
            lost = [token for token, recipients in accepted.items() if recipient in recipients and seen[token] == 0]
            twice = [token for token, count in seen.items() if count > 1]
            self.assertEqual([], lost[:5], f"{len(lost)} mails answered 250 are not in the log of {entity}")
            self.assertEqual([], twice[:5], f"{len(twice)} mails are more than once in the log of {entity}")
            self.assertEqual(0, seen["no token"], "an entry that nobody sent, or half of one")
            if whole:
                self.assertEqual(set(accepted), set(seen), f"the log of {entity} holds what was sent and nothing else")

    def check_raw(self, node, chance):
        entries = node.entries("~ada")
        for entry in chance.sample(entries, min(40, len(entries))):
            token = re.search(r"token-[\w-]+-end", entry["text"]).group(0).encode()
            raw = node.raw(entry["mail"])
            self.assertIn(b"\r\n\r\n" + token + b"\r\nx", raw)
            self.assertTrue(raw.endswith(b"x\r\n") or raw.endswith(b"\r\n\r\n"), "the end of the content is missing")


class Drains(unittest.TestCase):
    def open_transaction(self, client):
        client.hello()
        for command in ("MAIL FROM:<sender@example.net>", "RCPT TO:<ada@example.org>"):
            self.assertEqual(250, client.command(command).code)
        self.assertEqual(354, client.command("DATA").code)

    def test_a_transaction_under_way_is_finished_and_answered(self):
        with harness.Mailcast() as node:
            node.add_person("ada")
            node.start()
            content = message("the last one", "finished in time\r\n" * 100, "last@example.net")
            with Client(str(node.socket)) as busy, Client(str(node.socket)) as resting:
                resting.hello()
                self.open_transaction(busy)
                busy.send(content[:200])
                node.process.terminate()
                # the connection without a transaction is told so first: from then on the server drains
                self.assertEqual("421 4.3.2", " ".join(str(resting.reply()).split()[:2]))
                self.assertTrue(resting.at_end())
                self.assertTrue(node.alive())
                busy.send(content[200:] + b".\r\n")
                answer = busy.reply()
                self.assertEqual(250, answer.code, answer)
                self.assertEqual(421, busy.reply().code)
                self.assertTrue(busy.at_end())
            harness.wait_until(lambda: not node.alive(), "the server has ended")
            self.assertEqual(0, node.process.returncode, node.output())
            entries = node.entries("~ada")
            self.assertEqual(1, len(entries))
            self.assertTrue(node.raw(entries[0]["mail"]).endswith(content))

    def test_without_connections_it_ends_at_once(self):
        with harness.Mailcast() as node:
            node.start()
            node.process.terminate()
            harness.wait_until(lambda: not node.alive(), "the server has ended", deadline=5)
            self.assertEqual(0, node.process.returncode, node.output())
            self.assertFalse(harness.try_connect(str(node.socket)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("rest", nargs="*", help="names of tests")
    OPTIONS = parser.parse_args()
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)
    unittest.main(argv=[sys.argv[0], *OPTIONS.rest], verbosity=2)
