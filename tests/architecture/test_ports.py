"""Every method of every port is abstract, and every adapter implements them all."""

import importlib
import inspect
import pkgutil
from typing import Any, Protocol

import pytest

import adapters
from architecture.test_structure import ports


def verbs(port: type) -> set[str]:
    """The methods, properties and attributes of a port, with those of the ports that it extends."""
    return {
        name
        for each in port.__mro__
        if each.__module__.startswith("domain.")
        for name in {*vars(each), *inspect.get_annotations(each)}
        if not name.startswith("_")
    }


def adapters_of_ports() -> list[type]:
    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(adapters.__path__, "adapters.")
        if ".migrations" not in info.name  # alembic runs these
    ]
    return [
        each
        for module in modules
        for _, each in inspect.getmembers(module, inspect.isclass)
        if each.__module__ == module.__name__ and set(each.__mro__) & {*ports()} and Protocol not in each.__bases__
    ]


@pytest.mark.parametrize("port", ports(), ids=lambda port: port.__name__)
def test_an_adapter_that_lacks_one_verb_cannot_be_made(port: type) -> None:
    assert verbs(port)
    for missing in verbs(port):
        forgetful = type("Forgetful", (port,), dict.fromkeys(verbs(port) - {missing}))
        with pytest.raises(TypeError, match=f"abstract.* '?{missing}"):
            forgetful()
    complete: Any = type("Complete", (port,), dict.fromkeys(verbs(port)))
    complete()


def test_every_adapter_has_every_verb_of_its_ports() -> None:
    assert len(adapters_of_ports()) > 25
    assert [each for each in adapters_of_ports() if inspect.isabstract(each)] == []
