"""The pure core: what a city, a province and a hospital decide. No clock, no chance, no files, no sockets."""
