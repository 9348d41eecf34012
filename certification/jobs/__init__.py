"""Commands on jobs: opening, cancelling, pausing, finishing; schedules, retention."""
