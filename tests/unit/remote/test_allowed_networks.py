"""The setting of the networks that may be contacted."""

import pytest

from domain.errors import InvalidSettings
from entrypoints.configuration.loading import load_settings
from entrypoints.container import make_application


@pytest.mark.parametrize("network", ["10.1.2.0/33", "10.1.2.3/24", "example.org", "0x7f.1", "*"])
def test_each_must_be_a_network(network: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load_settings(None, {"CALOTYPE_REMOTE__ALLOWED_NETWORKS": f"10.0.0.0/8,{network}"})
    (problem,) = refused.value.problems
    assert problem.startswith("remote.allowed_networks: each must be a network")
    assert repr(network) in problem


def test_they_reach_the_part_that_contacts_servers() -> None:
    settings = load_settings(None, {"CALOTYPE_REMOTE__ALLOWED_NETWORKS": "10.0.0.0/8, fd00::/8, 192.168.1.5"})
    assert settings.remote.allowed_networks == ("10.0.0.0/8", "fd00::/8", "192.168.1.5")
    assert make_application(settings).parts.remote.servers
