"""What the page says of each score."""

import pytest

from unbraid import scores
from unbraid.report.glossary import sentence


@pytest.mark.parametrize("name", scores.names())
def test_every_score_is_explained(name):
    assert "no explanation" not in sentence(name)


def test_an_unknown_score_is_said_to_be_unknown():
    assert "no explanation" in sentence("migg")
