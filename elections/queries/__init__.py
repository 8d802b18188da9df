"""What the screens of the records read, each in a constant number of queries."""
