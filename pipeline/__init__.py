"""Recorrido: customer journeys rebuilt every night from touchpoint logs."""

__version__ = "0.1.0"
