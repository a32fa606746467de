#!/usr/bin/env python3
"""LMTP conformance suite: what goes in, what must come back (cases: conformance_cases.py).

Every case runs over a socket and over TCP, each three times: step by step as a careful client does, all in
one write, and one octet at a time.  The replies must be the same.  Where the case says what the content
is, the stored octets are compared as well.

The same cases run against Dovecot's LMTP server and smtp-sink, which shows that the suite itself is right.
There only the class of each reply counts (2, 3, 4 or 5), since the texts and enhanced codes are ours; a case
may name why a peer legitimately differs.

  lmtp_conformance.py [mailcast] [dovecot] [smtp-sink] [--only WORD] [-v]      (without a name: all three)

Exit: 0 good, 1 a case failed, 77 the program to be tested is missing.
"""
import argparse
import re
import sys

import conformance_cases
import harness
from lmtp_client import Client, Closed, Reply

MODES = ("steps", "one write", "bytewise")
BYTEWISE_LIMIT = 60_000  # octets; longer cases would only measure patience


def matches(expected, reply, by_class):
    """`expected` is "CODE ENHANCED" with x for any digits, or a tuple of such, or a function of the Reply."""
    if isinstance(expected, tuple):
        return any(matches(one, reply, by_class) for one in expected)
    if callable(expected):
        return by_class or expected(reply)
    if by_class:
        return str(reply.code)[0] == expected[0]
    pattern = re.escape(expected).replace("x", r"\d+")
    return re.match(pattern + r"( |$|\b)", f"{reply.code} {reply.text}") is not None


def run_case(case, address, mode, by_class):
    """Gives (list of complaints, list of replies)."""
    replies, complaints = [], []
    client = Client(address)

    def take(expected):
        if expected is conformance_cases.CLOSED:
            if not client.at_end():
                complaints.append("the connection should be closed")
            return
        try:
            reply = client.reply()
        except Closed:
            complaints.append(f"closed instead of {expected}")
            raise
        replies.append(reply)
        if not matches(expected, reply, by_class):
            wanted = getattr(expected, "__doc__", None) if callable(expected) else expected
            complaints.append(f"reply {len(replies)}: {wanted} expected, {reply}")

    with client:
        try:
            if mode == "steps":
                take("220")
                for octets, expected in case.exchanges:
                    client.send(octets)
                    for one in expected:
                        take(one)
            else:
                octets = b"".join(octets for octets, _ in case.exchanges)
                client.send_reading(octets, len(octets) if mode == "one write" else 1)
                take("220")
                for _, expected in case.exchanges:
                    for one in expected:
                        take(one)
            if not any(conformance_cases.CLOSED in expected for _, expected in case.exchanges):
                # nothing more may have come, and the connection must still work
                client.send(b"QUIT\r\n")
                last = client.reply()
                if last.code != 221:
                    complaints.append(f"one reply too many, or no end: {last}")
        except (Closed, BrokenPipeError, ConnectionResetError) as closed:
            complaints.append(f"connection lost ({closed})")
        except TimeoutError:
            complaints.append(f"no reply within the time limit after {len(replies)} replies")
        except ValueError as wrong:
            complaints.append(str(wrong))
    return complaints, replies


# ---- the servers under test --------------------------------------------------------------------------


class MailcastTarget:
    name, by_class = "mailcast", False

    def __init__(self):
        self.server = harness.Mailcast(
            domains=["example.org", "bücher.example"], top='postmaster = "ada"',
            extra=f"[limits]\nmessage_size = {conformance_cases.MESSAGE_SIZE}\n",
            lmtp='trusted = ["127.0.0.0/8", "unix"]')
        for person in ("ada", "bea"):
            self.server.add_person(person)
        self.server.add_place("lab")
        self.server.start()
        self.addresses = {"unix": str(self.server.socket), "tcp": ("127.0.0.1", self.server.lmtp_port)}

    def stored(self, reply):
        found = re.search(r"> ([0-9A-HJKMNP-TV-Z]{26})\b", reply.text)
        return self.server.raw(found.group(1)) if found else None

    def same(self, stored, content):
        return stored.endswith(content)


class DovecotTarget:
    name, by_class = "dovecot", True

    def __init__(self):
        self.server = harness.Dovecot(users=["ada", "bea", "lab", "postmaster"]).start()
        self.addresses = {"unix": str(self.server.socket), "tcp": ("127.0.0.1", self.server.lmtp_port)}

    def stored(self, reply):
        user = re.search(r"<\"?([a-z]+)[^>]*>", reply.text.lower())
        mails = self.server.mails(user.group(1)) if user else []
        return mails[-1] if mails else None

    def same(self, stored, content):
        return stored.endswith(content.replace(b"\r\n", b"\n"))  # Maildir keeps LF


class SinkTarget:
    name, by_class = "smtp-sink", True

    def __init__(self):
        self.server = harness.SmtpSink(unix=False).start()
        self.addresses = {"tcp": ("127.0.0.1", self.server.lmtp_port)}

    def stored(self, _):
        return None  # it keeps nothing


TARGETS = {target.name: target for target in (MailcastTarget, DovecotTarget, SinkTarget)}


def check(target, case, transport, mode):
    complaints, replies = run_case(case, target.addresses[transport], mode, target.by_class)
    if not complaints and case.content is not None and case.kept_by < len(replies):
        reply = replies[case.kept_by]
        if reply.code == 250:
            stored = target.stored(reply)
            if stored is not None and not target.same(stored, case.content):
                complaints.append(f"stored content differs: {stored[-200:]!r} should end with {case.content[-200:]!r}")
    return complaints


def run_target(target, only, verbose):
    passed = failed = noted = 0
    for case in conformance_cases.CASES:
        if only and only not in case.name:
            continue
        reason = case.differs.get(target.name)
        length = sum(len(octets) for octets, _ in case.exchanges)
        different = []
        for transport in target.addresses:
            for mode in MODES:
                if mode == "bytewise" and length > BYTEWISE_LIMIT:
                    continue
                if reason is not None and (different or mode != "steps"):
                    continue  # once is enough to see that it differs
                complaints = check(target, case, transport, mode)
                if reason is not None:
                    different += complaints
                elif complaints:
                    failed += 1
                    print(f"FAILED {target.name}: {case.name} ({transport}, {mode}): " + "; ".join(complaints))
                else:
                    passed += 1
        if reason is not None:
            noted += 1
            if verbose or not different:
                state = f"differs ({different[0]})" if different else "NO LONGER DIFFERS"
                print(f"noted {target.name}: {case.name}: {state}: {reason}")
        elif verbose:
            print(f"done {target.name}: {case.name}")
    print(f"{target.name}: {passed} runs passed, {failed} failed, {noted} cases differ as noted")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--only", help="only cases whose name contains this")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    failed = 0
    for name in options.targets or TARGETS:
        try:
            target = TARGETS[name]()
        except harness.Skip as missing:
            if name == "mailcast":
                harness.skip_script(missing)
            print(f"SKIPPED {name}: {missing}")
            continue
        try:
            failed += run_target(target, options.only, options.verbose)
        finally:
            target.server.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
