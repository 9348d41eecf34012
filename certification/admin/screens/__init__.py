"""One screen, one module: a view that reads and renders, and a SCREEN that says where it is."""

from . import certify, job_actions, jobs, matrix, record
from .screen import ADMINISTER, CERTIFY, READ, Screen

SCREENS: tuple[Screen, ...] = (
    matrix.SCREEN,
    certify.SCREEN,
    certify.START,
    *jobs.SCREENS,
    *job_actions.SCREENS,
    *record.SCREENS,
)

__all__ = ["ADMINISTER", "CERTIFY", "READ", "SCREENS", "Screen"]
