"""A config's mistakes are named by file, line, key and the nearest valid key."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.core.errors import ConfigError
from recsys.engine import catalog
from recsys.engine.config import read_config, write_config
from tests.engine.shop import CONFIG

CONFIGS = Path(__file__).parents[2] / "configs"


def refused(tmp_path: Path, text: str, *overrides: str) -> str:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(path, overrides)
    return str(caught.value)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_config_in_the_project_can_be_read(path: Path) -> None:
    assert read_config(path).recommenders


def test_your_log_names_every_field_of_the_config() -> None:
    text = (CONFIGS / "your_log.yaml").read_text()
    from recsys.engine.spec import Experiment

    def fields(model: type) -> set[str]:
        return set(getattr(model, "model_fields", ()))

    sections = {name: field.annotation for name, field in Experiment.model_fields.items()}
    names = set(sections).union(*(fields(kind) for kind in sections.values() if isinstance(kind, type)))
    assert {name for name in names if f"{name}:" not in text} == set()


def test_a_config_survives_writing_and_reading(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CONFIG)
    first = read_config(tmp_path / "a.yaml")
    write_config(first, tmp_path / "b.yaml")
    assert read_config(tmp_path / "b.yaml") == first


def test_an_unknown_key_names_line_and_nearest(tmp_path: Path) -> None:
    said = refused(tmp_path, CONFIG.replace("factors: 8", "factrs: 8"))
    line = CONFIG[: CONFIG.index("factors: 8")].count("\n") + 1
    assert f"c.yaml, line {line}, recommenders.als.factrs: unknown key 'factrs'" in said
    assert "did you mean 'factors'?" in said


def test_an_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'als'?" in refused(tmp_path, CONFIG.replace("kind: als", "kind: alss"))


def test_a_repeated_key_is_refused_with_its_line(tmp_path: Path) -> None:
    assert refused(tmp_path, "name: a\nseed: 1\nname: b\n").endswith(
        'line 3: repeated key "name": expected each key once; remove one'
    )


def test_several_mistakes_are_all_told(tmp_path: Path) -> None:
    said = refused(tmp_path, CONFIG.replace("seed: 3", "sede: 3").replace("k: 3", "k: none"))
    assert "did you mean 'seed'?" in said
    assert "segments.k" in said
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "holds nothing"),
        ("- a\n- b\n", "expected keys such as source"),
        ("name: [1\nseed: 2\n", "not valid YAML"),
        (CONFIG.replace("holdout_days: 28", "holdout_days: 0"), "holdout_days: 0: input should be greater"),
        (CONFIG.replace("k: [5, 10]", "k: []"), "evaluate.k: []: expected at least 1 of them"),
        (CONFIG.replace("k: [5, 10]", "targets: [x]"), "'x' is unknown: expected any, new"),
        (CONFIG.replace("kind: rolling", "kind: holdout"), "several windows need kind: rolling"),
        (CONFIG.replace("k: 10}", "k: 7}"), "7 is not judged: expected one of evaluate.k, [5, 10]"),
        (CONFIG.replace("[als, popular]", "[als, ppular]"), "'ppular' is no recommender"),
        (CONFIG.replace("[als, popular]", "[als, safe]"), "'safe' is made of itself"),
        (CONFIG.replace("segments: {kind: kmeans, k: 3}\n", ""), "segment-bestsellers has no segments"),
        (CONFIG.replace("  popular:", "  ../popular:"), "expected a name of letters, digits"),
    ],
)
def test_bad_configs_say_why(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refused(tmp_path, text)


def test_an_absent_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothere\.yaml' does not exist"):
        read_config(tmp_path / "nothere.yaml")


def test_set_overrides_a_value(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CONFIG)
    changed = read_config(
        path, ["recommenders.als.factors=32", "evaluate.k=[5, 10, 20]", "segments=null"][:2]
    )
    assert changed.recommenders["als"].factors == 32
    assert changed.evaluate.k == (5, 10, 20)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed", "expected key.path=value"),
        ("seed.deep=3", "seed is 3: expected a section"),
        ("recommenders.als.factrs=3", "did you mean 'factors'?"),
    ],
)
def test_bad_overrides_say_why(tmp_path: Path, override: str, expected: str) -> None:
    assert expected in refused(tmp_path, CONFIG, override)


def test_the_schema_covers_every_kind() -> None:
    from recsys.engine.spec import Experiment

    text = str(Experiment.model_json_schema())
    assert all(f"'{kind}'" in text for kind in catalog.recommenders())
