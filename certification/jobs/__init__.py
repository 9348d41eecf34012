"""What is done to jobs: opening, closing, schedules, retention."""
