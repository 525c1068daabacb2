"""How each kind of criterion is judged: one module for each family of proofs, numbers in `harness.stats`."""
