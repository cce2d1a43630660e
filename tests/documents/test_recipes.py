"""Each declaration in docs/recipes.md syncs a mock API of its shape, whole and then what has changed."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

import async_sync
from async_sync import ConfigurationKey, Stream, run_sync
from tests.documents.markdown import blocks
from tests.documents.shapes import SHAPES
from tests.documents.shapes.shape import Shape
from tests.helpers.destination import MemoryDestination

_RECIPES = {block.section: block for block in blocks("docs/recipes.md")}
_NAMES = {name: getattr(async_sync, name) for name in async_sync.__all__}


def declared(text: str) -> dict[str, Any]:
    """What a snippet declares, below the imports of the names that it uses."""
    namespace: dict[str, Any] = {**_NAMES, "timedelta": timedelta}
    exec(compile(text, "recipes.md", "exec"), namespace)
    return {name: value for name, value in namespace.items() if name not in _NAMES}


def sync(shape: Shape, declarations: dict[str, Any], destination: MemoryDestination) -> None:
    keys = [key for value in declarations.values() if isinstance(value, list) for key in value]
    assert all(isinstance(key, ConfigurationKey) for key in keys)
    run_sync(
        {"base_url": "https://api.test", "max_attempts": "1", "page_size": "3", **shape.configuration},
        destination.state,
        streams=[value for value in declarations.values() if isinstance(value, Stream)],
        keys=keys,
        destination=destination,
        transport=httpx.MockTransport(shape.answer),
    )


def versions(shape: Shape, destination: MemoryDestination) -> dict[str, int]:
    rows = destination.rows(shape.table).values()
    return {str(row[shape.key]): int(row["version"]) for row in rows}


def test_each_recipe_has_a_mock_of_its_shape() -> None:
    """A recipe that nothing syncs would not be known to work."""
    assert _RECIPES.keys() == SHAPES.keys()


@pytest.mark.parametrize("name", SHAPES)
def test_a_recipe_syncs_its_api(name: str) -> None:
    """All records arrive; then only what has changed is read, where the API can tell, and that arrives too."""
    shape, declarations = SHAPES[name](), declared(_RECIPES[name].text)
    streams = [value for value in declarations.values() if isinstance(value, Stream)]
    destination = MemoryDestination(keys={stream.table: tuple(stream.primary_key) for stream in streams})
    sync(shape, declarations, destination)
    assert versions(shape, destination) == shape.expected()

    shape.change()
    shape.served = 0
    sync(shape, declarations, destination)
    assert versions(shape, destination) == shape.expected()
    if shape.finds_changes:
        assert 0 < shape.served < len(shape.versions), "everything was read again"
