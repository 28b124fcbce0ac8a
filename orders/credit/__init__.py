"""Credit: limits with their life, what a customer's orders would come to beside what it owes, and the decision."""
