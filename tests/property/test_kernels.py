"""Any scores, any rules: the list is the head of a plain sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import sparse

from recsys.recommend.kernels import Rules, rank_dense, rank_rows
from tests.property.profile import few

SHAPE = (3, 9)
scores = npst.arrays(np.float32, SHAPE, elements=st.sampled_from([0.0, -1.0, 1.0, 2.0, 0.5, float("-inf")]))
masks = npst.arrays(bool, SHAPE)


@few
@given(scores, masks, npst.arrays(bool, SHAPE[1]), st.permutations(range(SHAPE[1])), st.integers(1, 12))
def test_list_is_the_head_of_a_sort(
    block: np.ndarray, hidden: np.ndarray, allowed: np.ndarray, rank: list[int], k: int
) -> None:
    rules = Rules(k, sparse.csr_matrix(hidden.astype(np.float32)), allowed, np.array(rank, dtype=np.int32))
    dense, _ = rank_dense(lambda a, b: block[a:b], len(block), rules)
    rows, _ = rank_rows(sparse.csr_matrix(block), rules)
    for i, row in enumerate(block):
        order = sorted(np.flatnonzero(allowed & ~hidden[i]), key=lambda p: (-row[p], rank[p]))
        assert [p for p in dense[i] if p >= 0] == [p for p in order if row[p] > -np.inf][:k]
        assert [p for p in rows[i] if p >= 0] == [p for p in order if row[p] > 0][:k]
