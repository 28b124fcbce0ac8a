"""Strategies: which of the collectors' tasks counts how much, by rules over facts that people write themselves."""
