"""Recorded traces to LangSmith, while they are recorded or later."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...guards.redact import redact
from .address import check_address
from .delivery import Older
from .errors import ExportConfigError
from .hiding import Hidden
from .langsmith_courier import LangSmithCourier, quiet_client
from .line import Plan
from .worker import Worker

if TYPE_CHECKING:
    from langsmith import Client

_OLDER = ("shift", "drop", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class LangSmith:
    """Sends traces to a project of LangSmith, from the store, so that no outage loses one.

    What is None is taken from the environment as LangSmith's own client does: LANGSMITH_PROJECT,
    LANGSMITH_ENDPOINT, LANGSMITH_API_KEY, LANGSMITH_WORKSPACE_ID, LANGSMITH_HIDE_INPUTS,
    LANGSMITH_HIDE_OUTPUTS, LANGSMITH_HIDE_METADATA. The share to send is `sample` alone.

    Attributes:
        project: Name of the project.
        sample: The share of traces to send, 0 to 1. Those that failed, did not complete or that a
            guard tripped in are always sent.
        older: What becomes of traces that began more than 23 hours ago, which the hosted service
            refuses: `shift` moves all times of one by the same amount and says so in its
            metadata, `drop` leaves it out, `keep` sends it as it is (self-hosted servers take it).
        url: The server's address.
        api_key: The key.
        workspace: Id of the workspace, for keys of an organisation.
        unfinished_seconds: After how long a silence a trace that never ended, because its
            process was killed, is sent as it is.
        redact: What blots out secrets of each text that leaves, on top of what the store did.
        hide_inputs: Whether to keep at home what went into runs, and what guards quote of it.
        hide_outputs: Whether to keep at home what came out, and what guards quote of it.
        hide_metadata: Whether to keep at home the user's metadata, and the thread.
    """

    project: str | None = None
    sample: float = 1.0
    older: Older = "shift"
    url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    workspace: str | None = None
    unfinished_seconds: float = 3_600.0
    redact: Callable[[str], str] = redact
    hide_inputs: bool | None = None
    hide_outputs: bool | None = None
    hide_metadata: bool | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.sample <= 1.0 or self.older not in _OLDER:
            raise ExportConfigError(
                f"LangSmith(sample={self.sample}, older={self.older!r}): use a sample from 0 to 1 "
                f"and for older one of {', '.join(_OLDER)}"
            )

        if self.url is not None:
            check_address(self.url, "LangSmith(url=...)", "https://api.smith.langchain.com")

    def begin(self, store: Path) -> Worker:
        """Start to send what is recorded from now on, in a thread.

        Raises:
            ExportConfigError: There is no key, or LangChain sends the same runs to the same
                project already.
        """
        plan = self.plan(live=True)
        return Worker(store, self.courier(), plan)

    def courier(self) -> LangSmithCourier:
        """Return what carries items there.

        Raises:
            ExportConfigError: There is no key, or the client refuses its settings.
        """
        client = self.client(asks=False)
        return LangSmithCourier(client, self._project(), self.redact, self._hidden())

    def client(self, *, asks: bool = True) -> "Client":
        """Return LangSmith's own client, which does nothing by itself.

        Args:
            asks: Whether it asks the server what it can do.

        Raises:
            ExportConfigError: There is no key, or the client refuses its settings.
        """
        from langsmith.utils import LangSmithError, get_api_url

        check_address(
            get_api_url(self.url), "LANGSMITH_ENDPOINT", "https://api.smith.langchain.com"
        )
        try:
            client = quiet_client(self.url, self.api_key, self.workspace, asks=asks)
        except LangSmithError as error:
            raise ExportConfigError(f"LangSmith's client refuses its settings: {error}") from error
        if not client.api_key:
            client.session.close()
            raise ExportConfigError(
                "there is no key for LangSmith: set LANGSMITH_API_KEY, or give "
                "LangSmith(api_key=...)"
            )
        return client

    def plan(self, *, live: bool) -> Plan:
        """Return how traces are chosen and sent.

        Args:
            live: Whether runs are sent as they are made, perhaps beside LangChain's own tracer.

        Raises:
            ExportConfigError: LangChain's tracer sends the same runs to the same project.
        """
        return Plan(
            redact=self.redact,
            share=self.sample,
            older=self.older,
            unfinished_seconds=self.unfinished_seconds,
            apart=live and self._is_beside_the_tracer(),
        )

    def _project(self) -> str:
        from langsmith.utils import get_tracer_project

        return self.project or get_tracer_project() or "default"

    def _hidden(self) -> Hidden:
        from langsmith.utils import get_env_var

        given = {
            "HIDE_INPUTS": self.hide_inputs,
            "HIDE_OUTPUTS": self.hide_outputs,
            "HIDE_METADATA": self.hide_metadata,
        }
        return Hidden(
            *(get_env_var(key) == "true" if one is None else one for key, one in given.items())
        )

    def _is_beside_the_tracer(self) -> bool:
        """Return whether LangChain's own tracer sends to the same server.

        Raises:
            ExportConfigError: It sends to the same project.
        """
        from langsmith.utils import get_api_url, get_tracer_project, tracing_is_enabled

        if tracing_is_enabled() is not True:
            return False
        if os.environ.get("LANGSMITH_RUNS_ENDPOINTS"):
            return True  # to which places is for the tracer to know: this one may be among them
        if get_api_url(self.url) != get_api_url(None):
            return False
        if self._project() == get_tracer_project():
            raise ExportConfigError(
                f"LANGSMITH_TRACING is on and sends the same runs to project {self._project()!r}: "
                "unset it, so that Holdfast alone sends them, or give LangSmith another project"
            )
        return True
