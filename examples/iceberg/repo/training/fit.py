"""The matcher itself: a small classifier on the features of a pair."""

from pathlib import Path

import joblib
from sklearn.linear_model import LogisticRegression


def fit(features: list[list[float]], same: list[bool]) -> LogisticRegression:
    """Fit a matcher to labelled pairs."""
    model = LogisticRegression(max_iter=500, class_weight="balanced")
    model.fit(features, same)
    return model


def save(model: LogisticRegression, path: Path) -> None:
    """Write a fitted matcher to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, path)
