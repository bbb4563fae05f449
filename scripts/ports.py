"""Ports for servers that cannot be asked for a free one, or that are started again on the one they had."""

import random
import socket

# Below the ports that systems give to clients, from 32768 on Linux: a connection of another program, of which the
# rehearsals make thousands, could take one of those before the server does.
PORTS = range(20_000, 32_768)


def free_port():
    """Returns a port of the loopback address on which nobody listens."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
