"""The sandbox province: HTTP hosts the pure core, a journal keeps what it decided, and nothing acknowledged is lost."""
