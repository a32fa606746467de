"""CPU time and memory of a process and all that it started, from /proc."""
import os
import pathlib
import threading

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2:].split()  # field 3 (state) is the first


def tree(root):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children.setdefault(int(stat(entry)[1]), []).append(int(entry))
            except (OSError, ValueError):
                continue  # it ended meanwhile
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_seconds(root):
    """Of the living (to the nanosecond where the kernel tells) and of the children that have ended and were waited for."""
    total = 0.0
    for pid in tree(root):
        try:
            fields = stat(pid)
            own = (int(fields[11]) + int(fields[12])) / TICK
            reaped = (int(fields[13]) + int(fields[14])) / TICK
            exact = 0
            for task in os.listdir(f"/proc/{pid}/task"):
                exact += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
            total += max(own, exact / 1e9) + reaped
        except (OSError, ValueError, IndexError):
            continue
    return total


def memory(root):
    """Octets: proportional set (and its part that no file backs), resident set and its peak, summed over all processes."""
    sums = {"pss": 0, "anonymous": 0, "rss": 0, "hwm": 0, "processes": 0}
    for pid in tree(root):
        try:
            fields = dict(line.split(":", 1) for line in
                          pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
            status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
            sums["pss"] += int(fields["Pss"].split()[0]) * 1024
            sums["anonymous"] += int(fields["Pss_Anon"].split()[0]) * 1024
            sums["rss"] += int(fields["Rss"].split()[0]) * 1024
            sums["hwm"] += int(status["VmHWM"].split()[0]) * 1024
            sums["processes"] += 1
        except (OSError, KeyError, ValueError):
            continue
    return sums


class PeakWatch:
    """Samples the memory of a process tree in a thread; `peak` has the largest seen."""

    def __init__(self, root, every=0.005):
        self.root, self.every = root, every
        self.peak = {"pss": 0, "anonymous": 0}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while True:
            now = memory(self.root)
            self.peak = {kind: max(value, now[kind]) for kind, value in self.peak.items()}
            if self.ended.wait(self.every):
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
