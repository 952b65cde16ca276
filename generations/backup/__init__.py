"""What a backup is: a dump of the database, every file it names, and a manifest with the sha256 of each, written last.

It lies in a folder or, with the same paths, in a .tar. The database is dumped first: files never change under their
name, so whatever comes while they are copied does no harm.
"""
