#!/usr/bin/env python3
"""Runs the dialogue scripts of this folder (README.md has their form) against the running daemon.

  live_runner.py [--bytewise] [-v] [NAME...]      (without a name: all *.dialogue files)

Scripts that need the same settings share one daemon.  What README.md calls full is a person with quota=0, what it
calls picky one with max_lines=0.
"""
import argparse
import pathlib
import re
import select
import socket
import ssl
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
import harness  # noqa: E402

# Every message id becomes this one, which the scripts name where they compare a line whole.
ID = rb"01[0-9A-HJKMNP-TV-Z]{24}"
SCRIPT_ID = b"01JDBQ5K3V8Z9M0000000000AB"
WAIT = 20.0  # seconds for a line that must come


class Wrong(Exception):
    """The server did not do what the script says."""


# ---- reading a script ------------------------------------------------------------------------------------


def unescaped(text):
    out, at = b"", 0
    simple = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] == "x":
            out += bytes([int(text[at + 2:at + 4], 16)])
            at += 4
        elif text[at + 1] == "{":
            end = text.index("}", at)
            count, unit = text[at + 2:end].split("*", 1)
            out += unescaped(unit) * int(count)
            at = end + 1
        else:
            out += simple[text[at + 1]]
            at += 2
    return out


def read_script(path):
    """(options, steps); a step is (line number, kind, octets or text)."""
    options, steps = {}, []
    # kinds by their mark, longest first so that "mails" is not read as "mail"
    marks = (("c ->", "send"), ("c =>", "send"), ("c <-", "line"), ("c <~", "match"), ("c <=", "closed"),
             ("mails ", "mails"), ("mail", "mail"))
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        for mark, kind in marks:
            if line.startswith(mark):
                rest = line[len(mark):].removeprefix(" ")
                if kind in ("send", "line", "mail"):
                    rest = unescaped(rest) + (b"\r\n" if mark == "c ->" else b"")
                steps.append((number, kind, rest))
                break
        else:
            if ": " not in line or steps:
                raise ValueError(f"{path.name}:{number}: neither an option nor a step")
            key, value = line.split(": ", 1)
            options[key] = value
    return options, steps


# ---- the daemon -----------------------------------------------------------------------------------------


def make_certificate(folder):
    openssl = harness.find_program("openssl")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=chat.example.org",
                    "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


class Node(harness.Mailcast):
    """A daemon with one listener as the options of a script want it."""

    def __init__(self, options):
        super().__init__()
        self.is_about_auth = options.get("auth", "no") != "no"
        self.port = harness.free_port()
        self.lmtp_port = self.port
        dialect = options.get("dialect", "lmtp")
        trusted = '["127.0.0.0/8", "unix"]' if options.get("xforward", "no") == "yes" else "[]"
        # on SMTP the origin decides how bare line ends are treated, on LMTP they are always kept
        origin = "internal" if options.get("bare-line-ends") == "keep" else "external"
        listener = (f'[[listener]]\nprotocol = "{dialect}"\naddress = "127.0.0.1:{self.port}"\n'
                    f'trusted = {trusted}\norigin = "{origin}"\n')
        if options.get("starttls", "no") == "yes":
            certificate, key = make_certificate(self.dir)
            listener += f'tls = "starttls"\ncertificate = "{certificate}"\nkey = "{key}"\n'
        self.config.write_text(
            f'hostname = "chat.example.org"\ndomains = ["example.org"]\ndata_dir = "{self.data}"\npostmaster = "ada"\n'
            + listener + f"[limits]\nmessage_size = {options.get('size', 25_000_000)}\n"
            f"recipients = {options.get('recipients', 1000)}\nerrors = {options.get('errors', 20)}\n")
        self.add_person("ada", "secret")
        self.add_person("bea")
        self.add_person("full", quota=0)
        self.add_person("picky", max_lines=0)
        self.add_place("lab")

    def start(self):
        self.spawn([self.program, "serve", "-c", str(self.config)])
        self.wait_ready(("127.0.0.1", self.port))


def why_not_live(options):
    if options.get("daemon", "yes") == "no":
        return "the script says daemon: no"
    if options.get("line", "12288") != "12288":
        return "the length of a command line is no setting of the daemon"
    if options.get("dsn", "no") == "yes":
        return "DSN is no setting of the daemon"
    if options.get("auth", "no") == "required":
        return "required authentication is no setting of the daemon"
    return None


# ---- playing a script -------------------------------------------------------------------------------------


