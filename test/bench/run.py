#!/usr/bin/env python3
"""Measures Mailcast beside Dovecot LMTP (Maildir, default fsync) and smtp-sink -L, interleaved, and prints Markdown.

Rates, latency and CPU for each size, number of connections and number of recipients; memory at rest, under load, of
idle connections and of one 25 MB message.  Everything runs on this machine, over sockets, with the generator lmtpload
beside it: read the columns against each other, not as absolute figures.

  script/bench                 the whole table, 8 to 12 minutes
  script/bench --quick         a few cells of one second each
"""
import argparse
import itertools
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "test" / "peers"))
import harness  # noqa: E402
import load  # noqa: E402
import processes  # noqa: E402

USERS = 100
SIZES = {"2 KB": 2048, "20 KB": 20480, "1 MB": 1048576}
SESSIONS = (1, 4, 16, 64)
RECIPIENTS = (1, 10, 100)
FEWEST = 20  # messages of a run: a slow server gets more time, up to ten times as much
LARGE = 24_900_000  # octets: a message just under the default limit of 25 MB


class MailcastTarget:
    name = "Mailcast"

    def __init__(self):
        self.server = harness.Mailcast()
        template = harness.Mailcast()  # accounts are made once and copied to each fresh start
        for number in range(USERS):
            template.add_person(f"user{number}")
        self.template = template

    def start(self):
        shutil.rmtree(self.server.data, ignore_errors=True)
        shutil.copytree(self.template.data, self.server.data)
        self.server.start()

    def close(self):
        self.server.close()
        self.template.close()


class DovecotTarget:
    name = "Dovecot"

    def __init__(self):
        self.server = harness.Dovecot()

    def start(self):
        for folder in self.server.mail.iterdir():
            shutil.rmtree(folder)
        self.server.start()

    def close(self):
        self.server.close()


class SinkTarget:
    name = "smtp-sink"

    def __init__(self):
        self.server = harness.SmtpSink()

    def start(self):
        self.server.start()

    def close(self):
        self.server.close()


TARGETS = (MailcastTarget, DovecotTarget, SinkTarget)


def measure(target, generator, cell, seconds):
    """One run of one cell."""
    size, sessions, recipients = cell
    root = target.server.process.pid
    before = processes.cpu_seconds(root)
    result = generator.run(target.server.socket, size=SIZES[size], sessions=sessions, recipients=recipients,
                           users=USERS, seconds=seconds, warmup=min(0.5, seconds / 4), least=max(FEWEST, sessions))
    cpu = processes.cpu_seconds(root) - before
    messages = max(1, result["begun"])  # the warm-up costs CPU as well
    result["cpu_us_per_message"] = cpu * 1e6 / messages
    result["cpu_us_per_recipient"] = cpu * 1e6 / (messages * recipients)
    result["memory"] = processes.memory(root)
    return result


def median(runs):
    """Of several runs of a cell: the one in the middle by rate, and the spread."""
    rates = [run["messages_per_second"] for run in runs]
    middle = dict(min(runs, key=lambda run: abs(run["messages_per_second"] - statistics.median(rates))))
    middle["spread"] = (max(rates) - min(rates)) / max(statistics.median(rates), 1e-9)
    middle["unexpected_replies"] = sum(run["unexpected_replies"] + run["disconnects"] for run in runs)
    middle["samples"] = [sample for run in runs for sample in run["samples"]][:3]
    return middle


def measure_rates(targets, generator, cells, options, say):
    table = {}
    for group, members in itertools.groupby(cells, key=lambda cell: (cell[0], cell[2])):
        members = list(members)
        for target in targets:  # fresh data for each size and number of recipients, or the disk fills
            target.start()
            generator.run(target.server.socket, size=2048, sessions=4, recipients=1, users=USERS, messages=2 * USERS)
        for cell in members:
            runs = {target.name: [] for target in targets}
            for _ in range(options.rounds):
                for target in targets:
                    runs[target.name].append(measure(target, generator, cell, options.seconds))
            for name, list_of_runs in runs.items():
                table[cell, name] = median(list_of_runs)
            say(f"{cell[0]}, {cell[1]} connections, {cell[2]} recipients: " + ", ".join(
                f"{name} {table[cell, name]['messages_per_second']:.0f}/s" for name in runs))
        for target in targets:
            target.server.stop()
    return table


def measure_memory(target, generator, count):
    """At rest, with idle connections, and with one large message; a fresh start for each."""
    target.start()
    root = target.server.process.pid
    generator.run(target.server.socket, size=2048, sessions=4, recipients=1, users=USERS, messages=200)
    rest = processes.memory(root)
    with generator.idle(target.server.socket, count) as seconds:
        full = processes.memory(root)
    target.server.stop()

    target.start()
    root = target.server.process.pid
    generator.run(target.server.socket, size=2048, sessions=1, recipients=1, users=USERS, messages=10)
    small = processes.memory(root)
    with processes.PeakWatch(root) as watch:
        large = generator.run(target.server.socket, size=LARGE, sessions=1, recipients=1, users=USERS, messages=1)
    after = processes.memory(root)
    target.server.stop()
    return {"rest": rest, "idle": full, "idle_count": count, "idle_seconds": seconds, "before_large": small,
            "large_peak": max(watch.peak["pss"], after["pss"]) - small["pss"],
            "large_anonymous": max(watch.peak["anonymous"], after["anonymous"]) - small["anonymous"], "large_hwm": after["hwm"] - small["rss"],
            "large_errors": large["unexpected_replies"] + large["disconnects"], "large_ms": large["latency_ms"]["max"]}


# ---- printing ------------------------------------------------------------------------------------------


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(value) for value in row) + " |" for row in rows]) + "\n"


