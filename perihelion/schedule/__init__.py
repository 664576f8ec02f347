"""schedule.yaml → missions and events, with every mistake found, at its line and column."""
