"""What was owed at the end of each day, kept every night and never changed."""
