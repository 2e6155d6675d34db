"""The archive, one SQLite file of all that is kept; knows no source and no model."""
