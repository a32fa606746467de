"""Runs the load generator lmtpload and reads what it says."""
import contextlib
import json
import os
import subprocess


class Generator:
    def __init__(self, program):
        self.program = program
        if not os.access(program, os.X_OK):
            raise RuntimeError(f"the load generator {program} is not built: cmake --preset bench && cmake --build --preset bench")

    def command(self, address, **options):
        arguments = [self.program, "-to", f"unix:{address}"]
        for name, value in options.items():
            arguments += [f"-{name}", str(value)]
        return arguments

    def run(self, address, **options):
        done = subprocess.run(self.command(address, **options), capture_output=True, text=True, timeout=300)
        if not done.stdout.strip():
            raise RuntimeError(f"lmtpload: {done.stderr.strip()}")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def idle(self, address, count):
        """Holds `count` connections open; gives the seconds that opening them took."""
        process = subprocess.Popen(self.command(address, idle=count), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("lmtpload could not open the idle connections")
            yield json.loads(line)["seconds"]
        finally:
            process.stdin.close()
            process.wait()
