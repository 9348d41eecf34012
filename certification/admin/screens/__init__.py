"""The staff's screens. One module is one screen or a few that belong together: views that read and
render, and SCREENS, which registers them.

To add a screen, write its module and name it here, in the order of the navigation.
"""

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

SCREENS = (
    *matrix.SCREENS,
    *model.SCREENS,
    *region.SCREENS,
    *certify.SCREENS,
    *jobs.SCREENS,
    *job_actions.SCREENS,
    *record.SCREENS,
    *dead_letters.SCREENS,
    *breakers.SCREENS,
    *schedules.SCREENS,
    *workers.SCREENS,
    *registry.SCREENS,
    *people.SCREENS,
    *audit.SCREENS,
    *account.SCREENS,
)
