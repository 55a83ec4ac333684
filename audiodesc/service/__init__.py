"""A service for a production chain: jobs over HTTP."""
