"""Ask an agent's model: what it is offered, what it may cost, and what it did cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.tools import BaseTool

from ..guards.escalation import Deadline
from ..guards.guard import raised
from ..guards.verdict import Action
from .acting import Act, Failure, Skip
from .agent_book import Book
from .agent_reply import message_of
from .asking import Asker
from .attempts import Attempts
from .breakers import Breakers
from .clock import running
from .closing import close_calls
from .driving import Ask, Steps, Work
from .human import can_wait
from .offering import Offering
from .wrap_up import last_request, short_request


@dataclass(frozen=True, slots=True)
class Admitted:
    """A model call that may be made.

    Attributes:
        request: What it is made with.
        act: What charges it.
        given: What was admitted.
    """

    request: Any
    act: Act
    given: Any


@dataclass(frozen=True, slots=True)
class AgentAsker:
    """Who asks the model of an agent.

    Attributes:
        asker: The same for any node, with the budgets.
        breakers: What guards the tools' services.
        human: Whether a person may be asked.
        deadline: Until when a question can be answered, and what is decided then.
    """

    asker: Asker
    breakers: Breakers
    human: bool
    deadline: Deadline | None = None

    def admitted(self, book: Book, request: Any) -> Steps[Admitted | Action]:
        """Return the next call, with what is offered and how long its reply may be; or a rung."""
        offered: Any = request
        if self.breakers:
            offered = yield from self._offered(book, request)
        if isinstance(offered, str):
            rung: Any = offered
            return rung  # type: ignore[no-any-return]
        said = close_calls(request.messages)
        asked = offered.override(messages=[*said, *book.messages, *book.told])
        return (yield from self._held(book, asked, self._act(asked)))

    def last_word(self, book: Book, request: Any) -> Steps[Admitted | Action]:
        """Return the call for a last word, without tools; or a rung where nothing is left."""
        note = last_request(book.seen())
        asked = request.override(
            messages=[*close_calls(request.messages), *book.messages, note],
            tools=[],
            tool_choice=None,
            response_format=None,
        )
        system = [asked.system_message] if asked.system_message else []

        def shorter(state: Any) -> list[Any]:
            return [*system, *short_request(state)]

        return (yield from self._held(book, asked, self._act(asked, shorter)))

    def made(self, book: Book, admitted: Admitted) -> Steps[Any]:
        """Make a call and charge it, whatever comes of it.

        Returns:
            The response, or the exception that a wrong structured output became.
        """
        yield from self._begun(book, admitted)
        began = running()
        outcome = yield Ask(admitted.request)
        seconds = running() - began
        wrong = isinstance(outcome, Failure) and hasattr(outcome.error, "ai_message")
        outcome = outcome.error if wrong else outcome
        said = outcome if isinstance(outcome, Failure) else message_of(outcome)
        seen = book.seen()
        charged = yield Work(
            lambda: admitted.act.finish(seen, admitted.given, said, seconds), self._is_quick
        )
        book.charge(*charged["ledger"])
        book.verdicts.extend(charged.get("verdicts", ()))
        book.calls += 1
        if isinstance(outcome, Failure):
            raise outcome.error
        return outcome

    def _begun(self, book: Book, admitted: Admitted) -> Steps[None]:
        """Note that a call begins, and charge those that died with an earlier process."""
        attempts = Attempts.of(book.config, self.asker.actor)
        if attempts is None:
            return
        cost, is_first, known = self.asker.lost(admitted.given), not book.calls, len(book.charges)
        lost = yield Work(lambda: attempts.begin(cost, is_first=is_first, known=known), quick=False)
        book.charge(*lost)

    def _act(self, request: Any, shorter: Callable[[Any], list[Any]] | None = None) -> Act:
        system = [request.system_message] if request.system_message else []
        return self.asker.act(
            lambda _: request.model,
            lambda _: [*system, *request.messages],
            lambda _state, _outcome, ledger: {"ledger": ledger},
            last_word=shorter is not None,
            shorter=shorter,
        )

    def _held(self, book: Book, request: Any, act: Act) -> Steps[Admitted | Action]:
        seen = book.seen()
        given = yield Work(lambda: act.prepare(seen, book.config), self._is_quick)
        if isinstance(given, Skip):
            book.verdicts.extend(given.update["verdicts"])
            rung: Action = given.update["rung"]
            return rung
        asked = given[1]
        settings = {**request.model_settings, **self._limits(request, asked.limits)}
        system = request.system_message is not None
        messages = asked.messages[1:] if system else asked.messages
        admitted = request.override(messages=messages, model_settings=settings)
        return Admitted(admitted, act, given)

    def _limits(self, request: Any, limits: Mapping[str, int]) -> dict[str, int]:
        """Return how long the reply may be: what is left, or what the caller set if it is less."""
        own = request.model_settings.get("max_tokens")
        return {
            name: min(most, own) if isinstance(own, int) else most for name, most in limits.items()
        }

    @property
    def _is_quick(self) -> bool:
        accounts = self.asker.holdings.accounts
        return accounts is None or accounts.is_quick

    def _offered(self, book: Book, request: Any) -> Steps[Any]:
        tools = [tool for tool in request.tools if isinstance(tool, BaseTool)]
        if not tools:
            return request
        policy = self.asker.judges.policy
        human = self.human and can_wait(book.config)
        offering = Offering(tools, self.breakers, _unbound, human=human, policy=policy)
        seen = book.seen()
        offer = yield Work(lambda: offering.now(seen), self.breakers.is_quick)
        if offer.ending is not None:
            verdict = raised(offer.ending, policy)
            book.verdicts.extend(offering.given([verdict], seen))
            return verdict["action"]
        book.messages.extend(offer.notes)
        book.verdicts.extend(offering.given(offer.verdicts, seen))
        others = [tool for tool in request.tools if not isinstance(tool, BaseTool)]
        return request.override(tools=[*offer.tools, *others])


def _unbound(_: Sequence[BaseTool]) -> None:
    """Bind nothing: an agent binds its tools itself."""
