"""Orders: what they say, how they are taxed, what they come to, and how they move."""
