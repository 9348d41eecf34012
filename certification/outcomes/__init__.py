"""What a certification came to: standings, dead letters, evidence."""
