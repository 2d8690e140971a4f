"""What Calotype stands on: one folder for each technology."""
