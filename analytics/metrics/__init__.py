"""How fast and how surely money comes in: figures month by month, and the metrics of the field made of them."""
