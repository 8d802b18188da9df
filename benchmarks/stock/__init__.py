"""Django's stock admin over the rows of our list of records: a project of its own, in a schema of its own."""
