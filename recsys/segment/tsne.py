"""A picture in which neighbours stay neighbours: t-SNE.

van der Maaten, Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008. Distances on the map between groups, and
their sizes, say little; another perplexity draws another map. It starts from the principal components, as in
Kobak, Berens, "The art of using t-SNE for single-cell transcriptomics", 2019, doi:10.1038/s41467-019-13056-x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def tsne_map(points: NDArray[np.float64], perplexity: float, seed: int) -> NDArray[np.float64]:
    """Two coordinates of each point, (n, 2), standardised; points: (n, components).

    Fewer than four points, or points that are all alike, have no neighbourhoods: their first coordinates are
    the map.
    """
    from sklearn.manifold import TSNE

    if len(points) < 4 or points.std(axis=0).max() < 1e-9:
        return np.column_stack([points, np.zeros(len(points))])[:, :2]
    near = min(perplexity, (len(points) - 1) / 3)
    start = "pca" if points.shape[1] > 1 else "random"
    drawn = TSNE(perplexity=near, init=start, random_state=seed).fit_transform(points).astype(np.float64)
    return np.asarray((drawn - drawn.mean(axis=0)) / np.maximum(drawn.std(), 1e-12))
