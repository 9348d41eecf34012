"""One screen, one module: a view that reads and renders, and a SCREEN that says where it is."""

from .screen import ADMINISTER, CERTIFY, READ, Screen

SCREENS: tuple[Screen, ...] = ()

__all__ = ["ADMINISTER", "CERTIFY", "READ", "SCREENS", "Screen"]
