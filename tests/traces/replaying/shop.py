"""A graph with a fault: it looks up an order, and refunds what it finds, whoever owns it."""

from holdfast.drills import ScriptedModel, tool_call
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph

RAN = []


@tool
def find_order(number: str) -> str:
    """Find an order."""
    RAN.append("find_order")
    return f"order {number}: 40 EUR, owner bob"


@tool
def refund(number: str, amount: int) -> str:
    """Refund an order."""
    RAN.append("refund")
    return f"refunded {amount} EUR"


def policy(messages):
    """Find, refund, say so."""
    RAN.append("model")
    results = [message.text for message in messages if message.type == "tool"]
    if not results:
        return tool_call("find_order", number="7")
    if len(results) == 1:
        return tool_call("refund", number="7", amount=int(results[0].split()[2]))
    return f"Done: {results[-1]}."


def shop(prompt="Refund what the customer asks for.", checks=False, careful=False):
    """Return the graph, in the shape that a test wants it to have."""
    model = ScriptedModel(policy).bind_tools([find_order, refund])
    by_name = {"find_order": find_order, "refund": refund}

    def agent(state):
        try:
            return {"messages": [model.invoke([("system", prompt), *state["messages"]])]}
        except Exception:
            if careful:
                return {"messages": [("ai", "Something went wrong.")]}
            raise

    def act(state):
        return {
            "messages": [by_name[c["name"]].invoke(c) for c in state["messages"][-1].tool_calls]
        }

    def after_agent(state):
        return "act" if state["messages"][-1].tool_calls else END

    def after_act(state):
        return END if checks and "bob" in state["messages"][-1].text else "agent"

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("act", act)
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", after_agent, ["act", END])
    graph.add_conditional_edges("act", after_act, ["agent", END])
    return graph


graph = shop().compile()
