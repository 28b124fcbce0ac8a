"""What is kept about persons, for how long and why; a person's export, and the erasure that leaves the books whole."""
