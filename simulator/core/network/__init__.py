"""The platforms put together: hospital desk, city, province, and the simplest host."""
