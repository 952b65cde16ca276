"""What each page needs from the database and what that costs: one module a page."""
