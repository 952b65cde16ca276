"""What stands between the server and the views, each file in the order of settings.MIDDLEWARE."""
