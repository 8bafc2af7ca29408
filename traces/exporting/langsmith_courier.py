"""What carries runs and feedback to LangSmith, over the stock client's connection.

One request, one answer: the client's own retries, sampling, hiding and background thread are off,
for the outbox does better what they are for.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from .courier import Answer, Packed, meaning
from .hiding import NOTHING, Hidden
from .runs import Mapped, Recorded, Target
from .shifts import Shift

if TYPE_CHECKING:
    from langsmith import Client
    from requests import Response

_TOGETHER: Mapping[str, int] = {"run": 100, "feedback": 1}
_TIMEOUT = (3_000, 20_000)  # milliseconds: to connect, to answer
_LONGEST = 500
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


class LangSmithCourier:
    """Carries runs and feedback to one project of one LangSmith server. For one thread."""

    def __init__(
        self,
        client: "Client",
        project: str,
        redact: Callable[[str], str],
        hidden: Hidden = NOTHING,
    ) -> None:
        """Say over which client, see `quiet_client`, and what of runs is not sent."""
        self._client, self._project, self._redact = client, project, redact
        self._hidden = hidden
        self._answer = Answer("later")
        self._project_id: str | None = None
        client.session.hooks["response"].append(self._note)

    @property
    def place(self) -> str:
        """What the place is called."""
        return f"langsmith {self._client.api_url} {self._project}"

    def pack(self, recorded: Recorded, shift: Shift, *, apart: bool) -> Iterator[Packed]:
        """Yield the runs of a trace, then the feedback on them."""
        target = Target(
            project=self._project, redact=self._redact, apart=apart, hidden=self._hidden
        )
        mapped = Mapped(recorded, target, shift)
        for run in mapped.runs():
            yield Packed("run", run["id"], as_json(run))
        for feedback in mapped.feedback():
            yield Packed("feedback", feedback["id"], as_json(feedback), is_about=True)

    def together(self, kind: str) -> int:
        """Return how many items of a kind may go in one request."""
        return _TOGETHER[kind]

    def send(self, kind: str, bodies: Sequence[bytes]) -> Answer:
        """Send runs together, or one feedback."""
        if kind == "feedback":
            return self._post("/feedback", self._in_project(bodies[0]))
        return self._post("/runs/batch", b'{"post":[%s],"patch":[]}' % b",".join(bodies))

    def shown(self, body: bytes) -> str:
        """Return what was sent as the JSON that it is."""
        return body.decode()

    def close(self) -> None:
        """End its connections."""
        self._client.session.close()

    def _in_project(self, feedback: bytes) -> bytes:
        """Return feedback that says the project's id, which newer servers find its run by."""
        if self._project_id is None:
            self._project_id = self._ask_project()
        if not self._project_id:
            return feedback
        return as_json({**orjson.loads(feedback), "session_id": self._project_id})

    def _ask_project(self) -> str | None:
        """Return the project's id; None if the server does not say it now."""
        from langsmith.utils import LangSmithError
        from requests import RequestException

        try:
            found = self._client.request_with_retries(
                "GET", "/sessions", params={"name": self._project, "limit": 1}
            ).json()
            return str(found[0]["id"]) if found else None
        except (LangSmithError, RequestException, ValueError, LookupError, TypeError):
            return None  # older servers find the run without it

    def _post(self, path: str, body: bytes) -> Answer:
        from langsmith.utils import LangSmithError
        from requests import RequestException

        self._answer = Answer("later", 0, "it could not be reached")
        try:
            self._client.request_with_retries(
                "POST", path, request_kwargs={"data": body}, stop_after_attempt=1
            )
        except (LangSmithError, RequestException) as error:
            if not self._answer.status:
                return self._answer._replace(why=type(error.__cause__ or error).__name__)
        return self._answer

    def _note(self, response: "Response", *_: Any, **__: Any) -> None:
        """Keep what the server answered: the client's errors hold no header of it."""
        status = response.status_code
        self._answer = Answer(
            meaning(status),
            status,
            " ".join(response.text[:_LONGEST].split()) if status >= 300 else "",
            _seconds(response.headers.get("Retry-After")),
        )


def quiet_client(
    url: str | None, api_key: str | None, workspace: str | None, *, asks: bool = False
) -> "Client":
    """Return a LangSmith client that does nothing by itself.

    What is None comes from LANGSMITH_ENDPOINT, LANGSMITH_API_KEY and LANGSMITH_WORKSPACE_ID. Only
    one that `asks` learns from the server what it can do.
    """
    import requests
    from langsmith import Client
    from urllib3.util import Retry

    return Client(
        api_url=url,
        api_key=api_key,
        workspace_id=workspace,
        session=requests.Session(),
        auto_batch_tracing=False,
        info=None if asks else {"version": "0.0.0"},
        retry_config=Retry(0),
        timeout_ms=_TIMEOUT,
        tracing_sampling_rate=1.0,
        hide_inputs=False,
        hide_outputs=False,
        hide_metadata=False,
        tracing_mode="langsmith",
        disable_prompt_cache=True,
    )


def as_json(value: Any) -> bytes:
    """Return JSON; what orjson refuses (lone surrogates, very deep) is written the slow way."""
    try:
        return orjson.dumps(value, default=str, option=_OPTIONS)
    except TypeError:
        return json.dumps(value, default=str).encode()


def _seconds(text: str | None) -> float | None:
    """Return what a `Retry-After` says, in seconds; one that is a date is left to our own wait."""
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:
        return None
