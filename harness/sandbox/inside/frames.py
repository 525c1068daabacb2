"""Messages over a stream socket: four bytes of length, then JSON; file descriptors may ride along."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

HEADER = struct.Struct(">I")
_DESCRIPTORS = 4


def pack(message: Any) -> bytes:
    """Return a message as it goes over the socket: ASCII, whatever text it holds."""
    body = json.dumps(message).encode("ascii")
    return HEADER.pack(len(body)) + body


def send(sock: socket.socket, message: Any, descriptors: Sequence[int] = ()) -> None:
    """Send a message, and descriptors with it."""
    packed = pack(message)
    sent = socket.send_fds(sock, [packed], descriptors) if descriptors else 0
    sock.sendall(packed[sent:])


def receive(sock: socket.socket) -> tuple[Any, list[int]]:
    """Return the next message, and the descriptors that came with it.

    Raises:
        EOFError: the other side is gone.
    """
    begun, descriptors, _, _ = socket.recv_fds(sock, HEADER.size, _DESCRIPTORS)
    begun += _exactly(sock, HEADER.size - len(begun)) if begun else b""
    if not begun:
        raise EOFError("the other side is gone")
    (length,) = HEADER.unpack(begun)
    return json.loads(_exactly(sock, length)), descriptors


def _exactly(sock: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = sock.recv(min(length, 1 << 16))
        if not part:
            raise EOFError("the other side is gone")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
