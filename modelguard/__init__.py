"""modelguard: who reads each model field, what a model change costs them, and whether anybody budgeted for it."""

__version__ = "0.1.0"
