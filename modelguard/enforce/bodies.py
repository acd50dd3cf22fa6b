"""Bodies of requests as they come: read whole within a limit; forms read as Starlette reads them, each field once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from modelguard.enforce.calls import Refusal, Refused


@dataclass(slots=True)
class Form:
    """A form: its text fields, its files by field, the bytes that go on unchanged, and how many files there are in all."""

    raw: bytes
    fields: dict[str, Any]
    files: dict[str, bytes]
    count: int = 0


async def read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int) -> bytes:
    """The whole body. Raises Refused (413) above the limit, and where the client left before its end."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(Refusal(400, "client_left", "The client left before its request was whole."))
        data = message.get("body", b"")
        size += len(data)
        if size > limit:
            raise Refused(Refusal(413, "too_large", f"The request is larger than {limit // 1024 // 1024} MiB."))
        parts.append(data)
        if not message.get("more_body"):
            return b"".join(parts)


def read_form(raw: bytes, content_type: bytes) -> Form:
    """A form's fields. Raises Refused for one that can't be read, or names a field twice where it must be single."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import create_form_parser

    form = Form(raw, {}, {})

    def seen(name: str | None, value: Any) -> None:
        if name is None or name in form.fields or (name in form.files and name == "file"):
            raise Refused(Refusal(400, "bad_request", "The form names a field twice, or one has no name."))
        form.fields[name] = value

    def on_field(field: Any) -> None:
        value = field.value.decode("utf-8", "replace") if field.value is not None else ""
        name = field.field_name.decode("utf-8", "replace") if field.field_name else None
        if name is not None and name.endswith("[]"):
            form.fields.setdefault(name, value)
            return
        seen(name, value)

    def on_file(file: Any) -> None:
        name = file.field_name.decode("utf-8", "replace") if file.field_name else ""
        if name == "model":
            raise Refused(Refusal(400, "bad_request", "`model` is not a text."))
        form.count += 1
        file.file_object.seek(0)
        form.files[name] = file.file_object.read()

    try:
        parser = create_form_parser({"Content-Type": content_type}, on_field, on_file)
        parser.write(raw)
        parser.finalize()
    except (FormParserError, ValueError, KeyError) as error:
        raise Refused(Refusal(400, "bad_request", "The form can't be read.")) from error
    return form
