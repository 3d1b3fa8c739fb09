"""One server of a replicated dictionary on PySyncObj, which keeps its journal in a folder.

A client sends one JSON object a line and is answered with one, as raftcheck asks its clients.
"""

import argparse
import json
import os
import socketserver

from pysyncobj import FAIL_REASON, SyncObj, SyncObjConf, SyncObjConsumer, SyncObjException, replicated

# With these the command was never added to a log. Of all others nobody knows.
NEVER_ADDED = {
    FAIL_REASON.QUEUE_FULL: "the queue is full",
    FAIL_REASON.MISSING_LEADER: "there is no leader",
    FAIL_REASON.REQUEST_DENIED: "the request was denied",
}


class Values(SyncObjConsumer):
    """What is replicated. Each method marked so runs on every server, in the order of the log."""

    def __init__(self):
        super().__init__()
        self.values = {}

    def local(self, key):
        return self.values.get(key)

    @replicated
    def read(self, key):
        return self.values.get(key)

    @replicated
    def put(self, key, value):
        self.values[key] = value

    @replicated
    def append(self, key, value):
        self.values[key] = self.values.get(key, "") + value

    @replicated
    def delete(self, key):
        self.values.pop(key, None)

    @replicated
    def cas(self, key, expected, new):
        seen = self.values.get(key)
        if seen != expected:
            return {"swapped": False, "seen": seen}
        if new is None:
            self.values.pop(key, None)
        else:
            self.values[key] = new
        return {"swapped": True}


def result(values, request, reads):
    """Does what a request says; returns the members of its answer."""
    name, key = request["op"], request["key"]
    if name == "get" and reads == "local":
        return {"value": values.local(key)}
    how = {"sync": True, "timeout": request["timeout_ms"] / 1000}
    if name == "get":
        return {"value": values.read(key, **how)}
    if name == "put":
        values.put(key, request["value"], **how)
    elif name == "append":
        values.append(key, request["value"], **how)
    elif name == "delete":
        values.delete(key, **how)
    elif name == "cas":
        return values.cas(key, request["expected"], request["new"], **how)
    else:
        raise ValueError("there is no operation " + name)
    return {}


def answer(values, request, reads):
    try:
        return {"outcome": "ok", **result(values, request, reads)}
    except SyncObjException as problem:
        if problem.errorCode in NEVER_ADDED:
            return {"outcome": "fail", "reason": NEVER_ADDED[problem.errorCode]}
        return {"outcome": "info", "reason": "PySyncObj says %s" % problem.errorCode}


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        for line in self.rfile:
            reply = answer(self.server.values, json.loads(line), self.server.reads)
            self.wfile.write(json.dumps(reply).encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    parser = argparse.ArgumentParser()
    for name in ["listen", "self", "others", "data", "reads"]:
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    conf = SyncObjConf(
        journalFile=os.path.join(options.data, "journal"),
        fullDumpFile=os.path.join(options.data, "dump"),
        raftMinTimeout=0.4,
        raftMaxTimeout=1.0,
        appendEntriesPeriod=0.1,
        autoTickPeriod=0.02,
        connectionTimeout=2.0,
        connectionRetryTime=0.2,
        commandsWaitLeader=False,
    )
    values = Values()
    others = [other for other in options.others.split(",") if other]
    SyncObj(getattr(options, "self"), others, conf, consumers=[values]).waitReady()
    host, port = options.listen.rsplit(":", 1)
    with Server((host, int(port)), Connection) as server:
        server.values, server.reads = values, options.reads
        print("listens at", options.listen, flush=True)
        server.serve_forever()


main()
