"""What the daily report decides: cell words, checks, states, deadlines, digest. No queries, no own clock."""
