"""Does a simulator that shares no line with the package find the same funnel?"""
