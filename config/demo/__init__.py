"""Demo data: people, teams and funded projects, made with the same verbs as everybody's. Only where DEMO is set."""
