"""All that is red, in one place: what it is, what it means, and the act that puts it right."""
