import os
import socket
import threading

import pytest
from langgraph.checkpoint.serde import _msgpack
from pytest_socket import SocketConnectBlockedError

ANYWHERE = ("192.0.2.1", 80)  # an address that documentation is free to use, RFC 5737


def test_a_test_cannot_reach_the_network():
    with (
        pytest.warns(UserWarning, match="socket"),
        pytest.raises(SocketConnectBlockedError),
        socket.socket() as connection,
    ):
        connection.connect(ANYWHERE)


def test_a_test_can_reach_its_own_machine():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close()).start()
        with socket.create_connection(server.getsockname()) as connection:
            assert connection.recv(1) == b""


def test_checkpoints_hold_plain_data_alone():
    assert os.environ["LANGGRAPH_STRICT_MSGPACK"] == "true"
    assert _msgpack.STRICT_MSGPACK_ENABLED
