"""What the guard rests on in LiteLLM: pinned for the version that is here, and for any given by MODELGUARD_LITELLM.

MODELGUARD_LITELLM names the Python of an environment with another version; CI gives the oldest and the newest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from enforce.proxylib import needs_proxy

from modelguard.enforce.vouched import NEWEST, OLDEST, NotVouched

pytestmark = needs_proxy
PYTHONS = [sys.executable, *filter(None, os.environ.get("MODELGUARD_LITELLM", "").split(os.pathsep))]

PROBE = """
import asyncio, inspect, json, sys, time
import litellm
from litellm.caching.caching import Cache
from modelguard.enforce.vouched import broken, installed, vouch
found = {"version": installed(), "broken": broken(litellm)}
vouch(litellm)
class Deeper(Cache):
    pass
cache = Cache(type="local")
cache.__class__ = Deeper
ask = dict(model="openai/a", messages=[{"role": "user", "content": "x"}], metadata={"model_group": "g"}, litellm_params={})
key = cache.get_cache_key(**ask)
other = cache.get_cache_key(**{**ask, "metadata": {"model_group": "h"}, "litellm_params": {}})
same = cache.get_cache_key(**{**ask, "model": "openai/b", "litellm_params": {}})
found["keyed by group"] = key != other and key == same
found["no key of the caller's"] = key == cache.get_cache_key(**{**ask, "litellm_params": {}, "api_key": "sk-1"})
async def go():
    await cache.async_add_cache('{"model": "a"}', **{**ask, "litellm_params": {}})
    entry = await cache.cache.async_get_cache(key)
    found["entry"] = sorted(entry)
    found["recent"] = abs(entry["timestamp"] - time.time()) < 5
    found["read"] = await cache.async_get_cache(**{**ask, "litellm_params": {}})
    entry["modelguard_model"] = "a"
    found["a mark is no harm"] = cache.get_cache_logic(cached_result=entry, max_age=None) == {"model": "a"}
    found["too old is none"] = cache.get_cache_logic(cached_result={**entry, "timestamp": 1}, max_age=5) is None
asyncio.run(go())
_, data, _ = cache._add_cache_logic('{}', **{**ask, "litellm_params": {}})
found["logic"] = sorted(data)
from starlette.applications import Starlette
found["middleware"] = hasattr(Starlette(), "middleware_stack") and callable(Starlette.build_middleware_stack)
print("FOUND " + json.dumps(found))
"""


@pytest.mark.parametrize("python", PYTHONS, ids=lambda p: str(Path(p).parent.parent.name))
@pytest.mark.slow
def test_what_we_rest_on(python: str) -> None:
    env = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, env=env, check=False, timeout=300)
    line = next((x for x in done.stdout.splitlines() if x.startswith("FOUND ")), None)
    assert line is not None, done.stdout + done.stderr
    found = json.loads(line[6:])
    assert found.pop("version").startswith("1.1")
    assert found == {
        "broken": [],
        "keyed by group": True,
        "no key of the caller's": True,
        "entry": ["response", "timestamp"],
        "recent": True,
        "read": {"model": "a"},
        "a mark is no harm": True,
        "too old is none": True,
        "logic": ["response", "timestamp"],
        "middleware": True,
    }


@pytest.mark.parametrize("version", ["1.105.7", "1.106.1", "1.108.8", "1.110.2", "2.0.0", "0.9", "unknown"])
def test_it_does_not_start_in_a_version_that_it_does_not_know(version: str) -> None:
    import types

    from modelguard.enforce.vouched import vouch

    with pytest.raises(NotVouched, match=r"1\.106\.2"):
        vouch(types.ModuleType("litellm"), version)


def test_the_extras_allow_what_is_vouched_for() -> None:
    import tomllib

    extras = tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = f">={'.'.join(map(str, OLDEST))},<={'.'.join(map(str, NEWEST))}"
    assert f"litellm{wanted}" in extras["litellm"]
    assert f"litellm[proxy]{wanted}" in extras["integration"]
