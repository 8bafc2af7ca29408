import json

import pytest
from holdfast.drills.desk import TICKETS, Database, desk_tools, policy
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

TEXTS = {ticket.key: f"A customer writes: {ticket.text}" for ticket in TICKETS}
NOTHING = [
    "Error",
    "Error: LookupError('no such thing')\n Please fix your mistakes.",
    "Something went wrong, please try again.",
    "[Note of the system that runs you, not of the user] Take care.",
]


def tools_of(role):
    if role == "supervisor":
        return {"handoff": {}}
    database = Database()
    made = [convert_to_openai_tool(tool)["function"] for tool in desk_tools(database)[role]]
    database.close()
    return {tool["name"]: tool for tool in made}


def talk(ticket, *turns, note=None):
    """A conversation: the task, then calls with what came back, then a note."""
    messages = [SystemMessage("You work."), HumanMessage(TEXTS[ticket])]
    for n, (name, args, answer) in enumerate(turns):
        call = {"name": name, "args": args, "id": str(n)}
        messages += [AIMessage("", tool_calls=[call]), ToolMessage(answer, tool_call_id=str(n))]
    return [*messages, HumanMessage(note)] if note else messages


def next_call(role, messages):
    reply = policy(messages, tools_of(role))
    call = reply.tool_calls[0]
    return call["name"], call["args"]


ORDER = ("find_orders", {"email": "ann@example.com"}, '[{"id": "A-1041", "parcel": "PX-7304"}]')
PAID = '{"order_id": "A-1049", "returned_on": "2026-03-01", "refunds": []}'
PAYMENT = ("get_payment", {"order_id": "A-1049"}, PAID)
UNKNOWN = ("track_package", {"parcel_id": "PX-7304"})
GUESS = ("track_parcel", {"parcel_id": "PX-1001"})
SEARCH = ("search_articles", {"query": "E-42"})
REFUND = ("refund", {"order_id": "A-1049", "reason": "returned"})
PART = ("refund", {"order_id": "A-1043", "reason": "broken cable", "partial_amount": 24.9})


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(
    ("role", "ticket", "turns", "again"),
    [
        pytest.param("orders", "unknown-tool", [ORDER, UNKNOWN], UNKNOWN, id="the unknown tool"),
        pytest.param(
            "orders",
            "invented-id",
            [GUESS],
            ("track_parcel", {"parcel_id": "PX-1002"}),
            id="another invented id",
        ),
        pytest.param("technical", "same-call", [SEARCH], SEARCH, id="the same search"),
        pytest.param("billing", "dead-service", [PAYMENT, REFUND], REFUND, id="the same refund"),
        pytest.param(
            "billing", "invented-parameter", [PAYMENT, PART], PART, id="the invented parameter"
        ),
    ],
)
def test_words_that_say_nothing_end_no_habit(role, ticket, turns, again, nothing):
    told = [turn if len(turn) == 3 else (*turn, nothing) for turn in turns]
    assert next_call(role, talk(ticket, *told)) == again
    assert next_call(role, talk(ticket, *told, note=nothing)) == again


@pytest.mark.parametrize(
    ("role", "ticket", "turns", "said", "call"),
    [
        pytest.param(
            "orders", "unknown-tool", [ORDER, UNKNOWN],
            "I know no track_package. I do know track_parcel.",
            ("track_parcel", {"parcel_id": "PX-7304"}),
            id="the name of the tool that exists",
        ),
        pytest.param(
            "orders", "invented-id", [GUESS],
            "That is 2 times in a row that you asked for a parcel nobody has.",
            ("find_orders", {"email": "dia@example.com"}),
            id="how often an id was invented",
        ),
        pytest.param(
            "technical", "same-call", [SEARCH],
            "You searched 3 times with the same outcome.",
            ("search_articles", {"query": "flickers"}),
            id="how often the same was searched",
        ),
        pytest.param(
            "billing", "dead-service", [PAYMENT, REFUND],
            "PayPal is down, please use queue_refund.",
            ("queue_refund", {"order_id": "A-1049", "reason": "returned"}),
            id="another way",
        ),
        pytest.param(
            "billing", "invented-parameter", [PAYMENT, PART],
            "partial_amount is unknown here, say amount",
            ("refund", {"order_id": "A-1043", "reason": "broken cable", "amount": 24.9}),
            id="the parameter that exists",
        ),
    ],
)  # fmt: skip
def test_the_fact_itself_ends_a_habit_in_whatever_words(role, ticket, turns, said, call):
    told = [turn if len(turn) == 3 else (*turn, said) for turn in turns]
    assert next_call(role, talk(ticket, *told)) == call


BACK = '{"order_id": "A-1045", "returned_on": "2026-02-01", "refunds": [{"amount": 118.5}]}'
ACCOUNT = ("get_payment", {"order_id": "A-1045"}, BACK)
ARTICLE = ("read_article", {"article_id": "KB-11"}, '{"id": "KB-11", "title": "T", "body": "B"}')


@pytest.mark.parametrize(
    ("role", "ticket", "turn", "said"),
    [
        pytest.param(
            "billing", "cut-off-answer", ACCOUNT, "Your answer was cut off.", id="cut off"
        ),
        pytest.param("technical", "bad-json", ARTICLE, "Invalid JSON output.", id="no JSON"),
    ],
)
@pytest.mark.parametrize("nothing", NOTHING)
def test_a_broken_answer_is_mended_when_it_is_said_what_is_wrong(role, ticket, turn, said, nothing):
    def answer(note):
        reply = policy(talk(ticket, turn, note=note), tools_of(role))
        return getattr(reply, "content", reply)

    for note in (None, nothing):
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer(note))
    assert json.loads(answer(said))


BILLING = '{"order_id": "A-1047", "note": "Nothing came back; ask orders.", "state": "none"}'
ORDERS = '{"order_id": "A-1047", "status": "delivered; ask billing", "due_on": null}'
LAPS = [
    ("handoff", {"to": "billing", "task": "t"}, BILLING),
    ("handoff", {"to": "orders", "task": "t"}, ORDERS),
] * 6


@pytest.mark.parametrize("nothing", NOTHING)
def test_hand_offs_go_to_and_fro_until_it_is_said_how_often(nothing):
    messages = talk("ping-pong", *LAPS, note=nothing)
    assert next_call("supervisor", messages)[1]["to"] == "billing"
    messages = talk("ping-pong", *LAPS, note="You went round 6 times over.")
    assert "return number" in policy(messages, tools_of("supervisor"))


def test_without_tools_there_is_a_last_word():
    assert "colleague" in policy(talk("ping-pong"), {})
