"""Classifiers and choices of numbers that systems are built of, as estimators of scikit-learn."""
