"""How designated institutions come into direct settlement (接入): plan, stages, flags, and what is uploaded of them."""
