"""Tapes that need no store, and models that tell how often they were asked."""

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult


class KeepingTape:
    """Keeps each call with its outcome, in the order they ended."""

    def __init__(self):
        self.kept = []

    def answer(self, call):
        return None

    def time(self, clock, read):
        return read()

    def keep(self, call, outcome):
        self.kept.append((call, outcome))


class AnsweringTape(KeepingTape):
    """Answers each call with one of some outcomes, in order."""

    def __init__(self, *outcomes):
        super().__init__()
        self.left = list(outcomes)

    def answer(self, call):
        return self.left.pop(0)


class Counting(BaseChatModel):
    """Says which of its calls this is."""

    asked: int = 0

    @property
    def _llm_type(self):
        return "counting"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.asked += 1
        reply = AIMessage(f"reply {self.asked}")
        return ChatResult(generations=[ChatGeneration(message=reply)], llm_output={"asked": 1})

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        self.asked += 1
        for word in ("reply", " ", str(self.asked)):
            yield ChatGenerationChunk(message=AIMessageChunk(word))