class Player:
    def __init__(self, node, bytewise):
        self.node, self.bytewise = node, bytewise
        self.socket = socket.create_connection(("127.0.0.1", node.port), WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""
        self.mails = []      # ids, as the server named them
        self.refused = False # a content was refused for all: its id is not known
        self.compared = 0

    def receive(self):
        try:
            got = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            got = b""
        self.input += got
        return got

    def line(self):
        line = self.next_line()
        # the daemon offers AUTH on loopback whether or not the script is about it
        return self.next_line() if line == b"250-AUTH PLAIN" and not self.node.is_about_auth else line

    def next_line(self):
        while b"\r\n" not in self.input:
            if not self.receive():
                raise Wrong(f"closed, after {self.input!r}")
        line, self.input = self.input.split(b"\r\n", 1)
        found = re.match(rb"250[ -]2\.1\.5 <[^>]*> (" + ID + rb")\b", line)
        if found and found.group(1).decode() not in self.mails:
            self.mails.append(found.group(1).decode())
        if re.match(rb"(452 4\.2\.2|550 5\.7\.1|55[24] 5\.[36]\.\d) ", line):
            self.refused = True
        if re.match(rb"220 2\.0\.0 ", line):
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        return re.sub(rb"\b" + ID + rb"\b", SCRIPT_ID, line)

    def send(self, octets):
        if self.input or select.select([self.socket], [], [], 0)[0]:
            self.receive()
            if self.input:
                raise Wrong(f"the server said what no step names: {self.input!r}")
        try:
            if self.bytewise and len(octets) < 50_000:
                for at in range(len(octets)):
                    self.socket.sendall(octets[at:at + 1])
            else:
                self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what it has said before will tell

    def closed(self):
        while self.receive():
            pass
        if self.input:
            raise Wrong(f"more before the end: {self.input!r}")

    def at_end(self):
        """Nothing more was said: shown by ending our side, which the server answers by closing."""
        if not isinstance(self.socket, ssl.SSLSocket):
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.closed()
        self.socket.close()

    def check_mail(self, content):
        if self.compared >= len(self.mails):
            if self.refused:
                return  # refused for all: nothing is kept that could be compared
            raise Wrong("no such mail was accepted")
        raw = self.node.raw(self.mails[self.compared])
        self.compared += 1
        if not raw.endswith(content):
            raise Wrong(f"stored {raw[-300:]!r}, not {content[-300:]!r}")

    def play(self, steps):
        to_send = b""
        for number, kind, value in steps:
            try:
                if kind == "send":
                    to_send += value
                    continue
                if to_send:
                    self.send(to_send)
                    to_send = b""
                if kind == "line":
                    line = self.line()
                    if line != value:
                        raise Wrong(f"{value!r} expected, {line!r}")
                elif kind == "match":
                    line = self.line().decode("utf-8", "surrogateescape")
                    if not re.fullmatch(value, line):
                        raise Wrong(f"/{value}/ expected, {line!r}")
                elif kind == "closed":
                    self.closed()
                elif kind == "mail":
                    self.check_mail(value)
                elif kind == "mails" and not self.refused and len(self.mails) != int(value):
                    raise Wrong(f"{value} mails expected, {len(self.mails)} were accepted")
            except Wrong as wrong:
                raise Wrong(f"line {number}: {wrong}") from None
            except TimeoutError:
                raise Wrong(f"line {number}: nothing came within {WAIT:g} s") from None
        self.at_end()


def play(node, steps, bytewise):
    """None, or what was wrong."""
    player = Player(node, bytewise)
    try:
        player.play(steps)
        return None
    except Wrong as wrong:
        return str(wrong)
    finally:
        player.socket.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="file names, with or without .dialogue")
    parser.add_argument("--bytewise", action="store_true", help="only octet by octet (both ways otherwise)")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)
    files = sorted(HERE.glob("*.dialogue"))
    if options.names:
        wanted = {name.removesuffix(".dialogue") for name in options.names}
        files = [path for path in files if path.stem in wanted]
    if not files:
        harness.skip_script("there are no dialogue scripts")

    groups, passed, failed = {}, 0, 0
    for path in files:
        settings, steps = read_script(path)
        if reason := why_not_live(settings):
            print(f"SKIPPED {path.name}: {reason}")
            continue
        key = tuple(sorted((name, value) for name, value in settings.items() if name not in ("cuts", "daemon")))
        groups.setdefault(key, []).append((path, settings.get("cuts", "yes") == "yes", steps))
    for key, members in groups.items():
        # a queue id makes the second run of a script a retry of the first: such runs get a daemon of their own
        alone = dict(key).get("xforward") == "yes"
        runs = [(path, steps, bytewise) for path, may_be_cut, steps in members
                for bytewise in ((True,) if options.bytewise else (False, True) if may_be_cut else (False,))]
        for batch in ([[run] for run in runs] if alone else [runs]):
            with Node(dict(key)) as node:
                node.start()
                for path, steps, bytewise in batch:
                    complaint = play(node, steps, bytewise)
                    passed, failed = passed + (not complaint), failed + bool(complaint)
                    name = path.name + (" octet by octet" if bytewise else "")
                    if complaint:
                        print(f"FAILED {name}: {complaint}")
                    elif options.verbose:
                        print(f"passed {name}")
    print(f"{passed} runs passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
