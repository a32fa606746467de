#!/usr/bin/env python3
"""One mail (or line) into a place with thousands of members: Mailcast over PSYC and over IRC beside ngircd, in one run.

Each member has a connection of its own.  Time to the first and the last of them, CPU of the server for one round, and
memory of an idle member.  The reader is one Python program on the same machine: the times hold its own work, too (some
10 µs a member), the same for each server.

  script/bench fanout [--members N] [--rounds N]
"""
import argparse
import ctypes
import ctypes.util
import os
import pathlib
import select
import socket
import sqlite3
import statistics
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "test" / "peers"))
import harness  # noqa: E402
import processes  # noqa: E402
from lmtp_client import Client  # noqa: E402

PERSONS = 100
PASSWORD = "correct horse"
AT_ONCE = 200  # that log in side by side


def cheap_hash(password):
    """Argon2id with the least work: thousands of logins are to be measured for what comes after them."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    sodium.sodium_init()
    out = ctypes.create_string_buffer(128)
    secret = password.encode()
    if sodium.crypto_pwhash_str(out, secret, ctypes.c_ulonglong(len(secret)), ctypes.c_ulonglong(1), ctypes.c_size_t(8192)):
        raise RuntimeError("crypto_pwhash_str")
    return out.value.decode()


class Member:
    """One connection and what has come on it."""

    def __init__(self, port, hello, ready, then=()):
        self.then = list(then)  # (what is waited for, what is sent then)
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.sendall(hello)
        self.socket.setblocking(False)
        self.ready = ready
        self.input = b""

    def read(self):
        try:
            got = self.socket.recv(65536)
        except BlockingIOError:
            return
        if not got:
            raise ConnectionError(f"the server closed a member's connection: {self.input[-200:]!r}")
        self.input += got
        if self.then and self.then[0][0] in self.input:
            self.socket.sendall(self.then.pop(0)[1])
        if b"PING " in got:
            for line in self.input.split(b"\r\n"):
                if line.startswith(b"PING "):
                    self.socket.sendall(b"PONG " + line[5:] + b"\r\n")


class Crowd:
    def __init__(self):
        self.members = []
        self.poll = select.epoll()
        self.by_number = {}

    def add(self, member):
        self.members.append(member)
        self.by_number[member.socket.fileno()] = member
        self.poll.register(member.socket.fileno(), select.EPOLLIN)

    def wait(self, members, words, deadline=120):
        """Until `words` came to each of them; the moments, sorted."""
        waiting = {member.socket.fileno() for member in members if words not in member.input}
        moments = [time.monotonic()] * (len(members) - len(waiting))
        end = time.monotonic() + deadline
        while waiting:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(waiting)} of {len(members)} members did not get {words!r}")
            for number, _ in self.poll.poll(1):
                member = self.by_number[number]
                member.read()
                if number in waiting and words in member.input:
                    moments.append(time.monotonic())
                    waiting.discard(number)
        return moments

    def open(self, count, make):
        while len(self.members) < count:
            batch = [make(number) for number in range(len(self.members), min(count, len(self.members) + AT_ONCE))]
            for member in batch:
                self.add(member)
            for member in batch:
                self.wait([member], member.ready)

    def forget(self):
        for member in self.members:
            member.input = b""

    def close(self):
        for member in self.members:
            member.socket.close()
        self.poll.close()


class Mailcast:
    def __init__(self, protocol):
        self.name = f"Mailcast, {protocol}"
        self.protocol = protocol
        self.irc_port = harness.free_port()
        self.server = harness.Mailcast(
            extra=f'[[listener]]\nprotocol = "irc"\naddress = "127.0.0.1:{self.irc_port}"\n[limits]\nconnections = 100000\nconnections_per_peer = 100000\n')

    def start(self):
        for number in range(PERSONS):
            self.server.add_person(f"user{number}", PASSWORD)
        self.server.add_place("lab")
        with sqlite3.connect(self.server.data / "mailcast.db") as database:
            database.execute("UPDATE account SET password_hash = ? WHERE kind = 0", (cheap_hash(PASSWORD),))
        database.close()
        self.server.start()

    @property
    def pid(self):
        return self.server.process.pid

    def member(self, number):
        if self.protocol == "PSYC":
            hello = (f".\n:_target\tpsyc://chat.example.org/~user{number % PERSONS}\n\n:_password\t{PASSWORD}\n"
                     f":_identification_client\tc{number}\n_request_link\n.\n")
            enter = b":_target\tpsyc://chat.example.org/@lab\n\n_request_enter\n.\n"
            return Member(self.server.psyc_port, hello.encode(), b"_echo_place_enter", [(b"_notice_link", enter)])
        who = f"user{number % PERSONS}"
        hello = f"PASS :{PASSWORD}\r\nNICK {who}\r\nUSER {who}@c{number} 0 * :{who}\r\nJOIN #lab\r\n"
        return Member(self.irc_port, hello.encode(), b" 366 ")

    def say(self, words):
        with Client(str(self.server.socket)) as client:
            client.hello()
            content = (f"From: Bea <bea@example.net>\r\nTo: lab@example.org\r\nSubject: {words}\r\n"
                       f"Message-ID: <{words}@example.net>\r\n\r\n" + "A line of forty characters, about so.\r\n" * 10)
            client.deliver("bea@example.net", ["*lab@example.org"], content.encode())

    def close(self):
        self.server.close()


class Ngircd(harness.Server):
    name = "ngircd, one line"

    def __init__(self):
        super().__init__("ngircd")
        self.program = harness.find_program("ngircd")
        self.port = harness.free_port()
        self.speaker = None

    def start(self):
        conf = self.dir / "ngircd.conf"
        conf.write_text(
            "[Global]\nName = irc.example.org\nInfo = bench\nListen = 127.0.0.1\n"
            f"Ports = {self.port}\nServerUID = nobody\nServerGID = nogroup\nPidFile =\nMotdPhrase = hello\n"
            "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 10\nMaxPenaltyTime = 0\nPingTimeout = 600\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\nRequireAuthPing = no\n")
        conf.chmod(0o644)
        self.spawn([self.program, "-n", "-f", str(conf)])
        self.wait_ready(("127.0.0.1", self.port))
        self.speaker = self.member(-1)
        crowd = Crowd()
        crowd.add(self.speaker)
        crowd.wait([self.speaker], self.speaker.ready)
        crowd.poll.close()

    @property
    def pid(self):
        return self.process.pid

    def member(self, number):
        hello = f"NICK u{number + 1}\r\nUSER u 0 * :u\r\nJOIN #lab\r\n"
        return Member(self.port, hello.encode(), b" 366 ")

    def say(self, words):
        self.speaker.socket.setblocking(True)
        self.speaker.socket.sendall(f"PRIVMSG #lab :{words} {'x' * 300}\r\n".encode())


def measure(target, members, rounds):
    target.start()
    crowd = Crowd()
    try:
        begin = time.monotonic()
        before = processes.memory(target.pid)["pss"]
        crowd.open(members, target.member)
        opened = time.monotonic() - begin
        for member in crowd.members:
            member.read()
        idle = (processes.memory(target.pid)["pss"] - before) / members
        firsts, lasts, cpus = [], [], []
        for turn in range(rounds):
            crowd.forget()
            words = f"round-{turn}-{os.getpid()}"
            used, start = processes.cpu_seconds(target.pid), time.monotonic()
            target.say(words)
            moments = crowd.wait(crowd.members, words.encode())
            firsts.append(min(moments) - start)
            lasts.append(max(moments) - start)
            cpus.append(processes.cpu_seconds(target.pid) - used)
        return {"opened": opened, "idle": idle, "first": statistics.median(firsts), "last": statistics.median(lasts),
                "cpu": statistics.median(cpus)}
    finally:
        crowd.close()
        target.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=9000, help="connections (9000; two file descriptors each)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    harness.more_files()
    rows = []
    for make in (lambda: Mailcast("PSYC"), lambda: Mailcast("IRC"), Ngircd):
        try:
            target = make()
            row = measure(target, options.members, options.rounds)
        except harness.Skip as reason:
            print(f"* SKIPPED: {reason}")
            continue
        rows.append((target.name, row))
        print(f"{target.name}: {row}", file=sys.stderr, flush=True)
    print(f"| {options.members} members | first ms | last ms | members/s | CPU µs a member | idle member KiB | opened in s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, row in rows:
        print(f"| {name} | {row['first'] * 1e3:.1f} | {row['last'] * 1e3:.0f} | {options.members / row['last']:,.0f} | "
              f"{row['cpu'] / options.members * 1e6:.1f} | {row['idle'] / 1024:.1f} | {row['opened']:.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
