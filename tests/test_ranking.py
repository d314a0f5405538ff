# SPDX-License-Identifier: Apache-2.0
"""Where a hypothetical cluster would stand among the real ones at a date."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipgauge.calc.ranking import ranking
from chipgauge.specs.catalog import catalog
from chipgauge.specs.errors import UnknownName

HERE = catalog()
ALL = HERE.adjusted(projected=True)


def test_where_100_000_h200_would_stand() -> None:
    found = ranking(HERE.subject("100000 H200"), catalog=HERE, on="2025-12-31")
    assert found.size.number == pytest.approx(100_000)
    assert found.place == 10 and [rival.cluster.id for rival in found.larger][3] == "xai-colossus-2"
    china = ranking(HERE.subject("100000 H200"), catalog=HERE, on="2025-12-31", country="cn")
    # the largest Chinese systems of the data: 66,195 at Zhangbei, an anonymised one of 30,000
    assert china.place == 1 and [round(rival.size.number) for rival in china.smaller[:2]] == [66_195, 30_000]
    later = ranking(HERE.subject("100000 H200"), catalog=ALL, on="2026-05-13", country="CN")
    assert later.place == 2, "Zhangbei is expected to reach 132,895"
    earlier = ranking(HERE.subject("100000 H200"), catalog=HERE, on="2024-06-30")
    assert earlier.place == 1, "before Colossus"


def test_a_country_without_a_cluster_is_refused() -> None:
    with pytest.raises(UnknownName, match="countries: AE.*CN.*US"):
        ranking(HERE.subject("1000 H200"), catalog=HERE, country="XX")


@given(count=st.integers(1, 2_000_000))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_larger_cluster_never_stands_lower(count: int) -> None:
    found, twice = (ranking(HERE.subject(f"{times * count} H200"), catalog=HERE) for times in (1, 2))
    assert twice.place <= found.place == 1 + len(found.larger)
    assert found.best <= found.place <= found.worst
    sizes = [rival.size.number for rival in (*found.larger, *found.smaller)]
    assert sizes == sorted(sizes, reverse=True)
