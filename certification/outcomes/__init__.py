"""Results of certifications: standings, dead letters, evidence."""
