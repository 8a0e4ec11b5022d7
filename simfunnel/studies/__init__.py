"""Which questions of a planner take more than one run? Each study asks one of `simulate`."""
