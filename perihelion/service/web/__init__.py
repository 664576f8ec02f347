"""The website: public pages, feeds and calendars of the schedule, and what operators look at."""
