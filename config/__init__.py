"""Wiring: settings, addresses, the Celery timetable. Nothing imports this package but the entry points."""
