"""What can be done with a ticket, from the first sentence to the rating."""
