"""What the proxy enforces: the ledger and the graph compiled into a policy, and the guard that holds calls against it."""
