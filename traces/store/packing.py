"""Payloads made small: zstd with a dictionary of what messages look like."""

from hashlib import blake2b
from threading import local
from typing import Final

import zstandard

PLAIN: Final = 0
PACKED: Final = 1
_WORTH = 64  # bytes below which a frame costs more than it saves
_SHAPES = b"".join(
    (
        b'{"$":"chain","h":"","$":"ref","h":"","$":"tuple","v":["$":"opaque","c":"',
        b'"langgraph_node","langgraph_step":,"langgraph_triggers":["branch:to:"],"langgraph_path":',
        b'"langgraph_checkpoint_ns":"thread_id":"","ls_integration":"langgraph","lc_versions":',
        b'"structured_response":null,"remaining_steps":,"jump_to":null,"ending":"","rung":"none",',
        b'{"n":,"actor":"agent","branch":"","kind":"tool","name":"","args":{},"result":"",',
        b'"preview":"","sketch":[],"call_id":"","error":null,"tokens_in":,"tokens_out":,"usd":0.0,',
        b'"seconds":0.0},{"guard":"loop","outcome":"pass","action":"none","reason":"","kind":"",',
        b'"steps":[],"calls":[],"score":null}',
        b'{"type":"function","function":{"name":"","description":"","parameters":{"type":"object",',
        b'"properties":{"":{"type":"string","description":""}},"required":[]}}}',
        b'"model":"","temperature":,"stream":false,"stop":null,"tools":[],"tool_choice":',
        b'{"$":"message","c":"langchain_core.messages.ai:AIMessageChunk","v":{"content":"",',
        b'"tool_call_chunks":[{"name":,"args":"","id":,"index":0,"type":"tool_call_chunk"}],',
        b'"chunk_position":null}}',
        b'{"$":"message","c":"langchain_core.messages.system:SystemMessage","v":{"content":"',
        b'","additional_kwargs":{},"response_metadata":{},"type":"system","name":null,"id":null}}',
        b'{"$":"message","c":"langchain_core.messages.human:HumanMessage","v":{"content":"',
        b'","additional_kwargs":{},"response_metadata":{},"type":"human","name":null,"id":"',
        b'{"$":"message","c":"langchain_core.messages.tool:ToolMessage","v":{"content":"',
        b'","additional_kwargs":{},"response_metadata":{},"type":"tool","name":"","id":null,',
        b'"tool_call_id":"call_","artifact":null,"status":"success"}}',
        b'{"$":"message","c":"langchain_core.messages.ai:AIMessage","v":{"content":"',
        b'","additional_kwargs":{"refusal":null},"response_metadata":{"token_usage":',
        b'"model_provider":"openai","model_name":"gpt-","finish_reason":"tool_calls","logprobs":',
        b'},"type":"ai","name":null,"id":"lc_run--","tool_calls":[{"name":"","args":{"":""},',
        b'"id":"call_","type":"tool_call"}],"invalid_tool_calls":[],"usage_metadata":',
        b'{"input_tokens":,"output_tokens":,"total_tokens":,"input_token_details":',
        b'{"cache_read":0},"output_token_details":{"reasoning":0}}}}',
    )
)
_DICTIONARY = zstandard.ZstdCompressionDict(_SHAPES, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
_own = local()  # a compressor is not safe to share between threads


def digest_of(data: bytes) -> bytes:
    """Return the 16 bytes that stand for a payload."""
    return blake2b(data, digest_size=16).digest()


def pack(data: bytes) -> tuple[int, bytes]:
    """Return a payload's form and its bytes in it."""
    if len(data) < _WORTH:
        return PLAIN, data
    try:
        packer = _own.packer
    except AttributeError:
        packer = _own.packer = zstandard.ZstdCompressor(
            level=3, dict_data=_DICTIONARY, write_content_size=True, write_dict_id=False
        )
    packed: bytes = packer.compress(data)
    return (PACKED, packed) if len(packed) < len(data) else (PLAIN, data)


def pack_small(data: bytes) -> bytes:
    """Return a payload in the form `PACKED`, as small as may be; a hundred times slower."""
    packer = zstandard.ZstdCompressor(level=19, dict_data=_DICTIONARY, write_dict_id=False)
    return bytes(packer.compress(data))


def unpack(form: int, data: bytes) -> bytes:
    """Return a payload as it was before `pack`.

    Raises:
        ValueError: The bytes are damaged.
    """
    if form == PLAIN:
        return data
    try:
        return _unpacker().decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(f"a damaged payload of {len(data)} bytes") from error


def _unpacker() -> zstandard.ZstdDecompressor:
    try:
        found: zstandard.ZstdDecompressor = _own.unpacker
    except AttributeError:
        found = _own.unpacker = zstandard.ZstdDecompressor(dict_data=_DICTIONARY)
    return found
