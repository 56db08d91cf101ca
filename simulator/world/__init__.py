"""The simulated province: SimPy hosts the pure core, and gives it people, hospitals, time and chance."""
