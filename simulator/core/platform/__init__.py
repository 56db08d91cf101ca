"""What every platform is made of: messages, effects, refusals, books, idempotency."""
