"""The administration: accounts, teams, providers and models are changed here; work and calls are only looked at."""

from generations.admin import galleries, keeping, people, providers, running, site, work

__all__ = ["galleries", "keeping", "people", "providers", "running", "site", "work"]
