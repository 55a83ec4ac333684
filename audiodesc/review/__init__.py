"""A local page on a project: watch, read, change, listen, approve, render. The server, its API, and the page itself."""