def ratio(mine, other):
    return f"{mine / other:.1f}" if other else "-"


def report_rates(results, cells, names):
    header = ["content", "conn.", "rcpt"]
    for name in names:
        header += [f"{name} msg/s", "rcpt/s", "p50 / p99 ms", "CPU µs/msg", "µs/rcpt"]
    others = [name for name in names[1:]]
    header += [f"× {name}" for name in others]
    rows = []
    for cell in cells:
        row = list(cell)
        for name in names:
            run = results[cell, name]
            mark = " (!)" if run["unexpected_replies"] else ""
            row += [f"{run['messages_per_second']:,.0f}{mark}", f"{run['recipients_per_second']:,.0f}",
                    f"{run['latency_ms']['p50']:.2f} / {run['latency_ms']['p99']:.1f}",
                    f"{run['cpu_us_per_message']:,.0f}", f"{run['cpu_us_per_recipient']:,.1f}"]
        mine = results[cell, names[0]]["recipients_per_second"]
        row += [ratio(mine, results[cell, other]["recipients_per_second"]) for other in others]
        rows.append(row)
    return table(header, rows)


def report_memory(memories):
    rows = []
    for name, seen in memories.items():
        count = seen["idle_count"]
        grown = {kind: (seen["idle"][kind] - seen["rest"][kind]) / count / 1024 for kind in ("pss", "rss")}
        rows.append([name, f"{seen['rest']['pss'] / 1e6:.1f} / {seen['rest']['rss'] / 1e6:.1f}",
                     f"{count} in {seen['idle_seconds']:.1f} s", f"{grown['pss']:.1f} / {grown['rss']:.1f}",
                     seen["idle"]["processes"], f"{seen['large_peak'] / 1e6:.1f} / {seen['large_anonymous'] / 1e6:.1f}", f"{seen['large_hwm'] / 1e6:.1f}",
                     f"{seen['large_ms']:.0f}" + (" (!)" if seen["large_errors"] else "")])
    return table(["server", "at rest, PSS / RSS MB", "idle connections", "KiB each, PSS / RSS", "processes",
                  "25 MB message: PSS grew by MB, all / not of files", "peak RSS over rest MB", "ms"], rows)


def report_load_memory(results, cells, names):
    rows = []
    for name in names:
        peak = max((results[cell, name]["memory"] for cell in cells), key=lambda seen: seen["pss"])
        rows.append([name, f"{peak['pss'] / 1e6:.1f}", f"{peak['rss'] / 1e6:.1f}", f"{peak['hwm'] / 1e6:.1f}"])
    return table(["server", "largest PSS after a cell, MB", "RSS, MB", "peak RSS (VmHWM), MB"], rows)


def complaints(results, names):
    lines = []
    for (cell, name), run in results.items():
        if run["unexpected_replies"]:
            lines.append(f"* (!) {name}, {cell}: {run['unexpected_replies']} replies other than expected: {run['samples']}")
    return "\n".join(lines)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, load before {os.getloadavg()[0]:.2f}"


# ---- the whole -------------------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few cells of one second: does it run at all")
    parser.add_argument("--no-build", action="store_true", help="take the programs that are there ($MAILCAST, $LMTPLOAD)")
    parser.add_argument("--out", help="write the Markdown to this file as well")
    parser.add_argument("--seconds", type=float, default=1.5, help="measured time of each run (1.5)")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each cell; the median is printed (1)")
    parser.add_argument("--idle", type=int, default=2000, help="idle connections (2000)")
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--sessions", nargs="*", type=int, default=list(SESSIONS))
    parser.add_argument("--recipients", nargs="*", type=int, default=list(RECIPIENTS))
    parser.add_argument("--targets", nargs="*", default=[target.name for target in TARGETS])
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.idle = 1.0, 1, 200
        options.sizes, options.sessions, options.recipients = ["2 KB"], [4, 16], [1, 100]
    return options


def main():
    options = parse_arguments()
    harness.more_files()
    preset = SOURCE / "build" / "bench"
    if not options.no_build and "MAILCAST" not in os.environ:
        os.environ["MAILCAST"] = str(preset / "src" / "app" / "mailcast")
    generator = load.Generator(os.environ.get("LMTPLOAD", str(preset / "test" / "bench" / "lmtpload")))
    started = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - started:5.0f} s] {text}", file=sys.stderr, flush=True)

    targets, missing = [], []
    for kind in TARGETS:
        if kind.name in options.targets:
            try:
                targets.append(kind())
            except harness.Skip as reason:
                missing.append(f"* SKIPPED {kind.name}: {reason}")
    cells = [(size, sessions, recipients) for size in options.sizes for recipients in options.recipients
             for sessions in options.sessions]
    try:
        heading = machine()
        results = measure_rates(targets, generator, cells, options, say)
        memories = {}
        if not options.no_memory:
            for target in targets:
                memories[target.name] = measure_memory(target, generator, options.idle)
                say(f"memory of {target.name}")
    finally:
        for target in targets:
            target.close()
    names = [target.name for target in targets]
    report = "\n".join([
        "# LMTP: Mailcast beside Dovecot and smtp-sink\n", f"{heading}; {options.rounds} run(s) of {options.seconds:g} s a cell, "
        f"interleaved, over a socket, recipients spread over {USERS} users. Latency from MAIL to the last reply. CPU of all "
        "processes of the server. × is the ratio of recipients/s.\n", report_rates(results, cells, names), complaints(results, names),
        "\n## Memory\n", report_load_memory(results, cells, names), report_memory(memories) if memories else "", *missing, ""])
    print(report)
    if options.out:
        pathlib.Path(options.out).write_text(report)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (harness.Skip, TimeoutError, RuntimeError) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        sys.exit(1)
