"""YAML -> Experiment; every mistake is named by file, line, key and the nearest valid key."""

from __future__ import annotations

import io
import re
import types
import typing
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from recsys.core.errors import ConfigError, nearest
from recsys.engine.spec import Experiment

Path_ = tuple[str | int, ...]


def read_config(path: Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment in a YAML file, with `key.path=value` overrides applied.

    Raises ConfigError for anything that is not a usable experiment.
    """
    raw = _parse(path)
    for override in overrides:
        _override(raw, override)
    try:
        experiment = Experiment.model_validate(_plain(raw))
    except ValidationError as error:
        raise ConfigError("\n".join(_described(path, raw, error))) from None
    wrong = experiment.contradictions()
    if wrong:
        raise ConfigError("\n".join(f"{_place(path, raw, loc)}: {said}" for loc, said in wrong))
    return experiment


def keys(path: Path | None, typed: str) -> list[str]:
    """What --set can name in the section that `typed` names: `split.windows=`, and sections as `split.`.

    path: the config that names recommenders and kinds. Raises ConfigError where it cannot be read.
    """
    raw = {} if path is None else _plain(_parse(path))
    *section, _ = typed.split(".")
    named = reduce(lambda node, step: node.get(step) if isinstance(node, dict) else None, section, raw)
    every = _keys(raw, tuple(section)) or (list(named) if isinstance(named, dict) else [])
    paths = {key: (*section, key) for key in every}
    return [
        f"{'.'.join(paths[key])}{'.' if key == 'recommenders' or _keys(raw, paths[key]) else '='}"
        for key in every
    ]


def write_config(experiment: Experiment, path: Path) -> None:
    """The experiment as YAML that `read_config` reads back to an equal one."""
    path.write_text(as_yaml(experiment.model_dump(mode="json")), encoding="utf-8")


def as_yaml(plain: Any) -> str:
    """Plain values as YAML, one to a line."""
    yaml = YAML()
    yaml.default_flow_style = False
    text = io.StringIO()
    yaml.dump(plain, text)
    return text.getvalue()


# -- reading ---------------------------------------------------------------------------------------


def _parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"config {str(path)!r} does not exist: expected a YAML file; check the path"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"config {str(path)!r} cannot be read: expected YAML in UTF-8 ({error})") from None
    try:
        raw = YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        said = str(error.problem).split(" with value")[0].replace("found duplicate key", "repeated key")
        raise ConfigError(f"{path}, line {line}: {said}: expected each key once; remove one") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ConfigError(f"{path}, line {line}: not valid YAML: {error.problem or error.context}") from None
    except YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(raw, Mapping):
        held = "nothing" if raw is None else "a list" if isinstance(raw, list) else repr(raw)
        raise ConfigError(f"{path} holds {held}: expected keys such as source and recommenders")
    return raw


def _plain(node: Any) -> Any:
    """Containers of the round-trip parser as dict and list; keys as text."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    for kind in (bool, int, float, str):  # the parser's own scalar classes carry comments and quotes
        if isinstance(node, kind):
            return kind(node)
    return node


def _override(raw: Any, text: str) -> None:
    key, equals, value = text.partition("=")
    steps = key.strip().split(".")
    if not equals or not all(steps):
        raise ConfigError(f"--set {text!r}: expected key.path=value, as in recommenders.als.factors=32")
    try:
        parsed = YAML(typ="safe").load(value)
    except YAMLError:
        raise ConfigError(f"--set {text!r}: {value!r} is not a YAML value; put it in quotes") from None
    node = raw
    for at, step in enumerate(steps[:-1]):
        if node.get(step) is None:
            node[step] = {}
        node = node[step]
        if not isinstance(node, dict):
            held = ".".join(steps[: at + 1])
            raise ConfigError(f"--set {text!r}: {held} is {node!r}: expected a section to set a key in")
    node[steps[-1]] = parsed


# -- telling what is wrong -------------------------------------------------------------------------


def _described(path: Path, raw: Any, error: ValidationError) -> list[str]:
    """One line for each place; where a value could be of several types, what each of them expected."""
    said: dict[Path_, list[str]] = {}
    for mistake in error.errors():
        loc = _without_tags(raw, mistake["loc"])
        said.setdefault(loc, []).append(_said(raw, loc, mistake))
    return [f"{_place(path, raw, loc)}: {'; or '.join(dict.fromkeys(all_))}" for loc, all_ in said.items()]


def _said(raw: Any, loc: Path_, mistake: Mapping[str, Any]) -> str:
    kind, message = mistake["type"], str(mistake["msg"]).removeprefix("Value error, ")
    held = mistake.get("input")
    if kind == "extra_forbidden":
        known = _keys(raw, loc[:-1])
        hint = nearest(str(loc[-1]), known)
        if loc == ("split", "windows"):
            hint = "; several windows need kind: rolling"
        return f"unknown key {str(loc[-1])!r}: expected {', '.join(known)}{hint}"
    if kind == "missing":
        return f"{str(loc[-1])!r} is absent: expected it here; add {loc[-1]}: ..."
    if kind in ("union_tag_invalid", "literal_error", "enum"):
        value, choices = _choice(mistake)
        return f"{value!r} is unknown: expected {', '.join(choices)}{nearest(str(value), choices)}"
    if kind == "too_short":
        return f"{_short(held)}: expected at least {mistake['ctx']['min_length']} of them"
    if kind == "union_tag_not_found":
        return f"'kind' is absent: expected kind: one of {', '.join(_kinds(loc))}"
    if kind == "string_pattern_mismatch":
        return f"{held!r}: expected a name of letters, digits, - and _"
    if kind == "value_error":
        return message
    return f"{_short(held)}: {message[0].lower()}{message[1:]}"


def _choice(mistake: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """What was held, and what it could have been."""
    context = mistake.get("ctx", {})
    expected = str(context.get("expected_tags") or context.get("expected"))
    expected = re.sub(r"<[^:>]+: ('[^']*')>", r"\1", expected)  # how an enum member shows itself
    choices = [part.strip().strip("'") for part in re.split(r",\s|\sor\s", expected)]
    return context.get("tag", mistake.get("input")), choices


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kinds(loc: Path_) -> list[str]:
    from recsys.engine import catalog

    if loc[0] == "recommenders":
        return list(catalog.recommenders())
    return list(catalog.segmenters()) if loc[0] == "segments" else ["holdout", "rolling"]


def _without_tags(raw: Any, loc: Path_) -> Path_:
    """The path in the file: pydantic adds the tag of a union and the names of validators."""
    found: list[str | int] = []
    node = raw
    for at, step in enumerate(loc):
        last = at == len(loc) - 1
        if isinstance(node, Mapping) and (step in node or last):
            found.append(step)
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            found.append(step)
            node = node[step]
    return tuple(found)


def _place(path: Path, raw: Any, loc: Path_) -> str:
    """`file.yaml, line 12, recommenders.als.factors`: the line of the deepest key that the file holds."""
    node, line = raw, None
    for step in loc:
        try:
            marks: Any = node.lc
            line = (marks.item(step) if isinstance(node, list) else marks.key(step))[0] + 1
            node = node[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    where = f", line {line}" if line else ""
    return f"{path}{where}, {'.'.join(map(str, loc))}" if loc else f"{path}{where}"


def _keys(raw: Any, loc: Path_) -> list[str]:
    """The valid keys of the section at `loc`."""
    model: Any = Experiment
    node = raw
    for step in loc:
        node = node[step] if isinstance(node, Mapping) and step in node else None
        field = model.model_fields.get(step) if _is_model(model) else None
        kind = node.get("kind") if isinstance(node, Mapping) else None
        model = _resolved(field.annotation if field else model, kind)
    return list(model.model_fields) if _is_model(model) else []


def _resolved(annotation: Any, kind: Any) -> Any:
    """The section's model behind an annotation; of a union the member of this kind."""
    from recsys.engine.catalog import kind_of

    if _is_model(annotation):
        return annotation
    inner = typing.get_args(annotation)
    if typing.get_origin(annotation) is dict:
        return inner[1]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        models = [m for m in (_resolved(part, kind) for part in inner) if _is_model(m)]
        fitting = [m for m in models if "kind" in m.model_fields and kind_of(m) == kind]
        return (fitting or models or [None])[0]
    return None


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)
