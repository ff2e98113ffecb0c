"""Groups of services: who is in which, and how sets of services are put together from them."""

from __future__ import annotations

import numpy as np

from indicators.service_group import ServiceGroups
from tests.helpers.simulated import kerala

KERALA = kerala()
GROUPS = ServiceGroups(KERALA)


def test_every_service_is_itself_and_in_the_state() -> None:
    services = len(KERALA.services)
    assert (GROUPS.line[:, 0] == np.arange(services)).all()
    members = GROUPS.members()
    assert list(range(services)) in members
    for group, rows in enumerate(members, start=services):
        assert len(rows) > 1
        assert np.flatnonzero((GROUPS.line == group).any(axis=1)).tolist() == rows


def test_groups_are_departments_and_their_modules() -> None:
    services = list(KERALA.services.values())
    for service in services:
        for fellow in (
            [other.department == service.department for other in services],
            [(other.department, other.module) == (service.department, service.module) for other in services],
        ):
            rows = np.flatnonzero(fellow).tolist()
            assert len(rows) == 1 or rows in GROUPS.members()


def test_a_set_is_whole_groups_and_the_rest() -> None:
    count, members = len(KERALA.services), GROUPS.members()
    assert GROUPS.split(range(count)) == [count + members.index(list(range(count)))]
    some = [row for rows in (members[3], members[7], [0]) for row in rows]
    found = GROUPS.split(some)
    put_together = [row for place in found for row in (members[place - count] if place >= count else [place])]
    assert sorted(put_together) == sorted(set(some))
    assert len(found) < len(set(some))
    assert GROUPS.split([5]) == [5]
