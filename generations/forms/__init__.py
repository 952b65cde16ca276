"""What people may send in forms: every field is listed here, and nothing else is read."""
