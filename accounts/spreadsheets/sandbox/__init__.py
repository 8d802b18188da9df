"""Code that runs only inside the killable reading process; see README.md."""
