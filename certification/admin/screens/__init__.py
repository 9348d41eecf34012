"""One screen, one module: a view that reads and renders, and a SCREEN that says where it is."""

from certification.admin.pages.screen import ADMINISTER, CERTIFY, READ, Screen

from . import (
    account,
    audit,
    breakers,
    certify,
    dead_letters,
    job_actions,
    jobs,
    matrix,
    model,
    people,
    record,
    region,
    registry,
    schedules,
    workers,
)

SCREENS: tuple[Screen, ...] = (
    matrix.SCREEN,
    *model.SCREENS,
    *region.SCREENS,
    certify.SCREEN,
    certify.START,
    *jobs.SCREENS,
    *job_actions.SCREENS,
    *record.SCREENS,
    *dead_letters.SCREENS,
    *breakers.SCREENS,
    *schedules.SCREENS,
    workers.SCREEN,
    *registry.SCREENS,
    *people.SCREENS,
    *audit.SCREENS,
    *account.SCREENS,
)

__all__ = ["ADMINISTER", "CERTIFY", "READ", "SCREENS", "Screen"]
