"""Recorded runs that the tests of this folder are made of."""

import json


def user(text="go on"):
    return {"role": "user", "content": text}


def says(text="done"):
    return {"role": "assistant", "content": text}


def calls(*made):
    """An assistant's message; each call is (id, tool, arguments)."""
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {
                "id": id_,
                "type": "function",
                "function": {
                    "name": tool,
                    "arguments": args if isinstance(args, str) else json.dumps(args),
                },
            }
            for id_, tool, args in made
        ],
    }


def gives(id_, text, *, failed=False):
    return {"role": "tool", "tool_call_id": id_, "content": text, "x_error": failed}


def repeated(laps, *, tool="look", args=None, text="nothing", failed=False):
    """A person's wish, and the same exchange again and again."""
    messages = [user()]
    for lap in range(laps):
        messages += [
            calls((f"c{lap}", tool, args or {"id": "7"})),
            gives(f"c{lap}", text, failed=failed),
        ]
    return messages
