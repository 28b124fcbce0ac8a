"""What a product costs whom on a day: lists, contracts, and the one rule between them."""
