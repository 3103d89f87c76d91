"""The statistics of the class report, by numpy. Each docstring names its formula.

Classical test theory: Lord and Novick, Statistical Theories of Mental Test Scores (1968); Ebel and Frisbie, Essentials of
Educational Measurement (1991), for reading difficulty and discrimination.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def difficulty(earned: Floats, most: float) -> float:
    """Difficulty index p = mean(earned) / most: the share of the points that the class earned. High means easy."""
    return float(earned.mean() / most) if len(earned) and most > 0 else 0.0


def discrimination(item: Floats, total: Floats) -> float | None:
    """Corrected item-total correlation: Pearson's r between an item and the total without it, cov(i, t - i) / (s_i s_(t-i)).

    Near 1: who passes it does well elsewhere. Negative: who does well elsewhere fails it. None without any variation.
    """
    rest = total - item
    if len(item) < 3 or np.ptp(item) == 0 or np.ptp(rest) == 0:
        return None
    return float(np.corrcoef(item, rest)[0, 1])


def cronbach_alpha(items: Floats) -> float | None:
    """Cronbach's alpha of (students, items): k / (k - 1) * (1 - sum(var_i) / var(sum)). None without any variation."""
    count = items.shape[1]
    if len(items) < 3 or count < 2:
        return None
    total = float(items.sum(axis=1).var(ddof=1))
    return None if total == 0 else float(count / (count - 1) * (1 - items.var(axis=0, ddof=1).sum() / total))


def phi(a: Bools, b: Bools) -> float:
    """The phi coefficient of two marks: Pearson's r of 0/1 variables. 0 when one of them never varies."""
    if a.all() or b.all() or not a.any() or not b.any():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def quartiles(values: Floats) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile, by linear interpolation."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float(low), float(middle), float(high)
