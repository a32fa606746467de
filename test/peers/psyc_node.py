"""Another PSYC node for tests, generation 0.99, as psyced speaks it, and a proxy that counts packets between two
real ones.  Nothing here knows the code under test."""
import contextlib
import socket
import threading

from psyc_client import parse, render

GREETING = (
    ".\n:_source\tpsyc://{host}/\n\n:_implementation\tpsyced/0.99 test\n{modules}_notice_circuit_established\n"
    "Circuit to [_source] running [_implementation] established.\n.\n"
    ":_source\tpsyc://{host}/\n\n:_available_characters\tUTF-8\n:_understand_modules\t_context\n"
    ":_using_modules\t_context\n_status_circuit\n.\n")


class Circuit:
    """One connection of a FakeNode; reads packets on a thread of its own."""

    def __init__(self, node, connection):
        self.node, self.socket = node, connection
        self.packets = []
        self.closed = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        octets = b""
        with contextlib.suppress(OSError):
            while got := self.socket.recv(65536):
                octets += got
                while octets.startswith(b".\n"):
                    octets = octets[2:]
                while b"\n.\n" in octets:
                    block, octets = octets.split(b"\n.\n", 1)
                    while octets.startswith(b".\n"):
                        octets = octets[2:]
                    packet = parse(block.decode("utf-8", "replace"))
                    with self.changed:
                        self.packets.append(packet)
                        self.changed.notify_all()
                    self.node.on_packet(self, packet)
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def send(self, *arguments, **options):
        with contextlib.suppress(OSError):
            self.socket.sendall(render(*arguments, **options).encode())

    def wait(self, wanted, what, deadline=20.0):
        """The first packet for which wanted(packet) holds."""
        found = []

        def there():
            found[:] = [packet for packet in self.packets if wanted(packet)]
            return found or self.closed

        with self.changed:
            self.changed.wait_for(there, deadline)
        if not found:
            raise TimeoutError(f"no packet: {what}; came: {[packet.method for packet in self.packets]}")
        return found[0]

    def wait_method(self, method, **options):
        return self.wait(lambda packet: packet.method.startswith(method), method, **options)

    def wait_closed(self, deadline=20.0):
        with self.changed:
            if not self.changed.wait_for(lambda: self.closed, deadline):
                raise TimeoutError("the circuit was not closed")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class FakeNode:
    """Listens at `address`, greets as psyced does, answers pings unless told not to; `modules` is what it knows
    beyond psyced's."""

    def __init__(self, host, address, modules=()):
        self.host, self.address, self.modules = host, address, modules
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.circuits = []
        self.pings = True
        self.refused = set()  # names of persons that are unknown here
        self.greets = True
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.add(connection)

    def greeting(self):
        listed = "".join((":_list_understand_modules" if at == 0 else ":") + f"\t{name}\n"
                         for at, name in enumerate(self.modules))
        return GREETING.format(host=self.host, modules=listed).encode()

    def add(self, connection):
        if self.greets:
            connection.sendall(self.greeting())
        circuit = Circuit(self, connection)
        with self.changed:
            self.circuits.append(circuit)
            self.changed.notify_all()
        return circuit

    def dial(self, host, port):
        """A circuit to a real node, from our own address."""
        return self.add(socket.create_connection((host, port), 20, (self.address, 0)))

    def wait_circuit(self, number=1, deadline=20.0):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.circuits) >= number, deadline):
                raise TimeoutError(f"{number} circuits were not opened to {self.host}")
        return self.circuits[number - 1]

    def on_packet(self, circuit, packet):
        source, target = packet["_source"], packet["_target"]
        if packet.method == "_request_ping" and self.pings:
            circuit.send("_echo_ping", routing={"_source": f"psyc://{self.host}/", "_target": source,
                                                "_tag_reply": packet["_tag"]})
        elif packet.method == "_notice_email_delivered" and target.rpartition("/~")[2] in self.refused:
            # psyced refuses without a tag, from the address that nobody has
            circuit.send("_error_unknown_name_user", 'Cannot reach "[_nick_target]".',
                         routing={"_target": source, "_source": target},
                         entity={"_nick_target": target.rpartition("/~")[2]})

    def methods(self):
        return [packet.method for circuit in self.circuits for packet in circuit.packets]

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for circuit in list(self.circuits):
            circuit.close()


class Proxy:
    """Passes octets on between two nodes and keeps the packets (generation 0.99) of each direction.  It connects
    from `source`, the address of the node whose circuits it carries, as that node's name must lead there."""

    def __init__(self, address, target, source):
        self.target, self.source = target, source
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.sent, self.returned = [], []
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                try:
                    far = socket.create_connection(self.target, 20, (self.source, 0))
                except OSError:
                    near.close()
                    continue
                self.open += [near, far]
                for ends, packets in (((near, far), self.sent), ((far, near), self.returned)):
                    threading.Thread(target=self.carry, args=(*ends, packets), daemon=True).start()

    @staticmethod
    def carry(source, target, packets):
        octets = b"\n"
        with contextlib.suppress(OSError):
            while got := source.recv(65536):
                octets += got
                while b"\n.\n" in octets:
                    block, octets = octets.split(b"\n.\n", 1)
                    octets = b"\n" + octets
                    if block.strip(b"\n"):
                        packets.append(parse(block.lstrip(b"\n").decode("utf-8", "replace")))
                target.sendall(got)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def count(self, method, which=None):
        return sum(packet.method == method for packet in (self.sent if which is None else which))

    def close(self):
        for end in [self.listener, *self.open]:
            with contextlib.suppress(OSError):
                end.close()
