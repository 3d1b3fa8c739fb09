"""Hands each operation that raftcheck writes to the server that it names, and its outcome back."""

import json
import socket
import sys

connections = {}


def connection(address, timeout):
    if address not in connections:
        host, port = address.rsplit(":", 1)
        connections[address] = socket.create_connection((host, int(port)), timeout).makefile("rwb")
    return connections[address]


def outcome(request):
    address, timeout = request["address"], request["timeout_ms"] / 1000
    try:
        server = connection(address, timeout)
    except OSError as problem:
        # Nothing was sent, so nothing will come of it.
        return {"outcome": "fail", "reason": str(problem)}
    try:
        server.write(json.dumps(request).encode() + b"\n")
        server.flush()
        return json.loads(server.readline())
    except (OSError, ValueError) as problem:
        # The answer may come late; nobody must take it for that to another request.
        connections.pop(address)
        # A read that was not answered has failed. A write may have happened, or happen later.
        name = "fail" if request["op"] == "get" else "info"
        return {"outcome": name, "reason": str(problem) or "no answer"}


for line in sys.stdin:
    print(json.dumps(outcome(json.loads(line))), flush=True)
