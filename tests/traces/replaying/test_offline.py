import asyncio
import socket
import threading

import pytest
from holdfast.traces import record, replay
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    answer: str


@pytest.fixture
def server():
    """A server on loopback that says hello to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        heard = []

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                heard.append(1)
                connection.sendall(b"hello")
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname(), heard


def read(address):
    with socket.create_connection(address) as connection:
        return connection.recv(5).decode()


async def read_awaited(address):
    reader, writer = await asyncio.open_connection(*address)
    said = await reader.read(5)
    writer.close()
    return said.decode()


def in_a_thread(address):
    told = []

    def work():
        try:
            told.append(read(address))
        except OSError as error:
            told.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return told[0]


def graph(node):
    made = StateGraph(State)
    made.add_node("fetch", node)
    made.add_edge(START, "fetch")
    return made.compile()


def node_of(way, address):
    async def awaited(state):
        return {"answer": await read_awaited(address)}

    ways = {
        "sync": lambda state: {"answer": read(address)},
        "awaited": awaited,
        "in a thread": lambda state: {"answer": in_a_thread(address)},
    }
    return ways[way]


@pytest.mark.parametrize("way", ["sync", "awaited", "in a thread"])
def test_a_node_that_opens_a_connection_is_a_divergence(tmp_path, server, way):
    address, heard = server
    app = graph(node_of(way, address))
    with record(tmp_path / "traces.db"):
        recorded = asyncio.run(app.ainvoke({}))
    assert (recorded["answer"], len(heard)) == ("hello", 1)
    found = replay("last", app, store=tmp_path / "traces.db").divergence
    assert (found.kind, len(heard)) == ("network", 1)
    assert "wrap what does so in holdfast.traces.effect" in found.why


def test_other_threads_and_what_comes_after_a_replay_reach_the_network(tmp_path, server):
    address, _ = server
    go, done, heard = threading.Event(), threading.Event(), []
    before = vars(socket.socket).get("connect")

    def other():
        go.wait(30)
        heard.append(read(address))
        done.set()

    def wait(state):
        go.set()
        done.wait(30)
        return {"answer": "waited"}

    app = graph(wait)
    thread = threading.Thread(target=other)
    with record(tmp_path / "traces.db"):
        thread.start()
        app.invoke({})
    thread.join()
    go.clear(), done.clear()
    thread = threading.Thread(target=other)
    thread.start()
    assert replay("last", app, store=tmp_path / "traces.db").same
    thread.join()
    assert heard == ["hello", "hello"]
    assert read(address) == "hello"
    assert vars(socket.socket).get("connect") is before


def test_a_thread_with_the_number_of_one_that_ended_is_refused_as_well(tmp_path, server):
    address, heard = server
    app = graph(lambda state: {"answer": in_a_thread(address)})
    with record(tmp_path / "traces.db"):
        app.invoke({})
    heard.clear()
    done = threading.Event()
    earlier = threading.Thread(target=done.wait)
    earlier.start()

    def node(state):
        done.set()
        earlier.join()  # numbers of threads that ended are given again
        return {"answer": in_a_thread(address)}

    out = replay("last", graph(node), store=tmp_path / "traces.db")
    assert heard == []
    assert out.divergence is not None
