"""Cost to serve: what the steps of an order and of chasing its money cost, beside the margin."""
