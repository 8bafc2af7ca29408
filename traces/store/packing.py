"""Payloads made small: ids in binary, then zstd with a dictionary of what messages look like."""

import re
from hashlib import blake2b
from threading import local
from typing import Final

import zstandard

PLAIN: Final = 0
PACKED: Final = 1
"""As stores of version 2 have it; it is read, no longer written."""
SHORT: Final = 2
SMALL: Final = 3
_WORTH = 48  # bytes below which a frame costs more than it saves
_LEVEL = 5  # of what is as quick
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
_MORE_SHAPES = b"".join(
    (
        b'{"value":\x02,\x05\x18}',
        b'\x06[\x02],"info":[null],"llm_output":null,\x05\x18}',
        b'{"args":[],"params":{"":"","query":"","_type":"openai-chat","stop":null}}',
        b'\x06\x01,"model":{"ls_provider":"openai","ls_model_name":"gpt-","ls_model_type":',
        b'"chat","ls_temperature":0.0},"params":{"tools":[]}}',
        b'{"$":"message","c":"langchain_core.messages.tool:ToolMessage","v":{"content":\x02,',
        b'"additional_kwargs":{},"response_metadata":{},"type":"tool","name":"","id":null,',
        b'"tool_call_id":"call_","artifact":null,"status":"success"}}',
        b'{"$":"message","c":"langchain_core.messages.ai:AIMessage","v":{"content":\x02,',
        b'"additional_kwargs":{},"response_metadata":{},"type":"ai","name":null,"id":null,',
        b'"tool_calls":[{"name":"","args":{"query":""},"id":"call_","type":"tool_call"}],',
        b'"invalid_tool_calls":[],"usage_metadata":{"input_tokens":1000,"output_tokens":100,',
        b'"total_tokens":1100}}}',
    )
)
_OLD = zstandard.ZstdCompressionDict(_SHAPES, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
_DICTIONARY = zstandard.ZstdCompressionDict(
    _SHAPES + _MORE_SHAPES, dict_type=zstandard.DICT_TYPE_RAWCONTENT
)
_BARE = zstandard.FORMAT_ZSTD1_MAGICLESS  # what a frame begins with is said by the form
_own = local()  # a compressor is not safe to share between threads
_REFERENCE = re.compile(rb'\{"\$":"(chain|ref)","h":"([0-9a-f]{32})"\}')
_ID = re.compile(
    rb'"id":"(lc_run--)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})'
)
_MOMENTS = re.compile(rb'"began":(1\d{18}),"ended":(1\d{18})')  # of a call, in nanoseconds
MESSAGES: Final = b'{"messages":'
MESSAGES_SIGN: Final = b"\x06"
"""What stands for it."""
CHAIN_SIGN: Final = b"\x01"
"""What 16 bytes of a chain's last link come after, in the place of a mark that JSON says."""
REF_SIGN: Final = b"\x02"
"""What 16 bytes of a payload's digest come after."""
_SIGNS: Final = {  # what comes again and again; JSON cannot have these bytes
    MESSAGES_SIGN: MESSAGES,
    b"\x07": b'{"$":"like","of":',
    b"\x08": b',"but":',
    b"\x0b": b'"info":[null],"llm_output":null,',
    b"\x0c": b'{"id":null}',
}
_SQUEEZED = re.compile(rb"([\x01-\x05])(.{16})|[\x06\x07\x08\x0b\x0c]", re.DOTALL)


def digest_of(data: bytes) -> bytes:
    """Return the 16 bytes that stand for a payload."""
    return blake2b(data, digest_size=16).digest()


def squeezed_brief(data: bytes) -> bytes:
    """Return JSON that has its references in binary already with all else as short as may be."""
    for sign, said in _SIGNS.items():
        if said in data:
            data = data.replace(said, sign)
    return _MOMENTS.sub(_moment_bytes, data) if b'"began":' in data else data


def whole_brief(data: bytes) -> bytes:
    """Return the JSON that was squeezed."""
    return _whole(data)


def pack(data: bytes) -> tuple[int, bytes]:
    """Return a payload's form, and its bytes in it; the payload is JSON."""
    return pack_squeezed(_squeezed(data))


def pack_squeezed(short: bytes) -> tuple[int, bytes]:
    """Return the form, and the bytes in it, of JSON that is squeezed."""
    if len(short) < _WORTH:
        return SHORT, short
    try:
        packer = _own.packer
    except AttributeError:
        packer = _own.packer = _packer(_LEVEL)
    packed: bytes = packer.compress(short)
    return (SMALL, packed) if len(packed) < len(short) else (SHORT, short)


def pack_small(data: bytes) -> bytes:
    """Return a payload in the form `SMALL`, as small as may be; a hundred times slower."""
    return bytes(_packer(19).compress(_squeezed(data)))


def unpack(form: int, data: bytes) -> bytes:
    """Return a payload as it was before `pack`.

    Raises:
        ValueError: The bytes are damaged.
    """
    if form == PLAIN:
        return data
    if form == SHORT:
        return _whole(data)
    try:
        found = _unpacker(form).decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(f"a damaged payload of {len(data)} bytes") from error
    return found if form == PACKED else _whole(found)


def _squeezed(data: bytes) -> bytes:
    """Return JSON with references and ids in binary, after bytes that JSON cannot have."""
    if data.startswith(MESSAGES):
        data = b"\x06" + data[len(MESSAGES) :]
    if b'"$":"' in data:
        data = _REFERENCE.sub(_reference_bytes, data)
    if b'"began":' in data:
        data = _MOMENTS.sub(_moment_bytes, data)
    return _ID.sub(_id_bytes, data) if b'"id":"' in data else data


def _moment_bytes(found: "re.Match[bytes]") -> bytes:
    return b"\x05" + b"".join(int(each).to_bytes(8, "big") for each in found.groups())


def _reference_bytes(found: "re.Match[bytes]") -> bytes:
    return (b"\x01" if found[1] == b"chain" else b"\x02") + bytes.fromhex(found[2].decode())


def _id_bytes(found: "re.Match[bytes]") -> bytes:
    digits = b"".join(found.groups()[1:]).decode()
    return (b"\x03" if found[1] else b"\x04") + bytes.fromhex(digits)


def _whole(data: bytes) -> bytes:
    return _SQUEEZED.sub(_text_of, data)


def _text_of(found: "re.Match[bytes]") -> bytes:
    if found[1] is None:
        return _SIGNS[found[0]]
    mark, digits = found[1], found[2].hex()
    if mark < b"\x03":
        kind = "chain" if mark == b"\x01" else "ref"
        return f'{{"$":"{kind}","h":"{digits}"}}'.encode()
    if mark == b"\x05":
        began, ended = (int.from_bytes(each, "big") for each in (found[2][:8], found[2][8:]))
        return f'"began":{began},"ended":{ended}'.encode()
    name = "lc_run--" if mark == b"\x03" else ""
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return f'"id":"{name}{"-".join(parts)}'.encode()


def _packer(level: int) -> zstandard.ZstdCompressor:
    how = zstandard.ZstdCompressionParameters.from_level(
        level, format=_BARE, write_content_size=True, write_dict_id=False
    )
    return zstandard.ZstdCompressor(dict_data=_DICTIONARY, compression_params=how)


def _unpacker(form: int) -> zstandard.ZstdDecompressor:
    try:
        found: dict[int, zstandard.ZstdDecompressor] = _own.unpackers
    except AttributeError:
        found = _own.unpackers = {
            PACKED: zstandard.ZstdDecompressor(dict_data=_OLD),
            SMALL: zstandard.ZstdDecompressor(dict_data=_DICTIONARY, format=_BARE),
        }
    return found[form]
