"""Agencies for the tests of hand-overs."""

import pytest

from o2c.collections.models import Agency


@pytest.fixture
def agency(given) -> Agency:
    return Agency.objects.create(
        entity=given.entity(), code="NORD", name="Nordinkasso", reference="K-4711", fee_percent="12.50"
    )
