"""An IRC client that speaks octets: it sends lines as they are and keeps every line that came, as bytes."""
import base64
import dataclasses
import re
import socket
import time


@dataclasses.dataclass
class Line:
    raw: bytes      # without CRLF
    tags: dict      # values unescaped
    source: str     # without the colon; "" when there is none
    command: str
    params: list

    @property
    def text(self):
        return self.params[-1] if self.params else ""

    @property
    def nick(self):
        return self.source.split("!")[0]


ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


def parse(raw):
    """One line; UTF-8 is required, so that broken text fails the test that reads it."""
    rest, tags, source = raw.decode("utf-8"), {}, ""
    if rest.startswith("@"):
        written, _, rest = rest[1:].partition(" ")
        for tag in written.split(";"):
            name, _, value = tag.partition("=")
            tags[name] = re.sub(r"\\(.)", lambda found: ESCAPES.get(found.group(1), found.group(1)), value)
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
    middle, has_text, text = rest.partition(" :")
    words = middle.split()
    return Line(raw, tags, source, words[0], words[1:] + ([text] if has_text else []))


class IrcClient:
    def __init__(self, port, timeout=20.0, address="127.0.0.1"):
        self.socket = socket.create_connection((address, port), timeout)
        self.timeout = timeout
        self.input = b""
        self.lines = []
        self.seen = 0  # lines that wait() has gone past
        self.pings = 0

    def send(self, *lines):
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def send_octets(self, octets):
        self.socket.sendall(octets)

    def read_once(self, deadline):
        self.socket.settimeout(max(0.01, deadline - time.monotonic()))
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError(f"the IRC server closed the circuit; last: {[line.raw for line in self.lines[-3:]]}")
        self.input += got
        while b"\n" in self.input:
            raw, self.input = self.input.split(b"\n", 1)
            if not raw.endswith(b"\r"):
                raise ValueError(f"a line that does not end in CRLF: {raw!r}")
            line = parse(raw[:-1])
            if line.command == "PING":
                self.send(f"PONG :{line.text}")
            self.lines.append(line)

    def wait(self, wanted, what, deadline=None):
        """The first line for which wanted(line) holds, of all that came behind the last one so found."""
        end = time.monotonic() + (deadline or self.timeout)
        while True:
            while self.seen < len(self.lines):
                line = self.lines[self.seen]
                self.seen += 1
                if wanted(line):
                    return line
            try:
                self.read_once(end)
            except TimeoutError:
                came = [line.raw for line in self.lines[-20:]]
                raise TimeoutError(f"no line: {what}; the last that came: {came}") from None

    def wait_command(self, command, *words, deadline=None):
        return self.wait(lambda line: line.command == command and all(word in line.raw.decode() for word in words),
                         f"{command} {words}", deadline)

    def wait_text(self, words, deadline=None):
        return self.wait(lambda line: line.command in ("PRIVMSG", "NOTICE") and words in line.text, words, deadline)

    def round_trip(self):
        """What was sent before is answered when this returns; gives the lines that came since the last wait."""
        start = self.seen
        token = f"round-{len(self.lines)}-{time.monotonic_ns()}"
        self.send(f"PING {token}")
        self.wait(lambda line: line.command == "PONG" and token in line.text, "PONG")
        return self.lines[start:self.seen - 1]

    def login(self, account, password, caps=(), nick=None):
        """SASL PLAIN; `account` may be "ada@phone"."""
        nick = nick or account.split("@")[0]
        self.send("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        offered = ""
        while True:
            line = self.wait_command("CAP", " LS ")
            offered += " " + line.text
            if line.params[2] != "*":
                break
        self.offered = {cap.split("=")[0] for cap in offered.split()}
        missing = set(caps) - self.offered
        if missing:
            raise ValueError(f"not offered: {missing}")
        self.send("CAP REQ :" + " ".join(["sasl", *caps]))
        self.wait_command("CAP", " ACK ")
        self.send("AUTHENTICATE PLAIN")
        self.wait_command("AUTHENTICATE", "+")
        response = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
        self.send(f"AUTHENTICATE {response}")
        self.wait(lambda line: line.command in ("903", "904", "905", "906"), "the end of SASL")
        if self.lines[self.seen - 1].command != "903":
            raise PermissionError(self.lines[self.seen - 1].text)
        self.send("CAP END")
        self.wait_command("001")
        self.wait(lambda line: line.command in ("376", "422"), "the end of the MOTD")
        return self

    def quit(self):
        """Leaves as one should, and returns when the server has closed."""
        self.send("QUIT")
        try:
            self.wait(lambda line: False, "the end of the circuit")
        except ConnectionError:
            self.close()

    def join(self, channel):
        self.send(f"JOIN {channel}")
        return self.wait_command("366", channel)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
