import json

import pytest
from holdfast.drills.desk import Database, desk_tools


@pytest.fixture
def database():
    made = Database()
    yield made
    made.close()


@pytest.fixture
def ask(database):
    tools = {tool.name: tool for team in desk_tools(database).values() for tool in team}

    def call(name, **args):
        text = tools[name].invoke(args)
        return json.loads(text) if text.startswith(("{", "[")) else text

    return call


def refunds(database):
    return database.read("select order_id, amount, state from refunds order by id")[1:]


def test_orders_are_found_by_address(ask):
    assert [order["id"] for order in ask("find_orders", email="dia@example.com")] == ["A-1046"]
    assert ask("find_orders", email="nobody@example.com") == []


def test_a_parcel_is_found_from_its_order(ask):
    parcel = ask("find_orders", email="ann@example.com")[0]["parcel"]
    assert ask("track_parcel", parcel_id=parcel)["due_on"] == "2026-03-09"
    assert ask("get_order", order_id="A-1041")["place"] == "sorting centre, Leipzig"


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("get_order", {"order_id": "A-1"}),
        ("track_parcel", {"parcel_id": "PX-1001"}),
        ("get_payment", {"order_id": "A-1"}),
        ("read_article", {"article_id": "KB-1"}),
    ],
)
def test_what_does_not_exist_is_an_error(ask, tool, args):
    with pytest.raises(LookupError, match="no "):
        ask(tool, **args)


def test_a_refund_is_written_down_and_seen_by_the_next_call(ask, database):
    assert ask("refund", order_id="A-1043", amount=24.9)["amount"] == 24.9
    assert refunds(database) == [{"order_id": "A-1043", "amount": 24.9, "state": "paid"}]
    assert ask("get_payment", order_id="A-1043")["refunds"] == [{"amount": 24.9, "state": "paid"}]


def test_a_refund_without_an_amount_is_of_the_whole_price(ask, database):
    ask("refund", order_id="A-1043")
    assert [row["amount"] for row in refunds(database)] == [249.0]


def test_no_more_is_refunded_than_was_paid(ask, database):
    with pytest.raises(ValueError, match=r"at most 249\.00"):
        ask("refund", order_id="A-1043", amount=250.0)
    assert refunds(database) == []


def test_a_refund_over_a_service_that_is_down_fails_and_can_be_queued(ask, database):
    with pytest.raises(ConnectionError, match="paypal"):
        ask("refund", order_id="A-1049")
    assert ask("queue_refund", order_id="A-1049")["state"] == "queued"
    assert refunds(database) == [{"order_id": "A-1049", "amount": 89.9, "state": "queued"}]


def test_articles_are_searched_by_words_and_read_by_id(ask):
    assert [row["id"] for row in ask("search_articles", query="it flickers")] == ["KB-12"]
    assert ask("search_articles", query="E-42") == "No article matches 'E-42'."
    assert "60 Hz" in ask("read_article", article_id="KB-12")["body"]


def test_a_repair_is_written_down(ask, database):
    assert ask("open_repair", order_id="A-1048", fault="dark")["repair"] == "S-1"
    assert database.read("select fault from repairs") == [{"fault": "dark"}]


def test_two_desks_do_not_share_their_data(ask):
    other = Database()
    ask("refund", order_id="A-1043")
    assert other.read("select * from refunds where order_id = 'A-1043'") == []
    other.close()
