"""What is wrong with a message, put into words in both languages."""
