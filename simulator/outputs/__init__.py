"""What people read: texts in Chinese and English, masking, charts, pages, and files written whole."""
