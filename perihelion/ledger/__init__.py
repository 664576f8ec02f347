"""What was promised, claimed and sent: SQLite by default, PostgreSQL by DATABASE_URL."""
