"""dotenv files: `NAME=value` lines as one mapping. Quotes and `export` are understood, `${NAME}` is left open."""

from __future__ import annotations

import re

from modelguard.extract.build import literal
from modelguard.extract.facts import Expr, Facts, Item, Lit, Opaque, Rec

NAME = "dotenv"
_LINE = re.compile(r"^(?P<lead>\s*(?:export\s+)?)(?P<name>[A-Za-z_][\w.]*)(?P<eq>\s*=\s*)(?P<value>.*?)\s*$")
# `-` and `_` part words and stand in them: written like this, a name can be read in one way only, however long it is.
_WORDS = r"(?:[_-][\w-]+)?(?:\.[\w-]+)*"
_SHOWS = r"(?:example|sample|template|dist|defaults?|tpl|tmpl)"
PATHS = re.compile(
    rf"(?i)(?:^|/)(?:\.env(?:[._-][\w.-]+|rc|{_SHOWS})?|[\w.-]+\.env|(?:dot)?env{_WORDS}[._-]{_SHOWS}(?:\.txt)?"
    rf"|[\w.-]+\.env[._-]{_SHOWS}|\.dev\.vars(?:\.[\w-]+)?)\Z"
)
"""What dotenv files are called, in the spellings that repositories use; direnv's and Wrangler's own as well."""
_EXAMPLE = re.compile(
    rf"(?i)(?:^|/)(?:[\w.-]*\.)?(?:dot)?(?:env|\.dev\.vars){_WORDS}[._-]?{_SHOWS}(?:[._-]local)?(?:\.txt)?\Z"
    rf"|(?:^|/)(?:[\w.-]*[._-])?{_SHOWS}\.env\Z"
)
_NAMED = re.compile(r"(?i)(?:^|/)[\w-][\w.-]*\.env[._-]")


def is_example(path: str) -> bool:
    """Whether a dotenv file only shows what another one holds."""
    return PATHS.search(path) is not None and _EXAMPLE.search(path) is not None


def is_of_another(path: str) -> bool:
    """Whether an example shows a file other than `.env` (`backend.env.example`), which nothing loads unnamed."""
    return _NAMED.search(path) is not None


def extract(data: bytes) -> Facts:
    """Facts of one dotenv file; lines that are no assignment are passed over, as loaders do."""
    items: list[Item] = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        match = _LINE.match(line) if len(line) < 10_000 else None
        if match:
            at = (number, match.start("value") + 1)
            items.append(
                Item(
                    Lit(match["name"], (number, match.start("name") + 1)), _value(match["value"], at, match["name"]), at
                )
            )
    return Facts(NAME, Rec(tuple(items), (1, 1)))


def _value(written: str, at: tuple[int, int], name: str) -> Expr:
    quote = written[:1]
    if quote in ("'", '"') and written.find(quote, 1) > 0:
        value = written[1 : written.find(quote, 1)]
    else:
        value = re.split(r"\s+#", written, maxsplit=1)[0]
    if "${" in value and quote != "'":
        return Opaque("put together from other variables", at)
    return literal(value, at, name)
