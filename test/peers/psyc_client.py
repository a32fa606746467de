"""A small PSYC client of generation 0.99: links to its person, enters places, collects packets."""
import dataclasses
import socket
import time


@dataclasses.dataclass
class Packet:
    variables: dict
    method: str
    body: str

    def __getitem__(self, name):
        return self.variables.get(name, "")


def parse(block):
    """One packet without its final line of a dot.  A list (":\\tvalue") is joined by newlines."""
    variables, method, body, last = {}, "", [], None
    lines = block.split("\n")
    for at, line in enumerate(lines):
        if line[:1] in (":", "=", "+", "-", "?"):
            name, _, value = line[1:].partition("\t")
            if name:
                variables[name], last = value, name
            elif last:
                variables[last] += "\n" + value
        elif line.startswith("\t") and last:
            variables[last] += "\n" + line[1:]
        elif line:
            method, body = line, lines[at + 1:]
            break
    return Packet(variables, method, "\n".join(body))


def render(method, body="", routing=None, entity=None):
    def block(variables):
        return "".join(f":{name}\t{value}\n" for name, value in (variables or {}).items())
    return block(routing) + "\n" + block(entity) + method + "\n" + (body + "\n" if body else "") + ".\n"


class PsycClient:
    def __init__(self, port, host="chat.example.org", timeout=20.0, address="127.0.0.1"):
        self.host = host
        self.timeout = timeout
        self.socket = socket.create_connection((address, port), timeout)
        self.input = ""
        self.packets = []
        self.socket.sendall(b".\n")

    def read_once(self, deadline):
        self.socket.settimeout(max(0.01, deadline - time.monotonic()))
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("the PSYC server closed the circuit")
        self.input += got.decode("utf-8", "replace")
        if self.input.startswith(".\n"):
            self.input = self.input[2:]
        while "\n.\n" in self.input:
            block, self.input = self.input.split("\n.\n", 1)
            self.packets.append(parse(block))

    def wait_packet(self, wanted, what, deadline=None):
        """The first packet, of all that came so far or come, for which wanted(packet) holds."""
        end = time.monotonic() + (deadline or self.timeout)
        while True:
            for packet in self.packets:
                if wanted(packet):
                    return packet
            try:
                self.read_once(end)
            except TimeoutError:
                methods = [packet.method for packet in self.packets]
                raise TimeoutError(f"no packet: {what}; came: {methods}") from None

    def wait_method(self, method, **variables):
        return self.wait_packet(
            lambda packet: packet.method.startswith(method)
            and all(value in packet["_" + name] for name, value in variables.items()),
            f"{method} {variables}")

    def send(self, *arguments, **options):
        self.socket.sendall(render(*arguments, **options).encode())

    def link(self, nick, password):
        person = f"psyc://{self.host}/~{nick}"
        self.send("_request_link", routing={"_target": person}, entity={"_password": password})
        answer = self.wait_packet(
            lambda packet: packet.method.startswith(("_notice_link", "_notice_login", "_error", "_query_password")),
            "an answer to _request_link")
        if not answer.method.startswith("_notice"):
            raise PermissionError(f"link of {nick}: {answer.method} {answer.body}")
        self.person = person
        return answer

    def enter(self, place):
        self.send("_request_do_enter", routing={"_target": self.person, "_source_identification": self.person},
                  entity={"_group": f"psyc://{self.host}/@{place}"})
        return self.wait_packet(lambda packet: packet.method.startswith("_echo_place_enter"), f"entering {place}")

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
